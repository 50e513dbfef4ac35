-- What others declare in OpenLineage events: jobs, runs, datasets, and what flows between them. Ids are hashes over names, so
-- that rows are written without being read first. Times of statements are those of the events.

-- Events as they came, by the hash of their text. The body is JSON or, behind "zstd:", that compressed and in Base64.
CREATE TABLE declared_events (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    stated_at   BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    run         TEXT COLLATE "C" NOT NULL,
    body        TEXT NOT NULL
);

CREATE INDEX declared_events_by_time ON declared_events (stated_at, id);
CREATE INDEX declared_events_by_run ON declared_events (run, stated_at);
CREATE INDEX declared_events_by_receipt ON declared_events (received_at);

CREATE TABLE declared_namespaces (
    namespace  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    first_seen BIGINT NOT NULL,
    last_seen  BIGINT NOT NULL
);

-- Jobs and datasets. A job's snapshot_from is when its latest complete run began: what it did before, and not since, is past.
CREATE TABLE declared_nodes (
    id            TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    kind          TEXT COLLATE "C" NOT NULL,
    namespace     TEXT COLLATE "C" NOT NULL,
    name          TEXT COLLATE "C" NOT NULL,
    first_seen    BIGINT NOT NULL,
    last_seen     BIGINT NOT NULL,
    snapshot_from BIGINT NOT NULL
);

CREATE UNIQUE INDEX declared_nodes_by_name ON declared_nodes (kind, namespace, name);

-- What was said last about a job or a dataset. No body: it was taken back.
CREATE TABLE declared_facets (
    node      TEXT COLLATE "C" NOT NULL,
    facet     TEXT COLLATE "C" NOT NULL,
    stated_at BIGINT NOT NULL,
    body      TEXT,
    PRIMARY KEY (node, facet)
);

-- Other names of datasets. One holds as long as the facet that stated it does.
CREATE TABLE declared_symlinks (
    alias     TEXT COLLATE "C" NOT NULL,
    dataset   TEXT COLLATE "C" NOT NULL,
    namespace TEXT COLLATE "C" NOT NULL,
    name      TEXT COLLATE "C" NOT NULL,
    stated_at BIGINT NOT NULL,
    PRIMARY KEY (alias, dataset)
);

CREATE INDEX declared_symlinks_by_dataset ON declared_symlinks (dataset);

-- The state is that of the newest event about the run that has one; empty for a run that was only mentioned.
CREATE TABLE declared_runs (
    run           TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    job           TEXT COLLATE "C" NOT NULL,
    parent        TEXT COLLATE "C" NOT NULL,
    state         TEXT COLLATE "C" NOT NULL,
    stated_at     BIGINT NOT NULL,
    ended_at      BIGINT,
    nominal_start BIGINT,
    nominal_end   BIGINT,
    has_flows     BOOLEAN NOT NULL,
    first_seen    BIGINT NOT NULL,
    last_seen     BIGINT NOT NULL,
    received_at   BIGINT NOT NULL
);

CREATE INDEX declared_runs_by_job ON declared_runs (job, first_seen);
CREATE INDEX declared_runs_by_receipt ON declared_runs (received_at);

-- Between nodes, by id; told_by is the job that was told of, or empty.
CREATE TABLE declared_flows (
    source     TEXT COLLATE "C" NOT NULL,
    target     TEXT COLLATE "C" NOT NULL,
    told_by    TEXT COLLATE "C" NOT NULL,
    first_seen BIGINT NOT NULL,
    last_seen  BIGINT NOT NULL,
    PRIMARY KEY (source, target, told_by)
);

CREATE INDEX declared_flows_back ON declared_flows (target, source);

-- Between fields. The id is a hash over the five names; transformations are JSON.
CREATE TABLE declared_columns (
    id              TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    source          TEXT COLLATE "C" NOT NULL,
    source_field    TEXT COLLATE "C",
    target          TEXT COLLATE "C" NOT NULL,
    target_field    TEXT COLLATE "C",
    told_by         TEXT COLLATE "C" NOT NULL,
    transformations TEXT NOT NULL,
    first_seen      BIGINT NOT NULL,
    last_seen       BIGINT NOT NULL
);

CREATE INDEX declared_columns_by_source ON declared_columns (source);
CREATE INDEX declared_columns_by_target ON declared_columns (target);

-- Who writes or reads on a cluster, as the same client, or in the same group.
CREATE INDEX lineage_edges_by_cluster ON lineage_edges (cluster, client_id);
CREATE INDEX lineage_edges_by_group ON lineage_edges (consumer_group, cluster);

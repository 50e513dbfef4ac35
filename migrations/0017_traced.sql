-- From which other topic traces led to what a client wrote: part of what names an edge, and empty for all others. A key can't
-- be changed in place on both databases, so the table is written anew. It is renamed first, so that nobody writes to it meanwhile.
ALTER TABLE lineage_edges RENAME TO lineage_edges_before;

CREATE TABLE lineage_edges (
    cluster        TEXT COLLATE "C" NOT NULL,
    topic          TEXT COLLATE "C" NOT NULL,
    direction      TEXT COLLATE "C" NOT NULL,
    client_id      TEXT COLLATE "C" NOT NULL,
    software       TEXT COLLATE "C" NOT NULL,
    principal      TEXT COLLATE "C" NOT NULL,
    address        TEXT COLLATE "C" NOT NULL,
    schema_context TEXT COLLATE "C" NOT NULL,
    schema_id      INTEGER NOT NULL,
    consumer_group TEXT COLLATE "C" NOT NULL,
    evidence       TEXT COLLATE "C" NOT NULL,
    source         TEXT COLLATE "C" NOT NULL,
    records        BIGINT NOT NULL,
    bytes          BIGINT NOT NULL,
    refused        BIGINT NOT NULL,
    first_seen     BIGINT NOT NULL,
    last_seen      BIGINT NOT NULL,
    PRIMARY KEY (topic, cluster, direction, client_id, software, principal, address,
                 schema_context, schema_id, consumer_group, evidence, source)
);

INSERT INTO lineage_edges (cluster, topic, direction, client_id, software, principal, address, schema_context,
    schema_id, consumer_group, evidence, source, records, bytes, refused, first_seen, last_seen)
SELECT cluster, topic, direction, client_id, software, principal, address, schema_context,
    schema_id, consumer_group, evidence, '', records, bytes, refused, first_seen, last_seen FROM lineage_edges_before;

DROP TABLE lineage_edges_before;

CREATE INDEX lineage_edges_by_cluster ON lineage_edges (cluster, client_id);
CREATE INDEX lineage_edges_by_group ON lineage_edges (consumer_group, cluster);
CREATE INDEX lineage_edges_by_schema ON lineage_edges (schema_context, schema_id);
CREATE INDEX lineage_edges_by_client ON lineage_edges (client_id);
CREATE INDEX lineage_edges_by_principal ON lineage_edges (principal);
CREATE INDEX lineage_edges_by_source ON lineage_edges (source, cluster) WHERE source <> '';

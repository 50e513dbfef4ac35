-- Who was seen to write and read which topic. Sums since the edge was first seen.

-- All columns up to evidence are the identity of an edge; what does not apply to it is empty text or 0.
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
    records        BIGINT NOT NULL,
    bytes          BIGINT NOT NULL,
    refused        BIGINT NOT NULL,
    first_seen     BIGINT NOT NULL,
    last_seen      BIGINT NOT NULL,
    PRIMARY KEY (topic, cluster, direction, client_id, software, principal, address,
                 schema_context, schema_id, consumer_group, evidence)
);

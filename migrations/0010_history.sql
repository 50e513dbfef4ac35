-- When edges were seen, so that the graph can be told as it was. The edge is a hash over all that names it; spans are hours
-- and days, in milliseconds.
CREATE TABLE lineage_history (
    edge       TEXT COLLATE "C" NOT NULL,
    span       BIGINT NOT NULL,
    begun      BIGINT NOT NULL,
    records    BIGINT NOT NULL,
    bytes      BIGINT NOT NULL,
    refused    BIGINT NOT NULL,
    first_seen BIGINT NOT NULL,
    last_seen  BIGINT NOT NULL,
    PRIMARY KEY (edge, span, begun)
);

CREATE INDEX lineage_history_by_age ON lineage_history (span, begun);

-- Where records with a schema were written.
CREATE INDEX lineage_edges_by_schema ON lineage_edges (schema_context, schema_id);

-- Who fetched which schema from the registry, how often, and when first and last. Who is a principal or, without one, what
-- a client calls its software, and its address.

CREATE TABLE schema_lookups (
    schema_context TEXT COLLATE "C" NOT NULL,
    schema_id      INTEGER NOT NULL,
    principal      TEXT COLLATE "C" NOT NULL,
    software       TEXT COLLATE "C" NOT NULL,
    address        TEXT COLLATE "C" NOT NULL,
    lookups        BIGINT NOT NULL,
    first_seen     BIGINT NOT NULL,
    last_seen      BIGINT NOT NULL,
    PRIMARY KEY (schema_context, schema_id, principal, software, address)
);

CREATE INDEX schema_lookups_by_age ON schema_lookups (last_seen);

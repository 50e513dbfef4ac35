-- Which rules records break, who sends them, how often, and what a few of them looked like.

-- One row for all that counts as the same: the fingerprint is made of the columns up to principal.
CREATE TABLE violations (
    fingerprint TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    cluster     TEXT COLLATE "C" NOT NULL,
    topic       TEXT COLLATE "C" NOT NULL,
    rule        TEXT COLLATE "C" NOT NULL,
    path        TEXT COLLATE "C" NOT NULL,
    reason      TEXT COLLATE "C" NOT NULL,
    client_id   TEXT COLLATE "C" NOT NULL,
    principal   TEXT COLLATE "C" NOT NULL,
    records     BIGINT NOT NULL,
    acted       BIGINT NOT NULL,
    first_seen  BIGINT NOT NULL,
    last_seen   BIGINT NOT NULL
);

CREATE INDEX violations_by_time ON violations (last_seen, fingerprint);

-- How many records of each in each hour since 1970.
CREATE TABLE violation_hours (
    fingerprint TEXT COLLATE "C" NOT NULL,
    hour        BIGINT NOT NULL,
    records     BIGINT NOT NULL,
    PRIMARY KEY (fingerprint, hour)
);

-- The newest samples of each topic. The sample is JSON, and holds no value of a record.
CREATE TABLE violation_samples (
    cluster     TEXT COLLATE "C" NOT NULL,
    topic       TEXT COLLATE "C" NOT NULL,
    seen_at     BIGINT NOT NULL,
    fingerprint TEXT COLLATE "C" NOT NULL,
    part        INTEGER NOT NULL,
    place       BIGINT NOT NULL,
    sample      TEXT NOT NULL,
    PRIMARY KEY (cluster, topic, seen_at, fingerprint, part, place)
);

CREATE INDEX violation_samples_by_fingerprint ON violation_samples (fingerprint, seen_at);

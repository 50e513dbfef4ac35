-- What a cluster tells of itself when it is asked. Ends and offsets are sums over the partitions of a topic.

-- How far logs reached at the first and at the last asking of an hour (begun, in milliseconds), and how many records had
-- passed proxies by then.
CREATE TABLE cluster_logs (
    topic        TEXT COLLATE "C" NOT NULL,
    cluster      TEXT COLLATE "C" NOT NULL,
    begun        BIGINT NOT NULL,
    first_asked  BIGINT NOT NULL,
    first_end    BIGINT NOT NULL,
    first_passed BIGINT NOT NULL,
    last_asked   BIGINT NOT NULL,
    last_end     BIGINT NOT NULL,
    last_passed  BIGINT NOT NULL,
    PRIMARY KEY (topic, cluster, begun)
);

CREATE INDEX cluster_logs_by_age ON cluster_logs (begun);

-- Groups that have committed offsets of a topic, wherever they read it; when the offsets last moved, as far as was seen.
CREATE TABLE cluster_groups (
    topic          TEXT COLLATE "C" NOT NULL,
    cluster        TEXT COLLATE "C" NOT NULL,
    consumer_group TEXT COLLATE "C" NOT NULL,
    committed      BIGINT NOT NULL,
    moved          BIGINT NOT NULL,
    first_asked    BIGINT NOT NULL,
    last_asked     BIGINT NOT NULL,
    PRIMARY KEY (topic, cluster, consumer_group)
);

-- When a cluster was last asked for its groups, and told all of them.
CREATE TABLE cluster_surveys (
    cluster TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    asked   BIGINT NOT NULL
);

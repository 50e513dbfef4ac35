-- What applications say they read, as their teams publish it. Published anew, all of it is replaced.
CREATE TABLE consumers (
    application  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    owner        TEXT NOT NULL,
    source       TEXT NOT NULL,
    published_at BIGINT NOT NULL,
    published_by TEXT NOT NULL
);

-- Fields are a JSON list of paths; the empty text stands for all of them.
CREATE TABLE consumer_reads (
    application    TEXT COLLATE "C" NOT NULL,
    position       INTEGER NOT NULL,
    subject        TEXT COLLATE "C" NOT NULL,
    consumer_group TEXT COLLATE "C" NOT NULL,
    fields         TEXT NOT NULL,
    purpose        TEXT NOT NULL,
    PRIMARY KEY (application, position)
);

CREATE INDEX consumer_reads_by_subject ON consumer_reads (subject, application);

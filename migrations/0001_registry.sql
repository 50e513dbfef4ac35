-- What is stored in which subject, under which settings, and who changed it. README.md says which SQL is allowed here.

-- One row: how often anything changed, and how often something vanished for good. Caches live by these two numbers.
CREATE TABLE revision (
    only_row INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
    changes  BIGINT NOT NULL,
    purges   BIGINT NOT NULL
);
INSERT INTO revision (only_row, changes, purges) VALUES (1, 0, 0);

-- A context exists from its first registration on; last_id is the highest id ever handed out in it.
CREATE TABLE contexts (
    name    TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    last_id BIGINT NOT NULL
);

-- A content: text with all that is part of its identity. Never updated.
CREATE TABLE contents (
    context     TEXT COLLATE "C" NOT NULL,
    id          INTEGER NOT NULL,
    fingerprint TEXT COLLATE "C" NOT NULL,
    kind        TEXT COLLATE "C" NOT NULL,
    body        TEXT NOT NULL,
    refs        TEXT NOT NULL,
    metadata    TEXT,
    rules       TEXT,
    PRIMARY KEY (context, id)
);
-- Not unique: in mode IMPORT one content may come under several ids.
CREATE INDEX contents_by_fingerprint ON contents (fingerprint, context, id);

-- Which version of which subject a content refers to.
CREATE TABLE content_references (
    context    TEXT COLLATE "C" NOT NULL,
    id         INTEGER NOT NULL,
    to_context TEXT COLLATE "C" NOT NULL,
    to_subject TEXT COLLATE "C" NOT NULL,
    to_version INTEGER NOT NULL,
    PRIMARY KEY (context, id, to_context, to_subject, to_version),
    FOREIGN KEY (context, id) REFERENCES contents (context, id) ON DELETE CASCADE
);
CREATE INDEX content_references_by_target ON content_references (to_context, to_subject, to_version);

-- Nothing but the lock that writers of a subject take first.
CREATE TABLE subjects (
    context TEXT COLLATE "C" NOT NULL,
    name    TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (context, name)
);

CREATE TABLE versions (
    context    TEXT COLLATE "C" NOT NULL,
    subject    TEXT COLLATE "C" NOT NULL,
    version    INTEGER NOT NULL,
    id         INTEGER NOT NULL,
    stored_at  BIGINT NOT NULL,
    is_deleted BOOLEAN NOT NULL,
    PRIMARY KEY (context, subject, version),
    FOREIGN KEY (context, id) REFERENCES contents (context, id)
);
CREATE INDEX versions_by_id ON versions (context, id);

-- An empty subject stands for the whole context.
CREATE TABLE settings (
    context TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    config  TEXT,
    mode    TEXT COLLATE "C",
    PRIMARY KEY (context, subject)
);

-- Every accepted change, in the order in which they were committed.
CREATE TABLE audit (
    revision BIGINT NOT NULL PRIMARY KEY,
    at       BIGINT NOT NULL,
    actor    TEXT NOT NULL,
    origin   TEXT NOT NULL,
    action   TEXT COLLATE "C" NOT NULL,
    context  TEXT COLLATE "C" NOT NULL,
    subject  TEXT COLLATE "C" NOT NULL,
    before   TEXT,
    after    TEXT
);
CREATE INDEX audit_by_subject ON audit (context, subject, revision);

-- By what subjects are found: what is said of the version that speaks for each, and the words in it. All of it is made from
-- the other tables, after the fact: searching brings it up to date.

CREATE TABLE catalogue (
    -- Stands for the subject among the words.
    number         BIGINT NOT NULL PRIMARY KEY,
    context        TEXT COLLATE "C" NOT NULL,
    subject        TEXT COLLATE "C" NOT NULL,
    listed_as      TEXT COLLATE "C" NOT NULL,
    -- The same in small letters.
    folded         TEXT COLLATE "C" NOT NULL,
    id             INTEGER NOT NULL,
    is_deleted     BOOLEAN NOT NULL,
    stored_at      BIGINT NOT NULL,
    versions       BIGINT NOT NULL,
    kind           TEXT COLLATE "C" NOT NULL,
    owner          TEXT COLLATE "C" NOT NULL,
    -- What holds, empty where that is the default of the server, and whether it comes from around the subject.
    level          TEXT COLLATE "C" NOT NULL,
    level_inherits BOOLEAN NOT NULL,
    mode           TEXT COLLATE "C" NOT NULL,
    mode_inherits  BOOLEAN NOT NULL,
    UNIQUE (context, subject)
);

CREATE INDEX catalogue_by_name ON catalogue (listed_as);
CREATE INDEX catalogue_by_age ON catalogue (stored_at, listed_as);
CREATE INDEX catalogue_by_versions ON catalogue (versions, listed_as);
CREATE INDEX catalogue_by_id ON catalogue (id);

-- Words in small letters, where they stand, and how they are written there.
CREATE TABLE catalogue_words (
    place  INTEGER NOT NULL,
    word   TEXT COLLATE "C" NOT NULL,
    number BIGINT NOT NULL,
    shown  TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (place, word, number)
);

CREATE INDEX catalogue_words_by_number ON catalogue_words (number, place);

-- Up to which change the catalogue is made. While `walked` is a text, subjects behind it have not been taken up yet.
CREATE TABLE catalogue_state (
    one         INTEGER NOT NULL PRIMARY KEY,
    revision    BIGINT NOT NULL,
    walked      TEXT COLLATE "C",
    last_number BIGINT NOT NULL
);

INSERT INTO catalogue_state (one, revision, walked, last_number) VALUES (1, -1, '', 0);

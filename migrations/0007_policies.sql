-- What is asked of the records of which topics. Those that hold now, in the order in which they are asked; every version
-- that any of them ever had; and one number that grows with each change, by which a proxy sees that there was one.

CREATE TABLE policies (
    name       TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    position   BIGINT NOT NULL,
    version    BIGINT NOT NULL,
    definition TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    changed_by TEXT NOT NULL
);

CREATE TABLE policy_versions (
    name       TEXT COLLATE "C" NOT NULL,
    version    BIGINT NOT NULL,
    position   BIGINT NOT NULL,
    definition TEXT,
    changed_at BIGINT NOT NULL,
    changed_by TEXT NOT NULL,
    PRIMARY KEY (name, version)
);

CREATE TABLE policy_revision (
    one      INTEGER NOT NULL PRIMARY KEY,
    revision BIGINT NOT NULL
);

INSERT INTO policy_revision (one, revision) VALUES (1, 0);

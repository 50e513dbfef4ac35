-- Which topics, by name and id, use which subjects for their keys and values.

-- A resource that has associations. Its row is the lock that whoever changes them takes, after the subjects' locks.
CREATE TABLE resources (
    kind      TEXT COLLATE "C" NOT NULL,
    id        TEXT COLLATE "C" NOT NULL,
    namespace TEXT COLLATE "C" NOT NULL,
    name      TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (kind, id)
);
-- The name first: serializers may ask for it in every namespace.
CREATE UNIQUE INDEX resources_by_name ON resources (kind, name, namespace);

CREATE TABLE associations (
    resource_kind TEXT COLLATE "C" NOT NULL,
    resource_id   TEXT COLLATE "C" NOT NULL,
    kind          TEXT COLLATE "C" NOT NULL,
    context       TEXT COLLATE "C" NOT NULL,
    subject       TEXT COLLATE "C" NOT NULL,
    lifecycle     TEXT COLLATE "C" NOT NULL,
    guid          TEXT COLLATE "C" NOT NULL,
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL,
    PRIMARY KEY (resource_kind, resource_id, kind),
    FOREIGN KEY (resource_kind, resource_id) REFERENCES resources (kind, id)
);
CREATE INDEX associations_by_subject ON associations (context, subject);

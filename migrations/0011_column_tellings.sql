-- What a job told last of where the fields of a dataset come from. As long as it tells the same again, which it does with
-- every run, only the time changes here, and no row of a field does.

CREATE TABLE declared_tellings (
    target    TEXT COLLATE "C" NOT NULL,
    told_by   TEXT COLLATE "C" NOT NULL,
    print     TEXT COLLATE "C" NOT NULL,
    last_seen BIGINT NOT NULL,
    PRIMARY KEY (target, told_by)
);

-- The print of what it was told in last. If that is what was told last of all, its time is the field's, too.
ALTER TABLE declared_columns ADD COLUMN told_in TEXT COLLATE "C" NOT NULL DEFAULT '';

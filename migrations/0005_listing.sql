-- What listings need to know of a subject, so that a page costs what is on it. Kept up to date with every version that
-- comes or goes; 0 and NULL where there is none.

-- The highest live version.
ALTER TABLE subjects ADD COLUMN latest INTEGER NOT NULL DEFAULT 0;
-- The highest version, soft-deleted ones included.
ALTER TABLE subjects ADD COLUMN highest INTEGER NOT NULL DEFAULT 0;
-- The name by which subjects are sorted: qualified, unless the context is the default one.
ALTER TABLE subjects ADD COLUMN listed_as TEXT COLLATE "C";

INSERT INTO subjects (context, name, latest, highest, listed_as)
    SELECT context, subject, max(CASE WHEN is_deleted THEN 0 ELSE version END), max(version),
        CASE WHEN context = '.' THEN subject ELSE ':' || context || ':' || subject END
    FROM versions WHERE version > 0 GROUP BY context, subject
    ON CONFLICT (context, name) DO UPDATE
    SET latest = excluded.latest, highest = excluded.highest, listed_as = excluded.listed_as;

CREATE INDEX subjects_in_order ON subjects (listed_as, latest, context, name);

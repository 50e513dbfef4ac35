-- Which secrets have sealed sensitive properties that may still lie here, by their public names; the empty name stands for
-- none, what lies here in clear. What was stored before this table was: in clear.
CREATE TABLE seals (
    secret TEXT COLLATE "C" NOT NULL PRIMARY KEY
);
INSERT INTO seals (secret) VALUES ('');

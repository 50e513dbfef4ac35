-- What people say of a violation: that they know of it, want to hear no more of it until then, or have mended it.

-- A violation without a row is new, and so is one whose row no longer holds: that is told when it is read. The row goes
-- with its violation.
CREATE TABLE violation_states (
    fingerprint TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    state       TEXT COLLATE "C" NOT NULL,
    muted_until BIGINT,
    note        TEXT NOT NULL,
    changed_by  TEXT NOT NULL,
    changed_at  BIGINT NOT NULL
);

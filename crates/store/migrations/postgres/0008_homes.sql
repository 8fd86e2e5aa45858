-- The partition of every organisation that rows tell of, for the migration
-- after this one. The program fills it: a partition is a hash of the id.
CREATE TABLE home (
    organization BYTEA PRIMARY KEY NOT NULL,
    partition    BIGINT NOT NULL
);

-- Which events of an organisation's day corrections void, so that a fold or a
-- read of the tail need not look into segments for it. Made from segments.
CREATE TABLE void (
    partition    INTEGER NOT NULL,
    organization BLOB NOT NULL,
    day          INTEGER NOT NULL,
    last_seq     INTEGER NOT NULL, -- highest seq of a correction of the day
    blob         BLOB NOT NULL,
    PRIMARY KEY (partition, organization, day)
) STRICT;

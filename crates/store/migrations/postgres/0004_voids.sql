-- Which events of an organisation's day corrections void, so that a fold or a
-- read of the tail need not look into segments for it. Made from segments.
CREATE TABLE void (
    partition    BIGINT NOT NULL,
    organization BYTEA NOT NULL,
    day          BIGINT NOT NULL,
    last_seq     BIGINT NOT NULL, -- highest seq of a correction of the day
    blob         BYTEA NOT NULL,
    PRIMARY KEY (partition, organization, day)
);

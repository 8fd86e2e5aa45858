-- Grows when an organisation comes or goes, so that every node can tell.
INSERT INTO counter (name, value) VALUES ('organizations', 0);

-- Requests of this minute, for rate limits; a crash may forget them.
CREATE UNLOGGED TABLE hits (
    partition BIGINT NOT NULL,
    what      BYTEA NOT NULL, -- whose requests, of what kind
    ends      BIGINT NOT NULL, -- of the minute: microseconds since 1970, UTC
    requests  BIGINT NOT NULL,
    PRIMARY KEY (partition, what)
);

-- Blobs are compressed already.
ALTER TABLE journal ALTER COLUMN blob SET STORAGE EXTERNAL;
ALTER TABLE segment ALTER COLUMN blob SET STORAGE EXTERNAL;
ALTER TABLE segment ALTER COLUMN data SET STORAGE EXTERNAL;
ALTER TABLE subject ALTER COLUMN blob SET STORAGE EXTERNAL;
ALTER TABLE rollup ALTER COLUMN blob SET STORAGE EXTERNAL;
ALTER TABLE void ALTER COLUMN blob SET STORAGE EXTERNAL;
ALTER TABLE identity_page ALTER COLUMN blob SET STORAGE EXTERNAL;
ALTER TABLE identity_filter ALTER COLUMN blob SET STORAGE EXTERNAL;

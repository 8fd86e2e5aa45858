-- The number of the last change of each partition. Whoever makes changes holds the row from
-- the moment that it takes numbers until it ends.
CREATE TABLE change_head (
    partition BIGINT PRIMARY KEY NOT NULL,
    last      BIGINT NOT NULL
);

INSERT INTO change_head (partition, last) SELECT partition, 0 FROM ledger;

-- Changes of what bills are made from, and of the bills. Never changed, never deleted.
CREATE TABLE change (
    partition    BIGINT NOT NULL,
    number       BIGINT NOT NULL, -- counts those of the partition, from 1
    at           BIGINT NOT NULL,
    organization BYTEA NOT NULL,
    action       TEXT COLLATE "C" NOT NULL,
    object       TEXT COLLATE "C" NOT NULL,
    version      BIGINT NOT NULL, -- of the object, or the number of an entry; 0 once deleted
    PRIMARY KEY (partition, number)
);

CREATE INDEX change_organization ON change (partition, organization, number);

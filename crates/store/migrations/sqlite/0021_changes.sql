-- The number of the last change of each partition. Whoever makes changes holds the row from
-- the moment that it takes numbers until it ends.
CREATE TABLE change_head (
    partition INTEGER PRIMARY KEY NOT NULL,
    last      INTEGER NOT NULL
) STRICT;

INSERT INTO change_head (partition, last) SELECT partition, 0 FROM ledger;

-- Changes of what bills are made from, and of the bills. Never changed, never deleted.
CREATE TABLE change (
    partition    INTEGER NOT NULL,
    number       INTEGER NOT NULL, -- counts those of the partition, from 1
    at           INTEGER NOT NULL,
    organization BLOB NOT NULL,
    action       TEXT NOT NULL,
    object       TEXT NOT NULL,
    version      INTEGER NOT NULL, -- of the object, or the number of an entry; 0 once deleted
    PRIMARY KEY (partition, number)
) STRICT;

CREATE INDEX change_organization ON change (partition, organization, number);

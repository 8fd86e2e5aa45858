-- The periods of a contract that are closed, or charged in advance: where they stand now.
CREATE TABLE closed_period (
    partition    INTEGER NOT NULL,
    contract     TEXT NOT NULL,
    number       INTEGER NOT NULL, -- of the period, from 0
    seller       BLOB NOT NULL,    -- the organisation that charges
    organization BLOB NOT NULL,
    begins       INTEGER NOT NULL, -- the borders, as they were when it was closed
    ends         INTEGER NOT NULL,
    closed       INTEGER,          -- NULL while it is charged in advance only
    mark         INTEGER NOT NULL, -- events with seq <= mark are rated
    meters       INTEGER NOT NULL, -- the revision of the meters that it is rated by
    state        TEXT,             -- with which it closes; NULL while it is not closed
    PRIMARY KEY (partition, contract, number)
) STRICT;

-- What contracts were charged: a chain for each contract. Never changed, never deleted.
CREATE TABLE billing_entry (
    partition INTEGER NOT NULL,
    contract  TEXT NOT NULL,
    entry     INTEGER NOT NULL, -- counts them, from 1
    number    INTEGER NOT NULL, -- of the period
    kind      TEXT NOT NULL,    -- advance, close, adjustment or correction
    made      INTEGER NOT NULL,
    mark      INTEGER NOT NULL,
    body      BLOB NOT NULL,    -- its canonical form, compressed
    digest    BLOB NOT NULL,    -- SHA-256 of its canonical form, which holds that of the one before
    PRIMARY KEY (partition, contract, entry)
) STRICT;

-- When there is something to close of a contract, or was last time it was looked at.
CREATE TABLE closing_due (
    partition    INTEGER NOT NULL,
    contract     TEXT NOT NULL,
    organization BLOB NOT NULL,
    due          INTEGER,          -- NULL if nothing is ever to come
    failures     INTEGER NOT NULL, -- since it last succeeded
    error        TEXT,             -- of the last failure
    PRIMARY KEY (partition, contract),
    FOREIGN KEY (partition, contract) REFERENCES contract (partition, number) ON DELETE CASCADE
) STRICT;

CREATE INDEX closing_due_due ON closing_due (partition, due);

INSERT INTO closing_due (partition, contract, organization, due, failures)
SELECT partition, number, organization, 0, 0 FROM contract;

-- The node that closes the contracts of a partition, for a while.
CREATE TABLE closing_lease (
    partition INTEGER PRIMARY KEY NOT NULL,
    holder    BLOB NOT NULL,
    until     INTEGER NOT NULL
) STRICT;

-- What the ledger says of closing where a contract says nothing: one row at most.
CREATE TABLE closing_terms (
    id           INTEGER PRIMARY KEY NOT NULL CHECK (id = 0),
    billing_from INTEGER,          -- a day; NULL: nothing is closed
    close_after  INTEGER NOT NULL, -- hours
    version      INTEGER NOT NULL
) STRICT;

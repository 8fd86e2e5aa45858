-- The periods of a contract that are closed, or charged in advance: where they stand now.
CREATE TABLE closed_period (
    partition    BIGINT NOT NULL,
    contract     TEXT COLLATE "C" NOT NULL,
    number       BIGINT NOT NULL, -- of the period, from 0
    seller       BYTEA NOT NULL,    -- the organisation that charges
    organization BYTEA NOT NULL,
    begins       BIGINT NOT NULL, -- the borders, as they were when it was closed
    ends         BIGINT NOT NULL,
    closed       BIGINT,          -- NULL while it is charged in advance only
    mark         BIGINT NOT NULL, -- events with seq <= mark are rated
    meters       BIGINT NOT NULL, -- the revision of the meters that it is rated by
    state        TEXT,             -- with which it closes; NULL while it is not closed
    PRIMARY KEY (partition, contract, number)
);

-- What contracts were charged: a chain for each contract. Never changed, never deleted.
CREATE TABLE billing_entry (
    partition BIGINT NOT NULL,
    contract  TEXT COLLATE "C" NOT NULL,
    entry     BIGINT NOT NULL, -- counts them, from 1
    number    BIGINT NOT NULL, -- of the period
    kind      TEXT NOT NULL,    -- advance, close, adjustment or correction
    made      BIGINT NOT NULL,
    mark      BIGINT NOT NULL,
    body      BYTEA NOT NULL,    -- its canonical form, compressed
    digest    BYTEA NOT NULL,    -- SHA-256 of its canonical form, which holds that of the one before
    PRIMARY KEY (partition, contract, entry)
);

-- When there is something to close of a contract, or was last time it was looked at.
CREATE TABLE closing_due (
    partition    BIGINT NOT NULL,
    contract     TEXT COLLATE "C" NOT NULL,
    organization BYTEA NOT NULL,
    due          BIGINT,          -- NULL if nothing is ever to come
    failures     BIGINT NOT NULL, -- since it last succeeded
    error        TEXT,             -- of the last failure
    PRIMARY KEY (partition, contract),
    FOREIGN KEY (partition, contract) REFERENCES contract (partition, number) ON DELETE CASCADE
);

CREATE INDEX closing_due_due ON closing_due (partition, due);

INSERT INTO closing_due (partition, contract, organization, due, failures)
SELECT partition, number, organization, 0, 0 FROM contract;

-- The node that closes the contracts of a partition, for a while.
CREATE TABLE closing_lease (
    partition BIGINT PRIMARY KEY NOT NULL,
    holder    BYTEA NOT NULL,
    until     BIGINT NOT NULL
);

-- What the ledger says of closing where a contract says nothing: one row at most.
CREATE TABLE closing_terms (
    id           BIGINT PRIMARY KEY NOT NULL CHECK (id = 0),
    billing_from BIGINT,          -- a day; NULL: nothing is closed
    close_after  BIGINT NOT NULL, -- hours
    version      BIGINT NOT NULL
);

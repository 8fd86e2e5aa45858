-- Who manages whom, what is sold, and what organisations pay for it. Shared
-- tables, as those of 0002.

CREATE TABLE trust (
    trustee BLOB NOT NULL REFERENCES organization (id), -- the partner
    trustor BLOB NOT NULL REFERENCES organization (id), -- the customer that it manages
    enabled INTEGER NOT NULL,
    created INTEGER NOT NULL,
    version INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    PRIMARY KEY (trustee, trustor)
) STRICT, WITHOUT ROWID;

CREATE INDEX trust_trustor ON trust (trustor, trustee);

CREATE TABLE product (
    sku             TEXT PRIMARY KEY NOT NULL,
    name            TEXT NOT NULL,
    charge          TEXT NOT NULL,
    meter           TEXT NOT NULL REFERENCES meter (name),
    grouping        TEXT NOT NULL,
    unit            TEXT NOT NULL,
    unit_of_measure TEXT NOT NULL,
    bundle          TEXT NOT NULL, -- a decimal number
    third_party     INTEGER NOT NULL,
    cancellable     INTEGER NOT NULL,
    version         INTEGER NOT NULL,
    changed         INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX product_meter ON product (meter);

-- The head of a contract: what others ask of it without reading it.
CREATE TABLE contract (
    number       TEXT PRIMARY KEY NOT NULL,
    organization BLOB NOT NULL REFERENCES organization (id),
    currency     TEXT NOT NULL,
    time_zone    TEXT NOT NULL,
    starts       INTEGER NOT NULL, -- first instant
    ends         INTEGER,          -- first instant after it
    version      INTEGER NOT NULL,
    changed      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX contract_organization ON contract (organization, starts);

-- Every version of a contract, as the document that it was put as. Never
-- changed and never deleted before the contract is.
CREATE TABLE contract_version (
    contract TEXT NOT NULL REFERENCES contract (number) ON DELETE CASCADE,
    version  INTEGER NOT NULL,
    changed  INTEGER NOT NULL,
    client   BLOB NOT NULL,
    body     TEXT NOT NULL,
    PRIMARY KEY (contract, version)
) STRICT;

-- Which products the current version prices, and since when.
CREATE TABLE contract_product (
    contract TEXT NOT NULL REFERENCES contract (number) ON DELETE CASCADE,
    product  TEXT NOT NULL REFERENCES product (sku),
    begins   INTEGER NOT NULL,
    PRIMARY KEY (contract, product)
) STRICT, WITHOUT ROWID;

CREATE INDEX contract_product_product ON contract_product (product);

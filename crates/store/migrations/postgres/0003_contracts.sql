-- Who manages whom, what is sold, and what organisations pay for it. Shared
-- tables, as those of 0002.

CREATE TABLE trust (
    trustee BYTEA NOT NULL REFERENCES organization (id), -- the partner
    trustor BYTEA NOT NULL REFERENCES organization (id), -- the customer that it manages
    enabled BIGINT NOT NULL,
    created BIGINT NOT NULL,
    version BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    PRIMARY KEY (trustee, trustor)
);

CREATE INDEX trust_trustor ON trust (trustor, trustee);

CREATE TABLE product (
    sku             TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    name            TEXT COLLATE "C" NOT NULL,
    charge          TEXT COLLATE "C" NOT NULL,
    meter           TEXT COLLATE "C" NOT NULL REFERENCES meter (name),
    grouping        TEXT COLLATE "C" NOT NULL,
    unit            TEXT COLLATE "C" NOT NULL,
    unit_of_measure TEXT COLLATE "C" NOT NULL,
    bundle          TEXT COLLATE "C" NOT NULL, -- a decimal number
    third_party     BIGINT NOT NULL,
    cancellable     BIGINT NOT NULL,
    version         BIGINT NOT NULL,
    changed         BIGINT NOT NULL
);

CREATE INDEX product_meter ON product (meter);

-- The head of a contract: what others ask of it without reading it.
CREATE TABLE contract (
    number       TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    organization BYTEA NOT NULL REFERENCES organization (id),
    currency     TEXT COLLATE "C" NOT NULL,
    time_zone    TEXT COLLATE "C" NOT NULL,
    starts       BIGINT NOT NULL, -- first instant
    ends         BIGINT,          -- first instant after it
    version      BIGINT NOT NULL,
    changed      BIGINT NOT NULL
);

CREATE INDEX contract_organization ON contract (organization, starts);

-- Every version of a contract, as the document that it was put as. Never
-- changed and never deleted before the contract is.
CREATE TABLE contract_version (
    contract TEXT COLLATE "C" NOT NULL REFERENCES contract (number) ON DELETE CASCADE,
    version  BIGINT NOT NULL,
    changed  BIGINT NOT NULL,
    client   BYTEA NOT NULL,
    body     TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (contract, version)
);

-- Which products the current version prices, and since when.
CREATE TABLE contract_product (
    contract TEXT COLLATE "C" NOT NULL REFERENCES contract (number) ON DELETE CASCADE,
    product  TEXT COLLATE "C" NOT NULL REFERENCES product (sku),
    begins   BIGINT NOT NULL,
    PRIMARY KEY (contract, product)
);

CREATE INDEX contract_product_product ON contract_product (product);

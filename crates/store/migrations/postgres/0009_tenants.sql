-- Rows of an organisation lie in its partition, beside its usage. They used to
-- lie in partition 0, or in tables without one. `home`, which 0008 has made and
-- the program has filled, says where each goes.
-- Names of indexes are unique among all tables.
ALTER TABLE contract RENAME CONSTRAINT contract_pkey TO old_contract_pkey;
ALTER TABLE contract_version RENAME CONSTRAINT contract_version_pkey TO old_contract_version_pkey;
ALTER TABLE contract_product RENAME CONSTRAINT contract_product_pkey TO old_contract_product_pkey;
ALTER TABLE trust RENAME CONSTRAINT trust_pkey TO old_trust_pkey;
ALTER TABLE access_token RENAME CONSTRAINT access_token_pkey TO old_access_token_pkey;
ALTER TABLE contract RENAME TO old_contract;
ALTER TABLE contract_version RENAME TO old_contract_version;
ALTER TABLE contract_product RENAME TO old_contract_product;
ALTER TABLE trust RENAME TO old_trust;
ALTER TABLE access_token RENAME TO old_access_token;
DROP INDEX contract_organization;
DROP INDEX contract_product_product;
DROP INDEX trust_trustor;

-- Whose a contract is, by its number, which is unique in the whole ledger. A
-- shared table; what a contract says is in the partition of its organisation.
CREATE TABLE contract_index (
    number       TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    partition    BIGINT NOT NULL,
    organization BYTEA NOT NULL REFERENCES organization (id)
);

CREATE INDEX contract_index_organization ON contract_index (organization);

-- The head of a contract: what others ask of it without reading it.
CREATE TABLE contract (
    partition    BIGINT NOT NULL,
    number       TEXT COLLATE "C" NOT NULL,
    organization BYTEA NOT NULL,
    currency     TEXT COLLATE "C" NOT NULL,
    time_zone    TEXT COLLATE "C" NOT NULL,
    starts       BIGINT NOT NULL, -- first instant
    ends         BIGINT,          -- first instant after it
    version      BIGINT NOT NULL,
    changed      BIGINT NOT NULL,
    PRIMARY KEY (partition, number)
);

CREATE INDEX contract_organization ON contract (partition, organization, starts);

-- Every version of a contract, as the document that it was put as. Never
-- changed and never deleted before the contract is.
CREATE TABLE contract_version (
    partition BIGINT NOT NULL,
    contract  TEXT COLLATE "C" NOT NULL,
    version   BIGINT NOT NULL,
    changed   BIGINT NOT NULL,
    client    BYTEA NOT NULL,
    body      TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (partition, contract, version),
    FOREIGN KEY (partition, contract) REFERENCES contract (partition, number) ON DELETE CASCADE
);

-- Which products the current version prices, and since when.
CREATE TABLE contract_product (
    partition BIGINT NOT NULL,
    contract  TEXT COLLATE "C" NOT NULL,
    product   TEXT COLLATE "C" NOT NULL REFERENCES product (sku),
    begins    BIGINT NOT NULL,
    PRIMARY KEY (partition, contract, product),
    FOREIGN KEY (partition, contract) REFERENCES contract (partition, number) ON DELETE CASCADE
);

CREATE INDEX contract_product_product ON contract_product (product);

-- In the partition of the customer, whose figures a trust opens.
CREATE TABLE trust (
    partition BIGINT NOT NULL,
    trustor   BYTEA NOT NULL REFERENCES organization (id), -- the customer
    trustee   BYTEA NOT NULL REFERENCES organization (id), -- the partner that manages it
    enabled   BIGINT NOT NULL,
    created   BIGINT NOT NULL,
    version   BIGINT NOT NULL,
    changed   BIGINT NOT NULL,
    PRIMARY KEY (partition, trustor, trustee)
);

CREATE INDEX trust_trustor ON trust (trustor);
CREATE INDEX trust_trustee ON trust (trustee, trustor);

-- In the partition of the client's organisation.
CREATE TABLE access_token (
    partition BIGINT NOT NULL,
    client    BYTEA NOT NULL REFERENCES client (id) ON DELETE CASCADE,
    hash      BYTEA NOT NULL,
    expires   BIGINT NOT NULL,
    PRIMARY KEY (partition, client, hash)
);

CREATE INDEX access_token_client ON access_token (client);

INSERT INTO contract_index (number, partition, organization)
SELECT number, home.partition, home.organization
FROM old_contract JOIN home ON home.organization = old_contract.organization;

INSERT INTO contract (partition, number, organization, currency, time_zone, starts, ends, version,
    changed)
SELECT home.partition, number, home.organization, currency, time_zone, starts, ends, version,
    changed
FROM old_contract JOIN home ON home.organization = old_contract.organization;

INSERT INTO contract_version (partition, contract, version, changed, client, body)
SELECT contract.partition, contract.number, old.version, old.changed, old.client, old.body
FROM old_contract_version AS old JOIN contract ON contract.number = old.contract;

INSERT INTO contract_product (partition, contract, product, begins)
SELECT contract.partition, contract.number, old.product, old.begins
FROM old_contract_product AS old JOIN contract ON contract.number = old.contract;

INSERT INTO trust (partition, trustor, trustee, enabled, created, version, changed)
SELECT home.partition, trustor, trustee, enabled, created, version, changed
FROM old_trust JOIN home ON home.organization = trustor;

INSERT INTO access_token (partition, client, hash, expires)
SELECT home.partition, client.id, hash, expires
FROM old_access_token JOIN client ON client.id = old_access_token.client
    JOIN home ON home.organization = client.organization;

DROP TABLE old_contract_product;
DROP TABLE old_contract_version;
DROP TABLE old_contract;
DROP TABLE old_trust;
DROP TABLE old_access_token;

-- Their keys begin with the partition already.
UPDATE audit SET partition = home.partition
FROM home WHERE home.organization = audit.organization AND home.partition <> audit.partition;

UPDATE report_job SET partition = home.partition
FROM home WHERE home.organization = report_job.organization
    AND home.partition <> report_job.partition;

-- Counts of this minute are not worth a move.
DELETE FROM rate_limit;

DROP TABLE home;

-- One row a partition: whoever changes contracts or trusts of an organisation
-- holds that of its partition.
CREATE TABLE tenant_lock (
    partition BIGINT PRIMARY KEY NOT NULL
);

INSERT INTO tenant_lock (partition) SELECT partition FROM ledger;

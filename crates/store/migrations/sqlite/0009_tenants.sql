-- Rows of an organisation lie in its partition, beside its usage. They used to
-- lie in partition 0, or in tables without one. `home`, which 0008 has made and
-- the program has filled, says where each goes.
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
    number       TEXT PRIMARY KEY NOT NULL,
    partition    INTEGER NOT NULL,
    organization BLOB NOT NULL REFERENCES organization (id)
) STRICT;

CREATE INDEX contract_index_organization ON contract_index (organization);

-- The head of a contract: what others ask of it without reading it.
CREATE TABLE contract (
    partition    INTEGER NOT NULL,
    number       TEXT NOT NULL,
    organization BLOB NOT NULL,
    currency     TEXT NOT NULL,
    time_zone    TEXT NOT NULL,
    starts       INTEGER NOT NULL, -- first instant
    ends         INTEGER,          -- first instant after it
    version      INTEGER NOT NULL,
    changed      INTEGER NOT NULL,
    PRIMARY KEY (partition, number)
) STRICT;

CREATE INDEX contract_organization ON contract (partition, organization, starts);

-- Every version of a contract, as the document that it was put as. Never
-- changed and never deleted before the contract is.
CREATE TABLE contract_version (
    partition INTEGER NOT NULL,
    contract  TEXT NOT NULL,
    version   INTEGER NOT NULL,
    changed   INTEGER NOT NULL,
    client    BLOB NOT NULL,
    body      TEXT NOT NULL,
    PRIMARY KEY (partition, contract, version),
    FOREIGN KEY (partition, contract) REFERENCES contract (partition, number) ON DELETE CASCADE
) STRICT;

-- Which products the current version prices, and since when.
CREATE TABLE contract_product (
    partition INTEGER NOT NULL,
    contract  TEXT NOT NULL,
    product   TEXT NOT NULL REFERENCES product (sku),
    begins    INTEGER NOT NULL,
    PRIMARY KEY (partition, contract, product),
    FOREIGN KEY (partition, contract) REFERENCES contract (partition, number) ON DELETE CASCADE
) STRICT;

CREATE INDEX contract_product_product ON contract_product (product);

-- In the partition of the customer, whose figures a trust opens.
CREATE TABLE trust (
    partition INTEGER NOT NULL,
    trustor   BLOB NOT NULL REFERENCES organization (id), -- the customer
    trustee   BLOB NOT NULL REFERENCES organization (id), -- the partner that manages it
    enabled   INTEGER NOT NULL,
    created   INTEGER NOT NULL,
    version   INTEGER NOT NULL,
    changed   INTEGER NOT NULL,
    PRIMARY KEY (partition, trustor, trustee)
) STRICT;

CREATE INDEX trust_trustor ON trust (trustor);
CREATE INDEX trust_trustee ON trust (trustee, trustor);

-- In the partition of the client's organisation.
CREATE TABLE access_token (
    partition INTEGER NOT NULL,
    client    BLOB NOT NULL REFERENCES client (id) ON DELETE CASCADE,
    hash      BLOB NOT NULL,
    expires   INTEGER NOT NULL,
    PRIMARY KEY (partition, client, hash)
) STRICT;

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

DROP TABLE home;

-- One row a partition: whoever changes contracts or trusts of an organisation
-- holds that of its partition.
CREATE TABLE tenant_lock (
    partition INTEGER PRIMARY KEY NOT NULL
) STRICT;

INSERT INTO tenant_lock (partition) SELECT partition FROM ledger;

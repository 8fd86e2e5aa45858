-- A product need not have a meter: nothing but its commitment may be sold, or a wallet of
-- it, or its usage is what other lines convert into. SQLite drops no constraint, so the
-- table is made again, and those that refer to it with it: their rows would go with the
-- old one.
ALTER TABLE product RENAME TO old_product;
ALTER TABLE product_words RENAME TO old_product_words;
ALTER TABLE contract_product RENAME TO old_contract_product;
DROP INDEX product_meter;
DROP INDEX contract_product_product;

CREATE TABLE product (
    sku             TEXT PRIMARY KEY NOT NULL,
    name            TEXT NOT NULL,
    charge          TEXT NOT NULL,
    meter           TEXT REFERENCES meter (name), -- NULL if no meter counts it
    grouping        TEXT NOT NULL,
    unit            TEXT NOT NULL,
    unit_of_measure TEXT NOT NULL,
    bundle          TEXT NOT NULL, -- a decimal number
    third_party     INTEGER NOT NULL,
    cancellable     INTEGER NOT NULL,
    version         INTEGER NOT NULL,
    changed         INTEGER NOT NULL,
    charged_in_ramp INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE INDEX product_meter ON product (meter);

-- The words of a product up to a day, on which it was called otherwise. Those
-- that it has since are in `product`.
CREATE TABLE product_words (
    sku             TEXT NOT NULL REFERENCES product (sku) ON DELETE CASCADE,
    ends            INTEGER NOT NULL, -- the first day on which they do not hold
    name            TEXT NOT NULL,
    charge          TEXT NOT NULL,
    grouping        TEXT NOT NULL,
    unit            TEXT NOT NULL,
    unit_of_measure TEXT NOT NULL,
    cancellable     INTEGER NOT NULL,
    PRIMARY KEY (sku, ends)
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

INSERT INTO product (sku, name, charge, meter, grouping, unit, unit_of_measure, bundle,
    third_party, cancellable, version, changed, charged_in_ramp)
SELECT sku, name, charge, meter, grouping, unit, unit_of_measure, bundle, third_party,
    cancellable, version, changed, charged_in_ramp
FROM old_product;

INSERT INTO product_words (sku, ends, name, charge, grouping, unit, unit_of_measure, cancellable)
SELECT sku, ends, name, charge, grouping, unit, unit_of_measure, cancellable
FROM old_product_words;

INSERT INTO contract_product (partition, contract, product, begins)
SELECT partition, contract, product, begins FROM old_contract_product;

DROP TABLE old_contract_product;
DROP TABLE old_product_words;
DROP TABLE old_product;

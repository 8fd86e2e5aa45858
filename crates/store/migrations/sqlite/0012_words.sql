-- What meters, products and organisations are called changes from a day on: in
-- older periods they keep their old words.
ALTER TABLE meter_version ADD COLUMN shown_as TEXT;

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

-- The name of an organisation up to a day. That which it has since is in
-- `organization`.
CREATE TABLE organization_name (
    organization BLOB NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    ends         INTEGER NOT NULL, -- the first day on which it does not hold
    name         TEXT NOT NULL,
    PRIMARY KEY (organization, ends)
) STRICT;

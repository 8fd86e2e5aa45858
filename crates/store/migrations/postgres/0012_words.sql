-- What meters, products and organisations are called changes from a day on: in
-- older periods they keep their old words.
ALTER TABLE meter_version ADD COLUMN shown_as TEXT COLLATE "C";

-- The words of a product up to a day, on which it was called otherwise. Those
-- that it has since are in `product`.
CREATE TABLE product_words (
    sku             TEXT COLLATE "C" NOT NULL REFERENCES product (sku) ON DELETE CASCADE,
    ends            BIGINT NOT NULL, -- the first day on which they do not hold
    name            TEXT COLLATE "C" NOT NULL,
    charge          TEXT COLLATE "C" NOT NULL,
    grouping        TEXT COLLATE "C" NOT NULL,
    unit            TEXT COLLATE "C" NOT NULL,
    unit_of_measure TEXT COLLATE "C" NOT NULL,
    cancellable     BIGINT NOT NULL,
    PRIMARY KEY (sku, ends)
);

-- The name of an organisation up to a day. That which it has since is in
-- `organization`.
CREATE TABLE organization_name (
    organization BYTEA NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    ends         BIGINT NOT NULL, -- the first day on which it does not hold
    name         TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (organization, ends)
);

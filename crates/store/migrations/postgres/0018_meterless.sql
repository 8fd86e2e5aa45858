-- A product need not have a meter: nothing but its commitment may be sold, or a wallet of
-- it, or its usage is what other lines convert into.
ALTER TABLE product ALTER COLUMN meter DROP NOT NULL;

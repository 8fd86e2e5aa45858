-- The sources under which a client may send events: a JSON array of patterns,
-- sorted. A client of before may send under none until it is given some; clients
-- of the operator may send under any.
ALTER TABLE client ADD COLUMN sources TEXT NOT NULL DEFAULT '[]';

-- How far a partition is, apart from `ledger`: who commits changes this row
-- and who folds that one, so neither waits for the other.
CREATE TABLE head (
    partition BIGINT PRIMARY KEY NOT NULL,
    last      BIGINT NOT NULL, -- seq of the last event
    received  BIGINT NOT NULL  -- when it came: microseconds since 1970, UTC
);

INSERT INTO head (partition, last, received)
SELECT partition,
       coalesce((SELECT max(seq) FROM mark WHERE mark.partition = ledger.partition), 0),
       coalesce((SELECT max(received) FROM mark WHERE mark.partition = ledger.partition), 0)
FROM ledger;

-- Count what changed beside `folded`, for whoever rests on what it read: which
-- runs are live, and what was rolled up anew.
ALTER TABLE ledger ADD COLUMN run_changes BIGINT NOT NULL DEFAULT 0;
ALTER TABLE ledger ADD COLUMN rollup_changes BIGINT NOT NULL DEFAULT 0;

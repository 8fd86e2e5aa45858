-- Reports that were kept by an older program do not say as of when they are: they
-- are delivered only while nothing has changed.
ALTER TABLE report_job ADD COLUMN as_of BIGINT;

-- The ends that a contract was given, in the order in which they became known:
-- an instant and a day, or `-`, for each. What was bought in a period was bought
-- until the end that was known then.
ALTER TABLE contract ADD COLUMN known_ends TEXT COLLATE "C" NOT NULL DEFAULT '';
UPDATE contract SET known_ends = (
    SELECT string_agg(put.changed::text || ' ' || coalesce(body::json ->> 'end', '-'), ','
        ORDER BY put.version)
    FROM contract_version AS put
    WHERE put.partition = contract.partition AND put.contract = contract.number);

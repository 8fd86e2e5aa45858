-- What a rollup and a version of a meter were made with is called a revision,
-- as everywhere else.
ALTER TABLE rollup RENAME COLUMN epoch TO revision;
ALTER TABLE meter_version RENAME COLUMN epoch TO revision;
UPDATE counter SET name = 'meter_revision' WHERE name = 'meter_epoch';

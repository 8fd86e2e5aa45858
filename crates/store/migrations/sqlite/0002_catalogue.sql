-- The catalogue: who there is and what is metered. These tables are small,
-- rarely written and shared by all partitions; tenant tables have `partition`
-- first and no foreign key runs from here to them. Instants are microseconds
-- since 1970 (UTC), days are days since 1970, ids are 16 bytes.

CREATE TABLE organization (
    id       BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    name     TEXT NOT NULL,
    operator INTEGER NOT NULL DEFAULT 0, -- 1: its clients may act for any organisation
    version  INTEGER NOT NULL,
    changed  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX organization_operator ON organization (operator) WHERE operator = 1;

CREATE TABLE client (
    id            BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    organization  BLOB NOT NULL REFERENCES organization (id),
    name          TEXT NOT NULL,
    permissions   TEXT NOT NULL, -- a JSON array, sorted
    token_seconds INTEGER NOT NULL,
    version       INTEGER NOT NULL,
    changed       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX client_organization ON client (organization);

-- At most two secrets a client, so that one can be rotated without a gap.
CREATE TABLE client_secret (
    client  BLOB NOT NULL REFERENCES client (id) ON DELETE CASCADE,
    number  INTEGER NOT NULL,
    salt    BLOB NOT NULL,
    hash    BLOB NOT NULL,
    PRIMARY KEY (client, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE access_token (
    partition INTEGER NOT NULL,
    client    BLOB NOT NULL,
    hash      BLOB NOT NULL,
    expires   INTEGER NOT NULL,
    PRIMARY KEY (partition, client, hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE meter (
    number INTEGER PRIMARY KEY NOT NULL, -- never reused: rollups hold it
    name   TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE meter_version (
    meter         INTEGER NOT NULL REFERENCES meter (number) ON DELETE CASCADE,
    version       INTEGER NOT NULL,
    begins        INTEGER NOT NULL,
    event_type    TEXT NOT NULL,
    aggregation   TEXT NOT NULL,
    quantity      TEXT,
    round_up_each TEXT,
    peak_minutes  INTEGER NOT NULL,
    family        TEXT,
    rank          INTEGER,
    epoch         INTEGER NOT NULL, -- the catalogue revision that introduced it
    PRIMARY KEY (meter, version)
) STRICT, WITHOUT ROWID;

-- Numbers that only ever grow.
CREATE TABLE counter (
    name  TEXT PRIMARY KEY NOT NULL,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO counter (name, value) VALUES ('meter', 0), ('meter_epoch', 0);

-- Reports that took longer than their caller waited.
CREATE TABLE report_job (
    partition    INTEGER NOT NULL,
    organization BLOB NOT NULL,
    range_start  INTEGER NOT NULL,
    range_end    INTEGER NOT NULL,
    state        INTEGER NOT NULL, -- 0 running, 1 complete, 2 failed
    changed      INTEGER NOT NULL,
    delivered    INTEGER NOT NULL DEFAULT 0,
    etag         TEXT,
    body         BLOB, -- zstd
    PRIMARY KEY (partition, organization, range_start, range_end)
) STRICT;

-- Who changed or looked at what. `organization` is the one it was about.
CREATE TABLE audit (
    partition    INTEGER NOT NULL,
    organization BLOB NOT NULL,
    number       INTEGER NOT NULL,
    at           INTEGER NOT NULL,
    client       BLOB NOT NULL,
    action       TEXT NOT NULL,
    object       TEXT NOT NULL,
    detail       TEXT NOT NULL,
    PRIMARY KEY (partition, organization, number)
) STRICT, WITHOUT ROWID;

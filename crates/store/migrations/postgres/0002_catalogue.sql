-- The catalogue: who there is and what is metered. These tables are small,
-- rarely written and shared by all partitions; tenant tables have `partition`
-- first and no foreign key runs from here to them. Instants are microseconds
-- since 1970 (UTC), days are days since 1970, ids are 16 bytes.

CREATE TABLE organization (
    id       BYTEA PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    name     TEXT COLLATE "C" NOT NULL,
    operator BIGINT NOT NULL DEFAULT 0, -- 1: its clients may act for any organisation
    version  BIGINT NOT NULL,
    changed  BIGINT NOT NULL
);

CREATE UNIQUE INDEX organization_operator ON organization (operator) WHERE operator = 1;

CREATE TABLE client (
    id            BYTEA PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    organization  BYTEA NOT NULL REFERENCES organization (id),
    name          TEXT COLLATE "C" NOT NULL,
    permissions   TEXT COLLATE "C" NOT NULL, -- a JSON array, sorted
    token_seconds BIGINT NOT NULL,
    version       BIGINT NOT NULL,
    changed       BIGINT NOT NULL
);

CREATE INDEX client_organization ON client (organization);

-- At most two secrets a client, so that one can be rotated without a gap.
CREATE TABLE client_secret (
    client  BYTEA NOT NULL REFERENCES client (id) ON DELETE CASCADE,
    number  BIGINT NOT NULL,
    salt    BYTEA NOT NULL,
    hash    BYTEA NOT NULL,
    PRIMARY KEY (client, number)
);

CREATE TABLE access_token (
    partition BIGINT NOT NULL,
    client    BYTEA NOT NULL,
    hash      BYTEA NOT NULL,
    expires   BIGINT NOT NULL,
    PRIMARY KEY (partition, client, hash)
);

CREATE TABLE meter (
    number BIGINT PRIMARY KEY NOT NULL, -- never reused: rollups hold it
    name   TEXT COLLATE "C" NOT NULL UNIQUE
);

CREATE TABLE meter_version (
    meter         BIGINT NOT NULL REFERENCES meter (number) ON DELETE CASCADE,
    version       BIGINT NOT NULL,
    begins        BIGINT NOT NULL,
    event_type    TEXT COLLATE "C" NOT NULL,
    aggregation   TEXT COLLATE "C" NOT NULL,
    quantity      TEXT COLLATE "C",
    round_up_each TEXT COLLATE "C",
    peak_minutes  BIGINT NOT NULL,
    family        TEXT COLLATE "C",
    rank          BIGINT,
    epoch         BIGINT NOT NULL, -- the catalogue revision that introduced it
    PRIMARY KEY (meter, version)
);

-- Numbers that only ever grow.
CREATE TABLE counter (
    name  TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    value BIGINT NOT NULL
);

INSERT INTO counter (name, value) VALUES ('meter', 0), ('meter_epoch', 0);

-- Reports that took longer than their caller waited.
CREATE TABLE report_job (
    partition    BIGINT NOT NULL,
    organization BYTEA NOT NULL,
    range_start  BIGINT NOT NULL,
    range_end    BIGINT NOT NULL,
    state        BIGINT NOT NULL, -- 0 running, 1 complete, 2 failed
    changed      BIGINT NOT NULL,
    delivered    BIGINT NOT NULL DEFAULT 0,
    etag         TEXT COLLATE "C",
    body         BYTEA, -- zstd
    PRIMARY KEY (partition, organization, range_start, range_end)
);

-- Who changed or looked at what. `organization` is the one it was about.
CREATE TABLE audit (
    partition    BIGINT NOT NULL,
    organization BYTEA NOT NULL,
    number       BIGINT NOT NULL,
    at           BIGINT NOT NULL,
    client       BYTEA NOT NULL,
    action       TEXT COLLATE "C" NOT NULL,
    object       TEXT COLLATE "C" NOT NULL,
    detail       TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (partition, organization, number)
);

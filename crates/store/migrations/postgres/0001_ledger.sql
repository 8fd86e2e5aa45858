-- The usage ledger. Every table is keyed by partition first, so that all of
-- an organisation lives together.

-- Secrets and settings fixed at init.
CREATE TABLE setting (
    name  TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    value BYTEA NOT NULL
);

-- One row a partition: what is folded, which seq comes next.
CREATE TABLE ledger (
    partition BIGINT PRIMARY KEY NOT NULL,
    folded    BIGINT NOT NULL, -- every event with seq <= folded is in segments and rollups
    next_run  BIGINT NOT NULL  -- number of the next identity run
);

-- Acknowledged events that are not folded yet: one row a request; seq is that
-- of its first event.
CREATE TABLE journal (
    partition BIGINT NOT NULL,
    seq       BIGINT NOT NULL,
    events    BIGINT NOT NULL,
    blob      BYTEA NOT NULL,
    PRIMARY KEY (partition, seq)
);

-- When was what acknowledged: the last seq of each commit. Never thinned.
CREATE TABLE mark (
    partition BIGINT NOT NULL,
    seq       BIGINT NOT NULL,
    received  BIGINT NOT NULL, -- microseconds since 1970, UTC, never going back
    PRIMARY KEY (partition, seq)
);

-- Sorted runs of identity hashes. A run counts only once it is live.
CREATE TABLE identity_run (
    partition BIGINT NOT NULL,
    run       BIGINT NOT NULL,
    entries   BIGINT NOT NULL,
    live      BIGINT NOT NULL,
    PRIMARY KEY (partition, run)
);

CREATE TABLE identity_page (
    partition BIGINT NOT NULL,
    run       BIGINT NOT NULL,
    page      BIGINT NOT NULL,
    lowest    BIGINT NOT NULL, -- lowest hash of the page, its bits as a signed integer
    blob      BYTEA NOT NULL,
    PRIMARY KEY (partition, run, page)
);

CREATE TABLE identity_filter (
    partition BIGINT NOT NULL,
    run       BIGINT NOT NULL,
    chunk     BIGINT NOT NULL,
    blob      BYTEA NOT NULL,
    PRIMARY KEY (partition, run, chunk)
);

-- Events of one organisation and UTC day, columnar, in order of time.
CREATE TABLE segment (
    partition    BIGINT NOT NULL,
    organization BYTEA NOT NULL,
    day          BIGINT NOT NULL,
    part         BIGINT NOT NULL,
    events       BIGINT NOT NULL,
    min_time     BIGINT NOT NULL,
    max_time     BIGINT NOT NULL,
    min_seq      BIGINT NOT NULL,
    max_seq      BIGINT NOT NULL,
    blob         BYTEA NOT NULL,
    data         BYTEA NOT NULL,
    PRIMARY KEY (partition, organization, day, part)
);

-- Names of resources; segments and rollups hold their numbers.
CREATE TABLE subject (
    partition    BIGINT NOT NULL,
    organization BYTEA NOT NULL,
    block        BIGINT NOT NULL,
    subjects     BIGINT NOT NULL,
    blob         BYTEA NOT NULL,
    PRIMARY KEY (partition, organization, block)
);

-- What each meter makes of an organisation's day.
CREATE TABLE rollup (
    partition    BIGINT NOT NULL,
    organization BYTEA NOT NULL,
    day          BIGINT NOT NULL,
    epoch        BIGINT NOT NULL, -- catalogue revision it was computed with
    last_seq     BIGINT NOT NULL,
    blob         BYTEA NOT NULL,
    PRIMARY KEY (partition, organization, day)
);

-- The usage ledger. Every table is keyed by partition first, so that all of
-- an organisation lives together; an embedded ledger has one partition, 0.

-- Secrets and settings fixed at init.
CREATE TABLE setting (
    name  TEXT PRIMARY KEY NOT NULL,
    value BLOB NOT NULL
) STRICT;

-- One row a partition: what is folded, which seq comes next.
CREATE TABLE ledger (
    partition INTEGER PRIMARY KEY NOT NULL,
    folded    INTEGER NOT NULL, -- every event with seq <= folded is in segments and rollups
    next_run  INTEGER NOT NULL  -- number of the next identity run
) STRICT;

-- Acknowledged events that are not folded yet: one row a request; seq is that
-- of its first event.
CREATE TABLE journal (
    partition INTEGER NOT NULL,
    seq       INTEGER NOT NULL,
    events    INTEGER NOT NULL,
    blob      BLOB NOT NULL,
    PRIMARY KEY (partition, seq)
) STRICT;

-- When was what acknowledged: the last seq of each commit. Never thinned.
CREATE TABLE mark (
    partition INTEGER NOT NULL,
    seq       INTEGER NOT NULL,
    received  INTEGER NOT NULL, -- microseconds since 1970, UTC, never going back
    PRIMARY KEY (partition, seq)
) STRICT, WITHOUT ROWID;

-- Sorted runs of identity hashes. A run counts only once it is live.
CREATE TABLE identity_run (
    partition INTEGER NOT NULL,
    run       INTEGER NOT NULL,
    entries   INTEGER NOT NULL,
    live      INTEGER NOT NULL,
    PRIMARY KEY (partition, run)
) STRICT;

CREATE TABLE identity_page (
    partition INTEGER NOT NULL,
    run       INTEGER NOT NULL,
    page      INTEGER NOT NULL,
    lowest    INTEGER NOT NULL, -- lowest hash of the page, its bits as a signed integer
    blob      BLOB NOT NULL,
    PRIMARY KEY (partition, run, page)
) STRICT;

CREATE TABLE identity_filter (
    partition INTEGER NOT NULL,
    run       INTEGER NOT NULL,
    chunk     INTEGER NOT NULL,
    blob      BLOB NOT NULL,
    PRIMARY KEY (partition, run, chunk)
) STRICT;

-- Events of one organisation and UTC day, columnar, in order of time.
CREATE TABLE segment (
    partition    INTEGER NOT NULL,
    organization BLOB NOT NULL,
    day          INTEGER NOT NULL,
    part         INTEGER NOT NULL,
    events       INTEGER NOT NULL,
    min_time     INTEGER NOT NULL,
    max_time     INTEGER NOT NULL,
    min_seq      INTEGER NOT NULL,
    max_seq      INTEGER NOT NULL,
    blob         BLOB NOT NULL,
    data         BLOB NOT NULL,
    PRIMARY KEY (partition, organization, day, part)
) STRICT;

-- Names of resources; segments and rollups hold their numbers.
CREATE TABLE subject (
    partition    INTEGER NOT NULL,
    organization BLOB NOT NULL,
    block        INTEGER NOT NULL,
    subjects     INTEGER NOT NULL,
    blob         BLOB NOT NULL,
    PRIMARY KEY (partition, organization, block)
) STRICT;

-- What each meter makes of an organisation's day.
CREATE TABLE rollup (
    partition    INTEGER NOT NULL,
    organization BLOB NOT NULL,
    day          INTEGER NOT NULL,
    epoch        INTEGER NOT NULL, -- catalogue revision it was computed with
    last_seq     INTEGER NOT NULL,
    blob         BLOB NOT NULL,
    PRIMARY KEY (partition, organization, day)
) STRICT;

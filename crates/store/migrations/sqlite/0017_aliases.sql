-- The lists of aliases that an organisation was given, each from a day on. What was
-- said last of a day holds on it.
CREATE TABLE alias_list (
    partition    INTEGER NOT NULL,
    organization BLOB NOT NULL,
    version      INTEGER NOT NULL, -- counts the lists, from 1
    begins       INTEGER NOT NULL, -- the first day
    made         INTEGER NOT NULL, -- the instant at which it was given
    PRIMARY KEY (partition, organization, version)
) STRICT, WITHOUT ROWID;

-- The names of which a list says something else than those before it.
CREATE TABLE alias (
    partition    INTEGER NOT NULL,
    organization BLOB NOT NULL,
    version      INTEGER NOT NULL,
    name         TEXT NOT NULL,
    resource     TEXT NOT NULL, -- the name itself, if it is no alias any more
    PRIMARY KEY (partition, organization, version, name)
) STRICT, WITHOUT ROWID;

-- The lists of aliases that an organisation was given, each from a day on. What was
-- said last of a day holds on it.
CREATE TABLE alias_list (
    partition    BIGINT NOT NULL,
    organization BYTEA NOT NULL,
    version      BIGINT NOT NULL, -- counts the lists, from 1
    begins       BIGINT NOT NULL, -- the first day
    made         BIGINT NOT NULL, -- the instant at which it was given
    PRIMARY KEY (partition, organization, version)
);

-- The names of which a list says something else than those before it.
CREATE TABLE alias (
    partition    BIGINT NOT NULL,
    organization BYTEA NOT NULL,
    version      BIGINT NOT NULL,
    name         TEXT COLLATE "C" NOT NULL,
    resource     TEXT COLLATE "C" NOT NULL, -- the name itself, if it is no alias any more
    PRIMARY KEY (partition, organization, version, name)
);

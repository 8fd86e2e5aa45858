-- Meters that were deleted before anything was counted under them. Revisions of the
-- meters that had them cannot be read back whole.
CREATE TABLE deleted_meter (
    number  BIGINT PRIMARY KEY NOT NULL,
    name    TEXT COLLATE "C" NOT NULL,
    begins  BIGINT NOT NULL, -- the first day of its first version
    made    BIGINT NOT NULL, -- revision of the first change that made it
    deleted BIGINT NOT NULL  -- revision of its deletion
);

-- Meters that were deleted before anything was counted under them. Revisions of the
-- meters that had them cannot be read back whole.
CREATE TABLE deleted_meter (
    number  INTEGER PRIMARY KEY NOT NULL,
    name    TEXT NOT NULL,
    begins  INTEGER NOT NULL, -- the first day of its first version
    made    INTEGER NOT NULL, -- revision of the first change that made it
    deleted INTEGER NOT NULL  -- revision of its deletion
) STRICT;

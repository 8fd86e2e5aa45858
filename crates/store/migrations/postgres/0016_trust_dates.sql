-- The days of a trust: `from..until` for each stretch, an open end being empty. A
-- trust of before has no dates, and goes on to open everything.
ALTER TABLE trust ADD COLUMN dates TEXT COLLATE "C" NOT NULL DEFAULT '..';

-- How a meter reads events: what one without a readable quantity means, what becomes of
-- decimals that no quantity holds, and which names are one resource. The meters that
-- there are go on as they did.
ALTER TABLE meter_version ADD COLUMN unreadable TEXT COLLATE "C" NOT NULL DEFAULT 'reject';
ALTER TABLE meter_version ADD COLUMN excess_decimals TEXT COLLATE "C" NOT NULL DEFAULT 'reject';
ALTER TABLE meter_version ADD COLUMN resources TEXT COLLATE "C" NOT NULL DEFAULT 'exact';

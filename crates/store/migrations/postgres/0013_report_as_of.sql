-- Reports that were kept by an older program do not say as of when they are: they
-- are delivered only while nothing has changed.
ALTER TABLE report_job ADD COLUMN as_of BIGINT;

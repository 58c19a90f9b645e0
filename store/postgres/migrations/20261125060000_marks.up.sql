-- What is remembered of the rows of parts.
ALTER TABLE vc_results ADD COLUMN marks bytea NOT NULL DEFAULT '';

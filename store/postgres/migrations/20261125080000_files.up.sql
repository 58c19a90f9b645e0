-- The hash under which a file is listed, in the rows of all of its hashes. What was kept together in one answer is of one file.
-- Row-level security would hide them from a plain owner.
ALTER TABLE vc_verdicts ADD COLUMN file text NOT NULL DEFAULT '';

ALTER TABLE vc_verdicts NO FORCE ROW LEVEL SECURITY;
UPDATE vc_verdicts SET file = f.file FROM (
	SELECT tenant_id, hash, first_value(hash) OVER (PARTITION BY tenant_id, fetched_at, report ORDER BY length(hash) DESC, hash) AS file
	FROM vc_verdicts
) f
WHERE f.tenant_id = vc_verdicts.tenant_id AND f.hash = vc_verdicts.hash;
ALTER TABLE vc_verdicts FORCE ROW LEVEL SECURITY;

CREATE INDEX vc_verdicts_file ON vc_verdicts (tenant_id, file);
CREATE INDEX vc_verdicts_listed ON vc_verdicts (tenant_id, fetched_at, hash) WHERE hash = file;

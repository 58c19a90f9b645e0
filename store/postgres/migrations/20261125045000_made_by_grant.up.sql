-- Whether an invite or a token was made under a grant, with which it then ends. Of those that are there already, it was where
-- the directory knows their maker as a user of another tenant. Row-level security would hide them from a plain owner.
ALTER TABLE vc_invites ADD COLUMN by_grant boolean NOT NULL DEFAULT false;
ALTER TABLE vc_api_tokens ADD COLUMN by_grant boolean NOT NULL DEFAULT false;

DO $$
DECLARE
	name text;
BEGIN
	FOREACH name IN ARRAY ARRAY['vc_directory', 'vc_invites', 'vc_api_tokens'] LOOP
		EXECUTE format('ALTER TABLE %I NO FORCE ROW LEVEL SECURITY', name);
	END LOOP;
	FOREACH name IN ARRAY ARRAY['vc_invites', 'vc_api_tokens'] LOOP
		EXECUTE format('UPDATE %I SET by_grant = true FROM vc_directory d
			WHERE d.kind = ''user'' AND d.key = created_by AND d.tenant_id <> %I.tenant_id', name, name);
	END LOOP;
	FOREACH name IN ARRAY ARRAY['vc_directory', 'vc_invites', 'vc_api_tokens'] LOOP
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
	END LOOP;
END $$;

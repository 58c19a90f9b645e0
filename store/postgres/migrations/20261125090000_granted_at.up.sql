-- Under which grant an invite or a token was made, by when that grant began: a later grant of the same user does not bring
-- it back. Of those that are there already it is the grant that there is now, and for good none where there is none.
-- Row-level security would hide them from a plain owner.
ALTER TABLE vc_invites ADD COLUMN granted_at timestamptz;
ALTER TABLE vc_api_tokens ADD COLUMN granted_at timestamptz;

DO $$
DECLARE
	name text;
BEGIN
	FOREACH name IN ARRAY ARRAY['vc_grants', 'vc_invites', 'vc_api_tokens'] LOOP
		EXECUTE format('ALTER TABLE %I NO FORCE ROW LEVEL SECURITY', name);
	END LOOP;
	FOREACH name IN ARRAY ARRAY['vc_invites', 'vc_api_tokens'] LOOP
		EXECUTE format('UPDATE %I t SET granted_at = coalesce(
			(SELECT g.created_at FROM vc_grants g WHERE g.tenant_id = t.tenant_id AND g.user_id = t.created_by), ''epoch'')
			WHERE by_grant', name);
	END LOOP;
	FOREACH name IN ARRAY ARRAY['vc_grants', 'vc_invites', 'vc_api_tokens'] LOOP
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
	END LOOP;
END $$;

ALTER TABLE vc_invites DROP COLUMN by_grant;
ALTER TABLE vc_api_tokens DROP COLUMN by_grant;

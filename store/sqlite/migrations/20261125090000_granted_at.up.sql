-- Under which grant an invite or a token was made, by when that grant began: a later grant of the same user does not bring
-- it back. Of those that are there already it is the grant that there is now, and for good none where there is none.
ALTER TABLE vc_invites ADD COLUMN granted_at TIMESTAMP;
ALTER TABLE vc_api_tokens ADD COLUMN granted_at TIMESTAMP;

UPDATE vc_invites SET granted_at = coalesce((SELECT g.created_at FROM vc_grants g
	WHERE g.tenant_id = vc_invites.tenant_id AND g.user_id = vc_invites.created_by), '1970-01-01 00:00:00+00:00')
WHERE by_grant;
UPDATE vc_api_tokens SET granted_at = coalesce((SELECT g.created_at FROM vc_grants g
	WHERE g.tenant_id = vc_api_tokens.tenant_id AND g.user_id = vc_api_tokens.created_by), '1970-01-01 00:00:00+00:00')
WHERE by_grant;

ALTER TABLE vc_invites DROP COLUMN by_grant;
ALTER TABLE vc_api_tokens DROP COLUMN by_grant;

ALTER TABLE vc_invites ADD COLUMN by_grant BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE vc_api_tokens ADD COLUMN by_grant BOOLEAN NOT NULL DEFAULT FALSE;

UPDATE vc_invites SET by_grant = TRUE WHERE granted_at IS NOT NULL;
UPDATE vc_api_tokens SET by_grant = TRUE WHERE granted_at IS NOT NULL;

ALTER TABLE vc_invites DROP COLUMN granted_at;
ALTER TABLE vc_api_tokens DROP COLUMN granted_at;

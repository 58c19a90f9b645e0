ALTER TABLE vc_invites ADD COLUMN by_grant boolean NOT NULL DEFAULT false;
ALTER TABLE vc_api_tokens ADD COLUMN by_grant boolean NOT NULL DEFAULT false;

ALTER TABLE vc_invites NO FORCE ROW LEVEL SECURITY;
ALTER TABLE vc_api_tokens NO FORCE ROW LEVEL SECURITY;
UPDATE vc_invites SET by_grant = true WHERE granted_at IS NOT NULL;
UPDATE vc_api_tokens SET by_grant = true WHERE granted_at IS NOT NULL;
ALTER TABLE vc_invites FORCE ROW LEVEL SECURITY;
ALTER TABLE vc_api_tokens FORCE ROW LEVEL SECURITY;

ALTER TABLE vc_invites DROP COLUMN granted_at;
ALTER TABLE vc_api_tokens DROP COLUMN granted_at;

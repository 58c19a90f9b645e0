ALTER TABLE vc_invites DROP COLUMN by_grant;
ALTER TABLE vc_api_tokens DROP COLUMN by_grant;

-- Whether an invite or a token was made under a grant, with which it then ends. Of those that are there already, it was where
-- the directory knows their maker as a user of another tenant.
ALTER TABLE vc_invites ADD COLUMN by_grant BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE vc_api_tokens ADD COLUMN by_grant BOOLEAN NOT NULL DEFAULT FALSE;

UPDATE vc_invites SET by_grant = TRUE FROM vc_directory d
WHERE d.kind = 'user' AND d.key = created_by AND d.tenant_id <> vc_invites.tenant_id;
UPDATE vc_api_tokens SET by_grant = TRUE FROM vc_directory d
WHERE d.kind = 'user' AND d.key = created_by AND d.tenant_id <> vc_api_tokens.tenant_id;

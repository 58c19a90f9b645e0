-- Digests of inputs of which all was kept.
CREATE TABLE vc_inputs (
	tenant_id TEXT NOT NULL REFERENCES vc_tenants ON DELETE CASCADE,
	digest    BLOB NOT NULL,
	PRIMARY KEY (tenant_id, digest)
) WITHOUT ROWID;

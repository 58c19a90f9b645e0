-- Which chunks a tenant has, in one word: every change of them makes another.
CREATE TABLE vc_revisions (
	tenant_id TEXT NOT NULL REFERENCES vc_tenants ON DELETE CASCADE,
	revision  TEXT NOT NULL,
	PRIMARY KEY (tenant_id)
) WITHOUT ROWID;

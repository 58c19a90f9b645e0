CREATE TABLE vc_saved_hunts (
	tenant_id  TEXT NOT NULL REFERENCES vc_tenants ON DELETE CASCADE,
	id         TEXT NOT NULL,
	name       BLOB NOT NULL,
	kind       TEXT NOT NULL,
	question   BLOB NOT NULL,
	created_by TEXT NOT NULL,
	created_at TIMESTAMP NOT NULL,
	ran_at     TIMESTAMP,
	PRIMARY KEY (tenant_id, id)
);

-- The last run of each.
CREATE TABLE vc_runs (
	tenant_id TEXT NOT NULL,
	hunt_id   TEXT NOT NULL,
	ran_at    TIMESTAMP NOT NULL,
	document  BLOB NOT NULL,
	PRIMARY KEY (tenant_id, hunt_id),
	FOREIGN KEY (tenant_id, hunt_id) REFERENCES vc_saved_hunts ON DELETE CASCADE
);

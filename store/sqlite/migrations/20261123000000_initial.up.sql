-- Everything of a tenant has its tenant_id, and every key begins with it. Times are text in UTC that sorts as it should.

CREATE TABLE vc_tenants (
	tenant_id   TEXT NOT NULL PRIMARY KEY,
	name        TEXT NOT NULL,
	description TEXT NOT NULL,
	created_at  TIMESTAMP NOT NULL
);

CREATE TABLE vc_users (
	tenant_id     TEXT NOT NULL REFERENCES vc_tenants ON DELETE CASCADE,
	id            TEXT NOT NULL,
	username      TEXT NOT NULL,
	role          TEXT NOT NULL,
	active        BOOLEAN NOT NULL,
	password_hash TEXT NOT NULL,
	created_at    TIMESTAMP NOT NULL,
	PRIMARY KEY (tenant_id, id)
);

-- What has to be found before a tenant is known, and so is unique over all tenants.
CREATE TABLE vc_directory (
	tenant_id TEXT NOT NULL REFERENCES vc_tenants ON DELETE CASCADE,
	kind      TEXT NOT NULL,
	key       TEXT NOT NULL,
	id        TEXT NOT NULL,
	PRIMARY KEY (kind, key)
);
CREATE INDEX vc_directory_id ON vc_directory (tenant_id, kind, id);

CREATE TABLE vc_sessions (
	tenant_id   TEXT NOT NULL,
	id          TEXT NOT NULL,
	family_id   TEXT NOT NULL,
	user_id     TEXT NOT NULL,
	acting_in   TEXT,
	refresh_key TEXT NOT NULL,
	created_at  TIMESTAMP NOT NULL,
	expires_at  TIMESTAMP NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, user_id) REFERENCES vc_users ON DELETE CASCADE
);
CREATE INDEX vc_sessions_family ON vc_sessions (tenant_id, family_id);
CREATE INDEX vc_sessions_user ON vc_sessions (tenant_id, user_id);

CREATE TABLE vc_invites (
	tenant_id  TEXT NOT NULL REFERENCES vc_tenants ON DELETE CASCADE,
	id         TEXT NOT NULL,
	role       TEXT NOT NULL,
	created_by TEXT NOT NULL,
	created_at TIMESTAMP NOT NULL,
	expires_at TIMESTAMP NOT NULL,
	used_by    TEXT NOT NULL,
	used_at    TIMESTAMP,
	PRIMARY KEY (tenant_id, id)
);

CREATE TABLE vc_api_tokens (
	tenant_id    TEXT NOT NULL REFERENCES vc_tenants ON DELETE CASCADE,
	id           TEXT NOT NULL,
	name         TEXT NOT NULL,
	scope        TEXT NOT NULL,
	created_by   TEXT NOT NULL,
	created_at   TIMESTAMP NOT NULL,
	expires_at   TIMESTAMP,
	last_used_at TIMESTAMP,
	PRIMARY KEY (tenant_id, id)
);

-- A grant goes with the tenant that it opens, and with the one that its user is at home in.
CREATE TABLE vc_grants (
	tenant_id  TEXT NOT NULL REFERENCES vc_tenants ON DELETE CASCADE,
	user_id    TEXT NOT NULL,
	username   TEXT NOT NULL,
	home_id    TEXT REFERENCES vc_tenants ON DELETE CASCADE,
	role       TEXT NOT NULL,
	granted_by TEXT NOT NULL,
	created_at TIMESTAMP NOT NULL,
	expires_at TIMESTAMP,
	PRIMARY KEY (tenant_id, user_id)
);
CREATE INDEX vc_grants_user ON vc_grants (user_id);
CREATE INDEX vc_grants_home ON vc_grants (home_id);

CREATE TABLE vc_audit (
	tenant_id  TEXT NOT NULL REFERENCES vc_tenants ON DELETE CASCADE,
	id         TEXT NOT NULL,
	at         TIMESTAMP NOT NULL,
	action     TEXT NOT NULL,
	target     TEXT NOT NULL,
	actor_id   TEXT NOT NULL,
	actor      TEXT NOT NULL,
	actor_home TEXT,
	request_id TEXT NOT NULL,
	address    TEXT NOT NULL,
	detail     TEXT NOT NULL,
	PRIMARY KEY (tenant_id, id)
);

-- hostname, fqdn, ip_address and os are in lower case, for filters; facts has them as they were told.
CREATE TABLE vc_hosts (
	tenant_id  TEXT NOT NULL REFERENCES vc_tenants ON DELETE CASCADE,
	id         TEXT NOT NULL,
	client_id  TEXT NOT NULL,
	name_key   TEXT NOT NULL,
	hostname   TEXT NOT NULL,
	fqdn       TEXT NOT NULL,
	ip_address TEXT NOT NULL,
	os         TEXT NOT NULL,
	created_at TIMESTAMP NOT NULL,
	facts      BLOB NOT NULL,
	PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX vc_hosts_client ON vc_hosts (tenant_id, client_id) WHERE client_id <> '';
CREATE INDEX vc_hosts_name ON vc_hosts (tenant_id, name_key);

CREATE TABLE vc_host_labels (
	tenant_id TEXT NOT NULL,
	label     TEXT NOT NULL,
	host_id   TEXT NOT NULL,
	PRIMARY KEY (tenant_id, label, host_id),
	FOREIGN KEY (tenant_id, host_id) REFERENCES vc_hosts ON DELETE CASCADE
);
CREATE INDEX vc_host_labels_host ON vc_host_labels (tenant_id, host_id);

-- Hosts may be kept elsewhere, so that host_id refers to nothing here.
CREATE TABLE vc_collections (
	tenant_id    TEXT NOT NULL REFERENCES vc_tenants ON DELETE CASCADE,
	id           TEXT NOT NULL,
	key          TEXT NOT NULL,
	host_id      TEXT NOT NULL,
	flow_id      TEXT NOT NULL,
	hunt_id      TEXT NOT NULL,
	collected_at TIMESTAMP NOT NULL,
	ingested_at  TIMESTAMP NOT NULL,
	details      BLOB NOT NULL,
	PRIMARY KEY (tenant_id, id),
	UNIQUE (tenant_id, key)
);
CREATE INDEX vc_collections_host ON vc_collections (tenant_id, host_id, id);
CREATE INDEX vc_collections_flow ON vc_collections (tenant_id, flow_id, id);
CREATE INDEX vc_collections_hunt ON vc_collections (tenant_id, hunt_id, id);

CREATE TABLE vc_results (
	tenant_id     TEXT NOT NULL,
	id            TEXT NOT NULL,
	collection_id TEXT NOT NULL,
	artifact      TEXT NOT NULL,
	stored_rows   INTEGER NOT NULL,
	details       BLOB NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, collection_id) REFERENCES vc_collections ON DELETE CASCADE
);
CREATE INDEX vc_results_collection ON vc_results (tenant_id, collection_id, artifact, id);
CREATE INDEX vc_results_artifact ON vc_results (tenant_id, artifact, id);

CREATE TABLE vc_stages (
	tenant_id TEXT NOT NULL REFERENCES vc_tenants ON DELETE CASCADE,
	id        TEXT NOT NULL,
	lease     TIMESTAMP NOT NULL,
	PRIMARY KEY (tenant_id, id)
);

-- The tables below are written in bulk and refer to nothing, because each reference would cost a look-up per row. They
-- are reached through a stage or a result.
CREATE TABLE vc_staged (
	tenant_id TEXT NOT NULL,
	stage_id  TEXT NOT NULL,
	result_id TEXT NOT NULL,
	PRIMARY KEY (tenant_id, stage_id, result_id)
);

CREATE TABLE vc_chunks (
	tenant_id TEXT NOT NULL,
	id        TEXT NOT NULL,
	result_id TEXT NOT NULL,
	stage_id  TEXT NOT NULL,
	artifact  TEXT NOT NULL,
	first_row INTEGER NOT NULL,
	row_count INTEGER NOT NULL,
	raw_bytes INTEGER NOT NULL,
	min_time  INTEGER,
	max_time  INTEGER,
	columns   BLOB NOT NULL,
	PRIMARY KEY (tenant_id, id)
);
CREATE INDEX vc_chunks_result ON vc_chunks (tenant_id, result_id, first_row);

CREATE TABLE vc_blocks (
	tenant_id TEXT NOT NULL,
	artifact  TEXT NOT NULL,
	col       BLOB NOT NULL,
	chunk_id  TEXT NOT NULL,
	part      INTEGER NOT NULL,
	data      BLOB NOT NULL,
	PRIMARY KEY (tenant_id, artifact, col, chunk_id, part)
);

CREATE TABLE vc_verdicts (
	tenant_id  TEXT NOT NULL REFERENCES vc_tenants ON DELETE CASCADE,
	hash       TEXT NOT NULL,
	verdict    TEXT NOT NULL,
	fetched_at TIMESTAMP NOT NULL,
	expires_at TIMESTAMP NOT NULL,
	report     BLOB NOT NULL,
	PRIMARY KEY (tenant_id, hash)
);

CREATE TABLE vc_spending (
	tenant_id TEXT NOT NULL REFERENCES vc_tenants ON DELETE CASCADE,
	day       TEXT NOT NULL,
	calls     INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, day)
);

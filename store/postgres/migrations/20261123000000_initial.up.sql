-- Everything of a tenant has its tenant_id, every key begins with it, and row-level security holds every query to the
-- rows of one tenant. Ids that this program makes are uuid; those that a host service may make are text. Text is
-- compared byte by byte where it is sorted.

-- The role that queries run as: row-level security does not hold superusers. Roles belong to the whole cluster, and
-- other databases may be creating it at this moment. Without the right to create it, queries run as the connecting
-- user; the program checks who that is when it opens the database.
DO $$
BEGIN
	FOR attempt IN 1..10 LOOP
		BEGIN
			IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{{.Role}}') THEN
				CREATE ROLE {{.Role}} NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOINHERIT;
			END IF;
			IF current_user <> '{{.Role}}' THEN
				EXECUTE format('GRANT {{.Role}} TO %I', current_user);
			END IF;
			EXIT;
		EXCEPTION
			WHEN insufficient_privilege THEN
				EXIT;
			WHEN duplicate_object OR unique_violation OR internal_error THEN -- "tuple concurrently updated" is the last
				IF attempt = 10 THEN
					RAISE;
				END IF;
				PERFORM pg_sleep(0.05 * attempt);
		END;
	END LOOP;
END $$;

CREATE TABLE vc_tenants (
	tenant_id   uuid PRIMARY KEY,
	name        text COLLATE "C" NOT NULL,
	description text NOT NULL,
	created_at  timestamptz NOT NULL
);

CREATE TABLE vc_users (
	tenant_id     uuid NOT NULL REFERENCES vc_tenants ON DELETE CASCADE,
	id            uuid NOT NULL,
	username      text NOT NULL,
	role          text NOT NULL,
	active        boolean NOT NULL,
	password_hash text NOT NULL,
	created_at    timestamptz NOT NULL,
	PRIMARY KEY (tenant_id, id)
);

-- What has to be found before a tenant is known, and so is unique over all tenants.
CREATE TABLE vc_directory (
	tenant_id uuid NOT NULL REFERENCES vc_tenants ON DELETE CASCADE,
	kind      text NOT NULL,
	key       text NOT NULL,
	id        text NOT NULL,
	PRIMARY KEY (kind, key)
);
CREATE INDEX vc_directory_id ON vc_directory (tenant_id, kind, id);

CREATE TABLE vc_sessions (
	tenant_id   uuid NOT NULL,
	id          uuid NOT NULL,
	family_id   uuid NOT NULL,
	user_id     uuid NOT NULL,
	acting_in   uuid,
	refresh_key text NOT NULL,
	created_at  timestamptz NOT NULL,
	expires_at  timestamptz NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, user_id) REFERENCES vc_users ON DELETE CASCADE
);
CREATE INDEX vc_sessions_family ON vc_sessions (tenant_id, family_id);
CREATE INDEX vc_sessions_user ON vc_sessions (tenant_id, user_id);

CREATE TABLE vc_invites (
	tenant_id  uuid NOT NULL REFERENCES vc_tenants ON DELETE CASCADE,
	id         uuid NOT NULL,
	role       text NOT NULL,
	created_by text NOT NULL,
	created_at timestamptz NOT NULL,
	expires_at timestamptz NOT NULL,
	used_by    text NOT NULL,
	used_at    timestamptz,
	PRIMARY KEY (tenant_id, id)
);

CREATE TABLE vc_api_tokens (
	tenant_id    uuid NOT NULL REFERENCES vc_tenants ON DELETE CASCADE,
	id           uuid NOT NULL,
	name         text NOT NULL,
	scope        text NOT NULL,
	created_by   text NOT NULL,
	created_at   timestamptz NOT NULL,
	expires_at   timestamptz,
	last_used_at timestamptz,
	PRIMARY KEY (tenant_id, id)
);

-- A grant goes with the tenant that it opens, and with the one that its user is at home in.
CREATE TABLE vc_grants (
	tenant_id  uuid NOT NULL REFERENCES vc_tenants ON DELETE CASCADE,
	user_id    text COLLATE "C" NOT NULL,
	username   text NOT NULL,
	home_id    uuid REFERENCES vc_tenants ON DELETE CASCADE,
	role       text NOT NULL,
	granted_by text NOT NULL,
	created_at timestamptz NOT NULL,
	expires_at timestamptz,
	PRIMARY KEY (tenant_id, user_id)
);
CREATE INDEX vc_grants_user ON vc_grants (user_id);
CREATE INDEX vc_grants_home ON vc_grants (home_id);

CREATE TABLE vc_audit (
	tenant_id  uuid NOT NULL REFERENCES vc_tenants ON DELETE CASCADE,
	id         uuid NOT NULL,
	at         timestamptz NOT NULL,
	action     text NOT NULL,
	target     text NOT NULL,
	actor_id   text NOT NULL,
	actor      text NOT NULL,
	actor_home uuid,
	request_id text NOT NULL,
	address    text NOT NULL,
	detail     text NOT NULL,
	PRIMARY KEY (tenant_id, id)
);

-- hostname, fqdn, ip_address and os are in lower case, for filters; facts has them as they were told.
CREATE TABLE vc_hosts (
	tenant_id  uuid NOT NULL REFERENCES vc_tenants ON DELETE CASCADE,
	id         uuid NOT NULL,
	client_id  text NOT NULL,
	name_key   text NOT NULL,
	hostname   text NOT NULL,
	fqdn       text NOT NULL,
	ip_address text NOT NULL,
	os         text NOT NULL,
	created_at timestamptz NOT NULL,
	facts      bytea NOT NULL,
	PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX vc_hosts_client ON vc_hosts (tenant_id, client_id) WHERE client_id <> '';
CREATE INDEX vc_hosts_name ON vc_hosts (tenant_id, name_key);

CREATE TABLE vc_host_labels (
	tenant_id uuid NOT NULL,
	label     text NOT NULL,
	host_id   uuid NOT NULL,
	PRIMARY KEY (tenant_id, label, host_id),
	FOREIGN KEY (tenant_id, host_id) REFERENCES vc_hosts ON DELETE CASCADE
);
CREATE INDEX vc_host_labels_host ON vc_host_labels (tenant_id, host_id);

-- Hosts may be kept elsewhere, so that host_id refers to nothing here.
CREATE TABLE vc_collections (
	tenant_id    uuid NOT NULL REFERENCES vc_tenants ON DELETE CASCADE,
	id           uuid NOT NULL,
	key          text NOT NULL,
	host_id      text NOT NULL,
	flow_id      text NOT NULL,
	hunt_id      text NOT NULL,
	collected_at timestamptz NOT NULL,
	ingested_at  timestamptz NOT NULL,
	details      bytea NOT NULL,
	PRIMARY KEY (tenant_id, id),
	UNIQUE (tenant_id, key)
);
CREATE INDEX vc_collections_host ON vc_collections (tenant_id, host_id, id);
CREATE INDEX vc_collections_flow ON vc_collections (tenant_id, flow_id, id);
CREATE INDEX vc_collections_hunt ON vc_collections (tenant_id, hunt_id, id);

CREATE TABLE vc_results (
	tenant_id     uuid NOT NULL,
	id            uuid NOT NULL,
	collection_id uuid NOT NULL,
	artifact      text COLLATE "C" NOT NULL,
	stored_rows   bigint NOT NULL,
	details       bytea NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, collection_id) REFERENCES vc_collections ON DELETE CASCADE
);
CREATE INDEX vc_results_collection ON vc_results (tenant_id, collection_id, artifact, id);
CREATE INDEX vc_results_artifact ON vc_results (tenant_id, artifact, id);

CREATE TABLE vc_stages (
	tenant_id uuid NOT NULL REFERENCES vc_tenants ON DELETE CASCADE,
	id        text NOT NULL,
	lease     timestamptz NOT NULL,
	PRIMARY KEY (tenant_id, id)
);

-- The tables below are written in bulk and refer to nothing, because each reference would cost a look-up per row. They
-- are reached through a stage or a result.
CREATE TABLE vc_staged (
	tenant_id uuid NOT NULL,
	stage_id  text NOT NULL,
	result_id uuid NOT NULL,
	PRIMARY KEY (tenant_id, stage_id, result_id)
);

CREATE TABLE vc_chunks (
	tenant_id uuid NOT NULL,
	id        uuid NOT NULL,
	result_id uuid NOT NULL,
	stage_id  text NOT NULL,
	artifact  text NOT NULL,
	first_row bigint NOT NULL,
	row_count integer NOT NULL,
	raw_bytes bigint NOT NULL,
	min_time  bigint,
	max_time  bigint,
	columns   bytea NOT NULL,
	PRIMARY KEY (tenant_id, id)
);
CREATE INDEX vc_chunks_result ON vc_chunks (tenant_id, result_id, first_row);

-- The data is compressed already.
CREATE TABLE vc_blocks (
	tenant_id uuid NOT NULL,
	artifact  text NOT NULL,
	col       bytea NOT NULL,
	chunk_id  uuid NOT NULL,
	part      int NOT NULL,
	data      bytea NOT NULL,
	PRIMARY KEY (tenant_id, artifact, col, chunk_id, part)
);
ALTER TABLE vc_blocks ALTER COLUMN data SET STORAGE EXTERNAL;

CREATE TABLE vc_verdicts (
	tenant_id  uuid NOT NULL REFERENCES vc_tenants ON DELETE CASCADE,
	hash       text NOT NULL,
	verdict    text NOT NULL,
	fetched_at timestamptz NOT NULL,
	expires_at timestamptz NOT NULL,
	report     bytea NOT NULL,
	PRIMARY KEY (tenant_id, hash)
);

CREATE TABLE vc_spending (
	tenant_id uuid NOT NULL REFERENCES vc_tenants ON DELETE CASCADE,
	day       text NOT NULL,
	calls     integer NOT NULL,
	PRIMARY KEY (tenant_id, day)
);

-- companion.tenant_id is the tenant of the transaction, companion.lookup what a look-up without a tenant holds in its
-- hands, which lets it read and never write. A setting that was set once in a connection reads back as '' afterwards.
-- Policies have them as subqueries, so that they are evaluated once per query and not once per row.
DO $$
DECLARE
	owned text := $q$tenant_id = (SELECT nullif(current_setting('companion.tenant_id', true), '')::uuid)$q$;
	lookup text := $q$(SELECT nullif(current_setting('companion.lookup', true), ''))$q$;
	name text;
BEGIN
	FOREACH name IN ARRAY ARRAY[
		'vc_tenants', 'vc_users', 'vc_directory', 'vc_sessions', 'vc_invites', 'vc_api_tokens', 'vc_grants', 'vc_audit',
		'vc_hosts',
		'vc_host_labels', 'vc_collections', 'vc_results', 'vc_stages', 'vc_staged', 'vc_chunks', 'vc_blocks',
		'vc_verdicts', 'vc_spending'
	] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
		EXECUTE format('CREATE POLICY tenant ON %I USING (%s) WITH CHECK (%s)', name, owned, owned);
		IF EXISTS (SELECT FROM pg_roles WHERE rolname = '{{.Role}}') THEN
			-- The audit trail is added to and read, and goes with its tenant.
			EXECUTE format('GRANT SELECT, INSERT %s ON %I TO {{.Role}}',
				CASE name WHEN 'vc_audit' THEN '' ELSE ', UPDATE, DELETE' END, name);
		END IF;
	END LOOP;
	EXECUTE format('CREATE POLICY lookup ON vc_tenants FOR SELECT USING (tenant_id::text = ANY (string_to_array(%s, %L)))', lookup, ',');
	EXECUTE format('CREATE POLICY lookup ON vc_directory FOR SELECT USING (key = %s)', lookup);
	EXECUTE format('CREATE POLICY lookup ON vc_grants FOR SELECT USING (user_id = %s)', lookup);
	IF EXISTS (SELECT FROM pg_roles WHERE rolname = '{{.Role}}') THEN
		EXECUTE format('GRANT USAGE ON SCHEMA %I TO {{.Role}}', current_schema());
		GRANT SELECT ON vc_migrations TO {{.Role}};
	END IF;
END $$;

CREATE TABLE vc_saved_hunts (
	tenant_id  uuid NOT NULL REFERENCES vc_tenants ON DELETE CASCADE,
	id         uuid NOT NULL,
	name       bytea NOT NULL,
	kind       text NOT NULL,
	question   bytea NOT NULL,
	created_by text NOT NULL,
	created_at timestamptz NOT NULL,
	ran_at     timestamptz,
	PRIMARY KEY (tenant_id, id)
);

-- The last run of each.
CREATE TABLE vc_runs (
	tenant_id uuid NOT NULL,
	hunt_id   uuid NOT NULL,
	ran_at    timestamptz NOT NULL,
	document  bytea NOT NULL,
	PRIMARY KEY (tenant_id, hunt_id),
	FOREIGN KEY (tenant_id, hunt_id) REFERENCES vc_saved_hunts ON DELETE CASCADE
);

DO $$
DECLARE
	owned text := $q$tenant_id = (SELECT nullif(current_setting('companion.tenant_id', true), '')::uuid)$q$;
	name text;
BEGIN
	FOREACH name IN ARRAY ARRAY['vc_saved_hunts', 'vc_runs'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
		EXECUTE format('CREATE POLICY tenant ON %I USING (%s) WITH CHECK (%s)', name, owned, owned);
		IF EXISTS (SELECT FROM pg_roles WHERE rolname = '{{.Role}}') THEN
			EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO {{.Role}}', name);
		END IF;
	END LOOP;
END $$;

-- Digests of inputs of which all was kept.
CREATE TABLE vc_inputs (
	tenant_id uuid NOT NULL REFERENCES vc_tenants ON DELETE CASCADE,
	digest    bytea NOT NULL,
	PRIMARY KEY (tenant_id, digest)
);

DO $$
DECLARE
	owned text := $q$tenant_id = (SELECT nullif(current_setting('companion.tenant_id', true), '')::uuid)$q$;
BEGIN
	ALTER TABLE vc_inputs ENABLE ROW LEVEL SECURITY;
	ALTER TABLE vc_inputs FORCE ROW LEVEL SECURITY;
	EXECUTE format('CREATE POLICY tenant ON vc_inputs USING (%s) WITH CHECK (%s)', owned, owned);
	IF EXISTS (SELECT FROM pg_roles WHERE rolname = '{{.Role}}') THEN
		GRANT SELECT, INSERT, UPDATE, DELETE ON vc_inputs TO {{.Role}};
	END IF;
END $$;

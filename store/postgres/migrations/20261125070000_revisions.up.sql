-- Which chunks a tenant has, in one word: every change of them makes another.
CREATE TABLE vc_revisions (
	tenant_id uuid NOT NULL REFERENCES vc_tenants ON DELETE CASCADE,
	revision  text NOT NULL,
	PRIMARY KEY (tenant_id)
);

DO $$
DECLARE
	owned text := $q$tenant_id = (SELECT nullif(current_setting('companion.tenant_id', true), '')::uuid)$q$;
BEGIN
	ALTER TABLE vc_revisions ENABLE ROW LEVEL SECURITY;
	ALTER TABLE vc_revisions FORCE ROW LEVEL SECURITY;
	EXECUTE format('CREATE POLICY tenant ON vc_revisions USING (%s) WITH CHECK (%s)', owned, owned);
	IF EXISTS (SELECT FROM pg_roles WHERE rolname = '{{.Role}}') THEN
		GRANT SELECT, INSERT, UPDATE, DELETE ON vc_revisions TO {{.Role}};
	END IF;
END $$;

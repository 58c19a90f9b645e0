package postgres_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"

	"github.com/velocicompanion/velocicompanion/store/postgres"
	"github.com/velocicompanion/velocicompanion/store/postgres/pgtest"
)

// keyExceptions are the keys that do not begin with a tenant, and why they may.
var keyExceptions = map[string]string{
	"vc_directory_pkey":      "it is what finds a tenant: user names, and hashes of tokens and invites, are unique over all tenants",
	"vc_grants_home_id_fkey": "a grant goes with the tenant that its user is at home in",
	"vc_migrations_pkey":     "about no tenant",
}

// keyFaults returns the primary keys, unique indexes and foreign keys of our tables that do not begin with tenant_id, on
// both sides.
func keyFaults(ctx context.Context, db bun.IDB) ([]string, error) {
	var names []string
	err := db.NewRaw(`
		SELECT i.indexrelid::regclass::text FROM pg_index i
		JOIN pg_class c ON c.oid = i.indrelid
		LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
		WHERE i.indisunique AND c.relname LIKE 'vc\_%' AND a.attname IS DISTINCT FROM 'tenant_id'
		UNION ALL
		SELECT k.conname FROM pg_constraint k
		JOIN pg_class c ON c.oid = k.conrelid
		JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
		JOIN pg_attribute f ON f.attrelid = k.confrelid AND f.attnum = k.confkey[1]
		WHERE k.contype = 'f' AND c.relname LIKE 'vc\_%' AND (a.attname <> 'tenant_id' OR f.attname <> 'tenant_id')
		ORDER BY 1`).Scan(ctx, &names)
	return names, err
}

func handle(t *testing.T, url string) *bun.DB {
	t.Helper()
	return bun.NewDB(pgtest.Handle(t, url), pgdialect.New())
}

func TestT2EveryKeyBeginsWithTheTenant(t *testing.T) {
	t.Parallel()
	db := handle(t, pgtest.URL(t))
	faults, err := keyFaults(t.Context(), db)
	require.NoError(t, err)
	var known []string
	for name, reason := range keyExceptions {
		assert.NotEmpty(t, reason)
		known = append(known, name)
	}
	assert.ElementsMatch(t, known, faults)

	for statement, fault := range map[string]string{
		"CREATE TABLE vc_a (tenant_id uuid, id uuid PRIMARY KEY)":                      "vc_a_pkey",
		"CREATE TABLE vc_b (tenant_id uuid, name text UNIQUE)":                         "vc_b_name_key",
		"CREATE UNIQUE INDEX vc_c ON vc_users (lower(username))":                       "vc_c",
		"CREATE TABLE vc_d (tenant_id uuid, host uuid REFERENCES vc_tenants)":          "vc_d_host_fkey",
		"ALTER TABLE vc_hosts ADD UNIQUE (id), ADD other uuid REFERENCES vc_hosts(id)": "vc_hosts_other_fkey",
	} {
		_, err := db.ExecContext(t.Context(), statement)
		require.NoError(t, err)
		faults, err := keyFaults(t.Context(), db)
		require.NoError(t, err)
		assert.Contains(t, faults, fault, "the check sees: %s", statement)
	}
}

// tenantTables returns the tables that hold tenants' data.
func tenantTables(t *testing.T, db bun.IDB) (names []string) {
	t.Helper()
	require.NoError(t, db.NewRaw(`SELECT relname FROM pg_class WHERE relname LIKE 'vc\_%' AND relkind = 'r' ORDER BY 1`).
		Scan(t.Context(), &names))
	names = slices.DeleteFunc(names, func(name string) bool { return slices.Contains(postgres.NotTenants, name) })
	require.Len(t, names, 27)
	return names
}

func TestT3EveryTableHasRowLevelSecurity(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	url := pgtest.URL(t)
	db := handle(t, url)
	faults, err := postgres.PolicyFaults(ctx, db)
	require.NoError(t, err)
	require.Empty(t, faults)

	tables := append(tenantTables(t, db), "vc_new")
	_, err = db.ExecContext(ctx, "CREATE TABLE vc_new (tenant_id uuid)")
	require.NoError(t, err)
	for _, breaking := range []struct{ statement, repair string }{
		{"ALTER TABLE ? DISABLE ROW LEVEL SECURITY", "ALTER TABLE ? ENABLE ROW LEVEL SECURITY"},
		{"ALTER TABLE ? NO FORCE ROW LEVEL SECURITY", "ALTER TABLE ? FORCE ROW LEVEL SECURITY"},
		{"CREATE POLICY more ON ? USING (true)", "DROP POLICY more ON ?"},
		{"DROP POLICY tenant ON ?", "CREATE POLICY tenant ON ? USING (false)"},
	} {
		for _, table := range tables {
			_, err := db.ExecContext(ctx, breaking.statement, bun.Ident(table))
			if table == "vc_new" && strings.HasPrefix(breaking.statement, "DROP") {
				require.Error(t, err, "it never had one")
			} else {
				require.NoError(t, err)
			}
			faults, err := postgres.PolicyFaults(ctx, db)
			require.NoError(t, err)
			assert.Contains(t, strings.Join(faults, "\n"), "table "+table+" ", breaking.statement)
			_, err = postgres.Open(ctx, url, postgres.Config{})
			require.ErrorIs(t, err, postgres.ErrNotIsolated, breaking.statement)
			_, err = db.ExecContext(ctx, breaking.repair, bun.Ident(table))
			require.NoError(t, err)
		}
	}
}

func TestT3PoliciesAreAboutTheTenantAndWrittenRowsToo(t *testing.T) {
	t.Parallel()
	db := handle(t, pgtest.URL(t))
	var policies []struct{ Tablename, Policyname, Cmd, Qual, WithCheck string }
	require.NoError(t, db.NewRaw(`SELECT tablename, policyname, cmd, qual, coalesce(with_check, '') AS with_check
		FROM pg_policies WHERE tablename LIKE 'vc\_%'`).Scan(t.Context(), &policies))
	var lookups []string
	for _, p := range policies {
		if p.Policyname == "lookup" {
			lookups = append(lookups, p.Tablename)
			assert.Equal(t, "SELECT", p.Cmd, p.Tablename)
			assert.Contains(t, p.Qual, "NULLIF(current_setting('companion.lookup'::text, true), ''::text)", p.Tablename)
			continue
		}
		assert.Equal(t, "ALL", p.Cmd, p.Tablename)
		assert.Contains(t, p.Qual, "NULLIF(current_setting('companion.tenant_id'::text, true), ''::text)", p.Tablename)
		assert.NotContains(t, p.Qual, "lookup", p.Tablename)
		assert.Equal(t, p.Qual, p.WithCheck, p.Tablename)
	}
	assert.ElementsMatch(t, []string{"vc_tenants", "vc_directory", "vc_grants", "vc_watching"}, lookups)
	assert.Len(t, policies, len(tenantTables(t, db))+len(lookups))
}

func TestT3AWeakenedPolicyIsFound(t *testing.T) {
	t.Parallel()
	db := handle(t, pgtest.URL(t))
	const tenant = "tenant_id = (SELECT nullif(current_setting('companion.tenant_id', true), '')::uuid)"
	const lookup = "(SELECT nullif(current_setting('companion.lookup', true), ''))"
	for _, weakening := range []string{
		"ALTER POLICY tenant ON vc_hosts USING (true)",
		"ALTER POLICY tenant ON vc_hosts WITH CHECK (true)",
		"ALTER POLICY tenant ON vc_hosts USING (" + tenant + " OR true)",
		"ALTER POLICY tenant ON vc_hosts USING (" + tenant + " OR true) WITH CHECK (" + tenant + " OR true)",
		"ALTER POLICY tenant ON vc_grants USING (" + tenant + " OR user_id = " + lookup + ")",
		"CREATE POLICY lookup ON vc_hosts FOR SELECT USING (name_key = " + lookup + ")",
		"ALTER POLICY lookup ON vc_grants USING (true)",
		"ALTER POLICY lookup ON vc_grants USING (user_id = " + lookup + " OR true)",
		"CREATE POLICY more ON vc_grants FOR SELECT USING (user_id = " + lookup + ")",
		"DROP POLICY lookup ON vc_grants; CREATE POLICY lookup ON vc_grants USING (user_id = " + lookup + ")",
		"DROP POLICY lookup ON vc_grants; CREATE POLICY lookup ON vc_grants FOR DELETE USING (user_id = " + lookup + ")",
		"DROP POLICY lookup ON vc_grants",
		"ALTER POLICY lookup ON vc_watching USING (true)",
	} {
		tx, err := db.BeginTx(t.Context(), nil)
		require.NoError(t, err)
		_, err = tx.ExecContext(t.Context(), weakening)
		require.NoError(t, err, weakening)
		faults, err := postgres.PolicyFaults(t.Context(), tx)
		require.NoError(t, err)
		assert.Len(t, faults, 1, weakening)
		require.NoError(t, tx.Rollback())
	}
}

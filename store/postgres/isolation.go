package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/uptrace/bun"

	"github.com/velocicompanion/velocicompanion/store/internal/bunstore"
)

// ErrNotIsolated: the database would not keep tenants apart, and is refused. The error's text says why.
var ErrNotIsolated = errors.New("postgres: row-level security does not hold")

// ready finds out once whether the database can be used: migrated, and safe for the role that queries run as.
func (b *backend) ready(ctx context.Context) error {
	if b.role.Load() != nil {
		return nil
	}
	role := b.configured
	err := b.inspect(ctx, role)
	switch sqlState(err) {
	case invalidParameter: // there is no such role, because the migrating user may not make any
		role = ""
		err = b.inspect(ctx, role)
	case insufficientPrivilege:
		err = fmt.Errorf("%w: the user of the connection may not switch to the role %q: GRANT it to the user", ErrNotIsolated, role)
	}
	if err != nil {
		return translate(err)
	}
	b.role.Store(&role)
	return nil
}

// inspect looks at the database as a query would see it that switches to a role.
func (b *backend) inspect(ctx context.Context, role string) error {
	return b.db.RunInTx(ctx, &sql.TxOptions{ReadOnly: true}, func(ctx context.Context, tx bun.Tx) error {
		if err := b.migrator.Check(ctx, tx); err != nil {
			return err
		}
		if err := enter(ctx, tx, role, bunstore.Scope{}); err != nil {
			return err
		}
		if err := checkUser(ctx, tx, b.configured); err != nil {
			return err
		}
		faults, err := policyFaults(ctx, tx)
		if err == nil && len(faults) > 0 {
			err = fmt.Errorf("%w: %s", ErrNotIsolated, strings.Join(faults, "; "))
		}
		return err
	})
}

// checkUser makes sure that queries run as a user that row-level security holds.
func checkUser(ctx context.Context, db bun.IDB, role string) error {
	var user struct {
		Name   string
		Exempt bool
	}
	err := db.NewRaw("SELECT rolname AS name, rolsuper OR rolbypassrls AS exempt FROM pg_roles WHERE rolname = current_user").
		Scan(ctx, &user)
	if err == nil && user.Exempt {
		err = fmt.Errorf("%w: user %q is superuser or BYPASSRLS and cannot switch to a plain role %q",
			ErrNotIsolated, user.Name, role)
	}
	return err
}

// notTenants are the tables of this package that hold no tenant's data.
var notTenants = []string{"vc_migrations"}

// lookedUp are the tables in which a look-up without a tenant sees the rows whose key it holds. It changes none of them.
var lookedUp = []string{"vc_tenants", "vc_directory", "vc_grants", "vc_watching"}

// policyFaults says what is wrong with row-level security of the tables in the schema of vc_tenants. Policies that are
// permissive add up, so that one more than is known is a fault whatever it says.
func policyFaults(ctx context.Context, db bun.IDB) ([]string, error) {
	var faults []string
	err := db.NewRaw(`
		SELECT format('table %s needs row-level security enabled and forced, and just the policies that the migrations make', c.relname)
		FROM pg_class c
		WHERE c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'vc_tenants'::regclass)
		AND c.relname LIKE 'vc\_%' AND c.relkind IN ('r', 'p') AND c.relname NOT IN (?)
		AND NOT (c.relrowsecurity AND c.relforcerowsecurity AND ARRAY(
			SELECT CASE
				WHEN NOT polpermissive OR qual LIKE '% OR %' THEN 'unknown'
				WHEN polcmd = '*' AND qual = pg_get_expr(polwithcheck, polrelid)
					AND qual LIKE '(tenant\_id = ( SELECT (NULLIF(current\_setting(''companion.tenant\_id''%' THEN 'tenant'
				WHEN polcmd = 'r' AND qual LIKE '(% = %( SELECT NULLIF(current\_setting(''companion.lookup''%' THEN 'lookup'
				ELSE 'unknown' END
			FROM pg_policy, pg_get_expr(polqual, polrelid) AS qual WHERE polrelid = c.oid ORDER BY 1
		) = CASE WHEN c.relname IN (?) THEN ARRAY['lookup', 'tenant'] ELSE ARRAY['tenant'] END)
		ORDER BY c.relname`, bun.List(notTenants), bun.List(lookedUp)).Scan(ctx, &faults)
	return faults, err
}

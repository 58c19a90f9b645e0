package postgres_test

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/companion/hunt"
	"github.com/velocicompanion/velocicompanion/hosts"
	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/store/postgres"
	"github.com/velocicompanion/velocicompanion/store/postgres/pgtest"
	"github.com/velocicompanion/velocicompanion/store/storetest"
	"github.com/velocicompanion/velocicompanion/tenancy"
	"github.com/velocicompanion/velocicompanion/virustotal"
)

// newTenant creates a tenant with a host in it.
func newTenant(t *testing.T, db *postgres.DB) tenancy.ID {
	t.Helper()
	id := tenancy.New()
	require.NoError(t, db.Stores().Tenants.CreateTenant(t.Context(), tenancy.Tenant{ID: id, CreatedAt: time.Now()}))
	obs := hosts.Observation{ClientID: "C.1", Facts: hosts.Facts{Hostname: "ws-1"}}
	_, _, err := db.Stores().Hosts.Upsert(t.Context(), id, obs, time.Now())
	require.NoError(t, err)
	return id
}

// userOf returns who queries run as.
func userOf(t *testing.T, db *postgres.DB) (name string) {
	t.Helper()
	require.NoError(t, db.Scoped(t.Context(), tenancy.New(), func(tx bun.IDB) error {
		return tx.NewRaw("SELECT current_user").Scan(t.Context(), &name)
	}))
	return name
}

// execAll runs statements on a database.
func execAll(t *testing.T, url string, statements ...string) {
	t.Helper()
	db := pgtest.Handle(t, url)
	for _, statement := range statements {
		_, err := db.ExecContext(t.Context(), statement)
		require.NoError(t, err, statement)
	}
}

// as returns the URL of a database for another user.
func as(t *testing.T, dsn, user string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	require.NoError(t, err)
	u.User = url.User(user)
	return u.String()
}

// openMigrated opens a database and migrates it.
func openMigrated(ctx context.Context, url string, cfg postgres.Config) (*postgres.DB, error) {
	db, err := postgres.Open(ctx, url, cfg)
	if err != nil {
		return nil, err
	}
	if _, err := db.Migrator().Up(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

func TestT4ASuperuserWorksAsThePlainRole(t *testing.T) {
	t.Parallel()
	db := pgtest.Open(t, postgres.Config{})
	assert.Equal(t, "velocicompanion", userOf(t, db))
}

func TestT4ASuperuserWithoutThePlainRoleIsRefused(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	_, err := postgres.Open(t.Context(), url, postgres.Config{Role: "nobody_made_this"})
	require.ErrorIs(t, err, postgres.ErrNotIsolated)
	assert.ErrorContains(t, err, `user "postgres" is superuser or BYPASSRLS and cannot switch to a plain role "nobody_made_this"`)

	_, err = postgres.New(t.Context(), pgtest.Handle(t, url), postgres.Config{Role: "nobody_made_this"})
	require.ErrorIs(t, err, postgres.ErrNotIsolated)
}

func TestT4ARoleThatIsNotPlainIsRefused(t *testing.T) {
	t.Parallel()
	for _, attribute := range []string{"BYPASSRLS", "SUPERUSER"} {
		t.Run(attribute, func(t *testing.T) {
			t.Parallel()
			url := pgtest.EmptyURL(t)
			role := "not_plain_" + map[string]string{"BYPASSRLS": "bypass", "SUPERUSER": "super"}[attribute]
			execAll(t, url, "CREATE ROLE "+role+" "+attribute)
			db, err := openMigrated(t.Context(), url, postgres.Config{Role: role})
			require.NoError(t, err)
			defer db.Close()
			require.ErrorIs(t, db.Stores().Ping(t.Context()), postgres.ErrNotIsolated)
			_, err = db.Stores().Hosts.Count(t.Context(), tenancy.New())
			require.ErrorIs(t, err, postgres.ErrNotIsolated)
			_, err = postgres.Open(t.Context(), url, postgres.Config{Role: role})
			require.ErrorIs(t, err, postgres.ErrNotIsolated)
		})
	}
}

func TestT4APlainOwnerWorksWithoutTheRole(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	dsn := pgtest.EmptyURL(t)
	u, err := url.Parse(dsn)
	require.NoError(t, err)
	execAll(t, dsn, "CREATE ROLE plain_owner LOGIN", "ALTER DATABASE "+u.Path[1:]+" OWNER TO plain_owner",
		"GRANT ALL ON SCHEMA public TO plain_owner")
	db, err := openMigrated(ctx, as(t, dsn, "plain_owner"), postgres.Config{Role: "role_of_nobody"})
	require.NoError(t, err)
	defer db.Close()
	assert.Equal(t, "plain_owner", userOf(t, db))

	a, b := newTenant(t, db), newTenant(t, db)
	requireHosts(t, db, a, a)
	requireHosts(t, db, b, b)
	requireHosts(t, db, tenancy.ID{})
	require.NoError(t, db.Stores().Tenants.DeleteTenant(ctx, a))
	requireHosts(t, db, a)
	requireHosts(t, db, b, b)
}

func TestT4AnotherUserThanTheOwnerWorksAsThePlainRole(t *testing.T) {
	t.Parallel()
	dsn := pgtest.URL(t)
	execAll(t, dsn, "CREATE ROLE plain_user LOGIN IN ROLE velocicompanion")
	db, err := postgres.Open(t.Context(), as(t, dsn, "plain_user"), postgres.Config{})
	require.NoError(t, err)
	defer db.Close()
	assert.Equal(t, "velocicompanion", userOf(t, db))
	a := newTenant(t, db)
	newTenant(t, db)
	requireHosts(t, db, a, a)
}

// requireHosts holds whose hosts SQL without any WHERE sees in a transaction of a tenant, or of none.
func requireHosts(t *testing.T, db *postgres.DB, tenant tenancy.ID, expected ...tenancy.ID) {
	t.Helper()
	var seen []string
	require.NoError(t, db.Scoped(t.Context(), tenant, func(tx bun.IDB) error {
		return tx.NewRaw("SELECT tenant_id FROM vc_hosts").Scan(t.Context(), &seen)
	}))
	var ids []string
	for _, id := range expected {
		ids = append(ids, id.String())
	}
	require.Equal(t, ids, seen)
}

func TestT5AConnectionShowsOneTenantAfterTheOther(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	pool := pgtest.Handle(t, pgtest.URL(t))
	pool.SetMaxOpenConns(1)
	db, err := postgres.New(ctx, pool, postgres.Config{})
	require.NoError(t, err)
	a, b := newTenant(t, db), newTenant(t, db)

	requireHosts(t, db, a, a)
	requireHosts(t, db, b, b)
	found, err := db.Stores().Tenants.Tenants(ctx, []tenancy.ID{a, b})
	require.NoError(t, err)
	require.Len(t, found, 2, "without a tenant, by a look-up of both")

	var tenant, lookup, user sql.NullString
	require.NoError(t, pool.QueryRowContext(ctx,
		"SELECT current_setting('companion.tenant_id', true), current_setting('companion.lookup', true), current_user").
		Scan(&tenant, &lookup, &user))
	assert.Equal(t, sql.NullString{Valid: true}, tenant, "it reads back as '', not as NULL")
	assert.Equal(t, sql.NullString{Valid: true}, lookup)
	assert.Equal(t, "postgres", user.String, "nor does the role outlive the transaction")
	requireHosts(t, db, tenancy.ID{})
}

func TestT5NobodyWritesIntoAnotherTenant(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	db := pgtest.Open(t, postgres.Config{MaxConns: 1})
	a, b := newTenant(t, db), newTenant(t, db)
	for _, acting := range []tenancy.ID{b, {}} {
		err := db.Scoped(ctx, acting, func(tx bun.IDB) error {
			_, err := tx.ExecContext(ctx, "INSERT INTO vc_spending VALUES (?, '2026-11-23', 1)", a.String())
			return err
		})
		require.ErrorContains(t, err, "row-level security", "insert")
		err = db.Scoped(ctx, acting, func(tx bun.IDB) error {
			_, err := tx.ExecContext(ctx, "UPDATE vc_hosts SET tenant_id = ?", a.String())
			return err
		})
		if acting == b {
			require.ErrorContains(t, err, "row-level security", "its own rows into the other tenant")
		} else {
			require.NoError(t, err, "it has none")
		}
		for _, statement := range []string{"UPDATE vc_hosts SET name_key = 'taken'", "DELETE FROM vc_hosts", "DELETE FROM vc_tenants"} {
			require.NoError(t, db.Scoped(ctx, acting, func(tx bun.IDB) error {
				_, err := tx.ExecContext(ctx, statement)
				return err
			}))
		}
	}
	found, err := db.Stores().Hosts.Hosts(ctx, a, hosts.Filter{Limit: 10})
	require.NoError(t, err)
	require.Len(t, found, 1)
	assert.Equal(t, "ws-1", found[0].NameKey())
}

func TestALookupShowsOnlyWhatItsKeyNames(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	db := pgtest.Open(t, postgres.Config{})
	a, b := newTenant(t, db), newTenant(t, db)
	store := db.Stores().Auth
	alice := auth.User{ID: tenancy.New().String(), Username: "alice", Role: auth.RoleUser, Active: true, CreatedAt: time.Now()}
	require.NoError(t, store.CreateUser(ctx, a, alice))
	require.NoError(t, store.PutGrant(ctx, b, auth.Grant{UserID: alice.ID, Home: a, Role: auth.RoleUser, CreatedAt: time.Now()}))
	require.NoError(t, db.Stores().Hunts.PutWatchlist(ctx, a, hunt.Watchlist{ID: alice.ID, Revision: alice.ID}, nil))

	for _, look := range []struct {
		key                                  string
		directory, grants, tenants, watching int64
	}{
		{"alice", 1, 0, 0, 0},
		{alice.ID, 1, 1, 0, 0},
		{a.String(), 0, 0, 1, 0},
		{a.String() + "," + b.String(), 0, 0, 2, 0},
		{"tenants with watchlists", 0, 0, 0, 1},
		{"", 0, 0, 0, 0},
		{"%", 0, 0, 0, 0},
	} {
		require.NoError(t, db.Lookup(ctx, look.key, func(tx bun.IDB) error {
			for _, table := range tenantTables(t, tx) {
				expected := map[string]int64{
					"vc_directory": look.directory, "vc_grants": look.grants, "vc_tenants": look.tenants, "vc_watching": look.watching,
				}[table]
				n, err := tx.NewSelect().TableExpr(table).Count(ctx)
				require.NoError(t, err)
				assert.Equal(t, expected, n, "%s by %q", table, look.key)
			}
			return nil
		}))
	}
}

func TestALookupChangesNothing(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	url := pgtest.URL(t)
	db, err := postgres.Open(ctx, url, postgres.Config{})
	require.NoError(t, err)
	defer db.Close()
	a, b := newTenant(t, db), newTenant(t, db)
	fill(t, db, a, b)
	var user string
	raw := handle(t, url)
	require.NoError(t, raw.NewRaw("SELECT user_id FROM vc_grants").Scan(ctx, &user))
	for key, table := range map[string]string{user: "vc_grants", "alice": "vc_directory", a.String(): "vc_tenants", "tenants with watchlists": "vc_watching"} {
		for _, statement := range []string{"DELETE FROM ?", "UPDATE ? SET tenant_id = tenant_id"} {
			require.NoError(t, db.Change(ctx, key, func(tx bun.IDB) error {
				n, err := tx.NewSelect().TableExpr(table).Count(ctx)
				require.NoError(t, err)
				assert.EqualValues(t, 1, n, "%s by %q", table, key)
				changed, err := tx.NewRaw(statement, bun.Ident(table)).Exec(ctx)
				require.NoError(t, err)
				affected, err := changed.RowsAffected()
				require.NoError(t, err)
				assert.Zero(t, affected, "%s: %s", statement, table)
				return nil
			}))
		}
	}
}

func TestTheAuditTrailCannotBeChanged(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	db := pgtest.Open(t, postgres.Config{})
	a := newTenant(t, db)
	event := auth.AuditEvent{ID: tenancy.New().String(), At: time.Now(), Action: auth.ActionLogin, Target: "a\x00b\xff"}
	require.NoError(t, db.Stores().Auth.AppendAudit(ctx, a, event), "nobody escapes it by a text that cannot be kept")
	for _, statement := range []string{"UPDATE vc_audit SET actor = ''", "DELETE FROM vc_audit", "TRUNCATE vc_audit"} {
		require.ErrorContains(t, db.Scoped(ctx, a, func(tx bun.IDB) error {
			_, err := tx.ExecContext(ctx, statement)
			return err
		}), "permission denied", statement)
	}
	events, err := db.Stores().Auth.AuditEvents(ctx, a, "", 10)
	require.NoError(t, err)
	require.Len(t, events, 1)
	assert.Equal(t, "a\uFFFDb\uFFFD", events[0].Target)
}

func TestT11DeletingATenantLeavesNothingOfIt(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	url := pgtest.URL(t)
	db, err := postgres.Open(ctx, url, postgres.Config{})
	require.NoError(t, err)
	defer db.Close()
	a, b := newTenant(t, db), newTenant(t, db)
	fill(t, db, a, b)
	raw := handle(t, url) // a superuser, who sees everything
	rows := func(table string) (n int) {
		require.NoError(t, raw.NewRaw("SELECT count(*) FROM ? AS x WHERE x::text LIKE ?", bun.Ident(table), "%"+a.String()+"%").
			Scan(ctx, &n))
		return n
	}
	for _, table := range tenantTables(t, raw) {
		require.NotZero(t, rows(table), table)
	}
	require.NoError(t, db.Stores().Tenants.DeleteTenant(ctx, a))
	for _, table := range tenantTables(t, raw) {
		assert.Zero(t, rows(table), table)
	}
}

// fill keeps something of tenant a in every table, and a grant of its user into tenant b.
func fill(t *testing.T, db *postgres.DB, a, b tenancy.ID) {
	t.Helper()
	ctx, s, now := t.Context(), db.Stores(), time.Now()
	newID := func() string { return tenancy.New().String() }
	user := auth.User{ID: newID(), Username: "alice", Role: auth.RoleAdmin, Active: true, CreatedAt: now}
	require.NoError(t, s.Auth.CreateUser(ctx, a, user))
	family := newID()
	session := auth.Session{ID: family, Family: family, UserID: user.ID, Tenant: a, CreatedAt: now, ExpiresAt: now.Add(time.Hour)}
	require.NoError(t, s.Auth.CreateSession(ctx, a, session, "refresh"))
	require.NoError(t, s.Auth.CreateInvite(ctx, a, auth.Invite{ID: newID(), CreatedAt: now, ExpiresAt: now}, "invite"))
	require.NoError(t, s.Auth.CreateAPIToken(ctx, a, auth.APIToken{ID: newID(), CreatedAt: now}, "token"))
	require.NoError(t, s.Auth.PutGrant(ctx, b, auth.Grant{UserID: user.ID, Home: a, CreatedAt: now}))
	require.NoError(t, s.Auth.AppendAudit(ctx, a, auth.AuditEvent{ID: newID(), At: now}))
	obs := hosts.Observation{ClientID: "C.1", Facts: hosts.Facts{Labels: []string{"label"}}}
	_, _, err := s.Hosts.Upsert(ctx, a, obs, now)
	require.NoError(t, err)
	_, err = s.Verdicts.Spend(ctx, a, "2026-11-23", 1)
	require.NoError(t, err)
	require.NoError(t, s.Verdicts.PutRecord(ctx, a, []virustotal.Hash{"00"}, virustotal.Record{FetchedAt: now, ExpiresAt: now}))
	saved := hunt.SavedHunt{ID: newID(), CreatedAt: now}
	require.NoError(t, s.Hunts.PutSavedHunt(ctx, a, saved))
	require.NoError(t, s.Hunts.PutRun(ctx, a, saved.ID, hunt.Run{At: now}))
	list := hunt.Watchlist{ID: newID(), Revision: newID(), CreatedAt: now, ChangedAt: now}
	require.NoError(t, s.Hunts.PutWatchlist(ctx, a, list, nil))
	sighting := hunt.Sighting{ID: newID(), CollectionID: newID()}
	require.NoError(t, s.Hunts.PutMatch(ctx, a, hunt.Match{
		WatchlistID: list.ID, Revision: list.Revision, At: now, Sightings: []hunt.Sighting{sighting}, Max: 1,
	}))

	require.NoError(t, s.Collections.KeepInput(ctx, a, [sha256.Size]byte{1}, nil))
	result := ingest.Result{ID: newID(), Artifact: "Generic.Client.Info"}
	collection := ingest.Collection{ID: newID(), Key: "key", CollectedAt: now, IngestedAt: now, Results: []ingest.Result{result}}
	for _, stage := range []string{"committed", "open"} {
		chunk := ingest.Chunk{
			ChunkHeader: ingest.ChunkHeader{ID: newID(), ResultID: result.ID, Artifact: result.Artifact, Rows: 1},
			Blocks:      []ingest.Block{{Data: []byte("{}")}},
		}
		require.NoError(t, s.Collections.OpenStage(ctx, a, stage, now, now.Add(time.Hour)))
		require.NoError(t, s.Collections.AppendChunks(ctx, a, stage, []ingest.Chunk{chunk}, now.Add(time.Hour)))
	}
	_, err = s.Collections.CommitStage(ctx, a, "committed", storetest.Ready(collection))
	require.NoError(t, err)
}

package postgres_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun/migrate"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/store"
	"github.com/velocicompanion/velocicompanion/store/postgres"
	"github.com/velocicompanion/velocicompanion/store/postgres/pgtest"
	"github.com/velocicompanion/velocicompanion/store/storetest"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

func TestADatabaseWithoutTheSchemaSaysToMigrate(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	url := pgtest.EmptyURL(t)
	db, err := postgres.Open(ctx, url, postgres.Config{})
	require.NoError(t, err, "or else nobody could migrate it")
	defer db.Close()
	require.ErrorIs(t, db.Stores().Ping(ctx), store.ErrNotMigrated)
	_, err = db.Stores().Hosts.Count(ctx, tenancy.New())
	require.ErrorIs(t, err, store.ErrNotMigrated)
	assert.ErrorContains(t, err, "has to be migrated up")

	other, err := postgres.Open(ctx, url, postgres.Config{})
	require.NoError(t, err)
	defer other.Close()
	_, err = other.Migrator().Up(ctx)
	require.NoError(t, err)
	require.NoError(t, db.Stores().Ping(ctx), "it can be used as soon as somebody has migrated it")

	_, err = db.Migrator().Down(ctx)
	require.NoError(t, err)
	_, err = db.Migrator().Up(ctx)
	require.NoError(t, err)
	newTenant(t, db)
}

func TestANewerSchemaIsRefused(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	execAll(t, url, "INSERT INTO vc_migrations VALUES ('20990101000000_later', now())")
	_, err := postgres.Open(t.Context(), url, postgres.Config{})
	require.ErrorIs(t, err, store.ErrNewerSchema)
	assert.ErrorContains(t, err, "20990101000000_later")
	assert.ErrorContains(t, err, "the program at 2026")
}

func TestSeveralReplicasMigrateAtOnce(t *testing.T) {
	t.Parallel()
	// Two databases of one cluster, because the role is the cluster's.
	urls := []string{pgtest.EmptyURL(t), pgtest.EmptyURL(t)}
	cfg := postgres.Config{Role: "made_by_many", MaxConns: 1}
	var running sync.WaitGroup
	start := make(chan struct{})
	applied := make([]int, 16)
	var all []store.Migration
	for i := range applied {
		db, err := postgres.Open(t.Context(), urls[i%2], cfg)
		require.NoError(t, err)
		defer db.Close()
		all, err = db.Migrator().Status(t.Context())
		require.NoError(t, err)
		running.Go(func() {
			<-start
			names, err := db.Migrator().Up(t.Context())
			assert.NoError(t, err)
			applied[i] = len(names)
			assert.NoError(t, db.Stores().Ping(t.Context()))
		})
	}
	close(start)
	running.Wait()
	sum := [2]int{}
	for i, n := range applied {
		sum[i%2] += n
	}
	assert.Equal(t, [2]int{len(all), len(all)}, sum, "each migration once in each database")
}

func TestDownLeavesNothingButTheRole(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	db, err := postgres.Open(t.Context(), url, postgres.Config{})
	require.NoError(t, err)
	defer db.Close()
	downAll(t, db)

	var left []string
	require.NoError(t, handle(t, url).NewRaw(`SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
		UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1`).Scan(t.Context(), &left))
	assert.Equal(t, []string{"vc_migrations", "vc_migrations_pkey"}, left)
}

// downAll takes back every migration, one at a time.
func downAll(t *testing.T, db *postgres.DB) {
	t.Helper()
	for {
		names, err := db.Migrator().Down(t.Context())
		require.NoError(t, err)
		if len(names) == 0 {
			return
		}
	}
}

// TestInvitesAndTokensOfBeforeKnowTheGrantsTheyWereMadeUnder migrates up from a schema without by_grant. Of two makers from
// elsewhere one still has a grant.
func TestInvitesAndTokensOfBeforeKnowTheGrantsTheyWereMadeUnder(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	url := pgtest.URL(t)
	db, err := postgres.Open(ctx, url, postgres.Config{})
	require.NoError(t, err)
	defer db.Close()
	tenant, other := newTenant(t, db), newTenant(t, db)
	ours, theirs, gone, unknown := uuid.NewString(), uuid.NewString(), uuid.NewString(), uuid.NewString()
	for id, home := range map[string]tenancy.ID{ours: tenant, theirs: other, gone: other} {
		require.NoError(t, db.Stores().Auth.CreateUser(ctx, home, auth.User{ID: id, Username: id, Role: auth.RoleAdmin, Active: true}))
	}
	since := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	require.NoError(t, db.Stores().Auth.PutGrant(ctx, tenant, auth.Grant{UserID: theirs, Home: other, Role: auth.RoleAdmin, CreatedAt: since}))
	require.NoError(t, db.Stores().Auth.PutGrant(ctx, other, auth.Grant{UserID: ours, Home: tenant, Role: auth.RoleAdmin, CreatedAt: since}))
	for last := ""; last != "20261125045000_made_by_grant"; {
		names, err := db.Migrator().Down(ctx)
		require.NoError(t, err)
		last = names[0]
	}
	for _, maker := range []string{ours, theirs, gone, unknown} {
		execAll(t, url, fmt.Sprintf("INSERT INTO vc_invites VALUES ('%s', '%s', 'user', '%s', now(), now(), '')", tenant, maker, maker),
			fmt.Sprintf("INSERT INTO vc_api_tokens VALUES ('%s', '%s', 'push', 'ingest', '%s', now())", tenant, maker, maker))
	}
	grants := func() map[string]time.Time {
		t.Helper()
		_, err = db.Migrator().Up(ctx)
		require.NoError(t, err)
		all := map[string]time.Time{}
		for _, maker := range []string{ours, theirs, gone, unknown} {
			invite, err := db.Stores().Auth.Invite(ctx, tenant, maker)
			require.NoError(t, err)
			token, err := db.Stores().Auth.APIToken(ctx, tenant, maker)
			require.NoError(t, err)
			require.Equal(t, invite.GrantedAt, token.GrantedAt)
			all[maker] = invite.GrantedAt
		}
		return all
	}
	want := map[string]time.Time{ours: {}, theirs: since, gone: time.Unix(0, 0).UTC(), unknown: {}}
	require.Equal(t, want, grants())
	_, err = db.Migrator().Down(ctx)
	require.NoError(t, err)
	require.Equal(t, want, grants(), "down and up again")
}

func TestVerdictsOfBeforeAreListedOnceForEachFile(t *testing.T) {
	t.Parallel()
	db := pgtest.Open(t, postgres.Config{})
	storetest.VerdictsOfBefore(t, db.Stores(), db.Migrator(), newTenant(t, db))
}

func TestTheHostsOwnMigrationsAndHandleStayItsOwn(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	own := handle(t, pgtest.EmptyURL(t))
	migrations := migrate.NewMigrations()
	migrations.Add(migrate.Migration{Name: "20200101000000"})
	host := migrate.NewMigrator(own, migrations)
	require.NoError(t, host.Init(ctx))
	_, err := host.Migrate(ctx)
	require.NoError(t, err)

	db, err := postgres.New(ctx, own.DB, postgres.Config{})
	require.NoError(t, err)
	_, err = db.Migrator().Up(ctx)
	require.NoError(t, err)
	newTenant(t, db)
	downAll(t, db)
	require.NoError(t, db.Close())

	require.NoError(t, own.PingContext(ctx), "the handle is open")
	applied, err := host.AppliedMigrations(ctx)
	require.NoError(t, err)
	require.Len(t, applied, 1)
	assert.Equal(t, "20200101000000", applied[0].Name)
}

package sqlite_test

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	"github.com/velocicompanion/velocicompanion/hosts"
	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/store"
	"github.com/velocicompanion/velocicompanion/store/sqlite"
	"github.com/velocicompanion/velocicompanion/store/storetest"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

func TestStores(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) store.Stores { return openNew(t).Stores() })
}

// migrated is a file with the schema in it, to be copied.
var migrated = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "sqlite-test-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "companion.db")
	db, err := sqlite.Open(context.Background(), path, sqlite.Config{})
	if err != nil {
		return nil, err
	}
	if _, err := db.Migrator().Up(context.Background()); err != nil {
		return nil, err
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// openNew opens a new file with the schema in it.
func openNew(t *testing.T) *sqlite.DB {
	t.Helper()
	data, err := migrated()
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "companion.db")
	require.NoError(t, os.WriteFile(path, data, 0o600))
	return open(t, path)
}

func open(t *testing.T, path string) *sqlite.DB {
	t.Helper()
	db, err := sqlite.Open(t.Context(), path, sqlite.Config{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

func newTenant(t *testing.T, db *sqlite.DB) tenancy.ID {
	t.Helper()
	id := tenancy.New()
	require.NoError(t, db.Stores().Tenants.CreateTenant(t.Context(), tenancy.Tenant{ID: id, CreatedAt: time.Now()}))
	return id
}

func TestTheFileIsForItsOwnerOnly(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"companion.db", "what? #100% it's.db"} {
		path := filepath.Join(t.TempDir(), name)
		db := open(t, path)
		_, err := db.Migrator().Up(t.Context())
		require.NoError(t, err)
		newTenant(t, db)
		for _, file := range []string{path, path + "-wal", path + "-shm"} {
			info, err := os.Stat(file)
			require.NoError(t, err)
			assert.Equal(t, os.FileMode(0o600), info.Mode().Perm(), file)
		}
	}
}

func TestAFileWithoutTheSchemaSaysToMigrate(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	db := open(t, filepath.Join(t.TempDir(), "companion.db"))
	require.ErrorIs(t, db.Stores().Ping(ctx), store.ErrNotMigrated)
	_, err := db.Stores().Hosts.Count(ctx, tenancy.New())
	require.ErrorIs(t, err, store.ErrNotMigrated)

	_, err = db.Migrator().Up(ctx)
	require.NoError(t, err)
	newTenant(t, db)
	for names := []string{""}; len(names) > 0; {
		names, err = db.Migrator().Down(ctx)
		require.NoError(t, err)
	}
	var left []string
	require.NoError(t, db.Reader().NewRaw("SELECT name FROM sqlite_master WHERE type = 'table'").Scan(ctx, &left))
	assert.Equal(t, []string{"vc_migrations"}, left)
}

func TestVerdictsOfBeforeAreListedOnceForEachFile(t *testing.T) {
	t.Parallel()
	db := openNew(t)
	storetest.VerdictsOfBefore(t, db.Stores(), db.Migrator(), newTenant(t, db))
}

func TestANewerSchemaIsRefused(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "companion.db")
	db := open(t, path)
	_, err := db.Migrator().Up(t.Context())
	require.NoError(t, err)
	_, err = db.Writer().ExecContext(t.Context(), "INSERT INTO vc_migrations VALUES ('20990101000000_later', '2099-01-01')")
	require.NoError(t, err)
	_, err = sqlite.Open(t.Context(), path, sqlite.Config{})
	require.ErrorIs(t, err, store.ErrNewerSchema)
	assert.ErrorContains(t, err, "20990101000000_later")
}

func TestAWrongConfigNamesItsField(t *testing.T) {
	t.Parallel()
	for field, cfg := range map[string]sqlite.Config{
		"Config.MaxReaders":  {MaxReaders: -1},
		"Config.BusyTimeout": {BusyTimeout: -1},
	} {
		_, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "companion.db"), cfg)
		require.ErrorContains(t, err, field)
	}
	_, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "nowhere", "companion.db"), sqlite.Config{})
	require.ErrorIs(t, err, os.ErrNotExist)
	notSQLite := filepath.Join(t.TempDir(), "companion.db")
	require.NoError(t, os.WriteFile(notSQLite, []byte("this is a text file, and quite long enough to be looked at"), 0o600))
	_, err = sqlite.Open(t.Context(), notSQLite, sqlite.Config{})
	require.ErrorContains(t, err, "not a database")
}

func TestWhatWasAcknowledgedSurvivesAPowerCut(t *testing.T) {
	t.Parallel()
	db := openNew(t)
	for pragma, expected := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"} {
		var value string
		require.NoError(t, db.Writer().NewRaw("PRAGMA "+pragma).Scan(t.Context(), &value))
		assert.Equal(t, expected, value, pragma)
	}
}

func TestReadersCannotWriteAndDoNotWaitForTheWriter(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	db := openNew(t)
	tenant := newTenant(t, db)
	_, err := db.Reader().ExecContext(ctx, "DELETE FROM vc_tenants")
	require.Error(t, err)

	require.NoError(t, db.Write(ctx, func(tx bun.IDB) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM vc_tenants"); err != nil {
			return err
		}
		_, err := db.Stores().Tenants.Tenant(ctx, tenant)
		assert.NoError(t, err, "it is there until the commit")
		return nil
	}))
	_, err = db.Stores().Tenants.Tenant(ctx, tenant)
	require.ErrorIs(t, err, tenancy.ErrNotFound)
}

func TestAFullDiskIsAnErrorAndLeavesNothing(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	db := openNew(t)
	tenant := newTenant(t, db)
	now := time.Now()
	collections := db.Stores().Collections
	require.NoError(t, collections.OpenStage(ctx, tenant, "stage", now, now.Add(time.Hour)))

	var pages int
	require.NoError(t, db.Writer().NewRaw("PRAGMA page_count").Scan(ctx, &pages))
	_, err := db.Writer().ExecContext(ctx, "PRAGMA max_page_count = ?", pages+50)
	require.NoError(t, err)
	result, chunks := newChunks(100, 4096)
	err = collections.AppendChunks(ctx, tenant, "stage", chunks, now.Add(time.Hour))
	require.ErrorIs(t, err, store.ErrNoSpace)
	var left int
	require.NoError(t, db.Reader().NewRaw("SELECT (SELECT count(*) FROM vc_chunks) + (SELECT count(*) FROM vc_blocks)").Scan(ctx, &left))
	assert.Zero(t, left)

	_, err = db.Writer().ExecContext(ctx, "PRAGMA max_page_count = ?", pages+5000)
	require.NoError(t, err)
	require.NoError(t, collections.AppendChunks(ctx, tenant, "stage", chunks, now.Add(time.Hour)), "there is room again")
	requireCommit(t, db, tenant, "stage", result, len(chunks))
}

// newChunks returns chunks of one result, each with a block of so many bytes.
func newChunks(n, size int) (ingest.Result, []ingest.Chunk) {
	result := ingest.Result{ID: tenancy.New().String(), Artifact: "Generic.Client.Info", Stored: int64(n)}
	chunks := make([]ingest.Chunk, n)
	for i := range chunks {
		chunks[i] = ingest.Chunk{
			ChunkHeader: ingest.ChunkHeader{
				ID: tenancy.New().String(), ResultID: result.ID, Artifact: result.Artifact, FirstRow: int64(i), Rows: 1,
			},
			Blocks: []ingest.Block{{Data: make([]byte, size)}},
		}
	}
	return result, chunks
}

// requireCommit commits a stage with one result, which has to have so many chunks.
func requireCommit(t *testing.T, db *sqlite.DB, tenant tenancy.ID, stage string, result ingest.Result, chunks int) {
	t.Helper()
	now := time.Now()
	collection := ingest.Collection{
		ID: tenancy.New().String(), Key: "key", CollectedAt: now, IngestedAt: now, Results: []ingest.Result{result},
	}
	_, err := db.Stores().Collections.CommitStage(t.Context(), tenant, stage, storetest.Ready(collection))
	require.NoError(t, err)
	found := 0
	for _, err := range db.Stores().Collections.Chunks(t.Context(), tenant, ingest.ChunkFilter{}) {
		require.NoError(t, err)
		found++
	}
	require.Equal(t, chunks, found)
}

func TestTwoProgramsShareAFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "companion.db")
	dbs := []*sqlite.DB{open(t, path), open(t, path)}
	_, err := dbs[0].Migrator().Up(t.Context())
	require.NoError(t, err)
	tenant := newTenant(t, dbs[0])
	var running sync.WaitGroup
	for i := range 20 {
		running.Go(func() {
			obs := hosts.Observation{Facts: hosts.Facts{Hostname: "ws-1"}}
			_, _, err := dbs[i%2].Stores().Hosts.Upsert(t.Context(), tenant, obs, time.Now())
			assert.NoError(t, err)
		})
	}
	running.Wait()
	n, err := dbs[1].Stores().Hosts.Count(t.Context(), tenant)
	require.NoError(t, err)
	assert.Equal(t, int64(1), n)
}

// keyExceptions are the keys that do not begin with a tenant; the PostgreSQL adapter says why they may.
var keyExceptions = []string{"vc_directory (kind)", "vc_grants (home_id)", "vc_migrations (name)"}

func TestT2EveryKeyBeginsWithTheTenant(t *testing.T) {
	t.Parallel()
	db := openNew(t)
	faults := func() (names []string) {
		require.NoError(t, db.Reader().NewRaw(`
			SELECT m.name || ' (' || coalesce(c.name, '?') || ')' FROM sqlite_master m, pragma_index_list(m.name) i
			JOIN pragma_index_info(i.name) c ON c.seqno = 0
			WHERE m.type = 'table' AND m.name LIKE 'vc\_%' ESCAPE '\' AND i."unique" AND c.name IS NOT 'tenant_id'
			UNION ALL
			SELECT m.name || ' (' || f."from" || ')' FROM sqlite_master m, pragma_foreign_key_list(m.name) f
			WHERE m.type = 'table' AND m.name LIKE 'vc\_%' ESCAPE '\' AND f.seq = 0 AND f."from" <> 'tenant_id'`).
			Scan(t.Context(), &names))
		return names
	}
	assert.ElementsMatch(t, keyExceptions, faults())
	_, err := db.Writer().ExecContext(t.Context(), "CREATE TABLE vc_new (tenant_id TEXT, name TEXT UNIQUE, host TEXT REFERENCES vc_hosts (id))")
	require.NoError(t, err)
	assert.ElementsMatch(t, append(keyExceptions, "vc_new (name)", "vc_new (host)"), faults(), "the check sees it")
}

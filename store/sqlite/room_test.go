package sqlite_test

import (
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	"github.com/velocicompanion/velocicompanion/hosts"
	"github.com/velocicompanion/velocicompanion/store"
	"github.com/velocicompanion/velocicompanion/store/sqlite"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

func upsert(t *testing.T, db *sqlite.DB, tenant tenancy.ID, hostname string) {
	t.Helper()
	obs := hosts.Observation{Facts: hosts.Facts{Hostname: hostname}}
	_, _, err := db.Stores().Hosts.Upsert(t.Context(), tenant, obs, time.Now())
	require.NoError(t, err)
}

func TestAnIngestLeavesRoomForOtherWritesAndItsOwnEnd(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	db := openNew(t)
	tenant := newTenant(t, db)
	now := time.Now()
	lease := now.Add(time.Hour)
	collections := db.Stores().Collections
	disk := func(free int64) { db.SetFreeSpace(func() int64 { return free }) }
	_, large := newChunks(200, 20_000)
	result, small := newChunks(10, 20_000)

	disk(sqlite.Reserve)
	require.NoError(t, collections.OpenStage(ctx, tenant, "too large", now, lease))
	require.NoError(t, collections.AppendChunks(ctx, tenant, "too large", large, lease))
	disk(sqlite.Reserve - 1_000_000)
	err := collections.AppendChunks(ctx, tenant, "too large", small, lease)
	require.ErrorIs(t, err, store.ErrNoSpace)
	require.ErrorContains(t, err, "128 MB")
	upsert(t, db, tenant, "ws-1")
	require.NoError(t, collections.AppendChunks(ctx, tenant, "too large", nil, lease), "the stage is kept open")
	require.NoError(t, collections.DropStage(ctx, tenant, "too large"))

	require.NoError(t, collections.OpenStage(ctx, tenant, "small", now, lease))
	require.NoError(t, collections.AppendChunks(ctx, tenant, "small", small, lease), "in what the other has left")
	requireCommit(t, db, tenant, "small", result, len(small))
}

func TestTheLogIsSmallAgainAfterALargeTransaction(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "companion.db")
	db := open(t, path)
	_, err := db.Migrator().Up(ctx)
	require.NoError(t, err)
	tenant := newTenant(t, db)
	now := time.Now()
	require.NoError(t, db.Stores().Collections.OpenStage(ctx, tenant, "stage", now, now.Add(time.Hour)))
	_, chunks := newChunks(20, 1<<20)
	require.NoError(t, db.Stores().Collections.AppendChunks(ctx, tenant, "stage", chunks, now.Add(time.Hour)))
	require.Greater(t, logSize(t, path), int64(20<<20))
	upsert(t, db, tenant, "ws-1")
	require.LessOrEqual(t, logSize(t, path), int64(16<<20))
}

func TestTheLogDoesNotGrowWhereRoomIsShort(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "companion.db")
	db := open(t, path)
	_, err := db.Migrator().Up(t.Context())
	require.NoError(t, err)
	tenant := newTenant(t, db)
	db.SetFreeSpace(func() int64 { return 0 })
	before := logSize(t, path)
	for i := range 100 {
		upsert(t, db, tenant, "ws-"+strconv.Itoa(i))
	}
	require.Equal(t, before, logSize(t, path))
}

func logSize(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path + "-wal")
	require.NoError(t, err)
	return info.Size()
}

func TestTheDiskSaysHowMuchIsFree(t *testing.T) {
	t.Parallel()
	assert.Positive(t, sqlite.FreeSpace(t.TempDir()))
	assert.Equal(t, int64(math.MaxInt64), sqlite.FreeSpace("/nowhere"), "an ingest is not stopped for that")
}

func TestAFileThatAnotherProgramWritesForTooLongIsUnavailable(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "companion.db")
	db := open(t, path)
	_, err := db.Migrator().Up(t.Context())
	require.NoError(t, err)
	impatient, err := sqlite.Open(t.Context(), path, sqlite.Config{BusyTimeout: time.Millisecond})
	require.NoError(t, err)
	defer impatient.Close()
	create := func() error {
		return impatient.Stores().Tenants.CreateTenant(t.Context(), tenancy.Tenant{ID: tenancy.New(), CreatedAt: time.Now()})
	}
	require.NoError(t, db.Write(t.Context(), func(bun.IDB) error {
		require.ErrorIs(t, create(), store.ErrUnavailable)
		return nil
	}))
	require.NoError(t, create())
}

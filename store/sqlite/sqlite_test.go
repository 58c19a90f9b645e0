package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/store"
	"github.com/velocicompanion/velocicompanion/store/sqlite"
	"github.com/velocicompanion/velocicompanion/store/storetest"
)

func TestStores(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) store.Stores { return open(t).Stores() })
}

// open returns a new file with the schema in it.
func open(t *testing.T) *sqlite.DB {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "companion.db"), sqlite.Config{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	_, err = db.Migrator().Up(t.Context())
	require.NoError(t, err)
	return db
}

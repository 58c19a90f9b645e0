package companion_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/store"
	"github.com/velocicompanion/velocicompanion/store/memory"
	"github.com/velocicompanion/velocicompanion/store/postgres"
	"github.com/velocicompanion/velocicompanion/store/postgres/pgtest"
	"github.com/velocicompanion/velocicompanion/store/sqlite"
)

// eachStore opens a fresh one of each kind.
var eachStore = map[string]func(tb testing.TB) store.Stores{
	"memory": func(testing.TB) store.Stores { return memory.New() },
	"sqlite": func(tb testing.TB) store.Stores {
		db, err := sqlite.Open(tb.Context(), filepath.Join(tb.TempDir(), "vc.db"), sqlite.Config{})
		require.NoError(tb, err)
		tb.Cleanup(func() { require.NoError(tb, db.Close()) })
		_, err = db.Migrator().Up(tb.Context())
		require.NoError(tb, err)
		return db.Stores()
	},
	"postgres": func(tb testing.TB) store.Stores { return pgtest.Open(tb, postgres.Config{}).Stores() },
}

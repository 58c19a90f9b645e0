package postgres_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/store"
	"github.com/velocicompanion/velocicompanion/store/postgres"
	"github.com/velocicompanion/velocicompanion/store/postgres/pgtest"
	"github.com/velocicompanion/velocicompanion/store/storetest"
)

// TestStores empties databases and uses them again, which is much quicker than to create one for each subtest.
func TestStores(t *testing.T) {
	t.Parallel()
	emptied := make(chan string, 1000)
	storetest.Run(t, func(sub *testing.T) store.Stores {
		var url string
		select {
		case url = <-emptied:
		default:
			url = pgtest.URL(t)
		}
		sub.Cleanup(func() {
			_, err := pgtest.Handle(sub, url).Exec(`DELETE FROM vc_tenants; DELETE FROM vc_staged; DELETE FROM vc_chunks; DELETE FROM vc_blocks`)
			if assert.NoError(sub, err) {
				emptied <- url
			}
		})
		db, err := postgres.Open(sub.Context(), url, postgres.Config{MaxConns: 4})
		require.NoError(sub, err)
		sub.Cleanup(func() { assert.NoError(sub, db.Close()) })
		return db.Stores()
	})
}

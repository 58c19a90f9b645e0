package postgres_test

import (
	"testing"

	"github.com/velocicompanion/velocicompanion/store"
	"github.com/velocicompanion/velocicompanion/store/postgres"
	"github.com/velocicompanion/velocicompanion/store/postgres/pgtest"
	"github.com/velocicompanion/velocicompanion/store/storetest"
)

func TestStores(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) store.Stores {
		return pgtest.Open(t, postgres.Config{MaxConns: 4}).Stores()
	})
}

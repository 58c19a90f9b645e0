package hunt_test

import (
	"context"
	"crypto/md5"
	"fmt"
	"iter"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/companion/hunt"
	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/store/memory"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// losing is a store whose chunks are gone between the moment they are named and the one they are read.
type losing struct {
	ingest.Store
	lost bool
}

func (s *losing) Blocks(
	ctx context.Context, tenant tenancy.ID, artifact string, columns, ids []string,
) iter.Seq2[ingest.ChunkBlock, error] {
	if s.lost {
		return func(func(ingest.ChunkBlock, error) bool) {}
	}
	return s.Store.Blocks(ctx, tenant, artifact, columns, ids)
}

func TestAQuestionSaysWhenRowsWereReplacedWhileItReadThem(t *testing.T) {
	t.Parallel()
	stores := memory.New()
	store := &losing{Store: stores.Collections}
	stores.Collections = store
	l := newLab(t, stores, hunt.Config{})
	tenant := l.tenant(t)
	var rows []string
	for i := range 1000 {
		rows = append(rows, fmt.Sprintf(`{"Name":"%c","MD5":"%x"}`, 'a'+i%2, md5.Sum([]byte{byte(i), byte(i >> 8)})))
	}
	l.keep(t, tenant, l.host(t, tenant, "pc").ID, "H.1", "A", rows, func() int { return 500 }, func() bool { return false })
	scope := hunt.Scope{Tenants: []tenancy.ID{tenant}}
	stack := func(field string) (hunt.StackAnswer, error) {
		return l.Stack(t.Context(), hunt.Stack{Scope: scope, Artifact: "A", Fields: []string{field}, Limit: 10})
	}
	search := func(query string) error {
		scope := scope
		scope.Query = query
		_, err := l.Search(t.Context(), hunt.Search{Scope: scope, Limit: 10})
		return err
	}
	_, err := stack("Name")
	require.NoError(t, err)
	answer, err := stack("None")
	require.NoError(t, err)
	require.EqualValues(t, 1000, answer.Missing, "no chunk has the field, and all are there")

	store.lost = true // of what was read before, much is known still
	_, err = stack("MD5")
	require.ErrorIs(t, err, ingest.ErrReplaced)
	require.ErrorIs(t, search("MD5: *a*"), ingest.ErrReplaced)
	store.lost = false
	answer, err = stack("MD5")
	require.NoError(t, err)
	require.EqualValues(t, 1000, answer.Distinct)
}

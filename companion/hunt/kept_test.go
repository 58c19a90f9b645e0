package hunt_test

import (
	"context"
	"iter"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/companion/hunt"
	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// counting counts how often chunks are listed, and how many blocks are read.
type counting struct {
	ingest.Store
	lists, blocks atomic.Int64
}

func (s *counting) Chunks(ctx context.Context, tenant tenancy.ID, f ingest.ChunkFilter) iter.Seq2[ingest.ChunkRef, error] {
	s.lists.Add(1)
	return s.Store.Chunks(ctx, tenant, f)
}

func (s *counting) Blocks(ctx context.Context, tenant tenancy.ID, artifact string, columns, ids []string) iter.Seq2[ingest.ChunkBlock, error] {
	return func(yield func(ingest.ChunkBlock, error) bool) {
		for b, err := range s.Store.Blocks(ctx, tenant, artifact, columns, ids) {
			s.blocks.Add(1)
			if !yield(b, err) {
				return
			}
		}
	}
}

func TestAQuestionKnowsWhatWasIngestedSinceTheLast(t *testing.T) {
	t.Parallel()
	f := newFleet(t, hunt.Config{})
	store := &counting{Store: f.stores.Collections}
	service, err := hunt.New(store, f.stores.Hosts, f.stores.Hunts, hunt.Config{})
	require.NoError(t, err)
	rows := func() map[string]int64 {
		answer, err := service.Stack(t.Context(), hunt.Stack{Scope: f.scope(), Artifact: "A", Fields: []string{"Name"}, Limit: 10})
		require.NoError(t, err)
		found := make(map[string]int64)
		for _, v := range answer.Values {
			found[string(v.Values[0])] = v.Rows
		}
		return found
	}
	assert.Empty(t, rows())
	f.rows(t, "pc", "F.1", "A", `{"Name":"x"}`)
	assert.Equal(t, map[string]int64{`"x"`: 1}, rows())
	f.rows(t, "other", "F.2", "A", `{"Name":"x"}`, `{"Name":"y"}`)
	assert.Equal(t, map[string]int64{`"x"`: 2, `"y"`: 1}, rows())
	f.rows(t, "pc", "F.1", "A", `{"Name":"x"}`, `{"Name":"z"}`)
	assert.Equal(t, map[string]int64{`"x"`: 2, `"y"`: 1, `"z"`: 1}, rows(), "the longer one took the place of the first")

	lists, blocks := store.lists.Load(), store.blocks.Load()
	assert.Equal(t, map[string]int64{`"x"`: 2, `"y"`: 1, `"z"`: 1}, rows())
	assert.Equal(t, lists, store.lists.Load(), "nothing has changed, so nothing is listed")
	assert.Equal(t, blocks, store.blocks.Load(), "nor read")
}

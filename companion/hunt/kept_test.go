package hunt_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/companion/hunt"
	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/ingest/chunk"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// counting counts how often chunks are listed, and how many blocks are read.
type counting struct {
	ingest.Store
	lists, blocks atomic.Int64
	columns       sync.Map // of blocks that were read
}

func (s *counting) Chunks(ctx context.Context, tenant tenancy.ID, f ingest.ChunkFilter) iter.Seq2[ingest.ChunkRef, error] {
	s.lists.Add(1)
	return s.Store.Chunks(ctx, tenant, f)
}

func (s *counting) Blocks(ctx context.Context, tenant tenancy.ID, artifact string, columns, ids []string) iter.Seq2[ingest.ChunkBlock, error] {
	return func(yield func(ingest.ChunkBlock, error) bool) {
		for b, err := range s.Store.Blocks(ctx, tenant, artifact, columns, ids) {
			s.blocks.Add(1)
			s.columns.Store(b.Column, true)
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

func TestAPivotReadsNoMoreThanObservablesOfLargeChunksWithoutTheValue(t *testing.T) {
	t.Parallel()
	f := newFleet(t, hunt.Config{})
	hash := func(host, i int) string { return fmt.Sprintf("%x", sha256.Sum256(fmt.Append(nil, host, i))) }
	for host := range 3 {
		var rows []string
		for i := range 2000 {
			rows = append(rows, fmt.Sprintf(`{"Name":"%d","SHA256":"%s"}`, i, hash(host, i)))
		}
		f.rows(t, fmt.Sprint("pc", host), "F.1", "A", rows...)
	}
	store := &counting{Store: f.stores.Collections}
	service, err := hunt.New(store, f.stores.Hosts, f.stores.Hunts, hunt.Config{})
	require.NoError(t, err)
	pivot := func(value string) (hosts []string) {
		answer, err := service.Pivot(t.Context(), hunt.Pivot{Scope: f.scope(), Value: value})
		require.NoError(t, err)
		assert.EqualValues(t, 6000, answer.Scanned.Rows)
		for _, h := range answer.Hosts {
			hosts = append(hosts, h.Host.Hostname)
		}
		return hosts
	}
	assert.Empty(t, pivot(hash(9, 9)))
	_, index := store.columns.Load(chunk.IndexColumn)
	assert.False(t, index, "the observables were enough")
	for range 2 {
		assert.Equal(t, []string{"pc1"}, pivot(hash(1, 1999)))
		assert.Equal(t, []string{"pc2"}, pivot(hash(2, 0)))
		assert.Empty(t, pivot(hash(9, 9)))
	}
	blocks := store.blocks.Load()
	assert.Equal(t, []string{"pc2"}, pivot(hash(2, 0)))
	assert.Equal(t, blocks, store.blocks.Load(), "all of it is known")
}

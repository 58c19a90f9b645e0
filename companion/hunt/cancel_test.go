package hunt_test

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/companion/hunt"
	"github.com/velocicompanion/velocicompanion/companion/hunt/indicator"
	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// givenUp is a store whose first answer comes when nobody waits for it any more.
type givenUp struct {
	ingest.Store
	cancel context.CancelFunc
	reads  atomic.Int64
}

func (s *givenUp) Blocks(ctx context.Context, tenant tenancy.ID, artifact string, columns, chunkIDs []string) iter.Seq2[ingest.ChunkBlock, error] {
	s.reads.Add(1)
	s.cancel()
	return s.Store.Blocks(context.WithoutCancel(ctx), tenant, artifact, columns, chunkIDs)
}

func TestAQuestionThatIsGivenUpStopsReading(t *testing.T) {
	t.Parallel()
	f := newFleet(t, hunt.Config{})
	for i := range 100 {
		f.rows(t, "a", fmt.Sprint("F.", i), "X", `{"Name":"p","Raddr":"203.0.113.66","Time":1700000000}`)
	}
	list, err := indicator.Read(strings.NewReader("203.0.113.66"))
	require.NoError(t, err)
	host, scope := f.host(t, "a").ID, f.scope()
	for name, ask := range map[string]func(context.Context, *hunt.Service) error{
		"search": func(ctx context.Context, s *hunt.Service) error {
			_, err := s.Search(ctx, hunt.Search{Scope: scope, Limit: 1000})
			return err
		},
		"export": func(ctx context.Context, s *hunt.Service) error {
			all, err := s.Export(ctx, hunt.Search{Scope: scope})
			require.NoError(t, err)
			_, err = all.Rows(ctx, func(hunt.Row) error { return nil })
			return err
		},
		"stack": func(ctx context.Context, s *hunt.Service) error {
			_, err := s.Stack(ctx, hunt.Stack{Scope: scope, Artifact: "X", Fields: []string{"Name"}, Limit: 10})
			return err
		},
		"pivot": func(ctx context.Context, s *hunt.Service) error {
			_, err := s.Pivot(ctx, hunt.Pivot{Scope: scope, Value: "203.0.113.66"})
			return err
		},
		"sweep": func(ctx context.Context, s *hunt.Service) error {
			_, err := s.Sweep(ctx, hunt.Sweep{Scope: scope, List: list})
			return err
		},
		"timeline": func(ctx context.Context, s *hunt.Service) error {
			_, err := s.Timeline(ctx, hunt.Timeline{Scope: scope, HostID: host, Limit: 10})
			return err
		},
		"diff": func(ctx context.Context, s *hunt.Service) error {
			all, err := f.stores.Collections.Collections(t.Context(), f.tenant, ingest.CollectionFilter{Limit: 100})
			require.NoError(t, err)
			var side hunt.Side
			for _, c := range all {
				side.Collections = append(side.Collections, c.ID)
			}
			_, err = s.Diff(ctx, hunt.Diff{Scope: scope, Artifact: "X", Key: []string{"Name"}, Before: side, After: side})
			return err
		},
		"artifact": func(ctx context.Context, s *hunt.Service) error {
			_, err := s.Artifact(ctx, scope, "X", 1)
			return err
		},
		"completion": func(ctx context.Context, s *hunt.Service) error {
			q := hunt.Complete{Scope: scope, Position: 6, Limit: 1}
			q.Query = "Name: "
			_, err := s.Complete(ctx, q)
			return err
		},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		store := &givenUp{Store: f.stores.Collections, cancel: cancel}
		// One worker, and a read for each of 100 chunks.
		service, err := hunt.New(store, f.stores.Hosts, f.stores.Hunts, hunt.Config{Workers: 1, MaxBytes: 1})
		require.NoError(t, err)
		assert.ErrorIs(t, ask(ctx, service), context.Canceled, name)
		assert.LessOrEqual(t, store.reads.Load(), int64(3), name)
	}
}

package hunt_test

import (
	"context"
	"iter"
	"testing"
	"testing/synctest"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/companion/hunt"
	"github.com/velocicompanion/velocicompanion/companion/hunt/indicator"
	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/store/memory"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// slowStore lists no chunks until it is released.
type slowStore struct {
	ingest.Store
	asked   chan struct{} // has one for each question that came so far
	release chan struct{}
}

func (s *slowStore) Chunks(context.Context, tenancy.ID, ingest.ChunkFilter) iter.Seq2[ingest.ChunkRef, error] {
	return func(func(ingest.ChunkRef, error) bool) {
		s.asked <- struct{}{}
		<-s.release
	}
}

// Revision has every question list the chunks.
func (s *slowStore) Revision(context.Context, tenancy.ID) (string, error) {
	return uuid.NewString(), nil
}

func (s *slowStore) Artifacts(context.Context, tenancy.ID) ([]ingest.ArtifactSummary, error) {
	return []ingest.ArtifactSummary{{Artifact: "A"}}, nil
}

func TestQuestionsThatHoldMuchWaitForOneAnother(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stores := memory.New()
		slow := &slowStore{stores.Collections, make(chan struct{}, 10), make(chan struct{})}
		service, err := hunt.New(slow, stores.Hosts, stores.Hunts, hunt.Config{MaxQuestions: 2})
		require.NoError(t, err)
		scope := hunt.Scope{Tenants: []tenancy.ID{tenancy.New()}}
		side := hunt.Side{Hunt: "H.1"}
		ask := []func(context.Context) error{
			func(ctx context.Context) error {
				_, err := service.Sweep(ctx, hunt.Sweep{Scope: scope, List: indicator.List{}})
				return err
			},
			func(ctx context.Context) error {
				_, err := service.Stack(ctx, hunt.Stack{Scope: scope, Artifact: "A", Fields: []string{"B"}, Limit: 1})
				return err
			},
			func(ctx context.Context) error {
				_, err := service.Diff(ctx, hunt.Diff{Scope: scope, Artifact: "A", Key: []string{"B"}, Before: side, After: side})
				return err
			},
			func(ctx context.Context) error { _, err := service.Artifact(ctx, scope, "A", 1); return err },
		}
		done := make(chan error, 10)
		for range 2 {
			for _, q := range ask {
				go func() { done <- q(t.Context()) }()
			}
		}
		synctest.Wait()
		assert.Len(t, slow.asked, 2, "as many as may be at once")

		ctx, cancel := context.WithCancel(t.Context())
		gone := make(chan error, 1)
		go func() { gone <- ask[0](ctx) }()
		synctest.Wait()
		cancel()
		assert.ErrorIs(t, <-gone, context.Canceled, "one that waits can be given up")

		go func() {
			_, err := service.Search(t.Context(), hunt.Search{Scope: scope, Limit: 1})
			done <- err
		}()
		synctest.Wait()
		assert.Len(t, slow.asked, 3, "a search does not wait for them")

		close(slow.release)
		for range 9 {
			assert.NoError(t, <-done)
		}
		assert.Len(t, slow.asked, 9)
	})
}

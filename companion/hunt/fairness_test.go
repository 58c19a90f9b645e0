package hunt_test

import (
	"context"
	"iter"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/companion/hunt"
	"github.com/velocicompanion/velocicompanion/companion/hunt/indicator"
	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/store/memory"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// heldStore reads the blocks of a tenant when one comes from its channel in release, where it has one.
type heldStore struct {
	ingest.Store
	begun   chan tenancy.ID // has one for each read so far
	release map[tenancy.ID]chan struct{}
}

func (s *heldStore) Blocks(ctx context.Context, tenant tenancy.ID, artifact string, columns, chunkIDs []string) iter.Seq2[ingest.ChunkBlock, error] {
	s.begun <- tenant
	if release := s.release[tenant]; release != nil {
		<-release
	}
	return s.Store.Blocks(ctx, tenant, artifact, columns, chunkIDs)
}

// begunBy counts the reads of a tenant since it was last asked for those of any.
func (s *heldStore) begunBy(tenant tenancy.ID) (n int) {
	for {
		select {
		case t := <-s.begun:
			if t == tenant {
				n++
			}
		default:
			return n
		}
	}
}

// newHeldLab has two tenants with as many chunks of one row each; the reads of those of held wait.
func newHeldLab(t *testing.T, chunks int, cfg hunt.Config) (store *heldStore, ask *hunt.Service, held, other tenancy.ID) {
	t.Helper()
	l := newLab(t, memory.New(), hunt.Config{})
	rows := make([]string, chunks)
	for i := range rows {
		rows[i] = `{"Name":"p"}`
	}
	held, other = l.tenant(t), l.tenant(t)
	for _, tenant := range []tenancy.ID{held, other} {
		l.keep(t, tenant, l.host(t, tenant, "pc").ID, "H.1", "A", rows, func() int { return 1 }, func() bool { return false })
	}
	store = &heldStore{l.Collections, make(chan tenancy.ID, 1000), map[tenancy.ID]chan struct{}{held: make(chan struct{})}}
	ask, err := hunt.New(store, l.Hosts, l.Hunts, cfg)
	require.NoError(t, err)
	return store, ask, held, other
}

func searchOf(ctx context.Context, s *hunt.Service, tenant tenancy.ID) error {
	_, err := s.Search(ctx, hunt.Search{Scope: hunt.Scope{Tenants: []tenancy.ID{tenant}, Query: "Name: p"}, Limit: 10})
	return err
}

func stackOf(ctx context.Context, s *hunt.Service, tenant tenancy.ID) error {
	q := hunt.Stack{Scope: hunt.Scope{Tenants: []tenancy.ID{tenant}}, Artifact: "A", Fields: []string{"Name"}, Limit: 1}
	_, err := s.Stack(ctx, q)
	return err
}

func TestNoTenantsQuestionsKeepTheOthersWaiting(t *testing.T) {
	t.Parallel()
	for name, ask := range map[string]func(context.Context, *hunt.Service, tenancy.ID) error{"search": searchOf, "stack": stackOf} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store, service, held, other := newHeldLab(t, 1, hunt.Config{Workers: 1, MaxQuestions: 1, MaxWait: time.Minute})
				done := make(chan error, 3)
				for range 3 {
					go func() { done <- ask(t.Context(), service, held) }()
				}
				synctest.Wait()
				assert.Equal(t, 1, store.begunBy(held))
				require.NoError(t, ask(t.Context(), service, other))

				require.ErrorIs(t, <-done, hunt.ErrBusy, "after a minute")
				require.ErrorIs(t, <-done, hunt.ErrBusy)
				close(store.release[held])
				require.NoError(t, <-done, "the one that was at work")
				require.NoError(t, ask(t.Context(), service, held))
			})
		})
	}
}

func TestTheTenantWithTheFewestQuestionsIsNext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store, service, many, few := newHeldLab(t, 1, hunt.Config{Workers: 100, MaxQuestions: 4})
		store.release[few] = make(chan struct{})
		done := make(chan error, 100)
		stack := func(tenant tenancy.ID, n int) {
			for range n {
				go func() { done <- stackOf(t.Context(), service, tenant) }()
			}
			synctest.Wait()
		}
		stack(many, 6)
		assert.Equal(t, 4, store.begunBy(many))
		stack(few, 2)
		assert.Equal(t, 1, store.begunBy(few), "the first waits for nobody")

		store.release[many] <- struct{}{}
		store.release[many] <- struct{}{}
		synctest.Wait()
		assert.Equal(t, 1, store.begunBy(few), "though others came before")
		close(store.release[many])
		close(store.release[few])
		for range 8 {
			require.NoError(t, <-done)
		}
	})
}

func TestAQuestionAtWorkIsNotBrokenOffForItsWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store, service, tenant, _ := newHeldLab(t, 2, hunt.Config{Workers: 1, MaxBytes: 1, MaxWait: time.Minute})
		done := make(chan error, 2)
		for range 2 {
			go func() { done <- searchOf(t.Context(), service, tenant) }()
		}
		synctest.Wait()
		store.release[tenant] <- struct{}{}
		synctest.Wait()
		require.Equal(t, 2, store.begunBy(tenant), "one of each")
		time.Sleep(time.Hour)
		close(store.release[tenant])
		require.NoError(t, <-done)
		require.NoError(t, <-done)
	})
}

func TestWatchlistsWaitForQuestionsAsLongAsItTakes(t *testing.T) {
	t.Parallel()
	list, err := indicator.Read(strings.NewReader("203.0.113.66"))
	require.NoError(t, err)
	for name, ask := range map[string]func(context.Context, *hunt.Service, tenancy.ID) error{"search": searchOf, "stack": stackOf} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store, service, tenant, _ := newHeldLab(t, 1, hunt.Config{Workers: 1, MaxQuestions: 1, MaxWait: time.Minute})
				done := make(chan error, 2)
				go func() { done <- ask(t.Context(), service, tenant) }()
				synctest.Wait()
				go func() {
					w, err := service.SaveWatchlist(t.Context(), tenant, "a list", "", list)
					assert.False(t, w.MatchedAt.IsZero())
					done <- err
				}()
				time.Sleep(time.Hour)
				close(store.release[tenant])
				require.NoError(t, <-done)
				require.NoError(t, <-done)
			})
		})
	}
}

package ingest_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// held is a Reader that begins a collection, and goes on when it is told to.
type held struct {
	row     string
	begun   bool
	release chan struct{}
}

func newHeld(row string) *held { return &held{row: row, release: make(chan struct{})} }

func (r *held) ReadInto(ctx context.Context, b *ingest.Batch) error {
	w, err := b.Collection(origin("pc1", "")).Result("A", nil)
	if err != nil {
		return err
	}
	if len(r.row) > ingest.LongRow {
		if err := b.LongRow(); err != nil {
			return err
		}
	}
	r.begun = true
	select {
	case <-r.release:
		return w.Row(1, []byte(r.row))
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ingesting runs an ingest in a goroutine and returns where its error will be.
func ingesting(ctx context.Context, s *ingest.Service, tenant tenancy.ID, r ingest.Reader) <-chan error {
	done := make(chan error, 1)
	go func() {
		_, err := s.Ingest(ctx, tenant, r)
		done <- err
	}()
	synctest.Wait()
	return done
}

func TestIngestsWaitTheirTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t, ingest.Config{MaxIngests: 1, MaxTenantIngests: 2, MaxWait: time.Minute})
		ctx, other := t.Context(), h.newTenant(t)
		first, second, third := newHeld(`{"a":1}`), newHeld(`{"a":2}`), newHeld(`{"a":3}`)
		firstDone, secondDone := ingesting(ctx, h.Service, h.tenant, first), ingesting(ctx, h.Service, h.tenant, second)
		thirdDone := ingesting(ctx, h.Service, h.tenant, third)
		assert.True(t, first.begun && second.begun)
		assert.False(t, third.begun, "a tenant has two at once")

		others, last := newHeld(`{"a":4}`), newHeld(`{"a":5}`)
		othersDone, lastDone := ingesting(ctx, h.Service, other, others), ingesting(ctx, h.Service, other, last)
		assert.True(t, others.begun, "the first of a tenant waits for nobody")
		assert.False(t, last.begun, "there is one more at once over all tenants")

		gone, leave := context.WithCancel(ctx)
		goneDone := ingesting(gone, h.Service, h.tenant, newHeld(`{"a":6}`))
		leave()
		require.ErrorIs(t, <-goneDone, context.Canceled)

		close(second.release)
		require.NoError(t, <-secondDone)
		synctest.Wait()
		assert.True(t, third.begun != last.begun, "one of those that wait")
		time.Sleep(time.Minute)
		busy, running := thirdDone, last
		if third.begun {
			busy, running = lastDone, third
		}
		require.ErrorIs(t, <-busy, ingest.ErrBusy)

		close(first.release)
		close(others.release)
		close(running.release)
		require.NoError(t, <-firstDone)
		require.NoError(t, <-othersDone)
		if running == third {
			require.NoError(t, <-thirdDone)
		} else {
			require.NoError(t, <-lastDone)
		}
		h.kept(t, delivery{host: "pc2", artifact: "A", rows: numbered(1)})
	})
}

// TestAnInputIsTakenInWhenItIsItsTurn holds that what was admitted is counted once: while it is spooled and while it is
// ingested.
func TestAnInputIsTakenInWhenItIsItsTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t, ingest.Config{MaxIngests: 1, MaxTenantIngests: 1, MaxWait: time.Minute})
		_, _, err := h.Admit(t.Context(), tenancy.ID{})
		require.ErrorIs(t, err, tenancy.ErrNoTenant)
		first, leave, err := h.Admit(t.Context(), h.tenant)
		require.NoError(t, err)
		_, _, err = h.Admit(t.Context(), h.tenant)
		require.ErrorIs(t, err, ingest.ErrBusy)

		for i := range 2 {
			_, err = h.Ingest(first, h.tenant, delivery{host: "pc1", artifact: "A", rows: numbered(1 + i)})
			require.NoError(t, err, "it has the turn")
		}
		other := h.newTenant(t)
		_, err = h.Ingest(first, other, delivery{host: "pc1", artifact: "A", rows: numbered(1)})
		require.NoError(t, err, "another tenant has a turn of its own")
		_, err = h.Ingest(t.Context(), h.tenant, delivery{host: "pc1", artifact: "A", rows: numbered(3)})
		require.ErrorIs(t, err, ingest.ErrBusy)
		leave()
		_, err = h.Ingest(t.Context(), h.tenant, delivery{host: "pc1", artifact: "A", rows: numbered(3)})
		require.NoError(t, err)
	})
}

func TestFewLongRowsAreInMemoryAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t, ingest.Config{MaxLongRows: 2})
		ctx, other := t.Context(), h.newTenant(t)
		row := func(mark string) string { return `{"` + mark + `":"` + strings.Repeat("x", ingest.LongRow) + `"}` }
		first, second, others := newHeld(row("1")), newHeld(row("2")), newHeld(row("3"))
		firstDone, secondDone := ingesting(ctx, h.Service, h.tenant, first), ingesting(ctx, h.Service, h.tenant, second)
		othersDone := ingesting(ctx, h.Service, other, others)
		assert.True(t, first.begun)
		assert.False(t, second.begun, "half of those there are is one tenant's")
		assert.True(t, others.begun)

		close(first.release)
		require.NoError(t, <-firstDone)
		synctest.Wait()
		assert.True(t, second.begun, "the first is stored")
		close(second.release)
		close(others.release)
		require.NoError(t, <-secondDone)
		require.NoError(t, <-othersDone)
	})
}

// TestLongRowsOfOneIngest holds that an ingest does not wait for itself: what was stored or rejected is done with.
func TestLongRowsOfOneIngest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t, ingest.Config{MaxLongRows: 1})
		long := strings.Repeat("x", 2*ingest.LongRow)
		rows := []string{`{"a":"` + long + `"}`, `{"b":"` + long, `{"c":1}`, `{"d":"` + long + `"}`, `{"e":"` + long + `"}`}
		kept := h.kept(t, delivery{host: "pc1", artifact: "A", rows: rows})
		assert.Equal(t, []string{rows[0], rows[2], rows[3], rows[4]}, h.rows(t, kept.Collection, "A"))
		assert.EqualValues(t, 1, kept.Collection.Results[0].Rejected)
	})
}

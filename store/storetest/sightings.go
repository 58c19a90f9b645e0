package storetest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/companion/hunt"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

func newSighting(artifact string) hunt.Sighting {
	return hunt.Sighting{
		ID: newID(), Indicator: "evil[.]example", Kind: "domain", Value: "evil.example", HostID: newID(), Artifact: artifact,
		CollectionID: newID(), Rows: 3, FirstSeen: at(-9), LastSeen: at(-5), SightedAt: at(2),
	}
}

// newMatch returns a match of a watchlist with everything.
func newMatch(w hunt.Watchlist, sightings ...hunt.Sighting) hunt.Match {
	return hunt.Match{WatchlistID: w.ID, Revision: w.Revision, At: at(3), Sightings: sightings, Max: 100}
}

// in returns a match with single places.
func in(m hunt.Match, places ...hunt.Place) hunt.Match {
	m.In = places
	return m
}

func placeOf(s hunt.Sighting) hunt.Place {
	return hunt.Place{CollectionID: s.CollectionID, Artifact: s.Artifact}
}

// sightings returns what a filter selects, of which it need not say how much.
func (w world) sightings(t *testing.T, tenant tenancy.ID, f hunt.SightingFilter) []hunt.Sighting {
	t.Helper()
	if f.Limit == 0 {
		f.Limit = 100
	}
	found, err := w.Hunts.Sightings(w.ctx, tenant, f)
	require.NoError(t, err)
	return found
}

// kept returns sightings as they are kept, newest first.
func keptSightings(tenant tenancy.ID, of hunt.Watchlist, sightings ...hunt.Sighting) []hunt.Sighting {
	for i := range sightings {
		sightings[i].TenantID, sightings[i].WatchlistID = tenant, of.ID
	}
	slices.SortFunc(sightings, func(x, y hunt.Sighting) int { return strings.Compare(y.ID, x.ID) })
	return sightings
}

func testSightings(s suite) {
	s.holds("Sightings returns what PutMatch kept, newest first", func(t *testing.T, w world) {
		list := w.watchlist(t, w.a)
		one, other := newSighting("A"), newSighting(strings.Repeat("B", 900))
		one.Indicator, one.Value = "\x00"+hostile+"\xff", strings.Repeat(hostile+"\x00", 500)
		one.FirstSeen, one.LastSeen = time.UnixMicro(-1).UTC(), time.UnixMicro(1<<55).UTC()
		one.SightedAt = odd(2)
		m := newMatch(list, other, one)
		m.At = odd(3)
		require.NoError(t, w.Hunts.PutMatch(w.ctx, w.a, m))

		one.SightedAt = at(2)
		assert.Equal(t, keptSightings(w.a, list, one, other), w.sightings(t, w.a, hunt.SightingFilter{}))
		list.MatchedAt, list.Sightings = at(3), 2
		found, err := w.Hunts.Watchlist(w.ctx, w.a, list.ID)
		require.NoError(t, err)
		assert.Equal(t, list, found)
		assert.Empty(t, w.sightings(t, w.b, hunt.SightingFilter{}))
	})
	s.holds("What is sighted again is there once, and keeps its ID and SightedAt", func(t *testing.T, w world) {
		list := w.watchlist(t, w.a)
		first := newSighting("A")
		require.NoError(t, w.Hunts.PutMatch(w.ctx, w.a, newMatch(list, first)))
		again := first
		again.ID, again.SightedAt, again.Rows, again.FirstSeen, again.LastSeen = newID(), at(50), 9, at(-20), at(20)
		again.HostID, again.Indicator = newID(), "hxxp://evil.example"
		want := again
		want.ID, want.SightedAt = first.ID, first.SightedAt
		for _, m := range []hunt.Match{newMatch(list, again), in(newMatch(list, again), placeOf(again))} {
			require.NoError(t, w.Hunts.PutMatch(w.ctx, w.a, m))
			require.Equal(t, keptSightings(w.a, list, want), w.sightings(t, w.a, hunt.SightingFilter{}))
		}
	})
	s.holds("Kind, value, artifact, collection and watchlist each make another sighting", func(t *testing.T, w world) {
		list, second := w.watchlist(t, w.a), w.watchlist(t, w.a)
		first := newSighting("A")
		all := []hunt.Sighting{first}
		for _, change := range []func(*hunt.Sighting){
			func(s *hunt.Sighting) { s.Kind = "url" }, func(s *hunt.Sighting) { s.Value = "other" },
			func(s *hunt.Sighting) { s.Artifact = "B" }, func(s *hunt.Sighting) { s.CollectionID = newID() },
		} {
			another := first
			another.ID = newID()
			change(&another)
			all = append(all, another)
		}
		require.NoError(t, w.Hunts.PutMatch(w.ctx, w.a, newMatch(list, all...)))
		of := first
		of.ID = newID()
		require.NoError(t, w.Hunts.PutMatch(w.ctx, w.a, newMatch(second, of)))
		assert.Len(t, w.sightings(t, w.a, hunt.SightingFilter{}), 6)
	})
	testPutMatch(s)
	testSightingFilter(s)
}

func testPutMatch(s suite) {
	s.holds("A match with places takes the place of what was sighted in them and nowhere else", func(t *testing.T, w world) {
		list, other := w.watchlist(t, w.a), w.watchlist(t, w.a)
		gone, stays, elsewhere, beside := newSighting("A"), newSighting("A"), newSighting("A"), newSighting("B")
		stays.CollectionID, beside.CollectionID = gone.CollectionID, gone.CollectionID
		stays.Value = "stays.example"
		require.NoError(t, w.Hunts.PutMatch(w.ctx, w.a, newMatch(list, gone, stays, elsewhere, beside)))
		foreign := gone
		foreign.ID = newID()
		require.NoError(t, w.Hunts.PutMatch(w.ctx, w.a, newMatch(other, foreign)))
		fresh := newSighting("A")
		fresh.CollectionID, fresh.Value = gone.CollectionID, "fresh.example"
		m := in(newMatch(list, fresh, stays), placeOf(gone))
		m.At = at(77)
		require.NoError(t, w.Hunts.PutMatch(w.ctx, w.a, m))

		assert.Equal(t, keptSightings(w.a, list, fresh, stays, elsewhere, beside),
			w.sightings(t, w.a, hunt.SightingFilter{WatchlistID: list.ID}))
		assert.Len(t, w.sightings(t, w.a, hunt.SightingFilter{WatchlistID: other.ID}), 1)
		found, err := w.Hunts.Watchlist(w.ctx, w.a, list.ID)
		require.NoError(t, err)
		assert.Equal(t, 4, found.Sightings)
		assert.Equal(t, at(3), found.MatchedAt, "it says nothing of everything")
	})
	s.holds("A match that is undone leaves the sightings of other places, and the watchlist unmatched", func(t *testing.T, w world) {
		list, stays := w.watchlist(t, w.a), newSighting("A")
		require.NoError(t, w.Hunts.PutMatch(w.ctx, w.a, newMatch(list, stays)))
		undone := newMatch(list)
		undone.In, undone.Undone = []hunt.Place{}, true
		require.NoError(t, w.Hunts.PutMatch(w.ctx, w.a, undone))
		found, err := w.Hunts.Watchlist(w.ctx, w.a, list.ID)
		require.NoError(t, err)
		assert.Zero(t, found.MatchedAt)
		assert.Equal(t, keptSightings(w.a, list, stays), w.sightings(t, w.a, hunt.SightingFilter{}))
	})
	s.holds("A match with everything takes the place of all that the watchlist had sighted", func(t *testing.T, w world) {
		list, other := w.watchlist(t, w.a), w.watchlist(t, w.a)
		stays := newSighting("A")
		require.NoError(t, w.Hunts.PutMatch(w.ctx, w.a, newMatch(list, stays, newSighting("A"))))
		require.NoError(t, w.Hunts.PutMatch(w.ctx, w.a, newMatch(other, newSighting("A"))))
		require.NoError(t, w.Hunts.PutMatch(w.ctx, w.a, newMatch(list, stays)))
		assert.Equal(t, keptSightings(w.a, list, stays), w.sightings(t, w.a, hunt.SightingFilter{WatchlistID: list.ID}))
		require.NoError(t, w.Hunts.PutMatch(w.ctx, w.a, newMatch(list)))
		assert.Len(t, w.sightings(t, w.a, hunt.SightingFilter{}), 1, "the other's")
	})
	s.holds("A match of no watchlist, or of another revision, is ErrNotFound and changes nothing", func(t *testing.T, w world) {
		list := w.watchlist(t, w.a)
		require.NoError(t, w.Hunts.PutMatch(w.ctx, w.a, newMatch(list, newSighting("A"))))
		before := w.sightings(t, w.a, hunt.SightingFilter{})
		unknown, old := newMatch(list, newSighting("B")), newMatch(list, newSighting("B"))
		unknown.WatchlistID, old.Revision = newID(), newID()
		require.ErrorIs(t, w.Hunts.PutMatch(w.ctx, w.a, unknown), hunt.ErrNotFound)
		require.ErrorIs(t, w.Hunts.PutMatch(w.ctx, w.a, old), hunt.ErrNotFound)
		require.ErrorIs(t, w.Hunts.PutMatch(w.ctx, w.b, newMatch(list, newSighting("B"))), hunt.ErrNotFound)
		assert.Equal(t, before, w.sightings(t, w.a, hunt.SightingFilter{}))
	})
	s.holds("A watchlist has no more than Max sightings, and says so until it is matched with everything", func(t *testing.T, w world) {
		list := w.watchlist(t, w.a)
		there, fresh, left := newSighting("A"), newSighting("A"), newSighting("A")
		full := func() bool {
			found, err := w.Hunts.Watchlist(w.ctx, w.a, list.ID)
			require.NoError(t, err)
			assert.Len(t, w.sightings(t, w.a, hunt.SightingFilter{WatchlistID: list.ID}), found.Sightings)
			return found.Full
		}
		require.NoError(t, w.Hunts.PutMatch(w.ctx, w.a, newMatch(list, there)))
		require.False(t, full())
		m := newMatch(list, fresh, left, there)
		m.Max = 2
		require.NoError(t, w.Hunts.PutMatch(w.ctx, w.a, m))
		require.True(t, full())
		require.Equal(t, keptSightings(w.a, list, there, fresh), w.sightings(t, w.a, hunt.SightingFilter{}))
		m = in(newMatch(list), placeOf(fresh))
		require.NoError(t, w.Hunts.PutMatch(w.ctx, w.a, m))
		require.True(t, full(), "of what is elsewhere nothing is known")
		m = in(newMatch(list, fresh, left), placeOf(fresh), placeOf(left))
		m.Max = 2
		require.NoError(t, w.Hunts.PutMatch(w.ctx, w.a, m))
		require.Equal(t, keptSightings(w.a, list, there, fresh), w.sightings(t, w.a, hunt.SightingFilter{}))
		require.NoError(t, w.Hunts.PutMatch(w.ctx, w.a, newMatch(list, there, fresh, left)))
		require.False(t, full())
		m = newMatch(list, there)
		m.Full = true
		require.NoError(t, w.Hunts.PutMatch(w.ctx, w.a, m))
		require.True(t, full())
	})
	s.holds("Thousands of sightings are kept and replaced", func(t *testing.T, w world) {
		list := w.watchlist(t, w.a)
		m := newMatch(list)
		m.Max = 10_000
		for range 2500 {
			m.Sightings = append(m.Sightings, newSighting("A"))
		}
		require.NoError(t, w.Hunts.PutMatch(w.ctx, w.a, m))
		m.Sightings = m.Sightings[1200:]
		require.NoError(t, w.Hunts.PutMatch(w.ctx, w.a, m))
		require.Len(t, w.sightings(t, w.a, hunt.SightingFilter{Limit: 10_000}), 1300)
	})
	s.holds("Matches at once end as if one came after the other", func(t *testing.T, w world) {
		list, one := w.watchlist(t, w.a), newSighting("A")
		errs := race(8, func(int) error {
			again := one
			again.ID = newID()
			return w.Hunts.PutMatch(w.ctx, w.a, in(newMatch(list, again), placeOf(one)))
		})
		require.Len(t, succeeded(errs), len(errs), errs)
		require.Len(t, w.sightings(t, w.a, hunt.SightingFilter{}), 1)
		found, err := w.Hunts.Watchlist(w.ctx, w.a, list.ID)
		require.NoError(t, err)
		require.Equal(t, 1, found.Sightings)
	})
}

func testSightingFilter(s suite) {
	s.holds("Each field of a SightingFilter selects", func(t *testing.T, w world) {
		list, other := w.watchlist(t, w.a), w.watchlist(t, w.a)
		one, two := newSighting("A"), newSighting("A")
		two.Indicator, two.Value, two.SightedAt = "203[.]0.113.66", "203.0.113.66", at(40)
		require.NoError(t, w.Hunts.PutMatch(w.ctx, w.a, newMatch(list, one)))
		require.NoError(t, w.Hunts.PutMatch(w.ctx, w.a, newMatch(other, two)))
		for _, try := range []struct {
			filter hunt.SightingFilter
			want   []string
		}{
			{hunt.SightingFilter{WatchlistID: list.ID}, []string{one.ID}},
			{hunt.SightingFilter{WatchlistID: newID()}, nil},
			{hunt.SightingFilter{WatchlistID: "x"}, nil},
			{hunt.SightingFilter{HostID: two.HostID}, []string{two.ID}},
			{hunt.SightingFilter{HostID: "\x00"}, nil},
			{hunt.SightingFilter{Values: []string{"203.0.113.66"}}, []string{two.ID}},
			{hunt.SightingFilter{Values: []string{"evil[.]example", "x"}}, []string{one.ID}},
			{hunt.SightingFilter{Values: []string{"evil[.]example", "203.0.113.66"}}, []string{two.ID, one.ID}},
			{hunt.SightingFilter{Values: []string{"\x00\xff"}}, nil},
			{hunt.SightingFilter{Since: at(2)}, []string{two.ID, one.ID}},
			{hunt.SightingFilter{Since: at(3)}, []string{two.ID}},
			{hunt.SightingFilter{Since: at(41)}, nil},
			{hunt.SightingFilter{WatchlistID: list.ID, HostID: two.HostID}, nil},
			{hunt.SightingFilter{Limit: 1}, []string{two.ID}},
			{hunt.SightingFilter{Before: two.ID}, []string{one.ID}},
			{hunt.SightingFilter{Before: one.ID}, nil},
		} {
			var ids []string
			for _, found := range w.sightings(t, w.a, try.filter) {
				ids = append(ids, found.ID)
			}
			assert.Equal(t, try.want, ids, "%+v", try.filter)
		}
		found, err := w.Hunts.Sightings(w.ctx, w.a, hunt.SightingFilter{})
		require.NoError(t, err)
		assert.Empty(t, found, "a limit of nothing")
	})
}

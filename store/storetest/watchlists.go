package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/companion/hunt"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

func newWatchlist() hunt.Watchlist {
	id := newID()
	return hunt.Watchlist{
		ID: id, Name: "beacon " + id, Revision: newID(), Indicators: 2, Invalid: 1, CreatedBy: newID(), CreatedAt: at(0), ChangedAt: at(1),
	}
}

// watchlist keeps a new watchlist and returns it as it is kept.
func (w world) watchlist(t *testing.T, tenant tenancy.ID) hunt.Watchlist {
	t.Helper()
	list := newWatchlist()
	require.NoError(t, w.Hunts.PutWatchlist(w.ctx, tenant, list, []byte("list")))
	list.TenantID = tenant
	return list
}

func testWatchlists(s suite) {
	s.holds("A watchlist and its list are returned as PutWatchlist kept them, byte for byte", func(t *testing.T, w world) {
		w.watchlist(t, w.a)
		list := newWatchlist()
		list.Name, list.CreatedAt, list.ChangedAt, list.MatchedAt = hostile, odd(0), odd(1), odd(2)
		bytes := []byte("\x00\xff" + hostile)
		require.NoError(t, w.Hunts.PutWatchlist(w.ctx, w.a, list, bytes))
		w.watchlist(t, w.a)

		list.TenantID, list.CreatedAt, list.ChangedAt, list.MatchedAt = w.a, at(0), at(1), at(2)
		found, foundBytes, err := w.Hunts.WatchlistWithList(w.ctx, w.a, list.ID)
		require.NoError(t, err)
		assert.Equal(t, list, found)
		assert.Equal(t, bytes, foundBytes, "and not another's")
		found, err = w.Hunts.Watchlist(w.ctx, w.a, list.ID)
		require.NoError(t, err)
		assert.Equal(t, list, found)
	})
	s.holds("A list of some megabytes is kept", func(t *testing.T, w world) {
		list, bytes := newWatchlist(), make([]byte, 9<<20)
		bytes[8<<20] = 1
		require.NoError(t, w.Hunts.PutWatchlist(w.ctx, w.a, list, bytes))
		_, found, err := w.Hunts.WatchlistWithList(w.ctx, w.a, list.ID)
		require.NoError(t, err)
		assert.Equal(t, bytes, found)
	})
	s.holds("PutWatchlist replaces what had its id before, but for its sightings", func(t *testing.T, w world) {
		list := w.watchlist(t, w.a)
		full := newMatch(list, newSighting("A"))
		full.Full = true
		require.NoError(t, w.Hunts.PutMatch(w.ctx, w.a, full))
		list.Name, list.Revision, list.Indicators, list.ChangedAt = "another", newID(), 5, at(9)
		list.Sightings = 77
		require.NoError(t, w.Hunts.PutWatchlist(w.ctx, w.a, list, []byte("other")))

		list.Sightings = 1
		found, bytes, err := w.Hunts.WatchlistWithList(w.ctx, w.a, list.ID)
		require.NoError(t, err)
		assert.Equal(t, list, found, "it is not matched, and not known to be full")
		assert.Equal(t, "other", string(bytes))
		assert.Len(t, w.sightings(t, w.a, hunt.SightingFilter{}), 1)
	})
	s.holds("RenameWatchlist gives a watchlist another name and changes nothing else", func(t *testing.T, w world) {
		list, other := w.watchlist(t, w.a), w.watchlist(t, w.a)
		require.NoError(t, w.Hunts.RenameWatchlist(w.ctx, w.a, list.ID, hostile))
		list.Name = hostile
		for _, want := range []hunt.Watchlist{list, other} {
			found, err := w.Hunts.Watchlist(w.ctx, w.a, want.ID)
			require.NoError(t, err)
			assert.Equal(t, want, found)
		}
		require.ErrorIs(t, w.Hunts.RenameWatchlist(w.ctx, w.a, newID(), "x"), hunt.ErrNotFound)
		require.ErrorIs(t, w.Hunts.RenameWatchlist(w.ctx, w.b, list.ID, "x"), hunt.ErrNotFound)
	})
	s.holds("PutWatchlist and RenameWatchlist are ErrExists for the name of another, and change nothing", func(t *testing.T, w world) {
		list, other := w.watchlist(t, w.a), w.watchlist(t, w.a)
		taken := newWatchlist()
		taken.Name = list.Name
		require.ErrorIs(t, w.Hunts.PutWatchlist(w.ctx, w.a, taken, nil), hunt.ErrExists)
		renamed := other
		renamed.Name, renamed.Indicators = list.Name, 7
		require.ErrorIs(t, w.Hunts.PutWatchlist(w.ctx, w.a, renamed, nil), hunt.ErrExists)
		require.ErrorIs(t, w.Hunts.RenameWatchlist(w.ctx, w.a, other.ID, list.Name), hunt.ErrExists)
		require.ErrorIs(t, w.Hunts.RenameWatchlist(w.ctx, w.a, newID(), list.Name), hunt.ErrNotFound)
		found, err := w.Hunts.Watchlists(w.ctx, w.a)
		require.NoError(t, err)
		assert.ElementsMatch(t, []hunt.Watchlist{list, other}, found)

		require.NoError(t, w.Hunts.RenameWatchlist(w.ctx, w.a, list.ID, list.Name), "its own")
		require.NoError(t, w.Hunts.PutWatchlist(w.ctx, w.a, list, nil))
		require.NoError(t, w.Hunts.PutWatchlist(w.ctx, w.b, taken, nil), "another tenant's")
		require.NoError(t, w.Hunts.DeleteWatchlist(w.ctx, w.a, list.ID))
		require.NoError(t, w.Hunts.RenameWatchlist(w.ctx, w.a, other.ID, list.Name), "free again")
	})
	s.holds("Of concurrent calls of PutWatchlist and RenameWatchlist for one name one succeeds", func(t *testing.T, w world) {
		lists := make([]hunt.Watchlist, 8)
		for i := range lists {
			if lists[i] = newWatchlist(); i%2 == 0 {
				lists[i] = w.watchlist(t, w.a)
			}
		}
		errs := race(len(lists), func(i int) error {
			if i%2 == 0 {
				return w.Hunts.RenameWatchlist(w.ctx, w.a, lists[i].ID, "wanted")
			}
			list := lists[i]
			list.Name = "wanted"
			return w.Hunts.PutWatchlist(w.ctx, w.a, list, nil)
		})
		require.Len(t, succeeded(errs), 1, errs)
		for _, err := range errs {
			require.True(t, err == nil || errors.Is(err, hunt.ErrExists), err)
		}
	})
	s.holds("Watchlists returns all of the tenant in the order of their ids", func(t *testing.T, w world) {
		var want []hunt.Watchlist
		for _, id := range newIDs(3) {
			list := newWatchlist()
			list.ID, list.TenantID = id, w.a
			want = append(want, list)
		}
		for _, i := range []int{2, 0, 1} {
			require.NoError(t, w.Hunts.PutWatchlist(w.ctx, w.a, want[i], nil))
		}
		w.watchlist(t, w.b)
		found, err := w.Hunts.Watchlists(w.ctx, w.a)
		require.NoError(t, err)
		assert.Equal(t, want, found)
	})
	s.holds("A watchlist is ErrNotFound under an unknown id and in another tenant", func(t *testing.T, w world) {
		list := w.watchlist(t, w.a)
		for id, tenant := range map[string]tenancy.ID{newID(): w.a, list.ID: w.b} {
			_, err := w.Hunts.Watchlist(w.ctx, tenant, id)
			require.ErrorIs(t, err, hunt.ErrNotFound)
			_, _, err = w.Hunts.WatchlistWithList(w.ctx, tenant, id)
			require.ErrorIs(t, err, hunt.ErrNotFound)
			require.ErrorIs(t, w.Hunts.DeleteWatchlist(w.ctx, tenant, id), hunt.ErrNotFound)
		}
	})
	s.holds("DeleteWatchlist removes a watchlist with its list and its sightings, and no other", func(t *testing.T, w world) {
		list, other := w.watchlist(t, w.a), w.watchlist(t, w.a)
		for _, one := range []hunt.Watchlist{list, other} {
			require.NoError(t, w.Hunts.PutMatch(w.ctx, w.a, newMatch(one, newSighting("A"))))
		}
		require.NoError(t, w.Hunts.DeleteWatchlist(w.ctx, w.a, list.ID))

		_, _, err := w.Hunts.WatchlistWithList(w.ctx, w.a, list.ID)
		require.ErrorIs(t, err, hunt.ErrNotFound)
		left := w.sightings(t, w.a, hunt.SightingFilter{})
		require.Len(t, left, 1)
		assert.Equal(t, other.ID, left[0].WatchlistID)
		require.NoError(t, w.Hunts.PutWatchlist(w.ctx, w.a, list, nil))
		found, bytes, err := w.Hunts.WatchlistWithList(w.ctx, w.a, list.ID)
		require.NoError(t, err)
		assert.Zero(t, found.Sightings, "they do not come back")
		assert.Empty(t, bytes)
	})
	s.holds("Watching returns the tenants that ever had a watchlist, in the order of their ids", func(t *testing.T, w world) {
		watching := func() []tenancy.ID {
			found, err := w.Stores.Watching.Watching(w.ctx)
			require.NoError(t, err)
			return found
		}
		require.Empty(t, watching())
		tenants := newTenants(2)
		for _, id := range []tenancy.ID{tenants[1], tenants[0]} {
			require.NoError(t, w.Tenants.CreateTenant(w.ctx, tenancy.Tenant{ID: id, Name: "a tenant", CreatedAt: at(0)}))
			w.watchlist(t, id)
			list := w.watchlist(t, id)
			require.NoError(t, w.Hunts.DeleteWatchlist(w.ctx, id, list.ID))
		}
		require.Equal(t, tenants, watching())
		require.NoError(t, w.Tenants.DeleteTenant(w.ctx, tenants[0]))
		require.Equal(t, tenants[1:], watching())
		_, err := w.Stores.Watching.Watching(ended(w.ctx))
		require.Error(t, err)
	})
}

func testMatching(s suite) {
	hold := func(t *testing.T, w world, tenant tenancy.ID, holder string, now, until time.Time) bool {
		t.Helper()
		held, err := w.Hunts.HoldMatching(w.ctx, tenant, holder, now, until)
		require.NoError(t, err)
		return held
	}
	s.holds("HoldMatching lets one holder match a tenant until its time has come, and extend that", func(t *testing.T, w world) {
		w.watchlist(t, w.a)
		require.True(t, hold(t, w, w.a, "one", at(0), at(2)))
		require.False(t, hold(t, w, w.a, "other", at(1), at(9)))
		require.True(t, hold(t, w, w.a, "one", at(1), at(4)))
		require.False(t, hold(t, w, w.a, "other", at(3), at(9)))
		require.True(t, hold(t, w, w.a, "other", at(4), odd(9)))
		require.False(t, hold(t, w, w.a, "one", at(5), at(9)))
		require.True(t, hold(t, w, w.a, "one", at(9), at(10)))
	})
	s.holds("HoldMatching is false where the tenant never had a watchlist", func(t *testing.T, w world) {
		w.watchlist(t, w.b)
		require.False(t, hold(t, w, w.a, "one", at(0), at(2)))
	})
	s.holds("HoldMatching in one tenant is nothing to another", func(t *testing.T, w world) {
		w.watchlist(t, w.a)
		w.watchlist(t, w.b)
		require.True(t, hold(t, w, w.a, "one", at(0), at(2)))
		require.True(t, hold(t, w, w.b, "other", at(0), at(2)))
		require.NoError(t, w.Hunts.ReleaseMatching(w.ctx, w.b, "one"))
		require.False(t, hold(t, w, w.b, "one", at(0), at(2)))
	})
	s.holds("ReleaseMatching ends what its holder holds and nobody else's", func(t *testing.T, w world) {
		require.NoError(t, w.Hunts.ReleaseMatching(w.ctx, w.a, "one"))
		w.watchlist(t, w.a)
		require.True(t, hold(t, w, w.a, "one", at(0), at(2)))
		require.NoError(t, w.Hunts.ReleaseMatching(w.ctx, w.a, "other"))
		require.False(t, hold(t, w, w.a, "other", at(0), at(2)))
		require.NoError(t, w.Hunts.ReleaseMatching(w.ctx, w.a, "one"))
		require.True(t, hold(t, w, w.a, "other", at(0), at(2)))
	})
	s.holds("Another watchlist leaves the holder be", func(t *testing.T, w world) {
		w.watchlist(t, w.a)
		require.True(t, hold(t, w, w.a, "one", at(0), at(2)))
		w.watchlist(t, w.a)
		require.False(t, hold(t, w, w.a, "other", at(0), at(2)))
	})
	s.holds("Of those who ask to hold at once one does", func(t *testing.T, w world) {
		w.watchlist(t, w.a)
		holders := newIDs(8)
		held := make([]bool, len(holders))
		errs := race(len(holders), func(i int) (err error) {
			held[i], err = w.Hunts.HoldMatching(w.ctx, w.a, holders[i], at(0), at(2))
			return err
		})
		require.Len(t, succeeded(errs), len(errs), errs)
		n := 0
		for _, one := range held {
			if one {
				n++
			}
		}
		require.Equal(t, 1, n)
	})
}

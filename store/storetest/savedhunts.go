package storetest

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/companion/hunt"
)

func newSavedHunt() hunt.SavedHunt {
	return hunt.SavedHunt{
		ID: newID(), Name: "rare names", Kind: "stack", Question: json.RawMessage(`{"artifact": "A"}`), CreatedBy: newID(), CreatedAt: at(0),
	}
}

func newRun(entries ...string) hunt.Run {
	r := hunt.Run{At: at(5), Complete: true}
	for _, e := range entries {
		r.Entries = append(r.Entries, json.RawMessage(e))
	}
	return r
}

func testSavedHunts(s suite) {
	s.holds("SavedHunt returns what PutSavedHunt kept, byte for byte", func(t *testing.T, w world) {
		h := newSavedHunt()
		h.Name, h.Kind, h.Question = hostile, "search", json.RawMessage(`{ "b" : 18446744073709551615,"a":"\u0000", "a":1e+300}`)
		h.CreatedAt = odd(0)
		require.NoError(t, w.Hunts.PutSavedHunt(w.ctx, w.a, h))

		h.TenantID, h.CreatedAt = w.a, at(0)
		found, err := w.Hunts.SavedHunt(w.ctx, w.a, h.ID)
		require.NoError(t, err)
		assert.Equal(t, h, found)
	})
	s.holds("PutSavedHunt replaces what had its id before, with its last run", func(t *testing.T, w world) {
		h := newSavedHunt()
		require.NoError(t, w.Hunts.PutSavedHunt(w.ctx, w.a, h))
		require.NoError(t, w.Hunts.PutRun(w.ctx, w.a, h.ID, newRun(`1`)))
		h.Name, h.Question = "another", json.RawMessage(`{}`)
		require.NoError(t, w.Hunts.PutSavedHunt(w.ctx, w.a, h))

		h.TenantID = w.a
		found, err := w.Hunts.SavedHunt(w.ctx, w.a, h.ID)
		require.NoError(t, err)
		assert.Equal(t, h, found)
		_, err = w.Hunts.LastRun(w.ctx, w.a, h.ID)
		require.ErrorIs(t, err, hunt.ErrNotFound)
	})
	s.holds("SavedHunt is ErrNotFound for an unknown id and for another tenant's", func(t *testing.T, w world) {
		h := newSavedHunt()
		require.NoError(t, w.Hunts.PutSavedHunt(w.ctx, w.a, h))
		_, err := w.Hunts.SavedHunt(w.ctx, w.a, newID())
		require.ErrorIs(t, err, hunt.ErrNotFound)
		_, err = w.Hunts.SavedHunt(w.ctx, w.b, h.ID)
		require.ErrorIs(t, err, hunt.ErrNotFound)
	})
	s.holds("SavedHunts returns all of the tenant in the order of their ids, with the time of their last run", func(t *testing.T, w world) {
		var want []hunt.SavedHunt
		for _, id := range newIDs(3) {
			h := newSavedHunt()
			h.ID, h.TenantID = id, w.a
			want = append(want, h)
		}
		for _, i := range []int{2, 0, 1} {
			require.NoError(t, w.Hunts.PutSavedHunt(w.ctx, w.a, want[i]))
		}
		require.NoError(t, w.Hunts.PutSavedHunt(w.ctx, w.b, newSavedHunt()))
		require.NoError(t, w.Hunts.PutRun(w.ctx, w.a, want[1].ID, newRun(`1`)))
		want[1].LastRun = at(5)

		found, err := w.Hunts.SavedHunts(w.ctx, w.a)
		require.NoError(t, err)
		assert.Equal(t, want, found)
	})
	s.holds("RenameSavedHunt gives a saved hunt another name and changes nothing else", func(t *testing.T, w world) {
		h, other := newSavedHunt(), newSavedHunt()
		h.TenantID, other.TenantID = w.a, w.a
		for _, saved := range []*hunt.SavedHunt{&h, &other} {
			require.NoError(t, w.Hunts.PutSavedHunt(w.ctx, w.a, *saved))
			require.NoError(t, w.Hunts.PutRun(w.ctx, w.a, saved.ID, newRun(`1`)))
			saved.LastRun = newRun(`1`).At
		}
		require.NoError(t, w.Hunts.RenameSavedHunt(w.ctx, w.a, h.ID, hostile))
		h.Name = hostile
		for _, want := range []hunt.SavedHunt{h, other} {
			found, err := w.Hunts.SavedHunt(w.ctx, w.a, want.ID)
			require.NoError(t, err)
			assert.Equal(t, want, found)
			_, err = w.Hunts.LastRun(w.ctx, w.a, want.ID)
			require.NoError(t, err, "its last run stays")
		}
		require.ErrorIs(t, w.Hunts.RenameSavedHunt(w.ctx, w.a, newID(), "x"), hunt.ErrNotFound)
		require.ErrorIs(t, w.Hunts.RenameSavedHunt(w.ctx, w.b, h.ID, "x"), hunt.ErrNotFound)
	})
	s.holds("DeleteSavedHunt removes a saved hunt and its last run, or returns ErrNotFound", func(t *testing.T, w world) {
		h := newSavedHunt()
		require.NoError(t, w.Hunts.PutSavedHunt(w.ctx, w.a, h))
		require.NoError(t, w.Hunts.PutRun(w.ctx, w.a, h.ID, newRun(`1`)))
		require.ErrorIs(t, w.Hunts.DeleteSavedHunt(w.ctx, w.b, h.ID), hunt.ErrNotFound)
		require.NoError(t, w.Hunts.DeleteSavedHunt(w.ctx, w.a, h.ID))

		require.ErrorIs(t, w.Hunts.DeleteSavedHunt(w.ctx, w.a, h.ID), hunt.ErrNotFound)
		_, err := w.Hunts.LastRun(w.ctx, w.a, h.ID)
		require.ErrorIs(t, err, hunt.ErrNotFound)
		require.NoError(t, w.Hunts.PutSavedHunt(w.ctx, w.a, h))
		_, err = w.Hunts.LastRun(w.ctx, w.a, h.ID)
		require.ErrorIs(t, err, hunt.ErrNotFound, "it does not come back")
	})
	s.holds("A saved hunt and its last run are touched by no change of another", func(t *testing.T, w world) {
		h, other := newSavedHunt(), newSavedHunt()
		for entry, saved := range map[string]hunt.SavedHunt{`"h"`: h, `"other"`: other} {
			require.NoError(t, w.Hunts.PutSavedHunt(w.ctx, w.a, saved))
			require.NoError(t, w.Hunts.PutRun(w.ctx, w.a, saved.ID, newRun(entry)))
		}
		requireOther := func() {
			found, err := w.Hunts.LastRun(w.ctx, w.a, other.ID)
			require.NoError(t, err)
			require.Equal(t, newRun(`"other"`), found)
			_, err = w.Hunts.SavedHunt(w.ctx, w.a, other.ID)
			require.NoError(t, err)
		}
		found, err := w.Hunts.LastRun(w.ctx, w.a, h.ID)
		require.NoError(t, err)
		require.Equal(t, newRun(`"h"`), found)
		requireOther()
		require.NoError(t, w.Hunts.PutSavedHunt(w.ctx, w.a, h))
		requireOther()
		require.NoError(t, w.Hunts.DeleteSavedHunt(w.ctx, w.a, h.ID))
		requireOther()
	})
	testRuns(s)
}

func testRuns(s suite) {
	s.holds("LastRun returns what PutRun kept last, byte for byte", func(t *testing.T, w world) {
		h := newSavedHunt()
		require.NoError(t, w.Hunts.PutSavedHunt(w.ctx, w.a, h))
		require.NoError(t, w.Hunts.PutRun(w.ctx, w.a, h.ID, newRun(`"before"`)))
		r := newRun(`[ "a\u0000", 1e+300 ]`, `null`)
		r.At, r.Complete = odd(6), false
		require.NoError(t, w.Hunts.PutRun(w.ctx, w.a, h.ID, r))

		r.At = at(6)
		found, err := w.Hunts.LastRun(w.ctx, w.a, h.ID)
		require.NoError(t, err)
		assert.Equal(t, r, found)
		saved, err := w.Hunts.SavedHunt(w.ctx, w.a, h.ID)
		require.NoError(t, err)
		assert.Equal(t, at(6), saved.LastRun)
	})
	s.holds("LastRun is ErrNotFound for a hunt that has not run", func(t *testing.T, w world) {
		h := newSavedHunt()
		require.NoError(t, w.Hunts.PutSavedHunt(w.ctx, w.a, h))
		_, err := w.Hunts.LastRun(w.ctx, w.a, h.ID)
		require.ErrorIs(t, err, hunt.ErrNotFound)
	})
	s.holds("PutRun is ErrNotFound when there is no such hunt", func(t *testing.T, w world) {
		h := newSavedHunt()
		require.NoError(t, w.Hunts.PutSavedHunt(w.ctx, w.a, h))
		require.ErrorIs(t, w.Hunts.PutRun(w.ctx, w.a, newID(), newRun(`1`)), hunt.ErrNotFound)
		require.ErrorIs(t, w.Hunts.PutRun(w.ctx, w.b, h.ID, newRun(`1`)), hunt.ErrNotFound)
	})
	s.holds("What a run and a saved hunt hold is the caller's to change", func(t *testing.T, w world) {
		h, r := newSavedHunt(), newRun(`"kept"`)
		h.Question = json.RawMessage(`"kept"`)
		require.NoError(t, w.Hunts.PutSavedHunt(w.ctx, w.a, h))
		require.NoError(t, w.Hunts.PutRun(w.ctx, w.a, h.ID, r))
		h.Question[1], r.Entries[0][1] = 'x', 'x'
		for range 2 {
			found, err := w.Hunts.SavedHunt(w.ctx, w.a, h.ID)
			require.NoError(t, err)
			require.Equal(t, `"kept"`, string(found.Question))
			run, err := w.Hunts.LastRun(w.ctx, w.a, h.ID)
			require.NoError(t, err)
			require.Equal(t, `"kept"`, string(run.Entries[0]))
			found.Question[1], run.Entries[0][1] = 'x', 'x'
		}
	})
}

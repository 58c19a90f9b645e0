package hunt_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/companion/hunt"
)

func TestASavedHuntSaysWhenItsAnswerIsLargerThanWhatIsKept(t *testing.T) {
	t.Parallel()
	f := newFleet(t, hunt.Config{MaxSavedEntries: 2})
	f.rows(t, "a", "F.1", "X", `{"Name":"p","Time":1700000001}`, `{"Name":"q","Time":1700000002}`)
	questions := []hunt.Question{
		hunt.Search{Scope: f.scope()}, hunt.Stack{Scope: f.scope(), Artifact: "X", Fields: []string{"Name"}},
		hunt.Timeline{Scope: f.scope(), HostID: f.host(t, "a").ID},
	}
	var saved []hunt.SavedHunt
	for _, q := range questions {
		h, err := f.Save(t.Context(), f.tenant, hunt.SavedHunt{Name: "x", Kind: "x", Question: json.RawMessage(`{}`)})
		require.NoError(t, err)
		saved = append(saved, h)
		c, err := f.RunSaved(t.Context(), f.tenant, h.ID, q)
		require.NoError(t, err)
		assert.True(t, c.Complete, "%T", q)
		assert.Empty(t, c.Reason, "%T", q)
	}
	f.rows(t, "a", "F.2", "X", `{"Name":"r","Time":1700000003}`)
	for i, q := range questions {
		c, err := f.RunSaved(t.Context(), f.tenant, saved[i].ID, q)
		require.NoError(t, err)
		assert.False(t, c.Complete, "%T", q)
		assert.NotEmpty(t, c.Reason, "%T", q)
		assert.Equal(t, 2, c.Entries, "%T", q)
	}
}

func TestARunIsComparedWithOneThatKeptNoStates(t *testing.T) {
	t.Parallel()
	f := newFleet(t, hunt.Config{})
	f.rows(t, "a", "F.1", "X", `{"Name":"p"}`, `{"Name":"q"}`)
	h, err := f.Save(t.Context(), f.tenant, hunt.SavedHunt{Name: "x", Kind: "stack", Question: json.RawMessage(`{}`)})
	require.NoError(t, err)
	old := hunt.Run{At: h.CreatedAt, Complete: true, Entries: []json.RawMessage{json.RawMessage(`["p"]`), json.RawMessage(`["gone"]`)}}
	require.NoError(t, f.stores.Hunts.PutRun(t.Context(), f.tenant, h.ID, old))
	c, err := f.RunSaved(t.Context(), f.tenant, h.ID, hunt.Stack{Scope: f.scope(), Artifact: "X", Fields: []string{"Name"}})
	require.NoError(t, err)
	assert.Equal(t, []json.RawMessage{json.RawMessage(`["q"]`)}, c.New)
	assert.Equal(t, []json.RawMessage{json.RawMessage(`["gone"]`)}, c.Gone)
	assert.Empty(t, c.Changed)
}

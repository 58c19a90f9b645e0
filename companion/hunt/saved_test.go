package hunt_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/companion/hunt"
	"github.com/velocicompanion/velocicompanion/companion/hunt/indicator"
	"github.com/velocicompanion/velocicompanion/hosts"
	"github.com/velocicompanion/velocicompanion/ingest/velociraptor"
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

func TestAHostThatGetsANameIsTheSameInASavedHuntAndEqualRowsCount(t *testing.T) {
	t.Parallel()
	f := newFleet(t, hunt.Config{})
	bring := func(host, flow string, rows ...string) {
		_, err := f.ingest.Ingest(t.Context(), f.tenant, &velociraptor.Table{
			Body: strings.NewReader(strings.Join(rows, "\n")), Form: velociraptor.JSONLines,
			ClientID: "C.1", Hostname: host, Artifact: "X", FlowID: flow,
		})
		require.NoError(t, err)
	}
	const row = `{"Name":"evil.example","Time":1700000001}`
	bring("", "F.1", row)
	known, err := f.stores.Hosts.Hosts(t.Context(), f.tenant, hosts.Filter{ClientID: "C.1", Limit: 1})
	require.NoError(t, err)
	list, err := indicator.Read(strings.NewReader("evil.example"))
	require.NoError(t, err)
	questions := map[string]hunt.Question{
		"search":   hunt.Search{Scope: f.scope()},
		"timeline": hunt.Timeline{Scope: f.scope(), HostID: known[0].ID},
		"pivot":    hunt.Pivot{Scope: f.scope(), Value: "evil.example"},
		"sweep":    hunt.Sweep{Scope: f.scope(), List: list},
	}
	saved := make(map[string]string)
	run := func(kind string) hunt.Comparison {
		c, err := f.RunSaved(t.Context(), f.tenant, saved[kind], questions[kind])
		require.NoError(t, err)
		assert.Empty(t, c.New, kind)
		assert.Empty(t, c.Gone, kind)
		return c
	}
	for kind := range questions {
		h, err := f.Save(t.Context(), f.tenant, hunt.SavedHunt{Name: kind, Kind: kind, Question: json.RawMessage(`{}`)})
		require.NoError(t, err)
		saved[kind] = h.ID
		run(kind)
	}
	bring("pc-1.corp.example", "F.2", row, row, row)
	for kind := range questions {
		c := run(kind)
		require.Len(t, c.Changed, 1, kind)
		assert.Contains(t, string(c.Changed[0].Entry), "pc-1", kind)
		assert.Contains(t, string(c.Changed[0].Before), `"rows":1`, kind)
		assert.Contains(t, string(c.Changed[0].After), `"rows":4`, kind)
		if kind == "search" || kind == "timeline" {
			assert.Equal(t, 4, c.Entries, kind)
		}
		assert.Empty(t, run(kind).Changed, kind)
	}
}

package hunt_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/companion/hunt"
)

// lines writes what differs as the lab's notes do: + and - with the key, for each host.
func lines(d hunt.DiffAnswer) map[string][]string {
	out := make(map[string][]string)
	for _, h := range d.Hosts {
		name, _, _ := strings.Cut(h.Hostname, ".")
		for sign, entries := range map[string][]hunt.DiffEntry{"+ ": h.Added, "- ": h.Removed} {
			for _, e := range entries {
				out[name] = append(out[name], sign+keyLine(e.Key))
			}
		}
		slices.Sort(out[name])
	}
	return out
}

func keyLine(key []json.RawMessage) string {
	parts := make([]string, len(key))
	for i, v := range key {
		parts[i] = strings.Trim(string(v), `"`)
	}
	return strings.Join(parts, " | ")
}

func TestDiffSaysWhichColumnsChanged(t *testing.T) {
	t.Parallel()
	f := newFleet(t, hunt.Config{}, "huntA-summary-json.zip", "huntC-summary-json.zip")
	d, err := f.Diff(t.Context(), hunt.Diff{
		Scope: f.scope(), Artifact: "Linux.Search.FileFinder", Before: hunt.Side{Hunt: huntA}, After: hunt.Side{Hunt: huntC},
	})
	require.NoError(t, err)
	var found []string
	for _, h := range d.Hosts {
		for _, c := range h.Changed {
			for _, column := range c.Columns {
				if column.Column == "Hash.SHA256" {
					found = append(found, h.Hostname+" "+keyLine(c.Key))
					assert.Len(t, column.Before, 1)
					assert.Len(t, column.After, 1)
					assert.NotEqual(t, column.Before, column.After)
				}
			}
		}
	}
	assert.Equal(t, []string{"jump01.corp.example /var/tmp/jump.pcap"}, found)
}

func TestDiffCountsTheFleetBehindWhatWasAdded(t *testing.T) {
	t.Parallel()
	f := newFleet(t, hunt.Config{}, "huntA-summary-json.zip", "huntC-summary-json.zip")
	d, err := f.Diff(t.Context(), hunt.Diff{
		Scope: f.scope(), Artifact: "Linux.Sys.Pslist", Key: []string{"Name"}, Before: hunt.Side{Hunt: huntA}, After: hunt.Side{Hunt: huntC},
	})
	require.NoError(t, err)
	rows, err := f.Stack(t.Context(), hunt.Stack{Scope: f.scope(), Artifact: "Linux.Sys.Pslist", Fields: []string{"Name"}, Limit: 1})
	require.NoError(t, err)
	assert.Equal(t, rows.Scanned.Rows, d.Scanned.Rows, "those that were looked at twice are counted once")
	assert.Equal(t, rows.Scanned.Chunks, d.Scanned.Chunks)
	added := d.Hosts[2].Added
	require.Len(t, added, 1)
	assert.Equal(t, int64(2), added[0].FleetHosts, "web02 has it now, and web01 had it")
	assert.Equal(t, int64(1), d.Unchanged, "db01 has not changed")
}

func TestDiffComparesMultisets(t *testing.T) {
	t.Parallel()
	f := newFleet(t, hunt.Config{})
	old := f.rows(t, "a", "F.1", "X", `{"Name":"p","User":"u","Pid":1}`, `{"Name":"p","User":"u","Pid":2}`, `{"Name":"q","User":"u"}`, `{"Name":"r","L":[1,2]}`)
	now := f.rows(t, "a", "F.2", "X", `{"Name":"p","User":"u","Pid":9}`, `{"Name":"q","User":"\u0076"}`, `{"Name":"s"}`, `{"Name":"s"}`, `{"L":[2,1],"Name":"r"}`)
	onlyOld := f.rows(t, "b", "F.3", "X", `{"Name":"p"}`)
	onlyNow := f.rows(t, "c", "F.4", "X", `{"Name":"p"}`)
	emptied := f.rows(t, "d", "F.5", "X", `{"Name":"z"}`)
	d, err := f.Diff(t.Context(), hunt.Diff{
		Scope: f.scope(), Artifact: "X", Key: []string{"Name"},
		Before: hunt.Side{Collections: []string{old.ID, onlyOld.ID, emptied.ID}}, After: hunt.Side{Collections: []string{now.ID, onlyNow.ID, emptied.ID}},
	})
	require.NoError(t, err)
	require.Len(t, d.Hosts, 1)
	raw := func(s string) []json.RawMessage { return []json.RawMessage{json.RawMessage(s)} }
	assert.Equal(t, []hunt.DiffEntry{{Key: raw(`"s"`), Rows: 2, FleetHosts: 1}}, d.Hosts[0].Added)
	assert.Equal(t, []hunt.DiffEntry{{Key: raw(`"p"`), Rows: 1}}, d.Hosts[0].Removed)
	assert.Equal(t, []hunt.DiffChange{
		{Key: raw(`"q"`), Rows: 1, Columns: []hunt.ColumnChange{{Column: "User", Before: raw(`"u"`), After: raw(`"v"`)}}},
		{Key: raw(`"r"`), Rows: 1, Columns: []hunt.ColumnChange{{
			Column: "L", Before: []json.RawMessage{json.RawMessage("1"), json.RawMessage("2")}, After: []json.RawMessage{json.RawMessage("2"), json.RawMessage("1")},
		}}},
	}, d.Hosts[0].Changed)
	assert.Equal(t, "c", d.WithoutBefore[0].Hostname)
	assert.Equal(t, "b", d.WithoutAfter[0].Hostname)
	assert.Equal(t, int64(1), d.Unchanged)
}

func TestDiffComparesWhatIsCalledLikeATimeAndIsNone(t *testing.T) {
	t.Parallel()
	f := newFleet(t, hunt.Config{})
	side := func(flow, row string) hunt.Side {
		return hunt.Side{Collections: []string{f.rows(t, "a", flow, "X", row).ID}}
	}
	d, err := f.Diff(t.Context(), hunt.Diff{
		Scope: f.scope(), Artifact: "X", Key: []string{"K"},
		Before: side("F.1", `{"K":1,"AutoUpdate":true,"Candidate":"x","LastUpdate":"2026-06-01T00:00:00Z","lastwritetime":1780000000,"installdate":"6/1/2026 10:00:00 AM","CreateTime":"a","bootdate":"","Runtime":["2026-06-01","go1"]}`),
		After:  side("F.2", `{"K":1,"AutoUpdate":false,"Candidate":"y","LastUpdate":"2026-06-02T00:00:00Z","lastwritetime":1780000001,"installdate":"6/2/2026 9:00:00 AM","CreateTime":"b","bootdate":"20260601120000.000000-300","Runtime":["go2"]}`),
	})
	require.NoError(t, err)
	require.Len(t, d.Hosts, 1)
	changed := map[string]string{}
	for _, c := range d.Hosts[0].Changed[0].Columns {
		changed[c.Column] = keyLine(c.Before) + " to " + keyLine(c.After)
	}
	assert.Equal(t, map[string]string{"AutoUpdate": "true to false", "Candidate": "x to y", "Runtime": "go1 to go2"}, changed)
	assert.EqualValues(t, 2, d.Scanned.Rows, "each row is counted once")
	assert.EqualValues(t, 2, d.Scanned.Chunks)
}

func TestDiffTakesTheLastCollectionOfATime(t *testing.T) {
	t.Parallel()
	f := newFleet(t, hunt.Config{})
	f.rows(t, "a", "F.1", "X", `{"Name":"p"}`)
	split := f.rows(t, "a", "F.2", "X", `{"Name":"q"}`).CollectedAt
	f.rows(t, "a", "F.3", "X", `{"Name":"q"}`, `{"Name":"r"}`)
	d, err := f.Diff(t.Context(), hunt.Diff{
		Scope: f.scope(), Artifact: "X", Key: []string{"Name"},
		Before: hunt.Side{To: split.Add(time.Microsecond)}, After: hunt.Side{From: split.Add(time.Microsecond)},
	})
	require.NoError(t, err)
	assert.Equal(t, map[string][]string{"a": {"+ r"}}, lines(d))
}

func TestDiffRefusesWhatMakesNoSense(t *testing.T) {
	t.Parallel()
	f := newFleet(t, hunt.Config{})
	c := f.rows(t, "a", "F.1", "X", `{"Name":"p"}`)
	good := hunt.Side{Collections: []string{c.ID}}
	for what, q := range map[string]hunt.Diff{
		"no artifact":      {Key: []string{"Name"}, Before: good, After: good},
		"no key":           {Artifact: "X", Before: good, After: good},
		"no side":          {Artifact: "X", Key: []string{"Name"}, Before: good},
		"two kinds":        {Artifact: "X", Key: []string{"Name"}, Before: good, After: hunt.Side{Hunt: "H.1", Collections: good.Collections}},
		"a misspelled key": {Artifact: "X", Key: []string{"name"}, Before: good, After: good},
		"a long key":       {Artifact: "X", Key: make([]string, hunt.MaxDiffKey+1), Before: good, After: good},
	} {
		q.Scope = f.scope()
		_, err := f.Diff(t.Context(), q)
		assert.ErrorIs(t, err, hunt.ErrQuestion, what)
	}
}

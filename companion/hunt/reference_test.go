package hunt_test

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/companion/hunt"
	"github.com/velocicompanion/velocicompanion/store/memory"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// values are those of a path, in their order and written in one way.
func (row labRow) values(path string) (all []string) {
	for _, l := range row.leaves {
		if l.path == path {
			text, isText := l.text()
			if isText && l.token[0] == '"' {
				again, _ := json.Marshal(text)
				l.token = string(again)
			}
			all = append(all, l.token)
		}
	}
	return all
}

// time is the row's time in RFC 3339, "" where it has none.
func (row labRow) time() string {
	for _, v := range row.values("CreateTime") {
		return strings.Trim(v, `"`)
	}
	return ""
}

func TestTimelineAgreesWithAPlainReference(t *testing.T) {
	t.Parallel()
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 7))
		l, _ := randomLab(t, memory.New(), r)
		for range 5 {
			c := randomCondition(r, 2)
			of := l.rows[r.IntN(len(l.rows))]
			scope := l.randomScope(r, []tenancy.ID{of.tenant})
			scope.Hosts, scope.Labels, scope.Query = nil, nil, c.text
			want, untimed := map[rowKey]bool{}, 0
			for _, row := range l.selected(scope, c) {
				if row.host != of.host {
					continue
				}
				if row.time() == "" {
					untimed++
					continue
				}
				want[rowKey{row.tenant, row.host, row.artifact, row.collection, row.flow, row.data, row.row}] = true
			}
			q := hunt.Timeline{Scope: scope, HostID: of.host, Newest: r.IntN(2) == 0, Limit: 1 + r.IntN(20)}
			rows, last := pages(t, &fleet{Service: l.Service}, q)
			got := map[rowKey]bool{}
			for i, row := range rows {
				require.True(t, i == 0 || row.Time.Equal(rows[i-1].Time) || row.Time.Before(rows[i-1].Time) == q.Newest)
				require.Contains(t, string(row.Data), row.Time.Format(time.RFC3339))
				got[rowKey{row.Tenant, row.HostID, row.Artifact, row.CollectionID, row.FlowID, string(row.Data), row.Row}] = true
			}
			require.Len(t, rows, len(got), "each row once")
			require.Equal(t, want, got, "seed %d: %s", seed, c.text)
			require.EqualValues(t, untimed, last.WithoutTime, "seed %d: %s", seed, c.text)
		}
	}
}

// key is the row's key in a diff, as JSON.
func (row labRow) key(paths []string) string {
	parts := make([]string, len(paths))
	for i, path := range paths {
		switch values := row.values(path); len(values) {
		case 0:
			parts[i] = "null"
		case 1:
			parts[i] = values[0]
		default:
			parts[i] = "[" + strings.Join(values, ",") + "]"
		}
	}
	return "[" + strings.Join(parts, ",") + "]"
}

// rest is what else a diff compares of the row.
func (row labRow) rest(key []string) string {
	other := map[string]bool{}
	for _, l := range row.leaves {
		if l.path != "Pid" && l.path != "CreateTime" && !slices.Contains(key, l.path) {
			other[l.path+"="+strings.Join(row.values(l.path), ",")] = true
		}
	}
	return strings.Join(slices.Sorted(maps.Keys(other)), ";")
}

// rowCounts are rows by key.
type rowCounts map[string]int64

func (c rowCounts) add(key string, rows int64) {
	if rows > 0 {
		c[key] += rows
	}
}

func TestDiffAgreesWithAPlainReference(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 8))
		l, tenants := randomLab(t, memory.New(), r)
		collections := map[string]bool{}
		for _, row := range l.rows {
			if row.artifact == "A" {
				collections[row.collection] = true
			}
		}
		var sides [2]hunt.Side
		in := map[string][2]bool{}
		for _, id := range slices.Sorted(maps.Keys(collections)) {
			mark := [2]bool{r.IntN(2) == 0, r.IntN(2) == 0}
			in[id] = mark
			for side := range sides {
				if mark[side] {
					sides[side].Collections = append(sides[side].Collections, id)
				}
			}
		}
		if sides[0].Collections == nil || sides[1].Collections == nil {
			continue
		}
		c := randomCondition(r, 1)
		key := [][]string{{"Name"}, {"Name", "Pid"}, {"Name", "Args", "Hash.MD5"}}[r.IntN(3)]
		whole := l.randomScope(r, tenants)
		scope := hunt.Scope{Tenants: whole.Tenants, Hosts: whole.Hosts, Labels: whole.Labels, Query: c.text}
		d, err := l.Diff(t.Context(), hunt.Diff{
			Scope: scope, Artifact: "A", Key: key, Before: sides[0], After: sides[1],
		})
		if err != nil {
			require.ErrorIs(t, err, hunt.ErrQuestion)
			require.Greater(t, len(key), 1, "%s: every row has a name", c.text)
			continue
		}
		l.requireDiff(t, d, scope, key, c, in)
	}
}

// requireDiff holds an answer to what comes of walking the rows.
func (l *lab) requireDiff(t *testing.T, d hunt.DiffAnswer, scope hunt.Scope, key []string, c condition, in map[string][2]bool) {
	t.Helper()
	keys, forms := map[string]map[string][2]int64{}, map[string]map[string]map[string][2]int64{}
	has, fleet := map[string][2]bool{}, map[string]map[string]bool{}
	for _, row := range l.rows {
		if row.artifact != "A" || !slices.Contains(scope.Tenants, row.tenant) {
			continue
		}
		k, rest := row.key(key), row.rest(key)
		if fleet[k] == nil {
			fleet[k] = map[string]bool{}
		}
		fleet[k][row.host] = true
		if !l.hostIn(row.host, scope) {
			continue
		}
		for side, is := range in[row.collection] {
			if !is {
				continue
			}
			h := has[row.host]
			h[side] = true
			has[row.host] = h
			if !c.holds(row) {
				continue
			}
			if keys[row.host] == nil {
				keys[row.host], forms[row.host] = map[string][2]int64{}, map[string]map[string][2]int64{}
			}
			if forms[row.host][k] == nil {
				forms[row.host][k] = map[string][2]int64{}
			}
			n := keys[row.host][k]
			n[side]++
			keys[row.host][k] = n
			n = forms[row.host][k][rest]
			n[side]++
			forms[row.host][k][rest] = n
		}
	}
	want := map[string][3]rowCounts{}
	for host, both := range has {
		if both != [2]bool{true, true} {
			continue
		}
		counts := [3]rowCounts{{}, {}, {}}
		for k, n := range keys[host] {
			counts[0].add(k, n[1]-n[0])
			counts[1].add(k, n[0]-n[1])
			gone := int64(0)
			for _, f := range forms[host][k] {
				gone += max(0, f[0]-f[1])
			}
			counts[2].add(k, gone-max(0, n[0]-n[1]))
		}
		if len(counts[0])+len(counts[1])+len(counts[2]) > 0 {
			want[host] = counts
		}
	}
	got := map[string][3]rowCounts{}
	text := func(values []json.RawMessage) string {
		joined := make([]string, len(values))
		for i, v := range values {
			joined[i] = string(v)
		}
		return "[" + strings.Join(joined, ",") + "]"
	}
	for _, h := range d.Hosts {
		counts := [3]rowCounts{{}, {}, {}}
		for _, e := range h.Added {
			counts[0].add(text(e.Key), e.Rows)
			require.EqualValues(t, len(fleet[text(e.Key)]), e.FleetHosts)
		}
		for _, e := range h.Removed {
			counts[1].add(text(e.Key), e.Rows)
		}
		for _, e := range h.Changed {
			counts[2].add(text(e.Key), e.Rows)
			require.NotEmpty(t, e.Columns)
		}
		got[h.ID] = counts
	}
	require.Equal(t, want, got, "%s by %s", c.text, key)
}

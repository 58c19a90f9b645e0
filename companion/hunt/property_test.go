package hunt_test

import (
	"cmp"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/companion/hunt"
	"github.com/velocicompanion/velocicompanion/companion/hunt/indicator"
	"github.com/velocicompanion/velocicompanion/ingest/observable"
	"github.com/velocicompanion/velocicompanion/store/memory"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// selected are the rows of the reference that a scope selects.
func (l *lab) selected(scope hunt.Scope, c condition) (rows []labRow) {
	in := func(value string, list []string) bool { return len(list) == 0 || slices.Contains(list, value) }
	for _, row := range l.rows {
		if slices.Contains(scope.Tenants, row.tenant) && in(row.artifact, scope.Artifacts) && in(row.collection, scope.Collections) &&
			in(row.hunt, scope.Hunts) && l.hostIn(row.host, scope) && row.timeIn(scope) && c.holds(row) {
			rows = append(rows, row)
		}
	}
	return rows
}

// hostIn tells whether a scope has a host.
func (l *lab) hostIn(id string, scope hunt.Scope) bool {
	h := l.inventory[id]
	named := func(name string) bool { return name == id || name == h.ClientID || strings.EqualFold(name, h.Hostname) }
	labelled := func(label string) bool {
		return slices.ContainsFunc(h.Labels, func(l string) bool { return strings.EqualFold(l, label) })
	}
	return (len(scope.Hosts) == 0 || slices.ContainsFunc(scope.Hosts, named)) &&
		(len(scope.Labels) == 0 || slices.ContainsFunc(scope.Labels, labelled))
}

// timeIn tells whether a scope has the row's time.
func (row labRow) timeIn(scope hunt.Scope) bool {
	if scope.From.IsZero() && scope.To.IsZero() {
		return true
	}
	at, err := time.Parse(time.RFC3339, row.time())
	return err == nil && !at.Before(scope.From) && (scope.To.IsZero() || at.Before(scope.To))
}

// randomScope leaves out something in one or another way, or nothing.
func (l *lab) randomScope(r *rand.Rand, tenants []tenancy.ID) hunt.Scope {
	scope := hunt.Scope{Tenants: tenants[:1+r.IntN(len(tenants))]}
	seldom := func(of int, set func()) {
		if r.IntN(of) == 0 {
			set()
		}
	}
	any := func() labRow { return l.rows[r.IntN(len(l.rows))] }
	seldom(2, func() { scope.Artifacts = []string{[]string{"A", "B/s"}[r.IntN(2)], "none"} })
	seldom(4, func() { scope.Collections = []string{any().collection, any().collection} })
	seldom(4, func() { scope.Hunts = []string{any().hunt, "H.none"} })
	seldom(4, func() {
		h := l.inventory[any().host]
		scope.Hosts = []string{[]string{h.ID, h.ClientID, strings.ToUpper(h.Hostname), "nobody", newID()}[r.IntN(5)], any().host}
	})
	seldom(4, func() { scope.Labels = []string{[]string{"label-0", "LABEL-1", "none"}[r.IntN(3)]} })
	seldom(4, func() { scope.From = collected.Add(time.Duration(r.IntN(1000)) * time.Second) })
	seldom(4, func() {
		scope.To = collected.Add(time.Duration(1+r.IntN(1000)) * time.Second)
		if !scope.From.Before(scope.To) {
			scope.From = time.Time{}
		}
	})
	return scope
}

// rowKey tells rows apart and has all that an answer says of one.
type rowKey struct {
	tenant                                 tenancy.ID
	host, artifact, collection, flow, data string
	row                                    int64
}

func byKey(x, y rowKey) int {
	return cmp.Or(strings.Compare(x.collection, y.collection), strings.Compare(x.artifact, y.artifact), cmp.Compare(x.row, y.row))
}

func TestSearchAgreesWithAPlainReference(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 1))
		l, tenants := randomLab(t, memory.New(), r)
		for range 10 {
			c := randomCondition(r, 3)
			scope := l.randomScope(r, tenants)
			scope.Query = c.text
			var want, got []rowKey
			for _, row := range l.selected(scope, c) {
				want = append(want, rowKey{row.tenant, row.host, row.artifact, row.collection, row.flow, row.data, row.row})
			}
			q := hunt.Search{Scope: scope, Order: []hunt.Order{hunt.Newest, hunt.Stored}[r.IntN(2)], Limit: 1 + r.IntN(40)}
			for {
				page, err := l.Search(t.Context(), q)
				require.NoError(t, err, c.text)
				require.True(t, page.Complete)
				require.LessOrEqual(t, len(page.Rows), q.Limit)
				for _, row := range page.Rows {
					got = append(got, rowKey{row.Tenant, row.HostID, row.Artifact, row.CollectionID, row.FlowID, string(row.Data), row.Row})
				}
				if q.After = page.Next; page.Next == "" {
					break
				}
			}
			some := hunt.Search{Scope: scope, Order: q.Order, Limit: 1 + r.IntN(40), Skip: r.IntN(len(want) + 2), Count: true}
			page, err := l.Search(t.Context(), some)
			require.NoError(t, err)
			require.EqualValues(t, len(want), page.Total, c.text)
			skipped := got[min(some.Skip, len(got)):]
			require.Len(t, page.Rows, min(some.Limit, len(skipped)), c.text)
			for i, row := range page.Rows {
				require.Equal(t, skipped[i].collection, row.CollectionID)
				require.Equal(t, skipped[i].row, row.Row)
			}
			require.Equal(t, len(skipped) > some.Limit, page.Next != "")
			if some.Skip, some.After = 0, page.Next; some.After != "" {
				rest, err := l.Search(t.Context(), some)
				require.NoError(t, err)
				require.EqualValues(t, len(skipped)-len(page.Rows), rest.Total, "those behind the cursor")
			}
			var exported []rowKey
			export, err := l.Export(t.Context(), q)
			require.NoError(t, err)
			_, err = export.Rows(t.Context(), func(row hunt.Row) error {
				exported = append(exported, rowKey{row.Tenant, row.HostID, row.Artifact, row.CollectionID, row.FlowID, string(row.Data), row.Row})
				return nil
			})
			require.NoError(t, err)
			require.Equal(t, got, exported, "an export is all pages: %s", c.text)
			slices.SortFunc(want, byKey)
			slices.SortFunc(got, byKey)
			require.Equal(t, want, got, "seed %d: %s", seed, c.text)
		}
	}
}

func TestStackAgreesWithAPlainReference(t *testing.T) {
	t.Parallel()
	type counts struct {
		rows  int64
		hosts map[string]bool
	}
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 2))
		l, tenants := randomLab(t, memory.New(), r)
		for range 10 {
			c := randomCondition(r, 2)
			scope := l.randomScope(r, tenants)
			scope.Query = c.text
			q := hunt.Stack{Scope: scope, Artifact: "A", Limit: 1000}
			for range 1 + r.IntN(3) {
				q.Fields = append(q.Fields, []string{"Name", "Pid", "Hash.MD5", "Args", "Deep.a.b.c"}[r.IntN(5)])
			}
			want, missing := map[string]*counts{}, int64(0)
			scope.Artifacts = []string{"A"}
			withArtifact := map[string]bool{}
			for _, row := range l.selected(untimed(scope), everything) {
				withArtifact[row.host] = true
			}
			for _, row := range l.selected(scope, c) {
				combinations := combine(row, q.Fields)
				if len(combinations) == 0 {
					missing++
				}
				for key := range combinations {
					if want[key] == nil {
						want[key] = &counts{hosts: map[string]bool{}}
					}
					want[key].rows++
					want[key].hosts[row.host] = true
				}
			}
			found, err := l.Stack(t.Context(), q)
			require.NoError(t, err, c.text)
			require.Len(t, found.Values, len(want), "seed %d: %s by %s", seed, c.text, q.Fields)
			require.EqualValues(t, len(want), found.Distinct)
			require.Equal(t, missing, found.Missing)
			require.EqualValues(t, len(withArtifact), found.HostsWithArtifact)
			require.True(t, slices.IsSortedFunc(found.Values, func(x, y hunt.StackValue) int {
				return cmp.Or(cmp.Compare(x.Hosts, y.Hosts), cmp.Compare(x.Rows, y.Rows))
			}))
			for _, v := range found.Values {
				key, _ := json.Marshal(v.Values)
				require.NotNil(t, want[string(key)], string(key))
				require.Equal(t, want[string(key)].rows, v.Rows, string(key))
				require.EqualValues(t, len(want[string(key)].hosts), v.Hosts, string(key))
			}
		}
	}
}

var everything = condition{holds: func(labRow) bool { return true }}

func untimed(scope hunt.Scope) hunt.Scope {
	scope.From, scope.To = time.Time{}, time.Time{}
	return scope
}

// combine returns the combinations of the values that a row has in fields.
func combine(row labRow, fields []string) map[string]bool {
	all := map[string]bool{"": true}
	for _, field := range fields {
		next := map[string]bool{}
		for before := range all {
			for _, l := range row.leaves {
				if l.path == field {
					next[strings.TrimPrefix(before+","+l.token, ",")] = true
				}
			}
		}
		all = next
	}
	out := map[string]bool{}
	for key := range all {
		var values []json.RawMessage
		_ = json.Unmarshal([]byte("["+key+"]"), &values)
		for i, v := range values {
			var text string
			if v[0] == '"' && json.Unmarshal(v, &text) == nil {
				values[i], _ = json.Marshal(text)
			}
		}
		text, _ := json.Marshal(values)
		out[string(text)] = true
	}
	return out
}

// findings are rows by what was found in them and where.
type findings map[string]*finding

type finding struct {
	rows        int64
	first, last time.Time
}

func findingKey(of string, tenant tenancy.ID, host, artifact string) string {
	return strings.Join([]string{of, tenant.String(), host, artifact}, " ")
}

func (all findings) add(of string, row labRow) {
	at, err := time.Parse(time.RFC3339, row.time())
	if err != nil {
		at = collected
	}
	key := findingKey(of, row.tenant, row.host, row.artifact)
	if all[key] == nil {
		all[key] = &finding{first: at, last: at}
	}
	all[key].rows++
	if at.Before(all[key].first) {
		all[key].first = at
	}
	if at.After(all[key].last) {
		all[key].last = at
	}
}

// has tells whether a row has a value: an observable anywhere, or a text as a whole value.
func (row labRow) has(value string, same []observable.Observable) (has bool) {
	var f observable.Finder
	for _, l := range row.leaves {
		text, ok := l.text()
		has = has || len(same) == 0 && ok && strings.EqualFold(text, value)
		f.Find(l.path, []byte(l.token), func(kind observable.Kind, value []byte) {
			has = has || slices.Contains(same, observable.Observable{Kind: kind, Value: string(value)})
		})
	}
	return has
}

func TestPivotAndSweepAgreeWithAPlainReference(t *testing.T) {
	t.Parallel()
	found := 0
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 9))
		l, tenants := randomLab(t, memory.New(), r)
		for range 4 {
			c := randomCondition(r, 1)
			scope := l.randomScope(r, tenants)
			scope.Query = c.text
			found += l.requireFound(t, scope, l.selected(scope, c))
		}
	}
	require.Greater(t, found, 100, "the rows have some")
}

// requireFound pivots on and sweeps for values, in rows that the scope selects, and returns how much the sweep found.
func (l *lab) requireFound(t *testing.T, scope hunt.Scope, rows []labRow) int {
	t.Helper()
	var list indicator.List
	want, wantSwept, got, gotSwept := findings{}, findings{}, findings{}, findings{}
	for _, value := range append([]string{"10.0.0.1", "10.0.0.2", "http://evil.example.com/a", "evil.example.com", "x"}, names...) {
		if value == "" {
			continue
		}
		same := observable.Same(value)
		for _, row := range rows {
			if row.has(value, same) {
				want.add(value, row)
				if len(same) > 0 {
					wantSwept.add(value, row)
				}
			}
		}
		if len(same) > 0 {
			list.Indicators = append(list.Indicators, indicator.Indicator{Text: value, Line: 1, Observables: same})
		}
		pivot, err := l.Pivot(t.Context(), hunt.Pivot{Scope: scope, Value: value})
		require.NoError(t, err, value)
		for _, h := range pivot.Hosts {
			for _, a := range h.Artifacts {
				got[findingKey(value, h.Host.Tenant, h.Host.ID, a.Artifact)] = &finding{a.Rows, a.FirstSeen, a.LastSeen}
			}
		}
	}
	require.Equal(t, want, got, "%+v", scope)
	sweep, err := l.Sweep(t.Context(), hunt.Sweep{Scope: scope, List: list})
	require.NoError(t, err)
	for _, h := range sweep.Hits {
		gotSwept[findingKey(h.Indicator, h.Host.Tenant, h.Host.ID, h.Artifact)] = &finding{h.Rows, h.FirstSeen, h.LastSeen}
	}
	require.Equal(t, wantSwept, gotSwept, "%+v", scope)
	return len(gotSwept)
}

func TestSeveralTenantsGiveTheUnionOfTheirAnswers(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 3))
	l, tenants := randomLab(t, memory.New(), r)
	all := func(of ...tenancy.ID) (rows []rowKey) {
		export, err := l.Export(t.Context(), hunt.Search{Scope: hunt.Scope{Tenants: of}, Order: hunt.Stored})
		require.NoError(t, err)
		_, err = export.Rows(t.Context(), func(row hunt.Row) error {
			rows = append(rows, rowKey{tenant: row.Tenant, collection: row.CollectionID, artifact: row.Artifact, row: row.Row})
			return nil
		})
		require.NoError(t, err)
		return rows
	}
	require.NotEmpty(t, all(tenants[0]))
	require.NotEmpty(t, all(tenants[1]))
	require.ElementsMatch(t, append(all(tenants[0]), all(tenants[1])...), all(tenants...))
	require.ElementsMatch(t, all(tenants[0]), all(tenants[0], tenants[0]))
}

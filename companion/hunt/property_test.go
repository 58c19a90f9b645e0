package hunt_test

import (
	"cmp"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/companion/hunt"
	"github.com/velocicompanion/velocicompanion/store/memory"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// selected are the rows of the reference that a scope selects.
func (l *lab) selected(scope hunt.Scope, c condition) (rows []labRow) {
	for _, row := range l.rows {
		if slices.Contains(scope.Tenants, row.tenant) && (len(scope.Artifacts) == 0 || slices.Contains(scope.Artifacts, row.artifact)) &&
			(len(scope.Hosts) == 0 || slices.Contains(scope.Hosts, row.host)) && c.holds(row) {
			rows = append(rows, row)
		}
	}
	return rows
}

func (l *lab) randomScope(r *rand.Rand, tenants []tenancy.ID) hunt.Scope {
	scope := hunt.Scope{Tenants: tenants[:1+r.IntN(len(tenants))]}
	if r.IntN(2) == 0 {
		scope.Artifacts = []string{[]string{"A", "B/s"}[r.IntN(2)]}
	}
	if r.IntN(3) == 0 {
		scope.Hosts = []string{l.rows[r.IntN(len(l.rows))].host}
	}
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
			_, err = l.Export(t.Context(), q, func(row hunt.Row) error {
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

func TestSeveralTenantsGiveTheUnionOfTheirAnswers(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 3))
	l, tenants := randomLab(t, memory.New(), r)
	all := func(of ...tenancy.ID) (rows []rowKey) {
		_, err := l.Export(t.Context(), hunt.Search{Scope: hunt.Scope{Tenants: of}, Order: hunt.Stored}, func(row hunt.Row) error {
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

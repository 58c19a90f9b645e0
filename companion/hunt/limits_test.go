package hunt_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/companion/hunt"
	"github.com/velocicompanion/velocicompanion/companion/hunt/indicator"
)

func TestAnAnswerOverALimitSaysSo(t *testing.T) {
	t.Parallel()
	f := newFleet(t, hunt.Config{MaxGroups: 2})
	old := f.rows(t, "a", "F.1", "X", `{"Name":"p","Raddr":"10.0.0.1"}`, `{"Name":"q"}`, `{"Name":"r"}`)
	small := f.rows(t, "b", "F.2", "X", `{"Name":"p","Raddr":"10.0.0.1"}`)
	now := f.rows(t, "b", "F.3", "X", `{"Name":"s","Raddr":"10.0.0.1"}`)

	stack, err := f.Stack(t.Context(), hunt.Stack{Scope: f.scope(), Artifact: "X", Fields: []string{"Name"}, Limit: 10})
	require.NoError(t, err)
	assertIncomplete(t, stack.Account, "2 distinct values")
	assert.LessOrEqual(t, len(stack.Values), 2)

	pivot, err := f.Pivot(t.Context(), hunt.Pivot{Scope: f.scope(), Value: "10.0.0.1"})
	require.NoError(t, err)
	assertIncomplete(t, pivot.Account, "2 places")

	list, err := indicator.Read(strings.NewReader("10.0.0.1"))
	require.NoError(t, err)
	sweep, err := f.Sweep(t.Context(), hunt.Sweep{Scope: f.scope(), List: list})
	require.NoError(t, err)
	assertIncomplete(t, sweep.Account, "2 places")

	d, err := f.Diff(t.Context(), hunt.Diff{
		Scope: f.scope(), Artifact: "X", Key: []string{"Name"},
		Before: hunt.Side{Collections: []string{old.ID, small.ID}}, After: hunt.Side{Collections: []string{old.ID, now.ID}},
	})
	require.NoError(t, err)
	assertIncomplete(t, d.Account, "1 hosts have more than 2 different rows")
	assert.Equal(t, map[string][]string{"b": {"+ s", "- p"}}, lines(d), "the others are compared")
	assert.Zero(t, d.Unchanged)
}

func TestADiffListsNoMoreThanItSays(t *testing.T) {
	t.Parallel()
	f := newFleet(t, hunt.Config{})
	rows := make([]string, hunt.MaxDiffEntries)
	for i := range rows {
		rows[i] = fmt.Sprintf(`{"N":%d,"V":1}`, i)
	}
	var sides [2]hunt.Side
	for _, host := range []string{"a", "b"} {
		before, after := f.rows(t, host, "F.1"+host, "X", `{"N":-1,"V":1}`), f.rows(t, host, "F.2"+host, "X", rows...)
		sides[0].Collections = append(sides[0].Collections, before.ID)
		sides[1].Collections = append(sides[1].Collections, after.ID)
	}
	d, err := f.Diff(t.Context(), hunt.Diff{Scope: f.scope(), Artifact: "X", Key: []string{"N"}, Before: sides[0], After: sides[1]})
	require.NoError(t, err)
	require.Len(t, d.Hosts, 1)
	assert.Equal(t, hunt.MaxDiffEntries, len(d.Hosts[0].Added)+len(d.Hosts[0].Removed))
	assertIncomplete(t, d.Account, "1 hosts were not compared")
}

func assertIncomplete(t *testing.T, a hunt.Account, reason string) {
	t.Helper()
	assert.False(t, a.Complete)
	assert.Contains(t, a.Reason, reason)
}

func TestQuestionsShareTheMemoryOfWhatTheyCount(t *testing.T) {
	t.Parallel()
	f := newFleet(t, hunt.Config{CountBytes: 64 << 10})
	rows := make([]string, 1000)
	for i := range rows {
		rows[i] = fmt.Sprintf(`{"Name":"%d","Few":%d,"Raddr":"10.0.%d.%d"}`, i, i%3, i/250, i%250)
	}
	f.rows(t, "a", "F.1", "X", rows...)
	list, err := indicator.Read(strings.NewReader("10.0.0.1\n10.0.3.2"))
	require.NoError(t, err)
	stack := func(field string) hunt.StackAnswer {
		answer, err := f.Stack(t.Context(), hunt.Stack{Scope: f.scope(), Artifact: "X", Fields: []string{field}, Limit: 1000})
		require.NoError(t, err)
		return answer
	}
	for range 3 {
		many := stack("Name")
		assertIncomplete(t, many.Account, "distinct values take more than the 0 MiB of memory")
		assert.Less(t, len(many.Values), 1000)
		assert.NotEmpty(t, many.Values)

		few := stack("Few")
		assert.True(t, few.Complete, "what the others took is there again")
		assert.Len(t, few.Values, 3)
		sweep, err := f.Sweep(t.Context(), hunt.Sweep{Scope: f.scope(), List: list})
		require.NoError(t, err)
		assert.True(t, sweep.Complete)
	}
}

func TestAStackOfLongValuesHasTheFirst(t *testing.T) {
	t.Parallel()
	f := newFleet(t, hunt.Config{})
	var rows []string
	for i := range 10 {
		rows = append(rows, fmt.Sprintf(`{"Script":"%d%s"}`, i, strings.Repeat("x", 3<<20)))
	}
	f.rows(t, "a", "F.1", "X", rows...)
	answer, err := f.Stack(t.Context(), hunt.Stack{Scope: f.scope(), Artifact: "X", Fields: []string{"Script"}, Limit: 10})
	require.NoError(t, err)
	assert.EqualValues(t, 10, answer.Distinct)
	assert.Len(t, answer.Values, 5)
	assertIncomplete(t, answer.Account, "too long for one answer; it has the first 5")
}

func TestPagesOfLongRowsAreShorter(t *testing.T) {
	t.Parallel()
	f := newFleet(t, hunt.Config{})
	const n = 9
	var rows []string
	for i := range n {
		rows = append(rows, fmt.Sprintf(`{"Time":"2026-01-01T00:00:0%dZ","Script":"%s"}`, i, strings.Repeat("x", 5<<20)))
	}
	f.rows(t, "a", "F.1", "X", rows...)
	host := f.host(t, "a").ID
	for name, page := range map[string]func(cursor string) ([]hunt.Row, string){
		"search": func(cursor string) ([]hunt.Row, string) {
			answer, err := f.Search(t.Context(), hunt.Search{Scope: f.scope(), Limit: 100, After: cursor})
			require.NoError(t, err)
			return answer.Rows, answer.Next
		},
		"timeline": func(cursor string) ([]hunt.Row, string) {
			answer, err := f.Timeline(t.Context(), hunt.Timeline{Scope: f.scope(), HostID: host, Limit: 100, Cursor: cursor})
			require.NoError(t, err)
			return answer.Rows, answer.Next
		},
	} {
		var seen []int64
		for cursor, first := "", true; first || cursor != ""; first = false {
			var rows []hunt.Row
			rows, cursor = page(cursor)
			assert.LessOrEqual(t, len(rows), 3, name)
			for _, r := range rows {
				seen = append(seen, r.Row)
			}
		}
		assert.Equal(t, []int64{0, 1, 2, 3, 4, 5, 6, 7, 8}, seen, name)
	}
}

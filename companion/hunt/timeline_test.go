package hunt_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/companion/hunt"
)

// pages follows Next from the first page to the last, and Previous back again, which has to bring the same.
func pages(t testing.TB, f *fleet, q hunt.Timeline) (rows []hunt.Row, last hunt.TimelineAnswer) {
	var forth [][]hunt.Row
	for {
		a, err := f.Timeline(t.Context(), q)
		require.NoError(t, err)
		require.LessOrEqual(t, len(a.Rows), q.Limit)
		forth = append(forth, a.Rows)
		rows = append(rows, a.Rows...)
		last = a
		if a.Next == "" {
			break
		}
		q.Cursor = a.Next
	}
	for i, back := len(forth)-2, last; i >= 0; i-- {
		q.Cursor = back.Previous
		a, err := f.Timeline(t.Context(), q)
		require.NoError(t, err)
		require.Equal(t, forth[i], a.Rows)
		require.NotEmpty(t, a.Next)
		require.Equal(t, i == 0, a.Previous == "", "the first page has none in front of it")
		back = a
	}
	return rows, last
}

func TestTimelineOfAHostOfTheLabIsWholeAndInOrder(t *testing.T) {
	t.Parallel()
	f := newFleet(t, hunt.Config{}, "huntA-summary-json.zip")
	rows, last := pages(t, f, hunt.Timeline{Scope: f.scope(), HostID: f.host(t, "web01").ID, Limit: 100})
	assert.True(t, slices.IsSortedFunc(rows, func(x, y hunt.Row) int { return x.Time.Compare(y.Time) }))
	var counted int64
	for _, b := range last.Buckets {
		counted += b.Rows
	}
	assert.EqualValues(t, len(rows), counted, "buckets count the rows of all pages")
	assert.EqualValues(t, 9+489+8+12+17+16+24, counted+last.WithoutTime)
	assert.GreaterOrEqual(t, len(rows), 489+8+16)
}

func TestTimelineGoesBothWaysOverAllArtifacts(t *testing.T) {
	t.Parallel()
	f := newFleet(t, hunt.Config{})
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var want []string
	for part := range 3 {
		var rows []string
		for i := range 40 {
			at := begin.Add(time.Duration(i/4) * time.Hour) // many rows of one time
			rows = append(rows, fmt.Sprintf(`{"CreateTime":%q,"Name":"%d.%d"}`, at.Format(time.RFC3339), part, i))
		}
		rows = append(rows, `{"Name":"without"}`)
		want = append(want, rows[:40]...)
		f.rows(t, "a", fmt.Sprintf("F.%d", part), fmt.Sprintf("Linux.Sys.Pslist/%d", part), rows...)
	}
	f.rows(t, "b", "F.9", "Linux.Sys.Pslist", `{"CreateTime":"2026-01-01T00:00:00Z","Name":"other host"}`)
	for _, newest := range []bool{false, true} {
		for _, limit := range []int{1, 7, 40, 119, 120, 500} {
			rows, last := pages(t, f, hunt.Timeline{Scope: f.scope(), HostID: f.host(t, "a").ID, Newest: newest, Limit: limit})
			got := make([]string, len(rows))
			for i, r := range rows {
				got[i] = string(r.Data)
			}
			assert.ElementsMatch(t, want, got)
			assert.True(t, slices.IsSortedFunc(rows, func(x, y hunt.Row) int {
				if newest {
					x, y = y, x
				}
				return x.Time.Compare(y.Time)
			}))
			assert.EqualValues(t, 3, last.WithoutTime)
			assert.Len(t, last.Buckets, 10)
		}
	}
}

func TestTimelineIsBoundedByItsScope(t *testing.T) {
	t.Parallel()
	f := newFleet(t, hunt.Config{})
	f.rows(t, "a", "F.1", "Linux.Sys.Pslist", `{"CreateTime":"2026-01-01T00:00:00Z","Name":"x"}`, `{"CreateTime":"2026-01-02T00:00:00Z","Name":"y"}`, `{"CreateTime":"2026-01-03T00:00:00Z","Name":"x"}`)
	q := hunt.Timeline{Scope: f.scope(), HostID: f.host(t, "a").ID, Limit: 10}
	q.Query = "Name: x"
	q.From, q.To = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 1, 3, 0, 0, 0, 0, time.UTC)
	a, err := f.Timeline(t.Context(), q)
	require.NoError(t, err)
	require.Len(t, a.Rows, 1)
	assert.Equal(t, q.From, a.Rows[0].Time)
	assert.Empty(t, a.Next)
	assert.Empty(t, a.Previous)
}

func TestTimelineKnowsItsHostsAndCursors(t *testing.T) {
	t.Parallel()
	f := newFleet(t, hunt.Config{})
	f.rows(t, "a", "F.1", "X", `{}`)
	_, err := f.Timeline(t.Context(), hunt.Timeline{Scope: f.scope(), HostID: uuid.NewString(), Limit: 1})
	assert.ErrorIs(t, err, hunt.ErrNotFound)
	for _, cursor := range []string{"x", "behind x", "beside 1 a 1"} {
		_, err = f.Timeline(t.Context(), hunt.Timeline{Scope: f.scope(), HostID: f.host(t, "a").ID, Limit: 1, Cursor: cursor})
		assert.ErrorIs(t, err, hunt.ErrQuestion, cursor)
	}
}

package hunt_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/companion/hunt"
	"github.com/velocicompanion/velocicompanion/ingest"
)

// grown are rows of which each has a number and a time, the first of them always the same ones.
func grown(n int) (rows []string) {
	for i := range n {
		at := time.Date(2026, 6, 1, 0, 0, i/2, 0, time.UTC)
		rows = append(rows, fmt.Sprintf(`{"Time":%q,"i":%d}`, at.Format(time.RFC3339), i))
	}
	return rows
}

// pager asks for the page behind a cursor.
type pager func(cursor string) (rows []hunt.Row, next string, err error)

// pagers are all questions that have pages.
func pagers(t *testing.T, f *fleet, host string) map[string]pager {
	all := make(map[string]pager)
	for _, order := range []hunt.Order{hunt.Newest, hunt.Stored} {
		all[string(order)] = func(cursor string) ([]hunt.Row, string, error) {
			a, err := f.Search(t.Context(), hunt.Search{Scope: f.scope(), Order: order, After: cursor, Limit: 10})
			return a.Rows, a.Next, err
		}
	}
	for _, newest := range []bool{false, true} {
		all[fmt.Sprint("timeline, newest ", newest)] = func(cursor string) ([]hunt.Row, string, error) {
			a, err := f.Timeline(t.Context(), hunt.Timeline{
				Scope: f.scope(), HostID: f.host(t, host).ID, Newest: newest, Cursor: cursor, Limit: 10,
			})
			return a.Rows, a.Next, err
		}
	}
	return all
}

// rest returns what the pages from a cursor on have.
func rest(t *testing.T, ask pager, cursor string) (rows []string) {
	for cursor != "" {
		page, next, err := ask(cursor)
		require.NoError(t, err)
		rows = append(rows, texts(page)...)
		cursor = next
	}
	return rows
}

func texts(rows []hunt.Row) (all []string) {
	for _, r := range rows {
		all = append(all, r.CollectionID+" "+string(r.Data))
	}
	return all
}

func TestAPageThatWouldBeginInTheMiddleOfReplacedRowsSaysSo(t *testing.T) {
	t.Parallel()
	f := newFleet(t, hunt.Config{})
	f.rows(t, "pc", "F.1", "A", grown(30)...)
	cursors := make(map[string]string)
	for name, ask := range pagers(t, f, "pc") {
		_, next, err := ask("")
		require.NoError(t, err, name)
		require.NotEmpty(t, next, name)
		cursors[name] = next
	}
	f.rows(t, "pc", "F.1", "A", grown(40)...)
	for name, ask := range pagers(t, f, "pc") {
		_, _, err := ask(cursors[name])
		require.ErrorIs(t, err, ingest.ErrReplaced, name)
		first, next, err := ask("")
		require.NoError(t, err, name)
		assert.Len(t, append(texts(first), rest(t, ask, next)...), 40, "once it begins again: %s", name)
	}
}

func TestPagesHaveEachRowOnceWhateverIsIngestedMeanwhile(t *testing.T) {
	t.Parallel()
	for name := range pagers(t, newFleet(t, hunt.Config{}), "pc") {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFleet(t, hunt.Config{})
			var want []string
			for flow := range 3 { // the cursor of the first page stands in the first or the last
				c := f.rows(t, "pc", fmt.Sprint("F.", flow), "A", grown(20)...)
				for _, row := range grown(20) {
					want = append(want, c.ID+" "+row)
				}
			}
			ask := pagers(t, f, "pc")[name]
			first, next, err := ask("")
			require.NoError(t, err)
			at := first[len(first)-1].FlowID
			for flow := range 5 { // the others grow, and there are new ones
				if of := fmt.Sprint("F.", flow); of != at {
					f.rows(t, "pc", of, "A", grown(30)...)
				}
			}
			f.rows(t, "other", "F.1", "A", grown(30)...)
			got := make(map[string]int)
			for _, row := range append(texts(first), rest(t, ask, next)...) {
				got[row]++
			}
			for _, row := range want {
				assert.Equal(t, 1, got[row], row)
			}
			for row, times := range got {
				assert.Equal(t, 1, times, row)
			}
		})
	}
}

func TestAnExportHasTheSameRowsEachTimeThatItIsRead(t *testing.T) {
	t.Parallel()
	f := newFleet(t, hunt.Config{})
	f.rows(t, "pc", "F.1", "A", grown(5)...)
	export, err := f.Export(t.Context(), hunt.Search{Scope: f.scope()})
	require.NoError(t, err)
	count := func() (rows int, err error) {
		_, err = export.Rows(t.Context(), func(hunt.Row) error { rows++; return nil })
		return rows, err
	}
	rows, err := count()
	require.NoError(t, err)
	assert.Equal(t, 5, rows)
	f.rows(t, "pc", "F.2", "A", `{"Other":1}`)
	rows, err = count()
	require.NoError(t, err)
	assert.Equal(t, 5, rows, "without what was ingested since")
}

package ingest_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// part is rows of A of the flow F.1 that come some way, with the numbers from first as their ids.
type part struct {
	way   string
	first int
	rows  []string
}

func (p part) ReadInto(_ context.Context, b *ingest.Batch) error {
	w, err := b.Collection(origin("pc1", "F.1")).Result("A", nil)
	if err != nil {
		return err
	}
	w.SetPart(p.way, p.way == "taking")
	for i, row := range p.rows {
		w.Sent(fmt.Sprint(p.first+i), "", nil)
		if err := w.Row(int64(i+1), []byte(row)); err != nil {
			return err
		}
	}
	return nil
}

// failing is a store of which one commit fails.
type failing struct {
	ingest.Store
	commits int // until then
}

func (f *failing) CommitStage(
	ctx context.Context, tenant tenancy.ID, stage string, collections ingest.CollectFunc,
) ([]ingest.Merged, error) {
	if f.commits--; f.commits == 0 {
		return nil, assert.AnError
	}
	return f.Store.CommitStage(ctx, tenant, stage, collections)
}

func TestWhatCouldNotBeComparedIsWhenItComesAgain(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	s := h.over(t, &failing{h.stores.Collections, 3}, ingest.Config{})
	rows := numbered(10)
	_, err := s.Ingest(t.Context(), h.tenant, part{"one", 0, rows[:7]})
	require.NoError(t, err)
	_, err = s.Ingest(t.Context(), h.tenant, part{"two", 0, rows})
	require.ErrorIs(t, err, assert.AnError)
	report, err := s.Ingest(t.Context(), h.tenant, part{"two", 0, rows})
	require.NoError(t, err)
	kept := h.rows(t, report.Collections[0].Collection, "A")
	slices.Sort(kept)
	assert.Equal(t, slices.Sorted(slices.Values(rows)), kept)
	assert.Equal(t, ingest.Duplicate, report.Collections[0].Collection.Status)
}

// TestThePartThatIsLeftIsAccountedFor holds that the account of a flow counts no row twice either.
func TestThePartThatIsLeftIsAccountedFor(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	long := fmt.Sprintf(`{"long":%q}`, strings.Repeat("x", ingest.LongRow))
	rows := append(numbered(5), `{"n":null}`, `{"n":null}`, long, `{"`)
	h.kept(t, part{"one", 0, rows[:3]})
	kept := h.kept(t, part{"two", 0, rows})
	assert.EqualValues(t, 9, kept.Brought[0].Read)
	assert.EqualValues(t, 1, kept.Brought[0].Rejected)
	result := kept.Collection.Artifacts()[0]
	assert.Equal(t, []int64{9, 8, 1, 2}, []int64{result.Read, result.Stored, result.Rejected, result.NullRows})
	assert.Equal(t, ingest.Partial, kept.Collection.Status)

	all := h.kept(t, part{"three", 0, rows[:8]})
	assert.Equal(t, ingest.Duplicate, all.Collection.Status)
	assert.ElementsMatch(t, rows[:8], h.rows(t, all.Collection, "A"))
}

// TestOfEqualRowsThoseStayThatHaveTheirOwnColumns is for rows with a Hostname, as those of Generic.Client.Info, which one
// protocol takes from them and others do not.
func TestOfEqualRowsThoseStayThatHaveTheirOwnColumns(t *testing.T) {
	t.Parallel()
	plain := part{"taking", 0, []string{`{"n":1}`, `{"n":1}`, `{"n":2}`}}
	full := part{"two", 0, []string{`{"Hostname":"pc1","n":1}`, `{"n":2}`, `{"Hostname":"pc1","n":3}`}}
	more := part{"two", 9, []string{`{"n":1,"Hostname":"pc2"}`}}
	for _, order := range [][]part{{plain, full, more}, {full, plain, more}, {more, plain, full}, {full, more, plain}, {plain, more, full, plain}} {
		h := newHarness(t, ingest.Config{})
		var kept ingest.Kept
		for _, p := range order {
			kept = h.kept(t, p)
		}
		assert.ElementsMatch(t, []string{`{"Hostname":"pc1","n":1}`, `{"n":1,"Hostname":"pc2"}`, `{"n":2}`, `{"Hostname":"pc1","n":3}`},
			h.rows(t, kept.Collection, "A"))
	}
	h := newHarness(t, ingest.Config{})
	h.kept(t, plain)
	assert.ElementsMatch(t, []string{`{"Hostname":"pc1","n":1}`, `{"n":1}`, `{"n":2}`, `{"Hostname":"pc1","n":3}`},
		h.rows(t, h.kept(t, full).Collection, "A"), "as many as came on the way on which most came")
}

// TestWhiteSpaceDoesNotTellRowsApart is for rows that went through other programs.
func TestWhiteSpaceDoesNotTellRowsApart(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	h.kept(t, part{"one", 0, []string{`{"n": {"a" : [1, 2]}, "Hostname": "pc 1"}`, `{"n":"a b"}`}})
	kept := h.kept(t, part{"two", 0, []string{`{"n":{"a":[1,2]},"Hostname":"pc 1"}`, `{"n":"ab"}`}})
	assert.Len(t, h.rows(t, kept.Collection, "A"), 3)
}

// TestEscapesDoNotTellRowsApart is for rows that went through other programs; each stays as it came.
func TestEscapesDoNotTellRowsApart(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	first := `{"n":"a \u0026\u0026 b \u003e \/tmp\u002f","Hostname":"p\u0063<1"}`
	h.kept(t, part{"one", 0, []string{first, `{"n":"\\u0026"}`}})
	kept := h.kept(t, part{"two", 0, []string{`{"n":"a && b > /tmp/","Hostname":"pc\u003c1"}`, `{"n":"\u0026"}`}})
	assert.ElementsMatch(t, []string{first, `{"n":"\\u0026"}`, `{"n":"\u0026"}`}, h.rows(t, kept.Collection, "A"))
}

// TestManyRowsThatOnlyAColumnTellsApartTakeNoLonger is for lists like those of hosts that are not to be reached, of which
// each has a Hostname and all have one address.
func TestManyRowsThatOnlyAColumnTellsApartTakeNoLonger(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	full, plain := make([]string, 100_000), make([]string, 100_000)
	for i := range full {
		full[i], plain[i] = fmt.Sprintf(`{"Address":"0.0.0.0","Hostname":"ads%d"}`, i), `{"Address":"0.0.0.0"}`
	}
	h.kept(t, part{"taking", 0, plain})
	h.kept(t, part{"two", 0, full})
	kept := h.kept(t, part{"taking", 0, plain[:99_999]})
	assert.Equal(t, full, h.rows(t, kept.Collection, "A"))
}

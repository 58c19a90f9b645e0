package ingest_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// once ingests under a digest and reports whether the input was known, and whether it was read.
func (h *harness) once(t *testing.T, tenant tenancy.ID, digest string, r ingest.Reader) (known, read bool) {
	t.Helper()
	report, known, err := h.IngestOnce(t.Context(), tenant, sha256.Sum256([]byte(digest)), readerFunc(
		func(ctx context.Context, b *ingest.Batch) error {
			read = true
			return r.ReadInto(ctx, b)
		}))
	require.NoError(t, err)
	require.Equal(t, known, len(report.Collections) == 0)
	return known, read
}

func TestAnInputThatIsKeptIsNotReadAgain(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	other := tenancy.New()
	require.NoError(t, h.stores.Tenants.CreateTenant(t.Context(), tenancy.Tenant{ID: other, Name: "other"}))
	input := delivery{host: "pc1", artifact: "A", flow: "F.1", rows: numbered(3)}
	for _, of := range []struct {
		what   string
		tenant tenancy.ID
		digest string
		known  bool
	}{
		{"the first time", h.tenant, "x", false}, {"again", h.tenant, "x", true}, {"of another tenant", other, "x", false},
		{"another one with the same rows", h.tenant, "y", false}, {"which is known then, too", h.tenant, "y", true},
	} {
		known, read := h.once(t, of.tenant, of.digest, input)
		assert.Equal(t, of.known, known, of.what)
		assert.Equal(t, !of.known, read, of.what)
	}
}

// TestAnInputThatLacksSomethingIsReadAgain holds for rows that could not be kept, and for an ingest that failed.
func TestAnInputThatLacksSomethingIsReadAgain(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	for range 2 {
		known, read := h.once(t, h.tenant, "x", delivery{host: "pc1", artifact: "A", flow: "F.1", rows: []string{`{"n":1}`, "}"}})
		assert.Equal(t, []bool{false, true}, []bool{known, read})
	}
	broken := errors.New("broken")
	_, known, err := h.IngestOnce(t.Context(), h.tenant, sha256.Sum256([]byte("y")), readerFunc(
		func(context.Context, *ingest.Batch) error { return broken }))
	require.ErrorIs(t, err, broken)
	require.False(t, known)
	known, read := h.once(t, h.tenant, "y", delivery{host: "pc1", artifact: "A", flow: "F.2", rows: numbered(1)})
	assert.Equal(t, []bool{false, true}, []bool{known, read})
}

// TestAnInputOfWhichTheRowsAreGoneIsReadAgain holds for rows that others took the place of, but not for those that gave way to
// a longer export of the flow.
func TestAnInputOfWhichTheRowsAreGoneIsReadAgain(t *testing.T) {
	t.Parallel()
	table := func(row string) ingest.Reader {
		return delivery{host: "pc1", artifact: "A", flow: "F.1", rows: []string{row, row}}
	}
	h := newHarness(t, ingest.Config{})
	for _, step := range []struct {
		digest string
		row    string
		known  bool
	}{{"full", `{"n":1,"m":2}`, false}, {"chosen", `{"n":1}`, false}, {"full", `{"n":1,"m":2}`, false}, {"chosen", `{"n":1}`, false}} {
		known, read := h.once(t, h.tenant, step.digest, table(step.row))
		require.Equal(t, []bool{step.known, !step.known}, []bool{known, read})
	}

	h = newHarness(t, ingest.Config{})
	export := func(n int) ingest.Reader {
		return delivery{host: "pc1", artifact: "A", flow: "F.1", expected: ptr(int64(n)), rows: numbered(n)}
	}
	known, _ := h.once(t, h.tenant, "short", export(3))
	require.False(t, known)
	h.kept(t, export(5))
	known, _ = h.once(t, h.tenant, "short", export(3))
	require.True(t, known)
}

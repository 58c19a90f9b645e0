package ingest_test

import (
	"context"
	"iter"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/ingest/chunk"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

func TestRowsBeginAnywhere(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	rows := numbered(3*chunk.MaxRows + 10)
	c := h.kept(t, delivery{host: "pc1", artifact: "A", rows: rows}).Collection
	for _, from := range []int{0, 1, chunk.MaxRows - 1, chunk.MaxRows, chunk.MaxRows + 1, len(rows) - 1} {
		assert.Equal(t, rows[from:], collect(t, h.Rows(t.Context(), h.tenant, c.ID, "A", int64(from))), from)
	}
	assert.Empty(t, collect(t, h.Rows(t.Context(), h.tenant, c.ID, "A", int64(len(rows)))))
	assert.Empty(t, collect(t, h.Rows(t.Context(), h.tenant, c.ID, "A", int64(len(rows)+1000))))
}

func TestRowsMoreThanAreFetchedAtOnce(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	var rows []string
	for _, row := range numbered(20) {
		rows = append(rows, `{"pad":"`+strings.Repeat("x", 1<<20)+`","row":`+row+`}`)
	}
	c := h.kept(t, delivery{host: "pc1", artifact: "A", rows: rows}).Collection
	assert.True(t, equalRows(rows, h.rows(t, c, "A")))
}

// equalRows compares without printing megabytes when they differ.
func equalRows(want, have []string) bool {
	if len(want) != len(have) {
		return false
	}
	for i := range want {
		if want[i] != have[i] {
			return false
		}
	}
	return true
}

func TestRowsMayBeBrokenOff(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	c := h.kept(t, delivery{host: "pc1", artifact: "A", rows: numbered(10_000)}).Collection
	n := 0
	for _, err := range h.Rows(t.Context(), h.tenant, c.ID, "A", 0) {
		require.NoError(t, err)
		if n++; n == 5000 {
			break
		}
	}
	assert.Equal(t, 5000, n)
}

func TestRowsOfWhatIsNotThere(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	c := h.kept(t, delivery{host: "pc1", artifact: "A", rows: numbered(1)}).Collection
	require.ErrorIs(t, firstError(h.Rows(t.Context(), h.tenant, "0198c5f0-0000-7000-8000-000000000000", "A", 0)), ingest.ErrNotFound)
	require.ErrorIs(t, firstError(h.Rows(t.Context(), h.tenant, c.ID, "B", 0)), ingest.ErrNotFound)
	require.ErrorIs(t, firstError(h.Rows(t.Context(), tenancy.ID{}, c.ID, "A", 0)), tenancy.ErrNoTenant)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, firstError(h.Rows(ctx, h.tenant, c.ID, "A", 0)), context.Canceled)
}

func firstError(rows iter.Seq2[[]byte, error]) error {
	for _, err := range rows {
		if err != nil {
			return err
		}
	}
	return nil
}

// rewriting changes blocks as they are read, or leaves them out where it returns nil.
type rewriting struct {
	ingest.Store
	rewrite func(data []byte) []byte
}

func (r rewriting) Blocks(
	ctx context.Context, tenant tenancy.ID, artifact string, columns, ids []string,
) iter.Seq2[ingest.ChunkBlock, error] {
	return func(yield func(ingest.ChunkBlock, error) bool) {
		for block, err := range r.Store.Blocks(ctx, tenant, artifact, columns, ids) {
			if block.Data = r.rewrite(block.Data); block.Data != nil && !yield(block, err) {
				return
			}
		}
	}
}

func TestRowsNeverEndEarlyInSilence(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	c := h.kept(t, delivery{host: "pc1", artifact: "A", rows: numbered(10_000)}).Collection
	codec, err := chunk.NewCodec(chunk.Config{})
	require.NoError(t, err)
	var one chunk.Builder
	one.Append([]byte(`{}`))
	n := 0
	for name, test := range map[string]struct {
		rewrite func([]byte) []byte
		want    error
	}{
		"blocks are gone": {func([]byte) []byte { return nil }, ingest.ErrReplaced},
		"one block is gone": {func(data []byte) []byte {
			if n++; n == 2 {
				return nil
			}
			return data
		}, ingest.ErrReplaced},
		"a block is damaged":    {func(data []byte) []byte { return data[:len(data)/2] }, chunk.ErrCorrupt},
		"a block is another's":  {func([]byte) []byte { return one.Build(codec, chunk.Source{Artifact: "A"})[0].Blocks[0].Data }, chunk.ErrCorrupt},
		"a block is of nothing": {func([]byte) []byte { return []byte{} }, chunk.ErrCorrupt},
	} {
		s := h.over(t, rewriting{h.stores.Collections, test.rewrite}, ingest.Config{})
		assert.ErrorIs(t, firstError(s.Rows(t.Context(), h.tenant, c.ID, "A", 0)), test.want, name)
	}
}

// replacing ingests another time between the listing of chunks and the reading of blocks.
type replacing struct {
	ingest.Store
	replace func()
}

func (r replacing) Blocks(
	ctx context.Context, tenant tenancy.ID, artifact string, columns, ids []string,
) iter.Seq2[ingest.ChunkBlock, error] {
	r.replace()
	return r.Store.Blocks(ctx, tenant, artifact, columns, ids)
}

func TestRowsThatAreReplacedMeanwhile(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	c := h.kept(t, delivery{host: "pc1", flow: "F.1", artifact: "A", rows: numbered(10)}).Collection
	s := h.over(t, replacing{h.stores.Collections, func() {
		h.kept(t, delivery{host: "pc1", flow: "F.1", artifact: "A", rows: numbered(20)})
	}}, ingest.Config{})
	require.ErrorIs(t, firstError(s.Rows(t.Context(), h.tenant, c.ID, "A", 0)), ingest.ErrReplaced)
	assert.Len(t, h.rows(t, c, "A"), 20)
}

func TestCollectionsHaveADefaultLimit(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	for i := range ingest.DefaultLimit + 1 {
		h.kept(t, delivery{host: "pc1", artifact: "A", rows: numbered(i + 1)})
	}
	page, err := h.Collections(t.Context(), h.tenant, ingest.CollectionFilter{})
	require.NoError(t, err)
	assert.Len(t, page, ingest.DefaultLimit)
	page, err = h.Collections(t.Context(), h.tenant, ingest.CollectionFilter{Limit: 1000})
	require.NoError(t, err)
	assert.Len(t, page, ingest.DefaultLimit+1)
}

func TestRowsOfNothingButNullsAreCounted(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	rows := []string{`{"a":null,"b":null}`, `{"a":1,"b":null}`, `{}`, `{"a":"null"}`}
	kept := h.kept(t, delivery{host: "pc1", artifact: "A", rows: rows})
	assert.EqualValues(t, 2, kept.Collection.Results[0].NullRows)
	assert.EqualValues(t, 2, kept.Brought[0].NullRows)
	assert.Equal(t, rows, h.rows(t, kept.Collection, "A"), "they are kept")
}

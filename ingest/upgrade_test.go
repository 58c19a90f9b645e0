package ingest_test

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/ingest/chunk"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// olden keeps one chunk in blocks of an earlier version.
type olden struct {
	ingest.Store
	blocks []ingest.Block
}

// asRows is the block of rows as all were kept before there were columns.
func asRows(rows []string) []ingest.Block {
	return []ingest.Block{{Column: chunk.RowsColumn, Data: []byte("\x01" + strings.Join(rows, "\n"))}}
}

func (o olden) AppendChunks(
	ctx context.Context, tenant tenancy.ID, stage string, chunks []ingest.Chunk, lease time.Time,
) error {
	for i := range chunks {
		chunks[i].Blocks = o.blocks
		chunks[i].MinTime, chunks[i].MaxTime = time.Time{}, time.Time{}
	}
	return o.Store.AppendChunks(ctx, tenant, stage, chunks, lease)
}

func TestUpgradeMakesColumnsOfRowsAndTellsTheirTimes(t *testing.T) {
	t.Parallel()
	const artifact = "Windows.System.Pslist"
	alike := []string{`{"Pid":4,"CreateTime":"2026-03-01T00:00:00Z"}`, `{"Pid":5,"CreateTime":"2026-03-01T00:00:07Z"}`}
	unlike := []string{`{"CreateTime":"2026-03-01T00:00:00Z","` + strings.Repeat("k", 1001) + `":1}`}
	for _, rows := range [][]string{alike, unlike} {
		h := newHarness(t, ingest.Config{})
		old := h.over(t, olden{h.stores.Collections, asRows(rows)}, ingest.Config{})
		report, err := old.Ingest(t.Context(), h.tenant, delivery{host: "pc1", artifact: artifact, rows: rows})
		require.NoError(t, err)
		done, err := h.Upgrade(t.Context(), h.tenant)
		require.NoError(t, err)
		assert.Equal(t, ingest.Upgraded{Chunks: 1, Rows: int64(len(rows))}, done)

		assert.Equal(t, rows, h.rows(t, report.Collections[0].Collection, artifact))
		for ref, err := range h.stores.Collections.Chunks(t.Context(), h.tenant, ingest.ChunkFilter{}) {
			require.NoError(t, err)
			assert.Equal(t, time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), ref.MinTime)
			names := []string{chunk.RowsColumn, chunk.IndexColumn}
			for block, err := range h.stores.Collections.Blocks(t.Context(), h.tenant, artifact, names, []string{ref.ID}) {
				require.NoError(t, err)
				assert.Equal(t, len(rows) == len(alike), block.Column == chunk.IndexColumn)
			}
		}
		done, err = h.Upgrade(t.Context(), h.tenant)
		require.NoError(t, err)
		assert.Zero(t, done, "once is enough")
	}
}

func TestUpgradePacksColumnsOfEarlierVersions(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"chunk/testdata/version1.json", "chunk/testdata/version2.json"} {
		t.Run(file, func(t *testing.T) { testUpgradePacks(t, file) })
	}
}

func testUpgradePacks(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	var golden map[string]struct {
		Rows   []string
		Blocks map[string][]byte
	}
	require.NoError(t, json.Unmarshal(text, &golden))
	old := golden["odd"]
	var blocks []ingest.Block
	for column, data := range old.Blocks {
		blocks = append(blocks, ingest.Block{Column: column, Data: data})
	}
	require.NotEmpty(t, blocks)

	h := newHarness(t, ingest.Config{})
	report, err := h.over(t, olden{h.stores.Collections, blocks}, ingest.Config{}).Ingest(
		t.Context(), h.tenant, delivery{host: "pc1", artifact: "A", rows: old.Rows})
	require.NoError(t, err)
	assert.Equal(t, old.Rows, h.rows(t, report.Collections[0].Collection, "A"))
	done, err := h.Upgrade(t.Context(), h.tenant)
	require.NoError(t, err)
	assert.Equal(t, ingest.Upgraded{Chunks: 1, Rows: int64(len(old.Rows))}, done)
	assert.Equal(t, old.Rows, h.rows(t, report.Collections[0].Collection, "A"))
	for ref, err := range h.stores.Collections.Chunks(t.Context(), h.tenant, ingest.ChunkFilter{}) {
		require.NoError(t, err)
		for block, err := range h.stores.Collections.Blocks(
			t.Context(), h.tenant, "A", slices.Collect(maps.Keys(old.Blocks)), []string{ref.ID}) {
			require.NoError(t, err)
			assert.Equal(t, chunk.IndexColumn, block.Column)
		}
	}
	done, err = h.Upgrade(t.Context(), h.tenant)
	require.NoError(t, err)
	assert.Zero(t, done, "once is enough")
}

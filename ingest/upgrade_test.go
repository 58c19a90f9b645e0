package ingest_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/ingest/chunk"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// olden keeps one chunk of rows as all were kept before there were columns.
type olden struct {
	ingest.Store
	rows []string
}

func (o olden) AppendChunks(
	ctx context.Context, tenant tenancy.ID, stage string, chunks []ingest.Chunk, lease time.Time,
) error {
	for i := range chunks {
		data := []byte("\x01" + strings.Join(o.rows, "\n"))
		chunks[i].Blocks = []ingest.Block{{Column: chunk.RowsColumn, Data: data}}
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
		old := h.over(t, olden{h.stores.Collections, rows}, ingest.Config{})
		report, err := old.Ingest(t.Context(), h.tenant, delivery{host: "pc1", artifact: artifact, rows: rows})
		require.NoError(t, err)
		done, err := h.Upgrade(t.Context(), h.tenant)
		require.NoError(t, err)
		assert.Equal(t, ingest.Upgraded{Chunks: 1, Rows: int64(len(rows))}, done)

		assert.Equal(t, rows, h.rows(t, report.Collections[0].Collection, artifact))
		for ref, err := range h.stores.Collections.Chunks(t.Context(), h.tenant, ingest.ChunkFilter{}) {
			require.NoError(t, err)
			assert.Equal(t, time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), ref.MinTime)
			names := []string{chunk.RowsColumn, chunk.ColumnName("Pid")}
			for block, err := range h.stores.Collections.Blocks(t.Context(), h.tenant, artifact, names, []string{ref.ID}) {
				require.NoError(t, err)
				assert.Equal(t, len(rows) == len(alike), block.Column == chunk.ColumnName("Pid"))
			}
		}
		done, err = h.Upgrade(t.Context(), h.tenant)
		require.NoError(t, err)
		assert.Zero(t, done, "once is enough")
	}
}

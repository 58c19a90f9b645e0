package bunstore

import (
	"context"
	"iter"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// Limits of one statement: how many rows it names, and how many bytes of blocks it carries.
const (
	maxRows  = 1000
	maxBytes = 2 << 20
)

// statements cuts rows into those that one statement carries.
func statements[R any](rows []R, size func(R) int) iter.Seq[[]R] {
	return func(yield func([]R) bool) {
		for len(rows) > 0 {
			n, sum := 1, size(rows[0])
			for n < min(len(rows), maxRows) && sum+size(rows[n]) <= maxBytes {
				sum += size(rows[n])
				n++
			}
			if !yield(rows[:n]) {
				return
			}
			rows = rows[n:]
		}
	}
}

// chunkRow is a chunk without its blocks. It does not refer to its result, which comes later, nor to its tenant, which
// its stage refers to.
type chunkRow struct {
	bun.BaseModel `bun:"table:vc_chunks,alias:c"`
	owned
	chunkHeader
	// StageID is the stage that the chunk came in. It stays when the stage is closed.
	StageID string
	// Columns are the names of the blocks, as JSON of their bytes, so that they are found when the chunk is removed.
	Columns []byte
}

// chunkHeader is ingest.ChunkHeader in columns.
type chunkHeader struct {
	ID       string `bun:"id,pk"`
	ResultID string
	Artifact string
	FirstRow int64
	RowCount int
	RawBytes int64
	// MinTime and MaxTime are in microseconds since 1970: they come from rows, where anything can be.
	MinTime *int64
	MaxTime *int64
}

func newChunkRow(stageID string, c ingest.Chunk) (chunkRow, error) {
	columns := make([][]byte, len(c.Blocks))
	for i, b := range c.Blocks {
		columns[i] = []byte(b.Column)
	}
	names, err := encode(columns)
	return chunkRow{
		chunkHeader: chunkHeader{
			ID: c.ID, ResultID: c.ResultID, Artifact: c.Artifact, FirstRow: c.FirstRow, RowCount: c.Rows,
			RawBytes: c.RawBytes, MinTime: micros(c.MinTime), MaxTime: micros(c.MaxTime),
		},
		StageID: stageID,
		Columns: names,
	}, err
}

// micros returns a time in microseconds since 1970, or nil for the zero time.
func micros(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	n := t.UnixMicro()
	return &n
}

func fromMicros(n *int64) time.Time {
	if n == nil {
		return time.Time{}
	}
	return time.UnixMicro(*n).UTC()
}

// addChunks adds chunks with their blocks.
func addChunks(ctx context.Context, tx scopedTx, stageID string, chunks []ingest.Chunk) error {
	rows := make([]chunkRow, len(chunks))
	for i, c := range chunks {
		var err error
		if rows[i], err = newChunkRow(stageID, c); err != nil {
			return err
		}
	}
	for part := range slices.Chunk(rows, maxRows) {
		if _, err := insert(tx, part...).Exec(ctx); err != nil {
			return err
		}
	}
	return addBlocks(ctx, tx, chunks)
}

// removeChunks removes the chunks of results, of those for which the condition holds, with their blocks.
func removeChunks(ctx context.Context, tx scopedTx, results []string, of condition) error {
	for part := range slices.Chunk(results, maxRows) {
		var headers []chunkRow
		err := tx.remove((*chunkRow)(nil), hasIDIn("result_id", part), of).
			Returning("id, artifact, columns").Scan(ctx, &headers)
		if err != nil {
			return err
		}
		if err := removeBlocks(ctx, tx, headers); err != nil {
			return err
		}
	}
	return nil
}

// ReplaceBlocks changes the chunk first, so that whoever removes or replaces it meanwhile waits and then sees its blocks.
func (s collectionStore) ReplaceBlocks(ctx context.Context, tenant tenancy.ID, c ingest.Chunk) error {
	row, err := newChunkRow("", c)
	if err != nil {
		return err
	}
	return s.write(ctx, tenant, func(tx scopedTx) error {
		before := []chunkRow{}
		this := []condition{hasIDIn("c.id", []string{c.ID}), is("c.artifact", c.Artifact)}
		if err := tx.find(&before, this...).ColumnExpr("?TableColumns").Join(visible).Scan(ctx); err != nil {
			return err
		}
		if len(before) == 0 {
			return ingest.ErrNotFound
		}
		changed, err := affected(tx.update((*chunkRow)(nil), append(this, where("c.columns = ?", before[0].Columns))...).
			Set("min_time = ?", row.MinTime).Set("max_time = ?", row.MaxTime).Set("columns = ?", row.Columns).Exec(ctx))
		if err != nil {
			return err
		}
		if changed == 0 {
			return ingest.ErrNotFound
		}
		if err := removeBlocks(ctx, tx, before); err != nil {
			return err
		}
		if err := addBlocks(ctx, tx, []ingest.Chunk{c}); err != nil {
			return err
		}
		return revise(ctx, tx)
	})
}

// visible joins a table that has result ids to the results that a commit has named.
const visible = "JOIN vc_results AS r ON r.tenant_id = c.tenant_id AND r.id = c.result_id"

func (s collectionStore) Chunks(
	ctx context.Context, tenant tenancy.ID, f ingest.ChunkFilter,
) iter.Seq2[ingest.ChunkRef, error] {
	return func(yield func(ingest.ChunkRef, error) bool) {
		refs, err := s.chunkRefs(ctx, tenant, f)
		if err != nil {
			yield(ingest.ChunkRef{}, err)
			return
		}
		for _, ref := range refs {
			if err := ctx.Err(); err != nil {
				yield(ingest.ChunkRef{}, err)
				return
			}
			if !yield(ref.entity(), nil) {
				return
			}
		}
	}
}

// chunkRefRow is a visible chunk, and whose it is.
type chunkRefRow struct {
	bun.BaseModel `bun:"table:vc_chunks,alias:c"`
	owned
	chunkHeader
	CollectionID string    `bun:",scanonly"`
	HostID       string    `bun:",scanonly"`
	FlowID       string    `bun:",scanonly"`
	HuntID       string    `bun:",scanonly"`
	CollectedAt  time.Time `bun:",scanonly"`
}

func (r chunkRefRow) entity() ingest.ChunkRef {
	return ingest.ChunkRef{
		ChunkHeader: ingest.ChunkHeader{
			ID: r.ID, ResultID: r.ResultID, Artifact: r.Artifact, FirstRow: r.FirstRow, Rows: r.RowCount,
			RawBytes: r.RawBytes, MinTime: fromMicros(r.MinTime), MaxTime: fromMicros(r.MaxTime),
		},
		CollectionID: r.CollectionID,
		HostID:       r.HostID,
		FlowID:       r.FlowID,
		HuntID:       r.HuntID,
		CollectedAt:  kept(r.CollectedAt),
	}
}

func (s collectionStore) chunkRefs(ctx context.Context, tenant tenancy.ID, f ingest.ChunkFilter) (refs []chunkRefRow, err error) {
	later := condition{}
	if f.FromRow > 0 {
		later = where("c.first_row + c.row_count > ?", f.FromRow)
	}
	artifacts := where("r.artifact != ?", ingest.Uploads)
	if len(f.Artifacts) > 0 {
		artifacts = in("r.artifact", f.Artifacts)
	}
	collections := condition{}
	if len(f.CollectionIDs) > 0 {
		collections = hasIDIn("co.id", f.CollectionIDs)
	}
	err = s.read(ctx, tenant, func(tx scopedTx) error {
		return tx.find(&refs, artifacts, collections, matchesAny("co.host_id", f.HostIDs),
			matchesAny("co.hunt_id", f.HuntIDs), later).
			ColumnExpr("?TableColumns, r.collection_id, co.host_id, co.flow_id, co.hunt_id, co.collected_at").
			Join(visible).
			Join("JOIN vc_collections AS co ON co.tenant_id = r.tenant_id AND co.id = r.collection_id").
			OrderExpr("r.artifact, r.id, c.first_row").Scan(ctx)
	})
	return refs, err
}

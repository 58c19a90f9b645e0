package bunstore

import (
	"bytes"
	"context"
	"iter"
	"maps"
	"slices"

	"github.com/uptrace/bun"

	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// blockRow is a part of a block, of at most maxBytes: the text of a statement and the answer to a query take a multiple
// of it in memory. Names of columns are bytes: they come from rows and may hold NUL.
type blockRow struct {
	bun.BaseModel `bun:"table:vc_blocks,alias:b"`
	owned
	Artifact string `bun:"artifact,pk"`
	Column   []byte `bun:"col,pk"`
	ChunkID  string `bun:"chunk_id,pk"`
	Part     int    `bun:"part,pk"`
	Data     []byte
}

// addBlocks adds the blocks of chunks, one column after the other, so that those that are read together lie together.
func addBlocks(ctx context.Context, tx scopedTx, chunks []ingest.Chunk) error {
	var all []blockRow
	for _, c := range chunks {
		for _, b := range c.Blocks {
			for i, data := range parts(b.Data) {
				all = append(all, blockRow{
					Artifact: c.Artifact, Column: notNull(b.Column), ChunkID: c.ID, Part: i, Data: notNull(data),
				})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b blockRow) int { return bytes.Compare(a.Column, b.Column) })
	for part := range statements(all, func(b blockRow) int { return len(b.Data) }) {
		if _, err := insert(tx, part...).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// parts cuts the data of a block. An empty block has one part, too.
func parts(data []byte) [][]byte {
	if len(data) == 0 {
		return [][]byte{nil}
	}
	return slices.Collect(slices.Chunk(data, maxBytes))
}

// notNull returns bytes that are not NULL when they are empty.
func notNull[B ~string | ~[]byte](b B) []byte {
	if len(b) == 0 {
		return []byte{}
	}
	return []byte(b)
}

// removeBlocks names the columns of the blocks, because their key has the column before the chunk.
func removeBlocks(ctx context.Context, tx scopedTx, headers []chunkRow) error {
	byArtifact := make(map[string][]chunkRow)
	for _, h := range headers {
		byArtifact[h.Artifact] = append(byArtifact[h.Artifact], h)
	}
	for artifact, headers := range byArtifact {
		for part := range slices.Chunk(headers, maxRows) {
			ids := make([]string, len(part))
			columns := make(map[string]bool)
			for i, h := range part {
				ids[i] = h.ID
				names, err := decode[[][]byte](h.Columns)
				if err != nil {
					return err
				}
				for _, name := range names {
					columns[string(name)] = true
				}
			}
			_, err := tx.remove((*blockRow)(nil), blocksOf(artifact, slices.Sorted(maps.Keys(columns)), ids)...).Exec(ctx)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// blocksOf holds for the named columns of the named chunks. It says between which ids these are as well, so that a
// database that takes no advantage of the list still looks at no more of the column than that.
func blocksOf(artifact string, columns, chunkIDs []string) []condition {
	chunkIDs = slices.DeleteFunc(slices.Clone(chunkIDs), func(id string) bool { return !isID(id) })
	if len(columns) == 0 || len(chunkIDs) == 0 {
		return []condition{never}
	}
	names := make([][]byte, len(columns))
	for i, column := range columns {
		names[i] = notNull(column)
	}
	return []condition{
		is("b.artifact", artifact),
		where("b.col IN (?)", bun.List(names)),
		where("b.chunk_id BETWEEN ? AND ?", slices.Min(chunkIDs), slices.Max(chunkIDs)),
		hasIDIn("b.chunk_id", chunkIDs),
	}
}

// maxArms bounds the parts of one query.
const maxArms = 100

// findBlocks selects the named columns of the named chunks from a part of the query for each column: a database that
// knows nothing yet of a table it has just filled takes a list of columns for a reason to look through all of the
// artifact's.
func findBlocks(tx scopedTx, into any, artifact string, columns, chunkIDs []string) *bun.SelectQuery {
	if len(columns) == 0 {
		return tx.find(into, never)
	}
	var parts [][]condition
	for some := range slices.Chunk(columns, (len(columns)+maxArms-1)/maxArms) {
		parts = append(parts, blocksOf(artifact, some, chunkIDs))
	}
	return tx.findParts(into, (*blockRow)(nil), parts)
}

// Blocks first finds out what there is, and reads it in parts as large as maxBytes, so that neither memory nor a
// connection is held while the caller works.
func (s collectionStore) Blocks(
	ctx context.Context, tenant tenancy.ID, artifact string, columns, chunkIDs []string,
) iter.Seq2[ingest.ChunkBlock, error] {
	return func(yield func(ingest.ChunkBlock, error) bool) {
		var sizes []chunkSize
		for first := true; first || len(sizes) > 0; first = false {
			var blocks []blockRow
			err := s.read(ctx, tenant, func(tx scopedTx) (err error) {
				if first {
					sizes, err = blockSizes(ctx, tx, artifact, columns, chunkIDs)
				}
				if err == nil && len(sizes) > 0 {
					blocks, sizes, err = readBlocks(ctx, tx, artifact, columns, sizes)
				}
				return err
			})
			if err != nil {
				yield(ingest.ChunkBlock{}, err)
				return
			}
			if !yieldBlocks(ctx, blocks, yield) {
				return
			}
		}
	}
}

func yieldBlocks(ctx context.Context, blocks []blockRow, yield func(ingest.ChunkBlock, error) bool) bool {
	for _, b := range blocks {
		if err := ctx.Err(); err != nil {
			yield(ingest.ChunkBlock{}, err)
			return false
		}
		block := ingest.Block{Column: string(b.Column), Data: b.Data}
		if !yield(ingest.ChunkBlock{ChunkID: b.ChunkID, Block: block}, nil) {
			return false
		}
	}
	return true
}

// chunkSize is how much of a chunk there is to read.
type chunkSize struct {
	ChunkID string
	Parts   int
	Bytes   int
}

// blockSizes says which of the chunks are visible and have such columns.
func blockSizes(
	ctx context.Context, tx scopedTx, artifact string, columns, chunkIDs []string,
) (sizes []chunkSize, err error) {
	ids := slices.Compact(slices.Sorted(slices.Values(chunkIDs)))
	for part := range slices.Chunk(ids, maxRows) {
		var found []chunkSize
		err := findBlocks(tx, (*blockRow)(nil), artifact, columns, part).
			ColumnExpr("b.chunk_id, count(*) AS parts, sum(length(b.data)) AS bytes").
			Join("JOIN vc_chunks AS c ON c.tenant_id = b.tenant_id AND c.id = b.chunk_id").
			Join(visible).
			GroupExpr("b.chunk_id").OrderExpr("b.chunk_id").Scan(ctx, &found)
		if err != nil {
			return nil, err
		}
		sizes = append(sizes, found...)
	}
	return sizes, nil
}

// readBlocks reads the blocks of the first chunks, at least of one, with the parts of each joined, and returns the
// chunks that are left.
func readBlocks(
	ctx context.Context, tx scopedTx, artifact string, columns []string, chunks []chunkSize,
) (blocks []blockRow, left []chunkSize, err error) {
	var ids []string
	expected, size := 0, 0
	for _, c := range chunks {
		if len(ids) == maxRows || (len(ids) > 0 && size+c.Bytes > maxBytes) {
			break
		}
		ids = append(ids, c.ChunkID)
		expected += c.Parts
		size += c.Bytes
	}
	err = findBlocks(tx, &blocks, artifact, columns, ids).
		Column("chunk_id", "col", "part", "data").OrderExpr("b.chunk_id, b.col, b.part").Scan(ctx)
	if err == nil && len(blocks) != expected {
		err = ingest.ErrReplaced // rather than its first chunks but not the others
	}
	if err != nil {
		return nil, nil, err
	}
	return joined(blocks), chunks[len(ids):], nil
}

// joined puts the parts of each block together.
func joined(parts []blockRow) (blocks []blockRow) {
	for _, p := range parts {
		if p.Part == 0 {
			blocks = append(blocks, p)
			continue
		}
		whole := &blocks[len(blocks)-1]
		whole.Data = append(whole.Data, p.Data...)
	}
	return blocks
}

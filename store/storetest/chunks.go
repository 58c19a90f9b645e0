package storetest

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

func testChunks(s suite) {
	testReadChunks(s)
	testChunkFilter(s)
	testUploadChunks(s)
	testReadBlocks(s)
	testBlockData(s)
	testReplaceBlocks(s)
	testRevision(s)
	testManyChunks(s)
	testIterators(s)
}

// refOf is what is told of a chunk of a collection.
func refOf(chunk ingest.Chunk, c ingest.Collection) ingest.ChunkRef {
	return ingest.ChunkRef{
		ChunkHeader: chunk.ChunkHeader, CollectionID: c.ID, HostID: c.HostID,
		FlowID: c.FlowID, HuntID: c.HuntID, CollectedAt: c.CollectedAt,
	}
}

func testReadChunks(s suite) {
	s.holds("Chunks yields headers as they were appended, and whose they are", func(t *testing.T, w world) {
		r := newResult("A/"+hostile, 2)
		full := ingest.Chunk{ChunkHeader: ingest.ChunkHeader{
			ID: newID(), ResultID: r.ID, Artifact: r.Artifact, FirstRow: 0, Rows: 4096, RawBytes: 1 << 40,
			MinTime: time.Date(1601, 1, 1, 0, 0, 0, 789, time.UTC),
			MaxTime: time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC),
		}}
		timeless := ingest.Chunk{ChunkHeader: ingest.ChunkHeader{
			ID: newID(), ResultID: r.ID, Artifact: r.Artifact, FirstRow: 4096, Rows: 1, RawBytes: 2,
		}}
		c := newCollection("key", r)
		c.HuntID = "H.1"
		w.ingest(t, w.a, c, full, timeless)
		full.MinTime, full.MaxTime = full.MinTime.Truncate(time.Microsecond), full.MaxTime.Truncate(time.Microsecond)

		assert.Equal(t, []ingest.ChunkRef{
			refOf(full, c), refOf(timeless, c),
		}, all(t, w.Collections.Chunks(w.ctx, w.a, ingest.ChunkFilter{})))
		assert.Empty(t, w.chunkIDs(t, w.b, ingest.ChunkFilter{}), "another tenant")
	})
	s.holds("Chunks that a later delivery left alone name the collection that is kept", func(t *testing.T, w world) {
		r := newResult("A", 1)
		c := newCollection("key", r)
		w.ingest(t, w.a, c, newChunk(r, 0, "row"))
		late := newResult("B", 1)
		w.ingest(t, w.a, newCollection("key", late), newChunk(late, 0, "late"))

		refs := all(t, w.Collections.Chunks(w.ctx, w.a, ingest.ChunkFilter{}))
		require.Len(t, refs, 2)
		for _, ref := range refs {
			assert.Equal(t, c.ID, ref.CollectionID)
			assert.Equal(t, c.HostID, ref.HostID)
		}
	})
	s.holds("Chunks yields in the order of artifact, result id, and first row", func(t *testing.T, w world) {
		ids := newIDs(4)
		var want []string
		var chunks []ingest.Chunk
		var collections []ingest.Collection
		for i, artifact := range []string{"B", "B", "a", "ä"} {
			r := newResult(artifact, 12)
			r.ID = ids[3-i]
			if artifact == "B" {
				r.ID = ids[2+i]
			}
			collections = append(collections, newCollection(r.ID, r))
			for _, row := range []int64{0, 9, 10} {
				chunks = append(chunks, newChunk(r, row, "x"))
				want = append(want, chunks[len(chunks)-1].ID)
			}
		}
		slices.Reverse(chunks)
		slices.Reverse(collections)
		_, err := w.Collections.CommitStage(w.ctx, w.a, w.stage(t, w.a, chunks...), Ready(collections...))
		require.NoError(t, err)

		assert.Equal(t, want, w.chunkIDs(t, w.a, ingest.ChunkFilter{}))
	})
}

func testChunkFilter(s suite) {
	s.holds("The fields of a chunk filter select chunks, and hold together", func(t *testing.T, w world) {
		shared := newID()
		collection := func(hostID, huntID string) ingest.Collection {
			c := newCollection(newID(), newResult("A", 2), newResult("B", 1))
			c.HostID, c.HuntID = hostID, huntID
			return c
		}
		first, second, third := collection(shared, "H.1"), collection(newID(), "H.1"), collection(shared, "")
		var names = make(map[string]string)
		for name, c := range map[string]ingest.Collection{"1": first, "2": second, "3": third} {
			a0, a1, b0 := newChunk(c.Results[0], 0, "x"), newChunk(c.Results[0], 1, "x"), newChunk(c.Results[1], 0, "x")
			names[a0.ID], names[a1.ID], names[b0.ID] = name+"A0", name+"A1", name+"B0"
			w.ingest(t, w.a, c, a0, a1, b0)
		}
		for _, rule := range []struct {
			filter ingest.ChunkFilter
			want   string
		}{
			{ingest.ChunkFilter{}, "1A0 1A1 1B0 2A0 2A1 2B0 3A0 3A1 3B0"},
			{ingest.ChunkFilter{Artifacts: []string{"B"}}, "1B0 2B0 3B0"},
			{ingest.ChunkFilter{Artifacts: []string{"B", "A", "C"}}, "1A0 1A1 1B0 2A0 2A1 2B0 3A0 3A1 3B0"},
			{ingest.ChunkFilter{Artifacts: []string{"a", "%", ""}}, ""},
			{ingest.ChunkFilter{CollectionIDs: []string{first.ID, third.ID}}, "1A0 1A1 1B0 3A0 3A1 3B0"},
			{ingest.ChunkFilter{CollectionIDs: []string{newID()}}, ""},
			{ingest.ChunkFilter{HostIDs: []string{shared}}, "1A0 1A1 1B0 3A0 3A1 3B0"},
			{ingest.ChunkFilter{HuntIDs: []string{"H.1", "H.2"}}, "1A0 1A1 1B0 2A0 2A1 2B0"},
			{ingest.ChunkFilter{FromRow: 1}, "1A1 2A1 3A1"},
			{ingest.ChunkFilter{FromRow: 2}, ""},
			{ingest.ChunkFilter{Artifacts: []string{"A"}, HostIDs: []string{shared}, HuntIDs: []string{"H.1"}, FromRow: 1}, "1A1"},
		} {
			var got []string
			for _, id := range w.chunkIDs(t, w.a, rule.filter) {
				got = append(got, names[id])
			}
			slices.Sort(got)
			assert.Equal(t, rule.want, strings.Join(got, " "), "%+v", rule.filter)
			assert.Empty(t, w.chunkIDs(t, w.b, rule.filter), "another tenant with the same filter")
		}
	})
	s.holds("FromRow keeps the chunk that the place lies in", func(t *testing.T, w world) {
		r := newResult("A", 20)
		first, second := newChunk(r, 0, "x"), newChunk(r, 10, "x")
		first.Rows, second.Rows = 10, 10
		w.ingest(t, w.a, newCollection("key", r), first, second)
		for from, want := range map[int64][]string{
			0: {first.ID, second.ID}, 9: {first.ID, second.ID}, 10: {second.ID}, 19: {second.ID}, 20: nil,
		} {
			assert.Equal(t, want, w.chunkIDs(t, w.a, ingest.ChunkFilter{FromRow: from}), from)
		}
	})
}

// newBlocks returns a chunk with a block for each column, whose data is the name of the column.
func newBlocks(r ingest.Result, firstRow int64, columns ...string) ingest.Chunk {
	chunk := newChunk(r, firstRow, "")
	chunk.Blocks = nil
	for _, column := range columns {
		chunk.Blocks = append(chunk.Blocks, ingest.Block{Column: column, Data: []byte(column)})
	}
	return chunk
}

func testUploadChunks(s suite) {
	s.holds("Chunks yields those of uploaded files only where they are named", func(t *testing.T, w world) {
		rows, uploads := newResult("A", 1), newResult(ingest.Uploads, 1)
		row, upload := newChunk(rows, 0, "row"), newChunk(uploads, 0, "upload")
		c := newCollection("key", rows, uploads)
		w.ingest(t, w.a, c, row, upload)

		assert.Equal(t, []string{row.ID}, w.chunkIDs(t, w.a, ingest.ChunkFilter{}))
		assert.Equal(t, []string{row.ID}, w.chunkIDs(t, w.a, ingest.ChunkFilter{CollectionIDs: []string{c.ID}}))
		assert.Equal(t, []string{upload.ID}, w.chunkIDs(t, w.a, ingest.ChunkFilter{Artifacts: []string{ingest.Uploads}}))
		assert.Equal(t, []string{row.ID, upload.ID}, w.chunkIDs(t, w.a, ingest.ChunkFilter{Artifacts: []string{"A", ingest.Uploads}}))
	})
}

func testReadBlocks(s suite) {
	s.holds("Blocks yields what is named, in the order of chunk ids and then of columns", func(t *testing.T, w world) {
		long := strings.Repeat("Field.", 160)
		r := newResult("A", 3)
		first := newBlocks(r, 0, "b", "ä", "B", "not asked for", "", "a", hostile, long)
		second := newBlocks(r, 1, "b")
		third := newBlocks(r, 2, "a", "B")
		w.ingest(t, w.a, newCollection("key", r), third, first, second)

		columns := []string{"ä", "b", "no chunk has it", "a", "B", "", long, hostile}
		var got []string
		for _, block := range all(t, w.Collections.Blocks(w.ctx, w.a, "A", columns, []string{third.ID, newID(), first.ID})) {
			require.Equal(t, block.Column, string(block.Data))
			got = append(got, block.ChunkID+" "+block.Column)
		}
		sorted := []string{"", "B", long, hostile, "a", "b", "ä"}
		slices.Sort(sorted)
		var want []string
		for _, column := range sorted {
			want = append(want, first.ID+" "+column)
		}
		assert.Equal(t, append(want, third.ID+" B", third.ID+" a"), got)
	})
	s.holds("Blocks passes over chunks of other artifacts and tenants, and staged ones", func(t *testing.T, w world) {
		a, b, staged := newResult("A", 1), newResult("B", 1), newResult("A", 2)
		asked, other := newChunk(a, 0, "asked"), newChunk(b, 0, "x")
		foreign, hidden := newChunk(a, 0, "x"), newChunk(staged, 0, "x")
		w.ingest(t, w.a, newCollection("key", a, b), asked, other)
		w.ingest(t, w.b, newCollection("key", a), foreign)
		w.stage(t, w.a, hidden)

		ids := []string{asked.ID, other.ID, foreign.ID, hidden.ID, "not an id"}
		assert.Equal(t, []string{"asked"}, w.data(t, w.a, "A", ids...))
		assert.Equal(t, []string{"x"}, w.data(t, w.b, "A", ids...))
	})
	s.holds("Blocks of no chunks or no columns are none", func(t *testing.T, w world) {
		r := newResult("A", 1)
		chunk := newChunk(r, 0, "row")
		w.ingest(t, w.a, newCollection("key", r), chunk)
		assert.Empty(t, all(t, w.Collections.Blocks(w.ctx, w.a, "A", []string{"x"}, nil)))
		assert.Empty(t, all(t, w.Collections.Blocks(w.ctx, w.a, "A", nil, []string{chunk.ID})))
		assert.Equal(t, []string{"row"}, w.data(t, w.a, "A", chunk.ID))
	})
}

func testBlockData(s suite) {
	s.holds("Blocks gives back arbitrary bytes, from none to 8 MiB, to keep", func(t *testing.T, w world) {
		every := make([]byte, 256)
		for i := range every {
			every[i] = byte(i)
		}
		large := make([]byte, 8<<20)
		_, _ = rand.NewChaCha8([32]byte{1}).Read(large)
		want := map[string][]byte{"empty": {}, "nil": nil, "NUL": {0}, "text": []byte(hostile), "bytes": every, "large": large}
		r := newResult("A", 1)
		chunk := newBlocks(r, 0)
		var columns []string
		for column, data := range want {
			columns = append(columns, column)
			chunk.Blocks = append(chunk.Blocks, ingest.Block{Column: column, Data: bytes.Clone(data)})
		}
		w.ingest(t, w.a, newCollection("key", r), chunk)

		for range 2 { // what the first reader does to its data is its own affair
			blocks := all(t, w.Collections.Blocks(w.ctx, w.a, "A", columns, []string{chunk.ID}))
			require.Len(t, blocks, len(want))
			for _, block := range blocks {
				require.True(t, bytes.Equal(want[block.Column], block.Data), block.Column)
			}
			for _, block := range blocks {
				clear(block.Data)
			}
		}
	})
	s.holds("AppendChunks takes many blocks that are large together", func(t *testing.T, w world) {
		r := newResult("A", 24)
		data := make([]byte, 1<<20)
		_, _ = rand.NewChaCha8([32]byte{2}).Read(data)
		var chunks []ingest.Chunk
		var ids []string
		for i := range 24 {
			chunk := newChunk(r, int64(i), "")
			chunk.Blocks[0].Data = data
			chunks, ids = append(chunks, chunk), append(ids, chunk.ID)
		}
		w.ingest(t, w.a, newCollection("key", r), chunks...)

		n := 0
		for block, err := range w.Collections.Blocks(w.ctx, w.a, "A", []string{"x"}, ids) {
			require.NoError(t, err)
			require.Equal(t, ids[n], block.ChunkID)
			require.True(t, bytes.Equal(data, block.Data))
			n++
		}
		assert.Equal(t, len(ids), n)
	})
}

func testManyChunks(s suite) {
	s.holds("Thousands of chunks are listed and read in one call each", func(t *testing.T, w world) {
		const n = 3000
		r := newResult("A", n)
		chunks, ids := make([]ingest.Chunk, n), make([]string, n)
		for i := range chunks {
			chunks[i] = newBlocks(r, int64(i), "x", "y")
			ids[i] = chunks[i].ID
		}
		stage := w.stage(t, w.a)
		for batch := range slices.Chunk(chunks, 1000) {
			require.NoError(t, w.Collections.AppendChunks(w.ctx, w.a, stage, batch, at(10)))
		}
		c := newCollection("key", r)
		_, err := w.Collections.CommitStage(w.ctx, w.a, stage, Ready(c))
		require.NoError(t, err)

		assert.Equal(t, ids, w.chunkIDs(t, w.a, ingest.ChunkFilter{}))
		filler := newIDs(n)
		assert.Equal(t, ids, w.chunkIDs(t, w.a, ingest.ChunkFilter{CollectionIDs: append(filler, c.ID)}))
		asked := append(newIDs(10), ids...)
		rand.Shuffle(len(asked), func(i, j int) { asked[i], asked[j] = asked[j], asked[i] })
		var want, got []string
		for _, id := range ids {
			want = append(want, id+" x", id+" y")
		}
		for _, block := range all(t, w.Collections.Blocks(w.ctx, w.a, "A", []string{"y", "x"}, asked)) {
			got = append(got, block.ChunkID+" "+block.Column)
		}
		assert.Equal(t, want, got)
	})
}

func testIterators(s suite) {
	testIterator(s, "Chunks", chunksOf)
	testIteratorUse(s, "Chunks", chunksOf)
	testIterator(s, "Blocks", blocksOf)
	testIteratorUse(s, "Blocks", blocksOf)
}

// iterator is a method that yields the chunks with these ids, which are all there are, or a block of each.
type iterator[V any] func(ctx context.Context, w world, tenant tenancy.ID, ids []string) iter.Seq2[V, error]

func chunksOf(ctx context.Context, w world, tenant tenancy.ID, _ []string) iter.Seq2[ingest.ChunkRef, error] {
	return w.Collections.Chunks(ctx, tenant, ingest.ChunkFilter{})
}

func blocksOf(ctx context.Context, w world, tenant tenancy.ID, ids []string) iter.Seq2[ingest.ChunkBlock, error] {
	return w.Collections.Blocks(ctx, tenant, "A", []string{"x"}, ids)
}

// fill keeps one collection with a hundred chunks of artifact "A" and returns their ids.
func (w world) fill(t *testing.T) []string {
	t.Helper()
	r := newResult("A", 100)
	chunks, ids := make([]ingest.Chunk, 100), make([]string, 100)
	for i := range chunks {
		chunks[i] = newChunk(r, int64(i), "row")
		ids[i] = chunks[i].ID
	}
	w.ingest(t, w.a, newCollection("key", r), chunks...)
	return ids
}

func testIterator[V any](s suite, name string, method iterator[V]) {
	s.holds(name+" yields an error once, with a zero value", func(t *testing.T, w world) {
		ids := w.fill(t)
		n := 0
		for v, err := range method(w.ctx, w, tenancy.ID{}, ids) {
			require.ErrorIs(t, err, tenancy.ErrNoTenant)
			assert.Zero(t, v)
			n++
		}
		assert.Equal(t, 1, n)
	})
	s.holds(name+" stops with the context's error when the context ends", func(t *testing.T, w world) {
		ids := w.fill(t)
		ctx, cancel := context.WithCancel(w.ctx)
		defer cancel()
		values, errors := 0, 0
		for v, err := range method(ctx, w, w.a, ids) {
			if err == nil {
				values++
				cancel()
				continue
			}
			require.ErrorIs(t, err, context.Canceled)
			assert.Zero(t, v)
			errors++
		}
		assert.Equal(t, 1, values, "none after the context has ended")
		assert.Equal(t, 1, errors)
		for _, err := range method(ctx, w, w.a, ids) {
			require.ErrorIs(t, err, context.Canceled)
		}
	})
	s.holds("Breaking off a loop over "+name+" releases what it holds", func(t *testing.T, w world) {
		ids := w.fill(t)
		for range 30 { // more often than a backend has connections
			for _, err := range method(w.ctx, w, w.a, ids) {
				require.NoError(t, err)
				break
			}
		}
		assert.True(t, w.ingest(t, w.a, newCollection("another", newResult("A", 1))).Changed)
	})
}

func testIteratorUse[V any](s suite, name string, method iterator[V]) {
	s.holds("The body of a loop over "+name+" may call the store, to write too", func(t *testing.T, w world) {
		ids := w.fill(t)
		n := 0
		for _, err := range method(w.ctx, w, w.a, ids) {
			require.NoError(t, err)
			if n++; n > 3 {
				continue
			}
			require.Len(t, w.data(t, w.a, "A", ids...), len(ids))
			require.Len(t, w.chunkIDs(t, w.a, ingest.ChunkFilter{}), len(ids))
			w.stage(t, w.a, newChunk(newResult("A", 1), 0, "staged"))
		}
		assert.Equal(t, len(ids), n)
	})
	s.holds(name+" can be ranged over twice, and by several readers at once", func(t *testing.T, w world) {
		ids := w.fill(t)
		seq := method(w.ctx, w, w.a, ids)
		errs := race(8, func(int) error {
			n := 0
			for _, err := range seq {
				if err != nil {
					return err
				}
				n++
			}
			if n != len(ids) {
				return fmt.Errorf("yielded %d of %d", n, len(ids))
			}
			return nil
		})
		assert.Len(t, succeeded(errs), len(errs), errs)
		assert.Len(t, all(t, seq), len(ids))
	})
}

func testReplaceBlocks(s suite) {
	s.holds("ReplaceBlocks changes the blocks and the times of a chunk and nothing else", func(t *testing.T, w world) {
		r := newResult("A", 2)
		chunk, other := newChunk(r, 0, "old"), newChunk(r, 1, "other")
		w.ingest(t, w.a, newCollection("key", r), chunk, other)
		before := all(t, w.Collections.Chunks(w.ctx, w.a, ingest.ChunkFilter{}))
		change := ingest.Chunk{
			ChunkHeader: ingest.ChunkHeader{ID: chunk.ID, Artifact: "A", MinTime: at(3), MaxTime: at(4), Rows: 99},
			Blocks:      []ingest.Block{{Column: "y", Data: []byte("new")}, {Column: "z", Data: bytes.Repeat([]byte("z"), 5<<20)}},
		}
		require.NoError(t, w.Collections.ReplaceBlocks(w.ctx, w.a, change))

		before[0].MinTime, before[0].MaxTime = at(3), at(4)
		assert.Equal(t, before, all(t, w.Collections.Chunks(w.ctx, w.a, ingest.ChunkFilter{})))
		blocks := all(t, w.Collections.Blocks(w.ctx, w.a, "A", []string{"x", "y", "z"}, []string{chunk.ID, other.ID}))
		require.Len(t, blocks, 3)
		assert.Equal(t, ingest.ChunkBlock{ChunkID: chunk.ID, Block: change.Blocks[0]}, blocks[0])
		assert.True(t, bytes.Equal(change.Blocks[1].Data, blocks[1].Data))
		assert.Equal(t, ingest.ChunkBlock{ChunkID: other.ID, Block: other.Blocks[0]}, blocks[2])
	})
	s.holds("ReplaceBlocks is ErrNotFound, and changes nothing, where no such chunk is visible", func(t *testing.T, w world) {
		r, staged := newResult("A", 1), newResult("A", 1)
		chunk, hidden := newChunk(r, 0, "old"), newChunk(staged, 0, "staged")
		w.ingest(t, w.a, newCollection("key", r), chunk)
		stage := w.stage(t, w.a, hidden)
		replace := func(tenant tenancy.ID, id, artifact string) error {
			return w.Collections.ReplaceBlocks(w.ctx, tenant, ingest.Chunk{
				ChunkHeader: ingest.ChunkHeader{ID: id, Artifact: artifact}, Blocks: []ingest.Block{{Column: "x", Data: []byte("new")}},
			})
		}
		require.ErrorIs(t, replace(w.a, newID(), "A"), ingest.ErrNotFound)
		require.ErrorIs(t, replace(w.a, hostile, "A"), ingest.ErrNotFound)
		require.ErrorIs(t, replace(w.a, hidden.ID, "A"), ingest.ErrNotFound)
		require.ErrorIs(t, replace(w.a, chunk.ID, "B"), ingest.ErrNotFound)
		require.ErrorIs(t, replace(w.b, chunk.ID, "A"), ingest.ErrNotFound)

		_, err := w.Collections.CommitStage(w.ctx, w.a, stage, Ready(newCollection("other", staged)))
		require.NoError(t, err)
		for _, c := range []ingest.Chunk{chunk, hidden} {
			blocks := all(t, w.Collections.Blocks(w.ctx, w.a, "A", []string{"x"}, []string{c.ID}))
			assert.Equal(t, []ingest.ChunkBlock{{ChunkID: c.ID, Block: c.Blocks[0]}}, blocks)
		}
	})
	s.holds("A chunk whose blocks were replaced goes with its result", func(t *testing.T, w world) {
		r, longer := newResult("A", 1), newResult("A", 2)
		chunk := newChunk(r, 0, "old")
		w.ingest(t, w.a, newCollection("key", r), chunk)
		change := ingest.Chunk{ChunkHeader: chunk.ChunkHeader, Blocks: []ingest.Block{{Column: "y", Data: []byte("new")}}}
		require.NoError(t, w.Collections.ReplaceBlocks(w.ctx, w.a, change))
		w.ingest(t, w.a, newCollection("key", longer), newChunk(longer, 0, "x"))
		w.requireFree(t, change)
	})
}

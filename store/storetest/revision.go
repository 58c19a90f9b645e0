package storetest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

func testRevision(s suite) {
	revision := func(t *testing.T, w world, tenant tenancy.ID) string {
		t.Helper()
		found, err := w.Collections.Revision(w.ctx, tenant)
		require.NoError(t, err)
		return found
	}
	s.holds("Revision is another one, and none that there ever was, after each change of what Chunks yields", func(t *testing.T, w world) {
		seen := map[string]bool{revision(t, w, w.a): true}
		changed := func() {
			now := revision(t, w, w.a)
			assert.False(t, seen[now])
			seen[now] = true
		}
		r, longer := newResult("A", 1), newResult("A", 2)
		chunk := newChunk(r, 0, "old")
		w.ingest(t, w.a, newCollection("key", r), chunk)
		changed()
		require.NoError(t, w.Collections.ReplaceBlocks(w.ctx, w.a, ingest.Chunk{
			ChunkHeader: ingest.ChunkHeader{ID: chunk.ID, Artifact: "A", MinTime: at(3), MaxTime: at(4)}, Blocks: chunk.Blocks,
		}))
		changed()
		w.ingest(t, w.a, newCollection("key", longer), newChunk(longer, 0, "x"))
		changed()
		hunted := newCollection("key", longer)
		hunted.HuntID = "H.1"
		w.ingest(t, w.a, hunted)
		changed()
	})
	s.holds("Revision stays as long as nobody changes what Chunks yields, whatever other tenants do", func(t *testing.T, w world) {
		w.ingest(t, w.a, newCollection("key", newResult("A", 1)))
		before := revision(t, w, w.a)
		w.stage(t, w.a, newChunk(newResult("A", 1), 0, "staged"))
		w.ingest(t, w.b, newCollection("key", newResult("A", 1)))
		require.ErrorIs(t, w.Collections.ReplaceBlocks(w.ctx, w.a, ingest.Chunk{ChunkHeader: ingest.ChunkHeader{ID: newID()}}),
			ingest.ErrNotFound)
		assert.Equal(t, before, revision(t, w, w.a))
		assert.NotEqual(t, before, revision(t, w, w.b))
	})
}

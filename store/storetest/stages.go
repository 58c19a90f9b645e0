package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/hosts"
	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

func testStages(s suite) {
	testStageIsInvisible(s)
	testStageCloses(s)
	testLeases(s)
	testAppendChunks(s)
	testCommitStage(s)
	testCommitRaced(s)
}

// requireNothing holds that a tenant has no collection, artifact or chunk, and none of the named blocks.
func (w world) requireNothing(t *testing.T, artifact string, chunkIDs ...string) {
	t.Helper()
	found, err := w.Collections.Collections(w.ctx, w.a, ingest.CollectionFilter{Limit: 10})
	require.NoError(t, err)
	require.Empty(t, found)
	artifacts, err := w.Collections.Artifacts(w.ctx, w.a)
	require.NoError(t, err)
	require.Empty(t, artifacts)
	require.Empty(t, w.chunkIDs(t, w.a, ingest.ChunkFilter{}))
	require.Empty(t, w.data(t, w.a, artifact, chunkIDs...))
}

// requireClosed holds that a stage is not open any more.
func (w world) requireClosed(t *testing.T, stage string) {
	t.Helper()
	r := newResult("Late", 1)
	chunk := newChunk(r, 0, "late")
	err := w.Collections.AppendChunks(w.ctx, w.a, stage, []ingest.Chunk{chunk}, at(99))
	require.ErrorIs(t, err, ingest.ErrNotFound)
	c := newCollection("late", r)
	_, err = w.Collections.CommitStage(w.ctx, w.a, stage, Ready(c))
	require.ErrorIs(t, err, ingest.ErrNotFound)
	_, err = w.Collections.Collection(w.ctx, w.a, c.ID)
	require.ErrorIs(t, err, ingest.ErrNotFound)
	require.NotContains(t, w.chunkIDs(t, w.a, ingest.ChunkFilter{}), chunk.ID)
}

func testStageIsInvisible(s suite) {
	s.holds("What a stage holds is invisible until the commit and visible after it", func(t *testing.T, w world) {
		r := newResult("A", 1)
		chunk := newChunk(r, 0, "row")
		stage := w.stage(t, w.a, chunk)
		w.requireNothing(t, "A", chunk.ID)

		c := newCollection("key", r)
		merged, err := w.Collections.CommitStage(w.ctx, w.a, stage, Ready(c))
		require.NoError(t, err)
		require.Len(t, merged, 1)
		found, err := w.Collections.Collection(w.ctx, w.a, c.ID)
		require.NoError(t, err)
		requireCollection(t, merged[0].Collection, found)
		assert.Equal(t, []string{chunk.ID}, w.chunkIDs(t, w.a, ingest.ChunkFilter{}))
		assert.Equal(t, []string{"row"}, w.data(t, w.a, "A", chunk.ID))
	})
	s.holds("Staged chunks of results that no commit names stay invisible and are removed", func(t *testing.T, w world) {
		named, unnamed := newResult("A", 1), newResult("A", 2)
		kept, removed := newChunk(named, 0, "kept"), newChunk(unnamed, 0, "removed")
		w.ingest(t, w.a, newCollection("key", named), removed, kept)

		assert.Equal(t, []string{kept.ID}, w.chunkIDs(t, w.a, ingest.ChunkFilter{}))
		assert.Equal(t, []string{"kept"}, w.data(t, w.a, "A", kept.ID, removed.ID))
		w.requireFree(t, removed)
	})
	s.holds("A reader sees a commit whole or not at all, within one call", func(t *testing.T, w world) {
		const commits = 30
		done := make(chan error, 1)
		go func() {
			defer close(done)
			for i := range int64(commits) {
				if err := w.commitVersion(i + 1); err != nil {
					done <- err
					return
				}
			}
		}()
		for running := true; running; {
			select {
			case err := <-done:
				require.NoError(t, err)
				running = false
			default:
			}
			w.requireWholeCommit(t)
		}
		assert.Len(t, w.chunkIDs(t, w.a, ingest.ChunkFilter{}), 4)
	})
}

// commitVersion commits the collection "key" with n rows in two artifacts of two chunks each, in place of fewer.
func (w world) commitVersion(n int64) error {
	one, two := newResult("One", n), newResult("Two", n)
	stage := newID()
	if err := w.Collections.OpenStage(w.ctx, w.a, stage, at(0), at(10)); err != nil {
		return err
	}
	var chunks []ingest.Chunk
	for _, r := range []ingest.Result{one, two} {
		chunks = append(chunks, newChunk(r, 0, fmt.Sprint(n)), newChunk(r, 1, fmt.Sprint(n)))
	}
	for i := range chunks {
		chunks[i].RawBytes = n
	}
	if err := w.Collections.AppendChunks(w.ctx, w.a, stage, chunks, at(10)); err != nil {
		return err
	}
	_, err := w.Collections.CommitStage(w.ctx, w.a, stage, Ready(newCollection("key", one, two)))
	return err
}

// requireWholeCommit holds that each call sees nothing or all of one version that commitVersion made.
func (w world) requireWholeCommit(t *testing.T) {
	t.Helper()
	refs := all(t, w.Collections.Chunks(w.ctx, w.a, ingest.ChunkFilter{}))
	if len(refs) == 0 {
		return
	}
	require.Len(t, refs, 4)
	for _, ref := range refs {
		require.Equal(t, refs[0].RawBytes, ref.RawBytes)
	}
	data := w.data(t, w.a, "One", refs[0].ID, refs[1].ID)
	require.Contains(t, []int{0, 2}, len(data), "both chunks of the result, or none if it was replaced by now")
	artifacts, err := w.Collections.Artifacts(w.ctx, w.a)
	require.NoError(t, err)
	require.Len(t, artifacts, 2)
	require.Equal(t, artifacts[0].Rows, artifacts[1].Rows)
	found, err := w.Collections.Collections(w.ctx, w.a, ingest.CollectionFilter{Limit: 10})
	require.NoError(t, err)
	require.Len(t, found, 1)
	require.Len(t, found[0].Results, 2)
	require.Equal(t, found[0].Results[0].Stored, found[0].Results[1].Stored)
}

// requireFree holds that nothing is left of a chunk: its id can be used once more, and shows what is kept then.
func (w world) requireFree(t *testing.T, removed ingest.Chunk) {
	t.Helper()
	r := newResult("Free", 1)
	chunk := newChunk(r, 0, "new data")
	chunk.ID, chunk.Artifact, r.Artifact = removed.ID, removed.Artifact, removed.Artifact
	w.ingest(t, w.a, newCollection("free "+removed.ID, r), chunk)
	require.Equal(t, []string{"new data"}, w.data(t, w.a, removed.Artifact, removed.ID))
}

func testStageCloses(s suite) {
	s.holds("CommitStage closes the stage", func(t *testing.T, w world) {
		stage := w.stage(t, w.a)
		merged, err := w.Collections.CommitStage(w.ctx, w.a, stage, Ready())
		require.NoError(t, err)
		assert.Empty(t, merged)
		w.requireClosed(t, stage)
	})
	s.holds("DropStage closes the stage and removes its chunks", func(t *testing.T, w world) {
		chunk := newChunk(newResult("A", 1), 0, "row")
		stage := w.stage(t, w.a, chunk)
		require.NoError(t, w.Collections.DropStage(w.ctx, w.a, stage))

		w.requireClosed(t, stage)
		w.requireNothing(t, "A", chunk.ID)
		w.requireFree(t, chunk)
	})
	s.holds("DropStage is no error when there is no such stage, and leaves what was committed", func(t *testing.T, w world) {
		r := newResult("A", 1)
		chunk := newChunk(r, 0, "row")
		stage := w.stage(t, w.a, chunk)
		_, err := w.Collections.CommitStage(w.ctx, w.a, stage, Ready(newCollection("key", r)))
		require.NoError(t, err)
		for _, id := range []string{stage, stage, newID()} {
			require.NoError(t, w.Collections.DropStage(w.ctx, w.a, id))
		}
		assert.Equal(t, []string{"row"}, w.data(t, w.a, "A", chunk.ID))
	})
	s.holds("A stage of another tenant is like one that does not exist, and stays open", func(t *testing.T, w world) {
		r := newResult("A", 1)
		chunk := newChunk(r, 0, "row")
		stage := w.stage(t, w.b, chunk)
		w.requireClosed(t, stage)
		require.NoError(t, w.Collections.DropStage(w.ctx, w.a, stage))

		_, err := w.Collections.CommitStage(w.ctx, w.b, stage, Ready(newCollection("key", r)))
		require.NoError(t, err)
		assert.Equal(t, []string{"row"}, w.data(t, w.b, "A", chunk.ID))
	})
}

func testLeases(s suite) {
	s.holds("OpenStage removes the tenant's stages whose lease has ended, and no others", func(t *testing.T, w world) {
		expiring, lasting, foreign := newID(), newID(), newID()
		r := newResult("A", 1)
		chunk, kept := newChunk(r, 0, "gone"), newChunk(r, 0, "kept")
		open := w.Collections.OpenStage
		require.NoError(t, open(w.ctx, w.a, expiring, at(0), at(10)))
		require.NoError(t, w.Collections.AppendChunks(w.ctx, w.a, expiring, []ingest.Chunk{chunk}, at(10)))
		require.NoError(t, open(w.ctx, w.a, lasting, at(0), at(11)))
		require.NoError(t, w.Collections.AppendChunks(w.ctx, w.a, lasting, []ingest.Chunk{kept}, at(11)))
		require.NoError(t, open(w.ctx, w.b, foreign, at(0), at(10)))
		require.NoError(t, open(w.ctx, w.a, newID(), at(10), at(20)))

		w.requireClosed(t, expiring)
		w.requireNothing(t, "A", chunk.ID)
		w.requireFree(t, chunk)
		_, err := w.Collections.CommitStage(w.ctx, w.a, lasting, Ready(newCollection("key", r)))
		require.NoError(t, err)
		assert.Equal(t, []string{"kept"}, w.data(t, w.a, "A", kept.ID))
		_, err = w.Collections.CommitStage(w.ctx, w.b, foreign, Ready())
		require.NoError(t, err, "nobody swept the other tenant")
	})
	s.holds("AppendChunks extends the lease", func(t *testing.T, w world) {
		stage := newID()
		require.NoError(t, w.Collections.OpenStage(w.ctx, w.a, stage, at(0), at(10)))
		require.NoError(t, w.Collections.AppendChunks(w.ctx, w.a, stage, nil, at(20)))
		require.NoError(t, w.Collections.OpenStage(w.ctx, w.a, newID(), at(19), at(30)))
		require.NoError(t, w.Collections.AppendChunks(w.ctx, w.a, stage, nil, at(25)))

		require.NoError(t, w.Collections.OpenStage(w.ctx, w.a, newID(), at(25), at(30)))
		w.requireClosed(t, stage)
	})
	s.holds("What was committed outlives the lease of its stage", func(t *testing.T, w world) {
		r := newResult("A", 1)
		chunk := newChunk(r, 0, "row")
		w.ingest(t, w.a, newCollection("key", r), chunk)
		require.NoError(t, w.Collections.OpenStage(w.ctx, w.a, newID(), at(1000), at(1010)))

		assert.Equal(t, []string{"row"}, w.data(t, w.a, "A", chunk.ID))
	})
}

func testAppendChunks(s suite) {
	s.holds("AppendChunks is ErrNotFound for a stage that was never opened", func(t *testing.T, w world) {
		w.requireClosed(t, newID())
	})
	s.holds("AppendChunks adds all chunks or none", func(t *testing.T, w world) {
		r := newResult("A", 3)
		first, second, third := newChunk(r, 0, "1"), newChunk(r, 1, "2"), newChunk(r, 2, "3")
		stage := w.stage(t, w.a, first)
		again := newChunk(r, 9, "taken")
		again.ID = first.ID
		for _, refused := range [][]ingest.Chunk{{second, again}, {second, third, second}} {
			require.Error(t, w.Collections.AppendChunks(w.ctx, w.a, stage, refused, at(10)))
		}
		twice := third
		twice.Blocks = []ingest.Block{{Column: "x", Data: []byte("1")}, {Column: "x", Data: []byte("2")}}
		require.Error(t, w.Collections.AppendChunks(w.ctx, w.a, stage, []ingest.Chunk{second, twice}, at(10)))
		require.Error(t, w.Collections.AppendChunks(ended(w.ctx), w.a, stage, []ingest.Chunk{second, third}, at(10)))

		_, err := w.Collections.CommitStage(w.ctx, w.a, stage, Ready(newCollection("key", r)))
		require.NoError(t, err)
		assert.Equal(t, []string{first.ID}, w.chunkIDs(t, w.a, ingest.ChunkFilter{}))
		assert.Equal(t, []string{"1"}, w.data(t, w.a, "A", first.ID, second.ID, third.ID))
	})
	s.holds("The caller may reuse the memory of blocks once AppendChunks has returned", func(t *testing.T, w world) {
		r := newResult("A", 1)
		chunk := newChunk(r, 0, "row")
		stage := w.stage(t, w.a, chunk)
		copy(chunk.Blocks[0].Data, "BAD")
		chunk.Blocks[0].Column = "spoilt"
		_, err := w.Collections.CommitStage(w.ctx, w.a, stage, Ready(newCollection("key", r)))
		require.NoError(t, err)

		assert.Equal(t, []string{"row"}, w.data(t, w.a, "A", chunk.ID))
	})
	s.holds("Of concurrent calls of AppendChunks to one stage none is lost", func(t *testing.T, w world) {
		r := newResult("A", 20)
		chunks := make([]ingest.Chunk, 20)
		for i := range chunks {
			chunks[i] = newChunk(r, int64(i), fmt.Sprint(i))
		}
		stage := w.stage(t, w.a)
		errs := race(len(chunks), func(i int) error {
			return w.Collections.AppendChunks(w.ctx, w.a, stage, chunks[i:i+1], at(10))
		})
		require.Len(t, succeeded(errs), len(chunks), errs)

		_, err := w.Collections.CommitStage(w.ctx, w.a, stage, Ready(newCollection("key", r)))
		require.NoError(t, err)
		assert.Len(t, w.chunkIDs(t, w.a, ingest.ChunkFilter{}), len(chunks))
	})
}

func testCommitStage(s suite) {
	s.holds("CommitStage returns the outcomes in the order of the collections", func(t *testing.T, w world) {
		var collections []ingest.Collection
		for _, key := range []string{"c", "a", "d", "b"} {
			collections = append(collections, newCollection(key, newResult("A", 1)))
		}
		w.ingest(t, w.a, newCollection("d", newResult("A", 1)))
		merged, err := w.Collections.CommitStage(w.ctx, w.a, w.stage(t, w.a), Ready(collections...))
		require.NoError(t, err)

		require.Len(t, merged, len(collections))
		for i, m := range merged {
			assert.Equal(t, collections[i].Key, m.Collection.Key)
			assert.Equal(t, m.Collection.Key != "d", m.Changed)
		}
	})
	s.holds("CommitStage makes collections of several hosts visible in one step", func(t *testing.T, w world) {
		one, two := newResult("A", 1), newResult("A", 1)
		first, second := newChunk(one, 0, "1"), newChunk(two, 0, "2")
		stage := w.stage(t, w.a, first, second)
		_, err := w.Collections.CommitStage(w.ctx, w.a, stage,
			Ready(newCollection("1", one), newCollection("2", two)))
		require.NoError(t, err)
		assert.Equal(t, []string{"1", "2"}, w.data(t, w.a, "A", first.ID, second.ID))
	})
	s.holds("CommitStage removes what its own stage has of results that were not taken, and nothing of another's", func(t *testing.T, w world) {
		r := newResult("A", 1)
		other := newChunk(r, 0, "of the other")
		one, two := w.stage(t, w.a, newChunk(r, 0, "not taken")), w.stage(t, w.a, other)
		_, err := w.Collections.CommitStage(w.ctx, w.a, one, Ready())
		require.NoError(t, err)
		_, err = w.Collections.CommitStage(w.ctx, w.a, two, Ready(newCollection("key", r)))
		require.NoError(t, err)
		assert.Equal(t, []string{other.ID}, w.chunkIDs(t, w.a, ingest.ChunkFilter{}))
	})
	s.holds("CommitStage takes two collections of one Key one after the other", func(t *testing.T, w world) {
		shorter, longer, other := newResult("A", 1), newResult("A", 2), newResult("B", 1)
		gone, kept := newChunk(shorter, 0, "gone"), newChunk(longer, 0, "kept")
		stage := w.stage(t, w.a, gone, kept)
		merged, err := w.Collections.CommitStage(w.ctx, w.a, stage,
			Ready(newCollection("key", shorter), newCollection("key", longer, other)))
		require.NoError(t, err)

		require.Len(t, merged, 2)
		assert.Equal(t, []ingest.Outcome{ingest.Replaced, ingest.Added}, merged[1].Outcomes)
		assert.Equal(t, merged[0].Collection.ID, merged[1].Collection.ID)
		found, err := w.Collections.Collections(w.ctx, w.a, ingest.CollectionFilter{Limit: 10})
		require.NoError(t, err)
		require.Len(t, found, 1)
		requireCollection(t, merged[1].Collection, found[0])
		assert.Equal(t, []string{kept.ID}, w.chunkIDs(t, w.a, ingest.ChunkFilter{}))
	})
	s.holds("CommitStage asks for the collections once, and for none when the stage is not open", func(t *testing.T, w world) {
		asked := 0
		ask := func(context.Context) ([]ingest.Collection, error) {
			asked++
			return nil, nil
		}
		stage := w.stage(t, w.a)
		_, err := w.Collections.CommitStage(w.ctx, w.a, stage, ask)
		require.NoError(t, err)
		assert.Equal(t, 1, asked)
		_, err = w.Collections.CommitStage(w.ctx, w.a, stage, ask)
		require.ErrorIs(t, err, ingest.ErrNotFound)
		assert.Equal(t, 1, asked)
	})

	s.holds("CommitStage ends with the error of the function, and nothing has changed", func(t *testing.T, w world) {
		r := newResult("A", 1)
		stage := w.stage(t, w.a, newChunk(r, 1, "1"))
		known := w.host(t, w.a, "C.known", hosts.Facts{Hostname: "before"})
		refused := errors.New("refused")
		_, err := w.Collections.CommitStage(w.ctx, w.a, stage, func(ctx context.Context) ([]ingest.Collection, error) {
			w.observe(ctx, t, "C.new", "new")
			w.observe(ctx, t, "C.known", "after")
			return nil, refused
		})
		require.ErrorIs(t, err, refused)
		found, err := w.Hosts.Hosts(w.ctx, w.a, hosts.Filter{Limit: 10})
		require.NoError(t, err)
		assert.Equal(t, []hosts.Host{known}, found)
		_, err = w.Collections.CommitStage(w.ctx, w.a, stage, Ready(newCollection("key", r)))
		require.NoError(t, err, "the stage is still open")
	})

	s.holds("CommitStage keeps the hosts of its function together with the collections", func(t *testing.T, w world) {
		r := newResult("A", 1)
		stage := w.stage(t, w.a, newChunk(r, 1, "1"))
		var h hosts.Host
		_, err := w.Collections.CommitStage(w.ctx, w.a, stage, func(ctx context.Context) ([]ingest.Collection, error) {
			h = w.observe(ctx, t, "C.new", "first")
			again := w.observe(ctx, t, "C.new", "second")
			assert.Equal(t, h.ID, again.ID, "a host of this commit is known to it")
			c := newCollection("key", r)
			c.HostID = h.ID
			return []ingest.Collection{c}, nil
		})
		require.NoError(t, err)
		kept, err := w.Hosts.Host(w.ctx, w.a, h.ID)
		require.NoError(t, err)
		assert.Equal(t, "second", kept.Hostname)
	})

	s.holds("CommitStage does not let its function join the commit for another tenant", func(t *testing.T, w world) {
		stage := w.stage(t, w.a)
		_, err := w.Collections.CommitStage(w.ctx, w.a, stage, func(ctx context.Context) ([]ingest.Collection, error) {
			_, _, err := w.Hosts.Upsert(ctx, tenancy.ID{}, hosts.Observation{ClientID: "C.1"}, at(0))
			return nil, err
		})
		require.ErrorIs(t, err, tenancy.ErrNoTenant)
	})

	s.holds("CommitStage that fails changes nothing", func(t *testing.T, w world) {
		r := newResult("A", 1)
		chunk := newChunk(r, 0, "row")
		stage := w.stage(t, w.a, chunk)
		_, err := w.Collections.CommitStage(ended(w.ctx), w.a, stage, Ready(newCollection("key", r)))
		require.Error(t, err)
		w.requireNothing(t, "A", chunk.ID)

		_, err = w.Collections.CommitStage(w.ctx, w.a, stage, Ready(newCollection("key", r)))
		require.NoError(t, err, "the stage is still open")
	})
}

func testCommitRaced(s suite) {
	s.holds("Of concurrent commits of one stage one succeeds", func(t *testing.T, w world) {
		r := newResult("A", 1)
		stage := w.stage(t, w.a, newChunk(r, 0, "row"))
		errs := race(10, func(int) error {
			_, err := w.Collections.CommitStage(w.ctx, w.a, stage, Ready(newCollection("key", r)))
			return err
		})

		require.Len(t, succeeded(errs), 1)
		for _, err := range errs {
			if err != nil {
				require.ErrorIs(t, err, ingest.ErrNotFound)
			}
		}
		assert.Len(t, w.chunkIDs(t, w.a, ingest.ChunkFilter{}), 1)
	})
	s.holds("Of concurrent commits of the same collection one changed something", func(t *testing.T, w world) {
		merged := w.raceCommits(t, func(int) int64 { return 1 })
		changed := 0
		for _, m := range merged {
			assert.Equal(t, merged[0].Collection.ID, m.Collection.ID)
			if m.Changed {
				changed++
			}
		}
		assert.Equal(t, 1, changed)
	})
	s.holds("Of concurrent commits of one Key the longest result stays", func(t *testing.T, w world) {
		merged := w.raceCommits(t, func(i int) int64 { return int64(i + 1) })
		found, err := w.Collections.Collection(w.ctx, w.a, merged[0].Collection.ID)
		require.NoError(t, err)
		require.Len(t, found.Results, 1)
		assert.EqualValues(t, len(merged), found.Results[0].Stored)
	})
	s.holds("Concurrent commits of several Keys in different orders all succeed", func(t *testing.T, w world) {
		errs := race(10, func(i int) error {
			stage := newID()
			if err := w.Collections.OpenStage(w.ctx, w.a, stage, at(0), at(10)); err != nil {
				return err
			}
			collections := []ingest.Collection{newCollection("1", newResult("A", 1)), newCollection("2", newResult("A", 1))}
			collections[0], collections[i%2] = collections[i%2], collections[0]
			_, err := w.Collections.CommitStage(w.ctx, w.a, stage, Ready(collections...))
			return err
		})
		require.Len(t, succeeded(errs), len(errs), errs)
		found, err := w.Collections.Collections(w.ctx, w.a, ingest.CollectionFilter{Limit: 10})
		require.NoError(t, err)
		assert.Len(t, found, 2)
	})
}

// raceCommits commits ten collections of one Key at once, each with so many rows, and holds that the one that is
// kept has its own chunk and no other.
func (w world) raceCommits(t *testing.T, rows func(i int) int64) []ingest.Merged {
	t.Helper()
	const n = 10
	stages, results := make([]string, n), make([]ingest.Result, n)
	for i := range n {
		results[i] = newResult("A", rows(i))
		stages[i] = w.stage(t, w.a, newChunk(results[i], 0, results[i].ID))
	}
	merged := make([]ingest.Merged, n)
	errs := race(n, func(i int) error {
		m, err := w.Collections.CommitStage(w.ctx, w.a, stages[i], Ready(newCollection("key", results[i])))
		if err == nil {
			merged[i] = m[0]
		}
		return err
	})
	require.Len(t, succeeded(errs), n, errs)

	found, err := w.Collections.Collections(w.ctx, w.a, ingest.CollectionFilter{Limit: 10})
	require.NoError(t, err)
	require.Len(t, found, 1)
	require.Len(t, found[0].Results, 1)
	refs := all(t, w.Collections.Chunks(w.ctx, w.a, ingest.ChunkFilter{}))
	require.Len(t, refs, 1)
	require.Equal(t, found[0].Results[0].ID, refs[0].ResultID)
	require.Equal(t, []string{refs[0].ResultID}, w.data(t, w.a, "A", refs[0].ID))
	return merged
}

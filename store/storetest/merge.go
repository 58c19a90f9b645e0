package storetest

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/ingest"
)

// testMerge holds that the store keeps what ingest.Merge says, chunks included.
func testMerge(s suite) {
	testMergeOutcomes(s)
	testExtents(s)
	testMergeArtifacts(s)
	testMergeFacts(s)
	testParts(s)
}

func testMergeOutcomes(s suite) {
	same := func(*ingest.Result) {}
	other := func(r *ingest.Result) { r.Digest = "other" }
	lossy := func(r *ingest.Result) { r.Digest, r.Lossy = "other", true }
	for _, rule := range []struct {
		sentence string
		rows     int64 // of the second delivery; the first has two
		alter    func(r *ingest.Result)
		want     ingest.Outcome
	}{
		{"The same rows are the same result, and the first chunks stay", 2, same, ingest.Same},
		{"A longer result replaces the one that was there, and its chunks", 3, same, ingest.Replaced},
		{"Of two different results that are equally long the new one stays", 2, other, ingest.Replaced},
		{"As many rows that lost something do not take the place of those that did not", 2, lossy, ingest.Same},
		{"A longer result is taken even where it lost something", 3, lossy, ingest.Replaced},
		{"A shorter result is not taken", 1, same, ingest.Shorter},
	} {
		s.holds(rule.sentence, func(t *testing.T, w world) {
			first, second := newResult("A", 2), newResult("A", rule.rows)
			rule.alter(&second)
			old, brought := newChunk(first, 0, "old"), newChunk(second, 0, "new")
			c := newCollection("key", first)
			w.ingest(t, w.a, c, old)
			m := w.ingest(t, w.a, newCollection("key", second), brought)

			kept, dropped := old, brought
			if rule.want == ingest.Replaced {
				kept, dropped = brought, old
			}
			assert.Equal(t, c.ID, m.Collection.ID, "it is the same collection")
			assert.Equal(t, []ingest.Outcome{rule.want}, m.Outcomes)
			assert.Equal(t, []string{dropped.ResultID}, m.Dropped)
			assert.Equal(t, rule.want == ingest.Replaced, m.Changed)
			assert.Equal(t, []string{kept.ID}, w.chunkIDs(t, w.a, ingest.ChunkFilter{}))
			assert.Equal(t, []string{string(kept.Blocks[0].Data)}, w.data(t, w.a, "A", old.ID, brought.ID))
			found, err := w.Collections.Collection(w.ctx, w.a, c.ID)
			require.NoError(t, err)
			requireCollection(t, m.Collection, found)
			require.Equal(t, kept.ResultID, found.Results[0].ID)
			w.requireFree(t, dropped)
		})
	}
}

// testExtents is about two results of one artifact of which something is known of the rows that there are.
func testExtents(s suite) {
	for _, rule := range []struct {
		sentence     string
		kept, second ingest.Extent
		rows         int64 // of the second delivery; the first has two
		want         ingest.Outcome
	}{
		{"A table takes the place of no result that is Entire", ingest.Entire, ingest.Unsaid, 2, ingest.Shorter},
		{"However long it is", ingest.Entire, ingest.Unsaid, 3, ingest.Shorter},
		{"Nor of as many rows of an export", ingest.Exported, ingest.Unsaid, 2, ingest.Shorter},
		{"Nor of one that was cut short", ingest.Cut, ingest.Unsaid, 2, ingest.Shorter},
		{"A table that is longer than what is not Entire is taken", ingest.Exported, ingest.Unsaid, 3, ingest.Replaced},
		{"What is Entire takes the place of a longer table", ingest.Unsaid, ingest.Entire, 1, ingest.Replaced},
		{"As many rows of an export take the place of a table", ingest.Unsaid, ingest.Exported, 2, ingest.Replaced},
		{"As many rows of an export take the place of what was Entire", ingest.Entire, ingest.Exported, 2, ingest.Replaced},
	} {
		s.holds(rule.sentence, func(t *testing.T, w world) {
			first, second := newResult("A", 2), newResult("A", rule.rows)
			first.Extent, second.Extent, second.Digest = rule.kept, rule.second, "other"
			w.ingest(t, w.a, newCollection("key", first))
			m := w.ingest(t, w.a, newCollection("key", second))

			want := first
			if rule.want == ingest.Replaced {
				want = second
			}
			assert.Equal(t, []ingest.Outcome{rule.want}, m.Outcomes)
			found, err := w.Collections.Collection(w.ctx, w.a, m.Collection.ID)
			require.NoError(t, err)
			require.Len(t, found.Results, 1)
			assert.Equal(t, want.ID, found.Results[0].ID)
			assert.Equal(t, want.Extent, found.Results[0].Extent)
		})
	}
	s.holds("How many rows are expected is kept at its largest when a result is replaced", func(t *testing.T, w world) {
		ten := int64(10)
		first, second, whole := newResult("A", 2), newResult("A", 3), newResult("A", 4)
		first.Expected, first.Extent = &ten, ingest.Cut
		pushed := newResult("A", 1)
		pushed.Part, whole.Extent = "elastic/1", ingest.Entire
		for _, brought := range []ingest.Result{first, second, pushed, whole} {
			m := w.ingest(t, w.a, newCollection("key", brought))
			found, err := w.Collections.Collection(w.ctx, w.a, m.Collection.ID)
			require.NoError(t, err)
			require.Equal(t, &ten, found.Artifacts()[0].Expected)
			require.Equal(t, ingest.Partial, found.Status)
		}
	})
}

func testMergeArtifacts(s suite) {
	s.holds("Deliveries of single artifacts add up, and each artifact is decided by itself", func(t *testing.T, w world) {
		b, a, longer := newResult("B", 1), newResult("A", 1), newResult("B", 2)
		first, second, third := newChunk(b, 0, "b"), newChunk(a, 0, "a"), newChunk(longer, 0, "longer")
		w.ingest(t, w.a, newCollection("key", b), first)
		w.ingest(t, w.a, newCollection("key", a), second)
		m := w.ingest(t, w.a, newCollection("key", longer, newResult("A", 1)), third)

		assert.Equal(t, []ingest.Outcome{ingest.Replaced, ingest.Same}, m.Outcomes, "in the order in which they were brought")
		found, err := w.Collections.Collection(w.ctx, w.a, m.Collection.ID)
		require.NoError(t, err)
		requireCollection(t, m.Collection, found)
		require.Len(t, found.Results, 2)
		assert.Equal(t, []string{a.ID, longer.ID}, []string{found.Results[0].ID, found.Results[1].ID}, "sorted by artifact")
		assert.Equal(t, []string{second.ID, third.ID}, w.chunkIDs(t, w.a, ingest.ChunkFilter{}))
	})
	s.holds("A Key of another tenant is another collection", func(t *testing.T, w world) {
		w.ingest(t, w.b, newCollection("key", newResult("A", 9)))
		m := w.ingest(t, w.a, newCollection("key", newResult("A", 1)))

		assert.True(t, m.Changed)
		assert.Equal(t, []ingest.Outcome{ingest.Added}, m.Outcomes)
		artifacts, err := w.Collections.Artifacts(w.ctx, w.b)
		require.NoError(t, err)
		require.Len(t, artifacts, 1)
		assert.EqualValues(t, 9, artifacts[0].Rows)
	})
	s.holds("Another Key is another collection, even of the same flow and host", func(t *testing.T, w world) {
		first, second := newCollection("1", newResult("A", 1)), newCollection("2", newResult("A", 1))
		second.HostID = first.HostID
		w.ingest(t, w.a, first)
		w.ingest(t, w.a, second)

		found, err := w.Collections.Collections(w.ctx, w.a, ingest.CollectionFilter{Limit: 10})
		require.NoError(t, err)
		assert.Len(t, found, 2)
	})
}

func testMergeFacts(s suite) {
	s.holds("A later delivery keeps the first facts, adds the hunt, raises what is expected", func(t *testing.T, w world) {
		ten, twenty := int64(10), int64(20)
		first := newCollection("key", newResult("A", 10))
		first.ExpectedRows = &ten
		w.ingest(t, w.a, first)
		second := newCollection("key", newResult("A", 12))
		second.HuntID, second.Hostname, second.ExpectedRows = "H.1", "another", &twenty
		second.CollectedAt, second.IngestedAt = at(50), odd(51)
		w.ingest(t, w.a, second)

		want := first
		want.TenantID, want.HuntID, want.ExpectedRows, want.IngestedAt = w.a, "H.1", &twenty, at(51)
		want.Status, want.Results = ingest.Partial, second.Results
		found, err := w.Collections.Collection(w.ctx, w.a, first.ID)
		require.NoError(t, err)
		requireCollection(t, want, found)
		_, err = w.Collections.Collection(w.ctx, w.a, second.ID)
		require.ErrorIs(t, err, ingest.ErrNotFound)
		byHunt, err := w.Collections.Collections(w.ctx, w.a, ingest.CollectionFilter{HuntID: "H.1", Limit: 10})
		require.NoError(t, err)
		assert.Len(t, byHunt, 1)
	})
	s.holds("When the flow ran is what the delivery says that knows it best", func(t *testing.T, w world) {
		deliver := func(n int, by ingest.Dating) ingest.Collection {
			c := newCollection("key", newResult("A", 1))
			c.CollectedAt, c.Dating = at(n), by
			m := w.ingest(t, w.a, c)
			found, err := w.Collections.Collection(w.ctx, w.a, m.Collection.ID)
			require.NoError(t, err)
			return found
		}
		for _, step := range []struct {
			at   int
			by   ingest.Dating
			want int
		}{
			{50, ingest.ByIngest, 50}, {60, ingest.ByIngest, 50}, {20, ingest.ByHunt, 20}, {30, ingest.ByHunt, 20},
			{40, ingest.ByFlow, 40}, {45, ingest.ByFlow, 40}, {20, ingest.ByHunt, 40}, {70, ingest.ByIngest, 40},
		} {
			require.Equal(t, at(step.want), deliver(step.at, step.by).CollectedAt)
		}
	})
	s.holds("A delivery that brings nothing new leaves when the collection was ingested", func(t *testing.T, w world) {
		first := newCollection("key", newResult("A", 1))
		w.ingest(t, w.a, first)
		again := newCollection("key", newResult("A", 1))
		again.IngestedAt = at(99)
		m := w.ingest(t, w.a, again)

		assert.False(t, m.Changed)
		found, err := w.Collections.Collection(w.ctx, w.a, first.ID)
		require.NoError(t, err)
		first.TenantID = w.a
		requireCollection(t, first, found)
	})
}

func testParts(s suite) {
	part := func(name string, rows int64) ingest.Result {
		r := newResult("A", rows)
		r.Part = name
		return r
	}
	s.holds("Parts of a result are kept side by side, each once", func(t *testing.T, w world) {
		one, two := part("elastic/1", 2), part("splunk/1", 3)
		again := one
		again.ID = newID()
		for _, brought := range []struct {
			result  ingest.Result
			outcome ingest.Outcome
		}{{one, ingest.Added}, {two, ingest.Added}, {again, ingest.Same}} {
			m := w.ingest(t, w.a, newCollection("key", brought.result), newChunk(brought.result, 0, "x"))
			require.Equal(t, []ingest.Outcome{brought.outcome}, m.Outcomes)
		}
		found, err := w.Collections.Collections(w.ctx, w.a, ingest.CollectionFilter{Limit: 10})
		require.NoError(t, err)
		require.Len(t, found, 1)
		require.Len(t, found[0].Results, 2)
		assert.Equal(t, []string{one.ID, two.ID}, []string{found[0].Results[0].ID, found[0].Results[1].ID}, "by id")
		assert.Equal(t, "splunk/1", found[0].Results[1].Part)
		assert.Len(t, w.chunkIDs(t, w.a, ingest.ChunkFilter{}), 2)
		artifacts, err := w.Collections.Artifacts(w.ctx, w.a)
		require.NoError(t, err)
		require.Len(t, artifacts, 1)
		assert.EqualValues(t, 5, artifacts[0].Rows)
		assert.EqualValues(t, 1, artifacts[0].Hosts)
	})
	s.holds("Marks are kept with their result and not returned with it", func(t *testing.T, w world) {
		marked, plain := part("elastic/1", 2), newResult("B", 1)
		marked.Marks = []byte("\x00marks\xff")
		c := newCollection("key", marked, plain)
		w.ingest(t, w.a, c)
		again := newCollection("key", part("elastic/1", 2))
		again.Results[0].Marks = []byte("others")
		w.ingest(t, w.a, again)

		found, err := w.Collections.Collection(w.ctx, w.a, c.ID)
		require.NoError(t, err)
		assert.Nil(t, found.Results[0].Marks)
		for id, want := range map[string][]byte{marked.ID: marked.Marks, plain.ID: nil, again.Results[0].ID: nil, newID(): nil, "x": nil} {
			got, err := w.Collections.Marks(w.ctx, w.a, id)
			require.NoError(t, err)
			assert.Equal(t, want, got)
		}
		got, err := w.Collections.Marks(w.ctx, w.b, marked.ID)
		require.NoError(t, err)
		assert.Nil(t, got, "of another tenant")
	})
	s.holds("A result takes the place of another one, as long as what it left away rows for is there", func(t *testing.T, w world) {
		one, two, less, none := part("elastic/1", 2), part("splunk/1", 3), part("splunk/1", 1), part("splunk/1", 0)
		less.Marks, less.Instead = []byte("marks"), &ingest.Instead{Of: two.ID, Beside: []string{one.ID}}
		late := less
		late.ID = newID()
		none.Instead = &ingest.Instead{Of: less.ID}
		gone := part("elastic/1", 1)
		gone.Instead = &ingest.Instead{Of: one.ID, Beside: []string{less.ID}}
		for _, step := range []struct {
			result  ingest.Result
			outcome ingest.Outcome
			kept    []string
		}{
			{one, ingest.Added, []string{one.ID}},
			{two, ingest.Added, []string{one.ID, two.ID}},
			{less, ingest.Replaced, []string{one.ID, less.ID}},
			{late, ingest.Stale, []string{one.ID, less.ID}},
			{none, ingest.Replaced, []string{one.ID}},
			{gone, ingest.Stale, []string{one.ID}},
		} {
			m := w.ingest(t, w.a, newCollection("key", step.result), newChunk(step.result, 0, "x"))
			require.Equal(t, []ingest.Outcome{step.outcome}, m.Outcomes)
			found, err := w.Collections.Collection(w.ctx, w.a, m.Collection.ID)
			require.NoError(t, err)
			var ids []string
			for _, r := range found.Results {
				ids = append(ids, r.ID)
			}
			require.ElementsMatch(t, step.kept, ids)
			require.Len(t, w.chunkIDs(t, w.a, ingest.ChunkFilter{}), len(ids))
			if slices.Contains(ids, less.ID) {
				marks, err := w.Collections.Marks(w.ctx, w.a, less.ID)
				require.NoError(t, err)
				require.Equal(t, less.Marks, marks)
			}
		}
	})
	s.holds("A whole result takes the place of its parts, and they do not come back", func(t *testing.T, w world) {
		for _, r := range []ingest.Result{part("1", 2), part("2", 3)} {
			w.ingest(t, w.a, newCollection("key", r), newChunk(r, 0, "x"))
		}
		whole, late := newResult("A", 4), part("3", 9)
		whole.Extent = ingest.Entire
		m := w.ingest(t, w.a, newCollection("key", whole), newChunk(whole, 0, "x"))
		require.Equal(t, []ingest.Outcome{ingest.Whole}, m.Outcomes)
		m = w.ingest(t, w.a, newCollection("key", late), newChunk(late, 0, "x"))
		require.Equal(t, []ingest.Outcome{ingest.Same}, m.Outcomes)
		assert.False(t, m.Changed)
		assert.Len(t, w.chunkIDs(t, w.a, ingest.ChunkFilter{}), 1)
	})
	s.holds("What has no extent is a part beside parts, and once however often it comes", func(t *testing.T, w world) {
		cut, pushed := newResult("A", 3), part("elastic/1", 2)
		cut.Extent = ingest.Cut
		again := cut
		again.ID = newID()
		for _, step := range []struct {
			result  ingest.Result
			outcome ingest.Outcome
		}{{pushed, ingest.Added}, {cut, ingest.Added}, {again, ingest.Same}} {
			m := w.ingest(t, w.a, newCollection("key", step.result), newChunk(step.result, 0, "x"))
			require.Equal(t, []ingest.Outcome{step.outcome}, m.Outcomes)
		}
		require.Len(t, w.chunkIDs(t, w.a, ingest.ChunkFilter{}), 2)
	})
	s.holds("A delivery of the same rows tells how many are expected", func(t *testing.T, w world) {
		w.ingest(t, w.a, newCollection("key", newResult("A", 1)))
		again, nine := newCollection("key", newResult("A", 1)), int64(9)
		again.Results[0].Expected = &nine
		m := w.ingest(t, w.a, again)
		found, err := w.Collections.Collection(w.ctx, w.a, m.Collection.ID)
		require.NoError(t, err)
		require.NotNil(t, found.Results[0].Expected)
		assert.EqualValues(t, 9, *found.Results[0].Expected)
		assert.Equal(t, ingest.Partial, found.Status)
	})
}

package storetest

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// news returns what is news in a tenant.
func (w world) news(t *testing.T, tenant tenancy.ID, limit int) []ingest.News {
	t.Helper()
	found, err := w.Collections.News(w.ctx, tenant, limit)
	require.NoError(t, err)
	return found
}

func newsOf(c ingest.Collection, r ingest.Result) ingest.News {
	return ingest.News{ResultID: r.ID, CollectionID: c.ID, Artifact: r.Artifact}
}

func testNews(s suite) {
	s.holds("News returns the results that commits made visible in the order of their ids, at most limit", func(t *testing.T, w world) {
		var all []ingest.Result
		for _, id := range newIDs(3) {
			r := newResult("A", 1)
			r.ID = id
			all = append(all, r)
		}
		one, other := newCollection("1", all[2]), newCollection("2", all[0])
		all[1].Artifact = "B"
		one.Results = append(one.Results, all[1])
		w.ingest(t, w.a, one)
		w.ingest(t, w.a, other)
		w.ingest(t, w.b, newCollection("3", newResult("A", 1)))
		w.stage(t, w.a, newChunk(newResult("A", 1), 0, "staged"))

		want := []ingest.News{newsOf(other, all[0]), newsOf(one, all[1]), newsOf(one, all[2])}
		assert.Equal(t, want, w.news(t, w.a, 10))
		assert.Equal(t, want[:2], w.news(t, w.a, 2))
		assert.Empty(t, w.news(t, w.a, 0))
		assert.Len(t, w.news(t, w.b, 10), 1)
	})
	s.holds("What ForgetNews was called for is news no more, and nothing else is forgotten", func(t *testing.T, w world) {
		r, other := newResult("A", 1), newResult("B", 1)
		c := newCollection("key", r, other)
		w.ingest(t, w.a, c)
		require.NoError(t, w.Collections.ForgetNews(w.ctx, w.b, []string{r.ID}))
		require.Len(t, w.news(t, w.a, 10), 2)
		require.NoError(t, w.Collections.ForgetNews(w.ctx, w.a, []string{r.ID, newID(), "x"}))
		require.Equal(t, []ingest.News{newsOf(c, other)}, w.news(t, w.a, 10))
		require.NoError(t, w.Collections.ForgetNews(w.ctx, w.a, nil))
		require.Len(t, w.news(t, w.a, 10), 1)
	})
	s.holds("The same rows again are no news, and a result that is removed is news no more", func(t *testing.T, w world) {
		r := newResult("A", 2)
		c := newCollection("key", r)
		w.ingest(t, w.a, c)
		w.ingest(t, w.a, newCollection("key", newResult("A", 2)))
		require.Equal(t, []ingest.News{newsOf(c, r)}, w.news(t, w.a, 10))
		longer := newResult("A", 3)
		w.ingest(t, w.a, newCollection("key", longer))
		require.Equal(t, []ingest.News{newsOf(c, longer)}, w.news(t, w.a, 10))

		require.NoError(t, w.Collections.ForgetNews(w.ctx, w.a, []string{longer.ID}))
		w.ingest(t, w.a, newCollection("key", newResult("A", 3), newResult("B", 1)))
		found := w.news(t, w.a, 10)
		require.Len(t, found, 1, "what was forgotten stays so")
		require.Equal(t, "B", found[0].Artifact)
	})
	s.holds("A commit and its news are kept together", func(t *testing.T, w world) {
		r := newResult("A", 1)
		stage := w.stage(t, w.a, newChunk(r, 0, "row"))
		_, err := w.Collections.CommitStage(ended(w.ctx), w.a, stage, Ready(newCollection("key", r)))
		require.Error(t, err)
		require.Empty(t, w.news(t, w.a, 10))

		errs := race(8, func(i int) error {
			r := newResult("A", int64(i+1))
			_, err := w.Collections.CommitStage(w.ctx, w.a, w.stage(t, w.a, newChunk(r, 0, "row")), Ready(newCollection("key", r)))
			return err
		})
		require.Len(t, succeeded(errs), len(errs), errs)
		var visible, news []string
		for _, ref := range all(t, w.Collections.Chunks(w.ctx, w.a, ingest.ChunkFilter{})) {
			visible = append(visible, ref.ResultID)
		}
		for _, n := range w.news(t, w.a, 10) {
			news = append(news, n.ResultID)
		}
		require.Equal(t, slices.Compact(visible), news)
	})
}

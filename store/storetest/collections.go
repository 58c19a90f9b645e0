package storetest

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/ingest"
)

func testCollections(s suite) {
	testReadCollection(s)
	testCollectionIdentity(s)
	testListCollections(s)
	testCollectionFilter(s)
	testArtifacts(s)
}

// requireCollection compares collections by value: no rejections are like an empty list of them.
func requireCollection(t *testing.T, want, got ingest.Collection) {
	t.Helper()
	for _, c := range []*ingest.Collection{&want, &got} {
		results := make([]ingest.Result, len(c.Results))
		for i, r := range c.Results {
			if len(r.Rejections) == 0 {
				r.Rejections = nil
			}
			results[i] = r
		}
		c.Results = results
	}
	require.Equal(t, want, got)
}

func testReadCollection(s suite) {
	s.holds("A collection has its own results and no others", func(t *testing.T, w world) {
		first, second := newCollection("1", newResult("A", 1)), newCollection("2", newResult("A", 2), newResult("B", 1))
		w.ingest(t, w.a, first)
		w.ingest(t, w.a, second)
		first.TenantID, second.TenantID = w.a, w.a
		for _, want := range []ingest.Collection{first, second} {
			found, err := w.Collections.Collection(w.ctx, w.a, want.ID)
			require.NoError(t, err)
			requireCollection(t, want, found)
		}
		page, err := w.Collections.Collections(w.ctx, w.a, ingest.CollectionFilter{Limit: 1})
		require.NoError(t, err)
		require.Len(t, page, 1)
		requireCollection(t, second, page[0])
	})
	s.holds("Collection returns what was committed, stamped with the tenant of the call", func(t *testing.T, w world) {
		none, some, many := int64(0), int64(8), int64(1)<<62
		c := newCollection(hostile,
			ingest.Result{
				ID: newID(), Artifact: "A/" + hostile, Expected: &some, Read: 9, Stored: 7, Rejected: 2, NullRows: 3, Lossy: true,
				Digest: strings.Repeat("f", 64), Extent: ingest.Cut,
				Rejections: []ingest.Rejection{
					{Line: 1, Reason: hostile + "\x00"}, {Line: many, Reason: strings.Repeat("長", 10_000)},
				},
			},
			ingest.Result{ID: newID(), Artifact: "B", Expected: &none},
		)
		c.TenantID, c.Hostname, c.ClientID, c.FlowID, c.HuntID = w.b, hostile, hostile, hostile, hostile
		c.Status, c.ExpectedRows = ingest.Partial, &many
		c.CollectedAt, c.IngestedAt = odd(0), odd(1)
		m := w.ingest(t, w.a, c)
		c.TenantID, c.CollectedAt, c.IngestedAt = w.a, at(0), at(1)

		requireCollection(t, c, m.Collection)
		found, err := w.Collections.Collection(w.ctx, w.a, c.ID)
		require.NoError(t, err)
		requireCollection(t, c, found)
	})
	s.holds("Collection returns a collection without flow, results and expectations", func(t *testing.T, w world) {
		c := newCollection("key")
		c.Hostname, c.ClientID, c.FlowID, c.Results = "", "", "", nil
		w.ingest(t, w.a, c)

		c.TenantID = w.a
		found, err := w.Collections.Collection(w.ctx, w.a, c.ID)
		require.NoError(t, err)
		requireCollection(t, c, found)
	})
}

func testCollectionIdentity(s suite) {
	s.holds("Collection is ErrNotFound for an unknown id and for one of another tenant", func(t *testing.T, w world) {
		c := newCollection("key", newResult("A", 1))
		w.ingest(t, w.a, c)
		_, err := w.Collections.Collection(w.ctx, w.a, newID())
		require.ErrorIs(t, err, ingest.ErrNotFound)
		_, err = w.Collections.Collection(w.ctx, w.b, c.ID)
		require.ErrorIs(t, err, ingest.ErrNotFound)
	})
	s.holds("Collections that were given and returned are the caller's to change", func(t *testing.T, w world) {
		rows := int64(9)
		c := newCollection("key", newResult("A", 1))
		c.ExpectedRows, c.Results[0].Expected = &rows, &rows
		c.Results[0].Rejections = []ingest.Rejection{{Line: 1, Reason: "kept"}}
		given := c
		m := w.ingest(t, w.a, given)
		for _, spoilt := range []ingest.Collection{given, m.Collection} {
			*spoilt.ExpectedRows = 5
			spoilt.Results[0].Rejections[0].Reason = "spoilt"
			spoilt.Results[0].Artifact = "spoilt"
		}

		for range 2 {
			found, err := w.Collections.Collection(w.ctx, w.a, c.ID)
			require.NoError(t, err)
			require.Len(t, found.Results, 1)
			assert.EqualValues(t, 9, *found.ExpectedRows)
			assert.EqualValues(t, 9, *found.Results[0].Expected)
			assert.Equal(t, "A", found.Results[0].Artifact)
			assert.Equal(t, "kept", found.Results[0].Rejections[0].Reason)
			found.Results[0].Rejections[0].Reason, *found.ExpectedRows = "spoilt", 5
		}
	})
}

func testListCollections(s suite) {
	s.holds("Collections returns pages, newest first", func(t *testing.T, w world) {
		ids := newIDs(6)
		for i, place := range []int{3, 0, 5, 1, 4} {
			c := newCollection(ids[place], newResult("A", 1))
			c.ID, c.IngestedAt = ids[place], at(i)
			w.ingest(t, w.a, c)
		}
		w.ingest(t, w.b, newCollection("key", newResult("A", 1)))
		page := func(before string, limit int) (got []string) {
			found, err := w.Collections.Collections(w.ctx, w.a, ingest.CollectionFilter{Before: before, Limit: limit})
			require.NoError(t, err)
			for _, c := range found {
				require.Equal(t, w.a, c.TenantID)
				got = append(got, c.ID)
			}
			return got
		}

		assert.Equal(t, []string{ids[5], ids[4]}, page("", 2))
		assert.Equal(t, []string{ids[3], ids[1]}, page(ids[4], 2))
		assert.Equal(t, []string{ids[1], ids[0]}, page(ids[2], 9), "before an id that no collection has")
		assert.Empty(t, page(ids[0], 9))
	})
}

func testCollectionFilter(s suite) {
	kept := []ingest.Collection{
		{HostID: "1", FlowID: "F.1", HuntID: "H.1", Results: []ingest.Result{{Artifact: "A"}, {Artifact: "B"}}},
		{HostID: "2", FlowID: "F.1", HuntID: "H.1", Results: []ingest.Result{{Artifact: "A/B"}}},
		{HostID: "1", FlowID: "F.2", Results: []ingest.Result{{Artifact: "B"}}},
	}
	for _, rule := range []struct {
		sentence string
		filter   ingest.CollectionFilter
		want     []string
	}{
		{"An empty filter selects every collection", ingest.CollectionFilter{}, []string{"2", "1", "0"}},
		{"HostID selects the collections of a host", ingest.CollectionFilter{HostID: "1"}, []string{"2", "0"}},
		{"FlowID selects the collections of a flow, of every host", ingest.CollectionFilter{FlowID: "F.1"}, []string{"1", "0"}},
		{"HuntID selects the collections of a hunt", ingest.CollectionFilter{HuntID: "H.1"}, []string{"1", "0"}},
		{"Artifact selects collections that have a result of it", ingest.CollectionFilter{Artifact: "B"}, []string{"2", "0"}},
		{"Texts of a collection filter match whole and by case", ingest.CollectionFilter{FlowID: "f.1"}, nil},
		{"An artifact does not match by its beginning", ingest.CollectionFilter{Artifact: "A"}, []string{"0"}},
		{
			"Fields of a collection filter hold together",
			ingest.CollectionFilter{HostID: "1", Artifact: "B", HuntID: "H.1"}, []string{"0"},
		},
		{"An unknown value selects no collection", ingest.CollectionFilter{HuntID: "H.%"}, nil},
	} {
		s.holds(rule.sentence, func(t *testing.T, w world) {
			hostIDs := map[string]string{"1": newID(), "2": newID()}
			for i, c := range kept {
				c.ID, c.Key, c.HostID, c.CollectedAt, c.IngestedAt = newID(), string(rune('0'+i)), hostIDs[c.HostID], at(0), at(0)
				c.Results = append([]ingest.Result(nil), c.Results...)
				for j := range c.Results {
					c.Results[j].ID = newID()
				}
				w.ingest(t, w.a, c)
			}
			f := rule.filter
			f.HostID, f.Limit = hostIDs[f.HostID], 10
			found, err := w.Collections.Collections(w.ctx, w.a, f)
			require.NoError(t, err)
			var got []string
			for _, c := range found {
				got = append(got, c.Key)
			}
			assert.Equal(t, rule.want, got)

			foreign, err := w.Collections.Collections(w.ctx, w.b, f)
			require.NoError(t, err)
			assert.Empty(t, foreign, "another tenant with the same filter")
		})
	}
}

func testArtifacts(s suite) {
	s.holds("Artifacts sums up each artifact, even one without rows, sorted by name", func(t *testing.T, w world) {
		first := newCollection("1", newResult("a", 0), newResult("B", 3), newResult("Z/Ä", 1))
		second := newCollection("2", newResult("B", 4))
		third := newCollection("3", newResult("B", 5))
		third.HostID = first.HostID
		first.CollectedAt, second.CollectedAt, third.CollectedAt = odd(20), odd(10), odd(30)
		for _, c := range []ingest.Collection{first, second, third} {
			w.ingest(t, w.a, c)
		}
		w.ingest(t, w.b, newCollection("4", newResult("B", 100), newResult("C", 100)))

		found, err := w.Collections.Artifacts(w.ctx, w.a)
		require.NoError(t, err)
		assert.Equal(t, []ingest.ArtifactSummary{
			{Artifact: "B", Rows: 12, Hosts: 2, FirstSeen: at(10), LastSeen: at(30)},
			{Artifact: "Z/Ä", Rows: 1, Hosts: 1, FirstSeen: at(20), LastSeen: at(20)},
			{Artifact: "a", Rows: 0, Hosts: 1, FirstSeen: at(20), LastSeen: at(20)},
		}, found)
	})
	s.holds("Artifacts knows nothing of uploaded files", func(t *testing.T, w world) {
		c := newCollection("key", newResult("A", 3), newResult(ingest.Uploads, 2))
		w.ingest(t, w.a, c)

		found, err := w.Collections.Artifacts(w.ctx, w.a)
		require.NoError(t, err)
		require.Len(t, found, 1)
		assert.Equal(t, "A", found[0].Artifact)
		kept, err := w.Collections.Collection(w.ctx, w.a, c.ID)
		require.NoError(t, err)
		uploads, ok := kept.Uploads()
		require.True(t, ok)
		assert.EqualValues(t, 2, uploads.Stored)
	})
	s.holds("Artifacts counts no replaced result", func(t *testing.T, w world) {
		w.ingest(t, w.a, newCollection("key", newResult("A", 3)))
		w.ingest(t, w.a, newCollection("key", newResult("A", 4)))

		found, err := w.Collections.Artifacts(w.ctx, w.a)
		require.NoError(t, err)
		require.Len(t, found, 1)
		assert.EqualValues(t, 4, found[0].Rows)
	})
	s.holds("Artifacts of a tenant without collections is an empty result and no error", func(t *testing.T, w world) {
		found, err := w.Collections.Artifacts(w.ctx, w.a)
		require.NoError(t, err)
		assert.Empty(t, found)
	})
}

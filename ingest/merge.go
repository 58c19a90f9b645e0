package ingest

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// Merged is what came of bringing a collection to a tenant that may have had it already.
type Merged struct {
	// Collection is what is kept now.
	Collection Collection
	// Changed is false when all that was brought was there already.
	Changed bool
	// Outcomes says for each artifact that was brought what became of it, in the order in which it was brought.
	Outcomes []Outcome
	// Dropped are the ids of results that are not, or no longer, part of the collection.
	Dropped []string
}

// Outcome says what became of a result that was brought.
type Outcome string

// The outcomes there are.
const (
	// Added: the collection had no result of the artifact.
	Added Outcome = "added"
	// Same: the collection had the very same rows, or as many in a form that loses less.
	Same Outcome = "same"
	// Replaced: it took the place of a result with fewer rows, or with as many but other ones, or of the one it came instead
	// of.
	Replaced Outcome = "replaced"
	// Stale: what it came instead of is not there any more, or not what it left away rows for.
	Stale Outcome = "stale"
	// Shorter: the collection had more rows of the artifact, or such as are known to be all or to have all of their columns,
	// and keeps those.
	Shorter Outcome = "shorter"
	// Whole: it has all rows, and took the place of all parts that had come of the artifact.
	Whole Outcome = "whole"
)

// Merge says what is kept when incoming arrives and the tenant has kept under the same Key; kept is nil where it has
// nothing. Each artifact is decided by itself, so that deliveries of single artifacts of one flow add up to the whole
// flow: a result that is not there yet is added, the same rows are the same result, and of two different results the
// longer one stays, or of two equally long ones the new one: a later export of a running flow knows more. A lossy one does
// not take the place of as many rows that are not. A table, of which somebody may have chosen the columns, takes no place of
// a result that is Entire, nor of as many rows of an export; and one that is Entire takes the place of any table.
//
// Parts of a result, as a server pushes them, are kept side by side until a result comes that is Entire, and takes the
// place of all of them. No part is given up for less. Parts may have rows in common: a server can push a flow in two
// protocols, send again what it was not answered for together with what is new, and somebody can bring a table of the same
// flow. The rows of the artifact then are as many of each as came on that way on which most came. On one way, rows that have
// ids are counted once by these, and a batch that comes again as it was is the same batch; that other equal rows are one is
// nothing that anybody could know, and none is given up. So a flow that is pushed twice in one protocol, in other batches or
// under other ids, is there twice, until all of it is exported. Columns that a way takes from rows, because it adds some of
// that name, tell no rows apart that came on it, and of equal rows those stay that have them.
//
// Merge keeps a part whole. A Service then looks which of its rows others have, and brings one with the others Instead; see
// [Instead]. Between these two commits some rows are there twice. What was read of CSV, which
// loses some of what rows have, cannot be compared, and stays beside parts until these have as many rows as it.
//
// What Velociraptor says there is (Expected, ExpectedRows) is kept at its largest, and the same rows that come without
// the rejected ones of before make the result whole. When the flow ran is what the delivery tells that knows it best.
//
// Every [Store] applies it inside the commit; it has no side effects and does not modify its arguments.
func Merge(kept *Collection, incoming Collection) Merged {
	m := Merged{Collection: incoming}
	of := make(map[string][]Result)
	if kept != nil {
		m.Collection = *kept
		m.Collection.HuntID = cmp.Or(kept.HuntID, incoming.HuntID)
		for _, r := range kept.Results {
			of[r.Artifact] = append(of[r.Artifact], r)
		}
	}
	for _, brought := range incoming.Results {
		before := of[brought.Artifact]
		after, outcome := meet(slices.Clone(before), brought)
		of[brought.Artifact] = after
		m.Outcomes = append(m.Outcomes, outcome)
		for _, r := range append(slices.Clip(before), brought) {
			if !slices.ContainsFunc(after, func(stays Result) bool { return stays.ID == r.ID }) {
				m.Dropped = append(m.Dropped, r.ID)
			}
		}
		m.Changed = m.Changed || outcome == Added || outcome == Replaced || outcome == Whole
	}
	results := slices.Concat(slices.Collect(maps.Values(of))...)
	slices.SortFunc(results, func(a, b Result) int {
		return cmp.Or(strings.Compare(a.Artifact, b.Artifact), strings.Compare(a.ID, b.ID))
	})
	m.Collection.Results = results
	if m.Changed || kept == nil {
		m.Changed = true
		m.Collection.IngestedAt = incoming.IngestedAt
	}
	if incoming.Dating > m.Collection.Dating {
		m.Collection.CollectedAt, m.Collection.Dating = incoming.CollectedAt, incoming.Dating
	}
	m.Collection.ExpectedRows = larger(m.Collection.ExpectedRows, incoming.ExpectedRows)
	m.Collection.Status = m.Collection.status()
	return m
}

func compare(kept, brought Result) Outcome {
	longer, as := brought.Stored > kept.Stored, brought.Stored == kept.Stored
	switch {
	case as && (kept.Digest == brought.Digest || brought.Lossy && !kept.Lossy):
		return Same
	case kept.Extent == Entire && brought.Extent == Unsaid:
		return Shorter
	case kept.Extent == Unsaid && brought.Extent == Entire, longer:
		return Replaced
	case as && (kept.Extent == Unsaid || brought.Extent != Unsaid):
		return Replaced
	}
	return Shorter
}

// learn takes over what a delivery that was not kept tells of r.
func (r Result) learn(brought Result, outcome Outcome) Result {
	r.Expected = larger(r.Expected, brought.Expected)
	if outcome == Same && r.Digest == brought.Digest {
		r.Lossy = r.Lossy && brought.Lossy
	}
	if outcome == Same && (brought.Extent == Entire || r.Extent == Unsaid && brought.Extent == Exported) {
		r.Extent = brought.Extent
	}
	if outcome == Same && brought.Rejected < r.Rejected {
		r.Read, r.Rejected, r.Rejections = brought.Read, brought.Rejected, brought.Rejections
	}
	return r
}

// larger returns the larger of two counts that may be unknown.
func larger(a, b *int64) *int64 {
	if a == nil || (b != nil && *b > *a) {
		return b
	}
	return a
}

// status says how much of the collection is there.
func (c Collection) status() Status {
	for _, r := range c.Results {
		if r.Artifact == Uploads {
			continue
		}
		if r.Rejected > 0 || r.lacks() && c.stored(r.Artifact) < *r.Expected || r.Lossy && c.uncertain(r.Artifact) {
			return Partial
		}
	}
	if c.ExpectedRows != nil && c.stored("") < *c.ExpectedRows {
		return Partial
	}
	return Complete
}

// lacks reports whether Velociraptor says that the artifact has more rows than r.
func (r Result) lacks() bool { return r.Expected != nil && r.Stored < *r.Expected }

// uncertain reports whether rows of an artifact may be there twice: some were read of CSV, and there are others.
func (c Collection) uncertain(artifact string) bool {
	var lossy, exact bool
	for _, r := range c.Results {
		if r.Artifact == artifact && r.Stored > 0 {
			lossy, exact = lossy || r.Lossy, exact || !r.Lossy
		}
	}
	return lossy && exact
}

package ingest

import (
	"maps"
	"slices"
	"strings"
)

// Extent says whether a result has all rows of its artifact in its flow.
type Extent string

// The extents there are.
const (
	// Unsaid: nothing says how many rows there are, as with a table that was downloaded.
	Unsaid Extent = ""
	// Entire: the flow has ended, and these are as many rows as Velociraptor says.
	Entire Extent = "entire"
	// Cut: Velociraptor says that there are more, or the flow went on.
	Cut Extent = "cut"
)

// extent says what the rows of r, which came in c, are of those there are.
func (c Collection) extent(r Result, running bool) Extent {
	stored, expected := r.Stored, r.Expected
	if expected == nil {
		stored, expected = c.stored(), c.ExpectedRows
	}
	switch {
	case r.Part != "":
		return Unsaid
	case running || expected != nil && stored < *expected:
		return Cut
	case expected != nil:
		return Entire
	}
	return Unsaid
}

// stored is how many rows of artifacts are kept.
func (c Collection) stored() (rows int64) {
	for _, r := range c.Results {
		if r.Artifact != Uploads {
			rows += r.Stored
		}
	}
	return rows
}

func (c Collection) hasParts(artifact string) bool {
	return slices.ContainsFunc(c.Results, func(r Result) bool { return r.Artifact == artifact && r.Part != "" })
}

// meet brings a result to those that are kept of its artifact, and returns what is kept then. No part that was taken is
// given up for less than all rows:
//
// A result that is Entire takes the place of all parts, and those that come later are there already. One that is Cut does
// not: it stays beside the parts, and some rows are there twice, until they have as many rows together, and then is given
// up. Where nothing is said of the extent, the result is held to begin with the rows that are pushed first: it holds the
// parts that come to no more rows than it has, and those beyond are kept beside it. Parts alone that have more take its
// place.
//
// Of two parts with the same name the longer one stays: a batch that is sent again may have grown. One that was pushed in
// two protocols, of which one names its batches, is the same part where it has the same rows.
func meet(kept []Result, brought Result) ([]Result, Outcome) {
	table := slices.IndexFunc(kept, func(r Result) bool { return r.Part == "" })
	switch {
	case brought.Part != "":
		return meetPart(kept, table, brought)
	case table < 0 && len(kept) == 0:
		return []Result{brought}, Added
	case table < 0:
		return meetParts(kept, brought)
	case brought.Extent == Entire && len(kept) > 1:
		return []Result{brought}, Whole
	}
	outcome := compare(kept[table], brought)
	if outcome != Replaced {
		kept[table] = kept[table].learn(brought, outcome)
		return kept, outcome
	}
	brought.Held = kept[table].Held
	parts := slices.Delete(kept, table, table+1)
	if held := brought.holding(parts...); len(parts) > 0 && brought.Extent == Unsaid && brought.Stored >= held.rows() {
		brought.Held = held
		return []Result{brought}, Whole
	}
	return append(parts, brought), Replaced
}

// meetParts brings a result of all rows to parts.
func meetParts(parts []Result, brought Result) ([]Result, Outcome) {
	held := brought.holding(parts...)
	switch rows := held.rows(); {
	case brought.Extent == Entire:
		return []Result{brought}, Whole
	case brought.Stored < rows:
		return parts, Shorter
	case brought.Stored == rows && (brought.Lossy || brought.Extent == Cut):
		return parts, Same
	case brought.Extent == Cut:
		return append(parts, brought), Added
	}
	brought.Held = held
	return []Result{brought}, Whole
}

// meetPart brings a part to parts and, where table is not negative, to the result of all rows that has that place.
func meetPart(kept []Result, table int, brought Result) ([]Result, Outcome) {
	outcome := Added
	same := slices.IndexFunc(kept, func(r Result) bool { return r.Part != "" && r.samePart(brought) })
	switch {
	case same >= 0 && brought.Stored <= kept[same].Stored:
		kept[same] = kept[same].learn(brought, Same)
		return kept, Same
	case table >= 0 && kept[table].holds(brought, kept):
		kept[table].Held = kept[table].holding(brought)
		return kept, Same
	case same >= 0:
		kept[same], outcome = brought, Replaced
	default:
		kept = append(kept, brought)
	}
	if table >= 0 && len(kept[table].Held) == 0 && kept[table].holding(kept...).rows() >= kept[table].Stored {
		return slices.Delete(kept, table, table+1), Replaced
	}
	return kept, outcome
}

// samePart reports whether two parts of a result are one: by their name, or by their rows where one has no other name.
func (r Result) samePart(brought Result) bool {
	unnamed := rowsPart(r.Digest)
	sameRows := r.Digest == brought.Digest && (r.Part == unnamed || brought.Part == unnamed)
	return r.Part == brought.Part || sameRows
}

// rowsPart names a part whose sender did not name it.
func rowsPart(digest string) string { return "rows/" + digest }

// HeldParts are parts that were pushed and are not kept, because their rows are among those of a result: how many rows
// each had, by its name.
type HeldParts map[string]int64

// holding returns what r held if it held some parts as well.
func (r Result) holding(parts ...Result) HeldParts {
	held := maps.Clone(r.Held)
	if held == nil {
		held = make(HeldParts)
	}
	for _, part := range parts {
		if part.Part != "" {
			held[part.Part] = max(held[part.Part], part.Stored)
		}
	}
	return held
}

// rows is how many rows the parts have together. Names come from two kinds of senders, each of which sends all rows.
func (h HeldParts) rows() (most int64) {
	sums := make(map[string]int64)
	for name, rows := range h {
		kind, _, _ := strings.Cut(name, "/")
		sums[kind] += rows
		most = max(most, sums[kind])
	}
	return most
}

// holds reports whether the rows of a part are among those of r, beside which some parts are kept.
func (r Result) holds(part Result, beside []Result) bool {
	if r.Extent != Unsaid {
		return r.Extent == Entire
	}
	if r.Held[part.Part] >= part.Stored {
		return true
	}
	return r.holding(append(slices.Clip(beside), part)...).rows() <= r.Stored
}

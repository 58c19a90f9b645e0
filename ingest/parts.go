package ingest

import (
	"slices"
	"strings"
)

// Extent says whether a result has all rows of its artifact in its flow.
type Extent string

// The extents there are.
const (
	// Unsaid: nothing says how many rows there are, as with a table that was downloaded. Somebody may have chosen its columns.
	Unsaid Extent = ""
	// Exported: nothing says it either, but the rows are of an export, and so have all of their columns.
	Exported Extent = "exported"
	// Entire: the flow has ended, and these are as many rows as Velociraptor says.
	Entire Extent = "entire"
	// Cut: Velociraptor says that there are more, or the flow went on.
	Cut Extent = "cut"
)

// extent says what the rows of r, which came in c from o, are of those there are.
func (c Collection) extent(r Result, o Origin) Extent {
	stored, expected := r.Stored, r.Expected
	if expected == nil {
		stored, expected = c.stored(""), c.ExpectedRows
	}
	switch {
	case r.Part != "":
		return Unsaid
	case o.Running || expected != nil && stored < *expected:
		return Cut
	case expected != nil:
		return Entire
	case o.Exported:
		return Exported
	}
	return Unsaid
}

// stored is how many rows of an artifact are kept, or of all of them, "".
func (c Collection) stored(artifact string) (rows int64) {
	for _, r := range c.Results {
		if r.Artifact == artifact || artifact == "" && r.Artifact != Uploads {
			rows += r.Stored
		}
	}
	return rows
}

// meet brings a result to those that are kept of its artifact, and returns what is kept then. Beside one that is Entire
// there is nothing: it takes the place of all others, and parts that come later are there already. Parts are kept beside
// one another, each once by its name, and what has no name but comes to a part, or the other way round, is a part like
// them. What has the same rows as others is settled afterwards: see [Merge].
func meet(kept []Result, brought Result) ([]Result, Outcome) {
	alone := len(kept) == 1 && kept[0].Part == ""
	same := slices.IndexFunc(kept, func(r Result) bool { return r.same(brought) })
	switch {
	case brought.Instead != nil:
		return swap(kept, brought)
	case len(kept) == 0:
		return []Result{brought}, Added
	case alone && brought.Part == "":
		outcome := compare(kept[0], brought)
		if outcome == Replaced {
			brought.Expected = larger(brought.Expected, kept[0].Expected)
			return []Result{brought}, Replaced
		}
		return []Result{kept[0].learn(brought, outcome)}, outcome
	case alone && kept[0].Extent == Entire:
		return kept, Same
	case brought.Extent == Entire:
		for _, r := range kept {
			brought.Expected = larger(brought.Expected, r.Expected)
		}
		return []Result{brought}, Whole
	case same >= 0:
		kept[same] = kept[same].learn(brought, Same)
		return kept, Same
	case brought.Part == "":
		brought.Part = tablePart(brought.Digest)
	}
	return append(kept, brought), Added
}

// same reports whether two results that may be parts are the same delivery.
func (r Result) same(brought Result) bool {
	if brought.Part == "" {
		return r.Digest == brought.Digest && (r.Part == "" || r.Part == tablePart(r.Digest))
	}
	return r.Part == brought.Part
}

// TableWay is how the parts come that are whole tables: each is a way of its own, on which all its rows come at once.
const TableWay = "table"

func tablePart(digest string) string { return TableWay + "/" + digest }

// way is how the rows came. Of two ways each may bring all rows, so that rows are the same if they are equal; on one way
// equal rows are as many as come.
func (r Result) way() string {
	way, _, _ := strings.Cut(r.Part, "/")
	if way == TableWay {
		return r.Part
	}
	return way
}

// Instead says whose place a result takes, and what has to be kept still for that.
type Instead struct {
	// Of is the id of a result of the same collection and artifact.
	Of string
	// Beside are the ids of results of the artifact that have the rows which the result of Of had and this one has not.
	Beside []string
}

// swap puts a result in the place of another one, or leaves that away where nothing of it is to be kept.
func swap(kept []Result, brought Result) ([]Result, Outcome) {
	place := -1
	beside := make(map[string]bool)
	for i, r := range kept {
		if beside[r.ID] = true; r.ID == brought.Instead.Of {
			place = i
		}
	}
	if place < 0 || slices.ContainsFunc(brought.Instead.Beside, func(id string) bool { return !beside[id] }) {
		return kept, Stale
	}
	if brought.Instead = nil; brought.Stored == 0 && len(brought.Marks) == 0 {
		kept = slices.Delete(kept, place, place+1)
		if len(kept) > 0 {
			kept[0].Expected = larger(kept[0].Expected, brought.Expected)
		}
		return kept, Replaced
	}
	kept[place] = brought
	return kept, Replaced
}

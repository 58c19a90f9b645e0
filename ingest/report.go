package ingest

import "fmt"

// Report says what is kept after an ingest.
type Report struct {
	// Collections are in the order in which the input had them.
	Collections []Kept
	// Notes are for people: where what is kept is not what was brought.
	Notes []string
}

// Kept is one collection of an ingest.
type Kept struct {
	// Collection is the collection as it is kept now, with what earlier ingests brought. Its Status is Duplicate when
	// this one brought nothing new.
	Collection Collection
	// Outcomes says what became of each artifact that was brought.
	Outcomes map[string]Outcome
}

func newReport(brought []Collection, merged []Merged) Report {
	var report Report
	for i, m := range merged {
		kept := Kept{Collection: m.Collection, Outcomes: make(map[string]Outcome)}
		if !m.Changed {
			kept.Collection.Status = Duplicate
		}
		for j, outcome := range m.Outcomes {
			result := brought[i].Results[j]
			kept.Outcomes[result.Artifact] = outcome
			if outcome == Shorter {
				report.Notes = append(report.Notes, fmt.Sprintf(
					"%s of %s: %d rows came, and the more that an earlier ingest brought were kept",
					Quote(result.Artifact), Quote(m.Collection.Hostname), result.Stored))
			}
		}
		report.Collections = append(report.Collections, kept)
	}
	return report
}

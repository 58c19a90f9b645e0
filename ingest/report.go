package ingest

import "fmt"

// Report says what is kept after an ingest.
type Report struct {
	// Collections are in the order in which the input had them.
	Collections []Kept
	// Notes are for people: where what is kept is not what was brought, or rows belong to no collection.
	Notes []string
}

// Kept is one collection of an ingest.
type Kept struct {
	// Collection is the collection as it is kept now, with what earlier ingests brought. Its Status is Duplicate when
	// this one brought nothing new.
	Collection Collection
	// Brought is the account of this ingest alone, by artifact, as far as it brought them. Uploaded files are not in it.
	Brought []Brought
}

// Brought is the account of one artifact in one ingest. Of an Outcome of Shorter no row is stored.
type Brought struct {
	Result
	// Outcome says what became of the rows.
	Outcome Outcome
}

func newReport(brought []Collection, merged []Merged, notes []string) Report {
	report := Report{Notes: notes}
	for i, m := range merged {
		kept := Kept{Collection: m.Collection}
		if !m.Changed {
			kept.Collection.Status = Duplicate
		}
		for j, outcome := range m.Outcomes {
			r := Brought{brought[i].Results[j], outcome}
			if r.Artifact == Uploads {
				continue
			}
			if note := r.note(m.Collection); note != "" {
				report.Notes = append(report.Notes, note)
			}
			if outcome == Shorter {
				r.Stored, r.NullRows = 0, 0
			}
			kept.Brought = append(kept.Brought, r)
		}
		report.Collections = append(report.Collections, kept)
	}
	return report
}

// note says where what is kept of a flow is not what earlier ingests, or this one, brought; "" where nothing was lost.
func (b Brought) note(c Collection) string {
	of := fmt.Sprintf("%s of %s, flow %s", Quote(b.Artifact), Quote(c.Hostname), Quote(c.FlowID))
	switch {
	case b.Outcome == Added && b.Stored > maxCompared && len(c.Results) > len(c.Artifacts()):
		return fmt.Sprintf("%s: these %d rows were not compared with those that came otherwise, because they are more than %d: "+
			"some may be there twice, until the whole flow is exported", of, b.Stored, maxCompared)
	case b.Outcome == Added && b.Lossy && c.uncertain(b.Artifact):
		return fmt.Sprintf("%s: these %d rows are more than were pushed, but were read of CSV and cannot be compared: "+
			"some are there twice, until the others come", of, b.Stored)
	}
	switch b.Outcome {
	case Replaced:
		return fmt.Sprintf("%s: these %d rows took the place of those that an earlier ingest brought; "+
			"if they are parts of one result, send them in one request", of, b.Stored)
	case Shorter:
		if b.Stored >= c.stored(b.Artifact) {
			return fmt.Sprintf("%s: the %d rows that came are not kept, because those that an earlier ingest brought are of an export, "+
				"and have all columns; if these are rows of another flow, send them with its flow id", of, b.Stored)
		}
		return fmt.Sprintf("%s: the %d rows that came are not kept, because an earlier ingest brought more of the same flow; "+
			"if they are rows of another, send them with its flow id", of, b.Stored)
	}
	return ""
}

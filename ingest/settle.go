package ingest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/velocicompanion/velocicompanion/hosts"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// settle takes rows that came by several ways out of what was just committed, so that each is there once: see [Merge]. It
// changes merged to what is kept then. It looks at what is kept and at nothing that it did before, so that it may be broken
// off and is done again when the same rows come again.
func (s *Service) settle(ctx context.Context, in intake, brought []Collection, merged []Merged) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.cfg.StageLease)
	defer cancel()
	for i := range merged {
		m, known := &merged[i], 0 // results of which nothing was new
		for j, r := range brought[i].Results {
			outcome := m.Outcomes[j]
			if outcome == Shorter {
				known++
			}
			if outcome != Added && outcome != Same {
				continue
			}
			less, err := s.settleResult(ctx, in, &m.Collection, r)
			if err != nil {
				return fmt.Errorf("ingest: look for rows that are there already: %w", err)
			}
			left := m.Collection.find(r)
			if left == nil && r.Lossy {
				m.Outcomes[j] = Same // as those that it gave way to
			}
			if m.Outcomes[j] == Same || less && (left == nil || left.Stored == 0) {
				known++
			}
		}
		m.Changed = m.Changed && (known == 0 || known < len(brought[i].Results))
	}
	return nil
}

// find returns what a collection has of a delivery, or nil.
func (c Collection) find(brought Result) *Result {
	i := slices.IndexFunc(c.Results, func(r Result) bool {
		return r.Artifact == brought.Artifact && (r.ID == brought.ID || r.same(brought))
	})
	if i < 0 {
		return nil
	}
	return &c.Results[i]
}

// maxStale is how often in a row a result is looked at anew, because others changed meanwhile what it was compared with.
const maxStale = 100

// settleResult leaves of one result of c what no other has, and reports whether that is less than there was.
func (s *Service) settleResult(ctx context.Context, in intake, c *Collection, brought Result) (less bool, err error) {
	for stale := 0; stale < maxStale; {
		left, err := s.surplus(ctx, in, *c, brought)
		if err == nil && left == nil {
			return less, s.dropLossy(ctx, in, c, brought.Artifact)
		}
		var outcome Outcome
		if err == nil {
			outcome, err = s.replace(ctx, in, c, left)
		}
		switch {
		case err != nil && !errors.Is(err, ErrReplaced):
			return less, err
		case outcome == Replaced:
			less, stale = less || !left.yields, 0
		default:
			stale++
			if *c, err = s.store.Collection(ctx, in.tenant, c.ID); err != nil {
				return less, err
			}
		}
	}
	return less, ErrBusy
}

// located is a result in its collection.
type located struct {
	collectionID string
	Result
}

// surplus returns what is to take the place of the result that was brought, or of one that has rows of it with less in them;
// nil where no row is there too often.
func (s *Service) surplus(ctx context.Context, in intake, c Collection, brought Result) (*remainder, error) {
	this := c.find(brought)
	if this == nil || this.Part == "" {
		return nil, nil
	}
	part := located{c.ID, *this}
	if this.ID == brought.ID {
		part.Marks = brought.Marks
	}
	left, poorer, err := s.without(ctx, in, c, part)
	for _, o := range poorer {
		if err != nil {
			break
		}
		var less *remainder
		if less, _, err = s.without(ctx, in, c, o); less != nil {
			less.yields = true
			return less, err
		}
	}
	return left, err
}

// others returns what may have rows of a part: the other results of the artifact in its flow. Where it is a table of events,
// which are of no flow, these are the events of the host that came before it.
func (s *Service) others(ctx context.Context, tenant tenancy.ID, c Collection, part located) (others []located, err error) {
	for _, r := range c.Results {
		if r.Artifact == part.Artifact && r.ID != part.ID && !r.Lossy {
			others = append(others, located{c.ID, r})
		}
	}
	if c.FlowID != "" || part.way() != part.Part {
		return others, nil
	}
	before, err := s.eventsBefore(ctx, tenant, c, part.Artifact)
	for _, o := range before {
		if !o.Lossy {
			others = append(others, o)
		}
	}
	return others, err
}

// eventsBefore returns what there is of the events of an artifact of the host of c, which are of no flow, and came before it.
func (s *Service) eventsBefore(ctx context.Context, tenant tenancy.ID, c Collection, artifact string) (events []located, err error) {
	page := CollectionFilter{HostID: c.HostID, Artifact: artifact, Before: c.ID, Limit: DefaultLimit}
	for {
		found, err := s.store.Collections(ctx, tenant, page)
		if err != nil {
			return nil, err
		}
		for _, before := range found {
			for _, r := range before.Results {
				if before.FlowID == "" && r.Artifact == artifact && r.Part != "" {
					events = append(events, located{before.ID, r})
				}
			}
		}
		if len(found) < page.Limit {
			return events, nil
		}
		page.Before = found[len(found)-1].ID
	}
}

// noteUncompared tells of tables of events that were added beside others, where either was read of CSV.
func (s *Service) noteUncompared(ctx context.Context, tenant tenancy.ID, b *Batch, m Merged) {
	c := m.Collection
	for _, r := range c.Results {
		if !m.Changed || c.FlowID != "" || r.Part == "" || r.way() != r.Part || r.Stored == 0 {
			continue
		}
		before, err := s.eventsBefore(ctx, tenant, c, r.Artifact)
		if err != nil {
			s.cfg.Logger.WarnContext(ctx, "ingest: cannot look for events that came before", "tenant", tenant, "error", err)
		}
		if slices.ContainsFunc(before, func(o located) bool { return o.Stored > 0 && (o.Lossy || r.Lossy) }) {
			b.Note(fmt.Sprintf("%s of %s: what is read of CSV cannot be compared with other events of the host: those that "+
				"are in both are there twice; bring such tables as JSON", Quote(r.Artifact), Quote(c.Hostname)))
		}
	}
}

// replace puts what remains of a part into its place, and changes c to what is kept then; Stale where the others changed.
func (s *Service) replace(ctx context.Context, in intake, c *Collection, left *remainder) (Outcome, error) {
	in.progress = &Progress{} // of rows that were counted before
	var w *ResultWriter
	rewrite := func(ctx context.Context, b *Batch) (err error) {
		origin := Origin{Host: hosts.Observation{ClientID: c.ClientID}, CollectedAt: c.CollectedAt}
		origin.Host.Hostname = c.Hostname
		if w, err = b.Collection(origin).Result(left.part.Artifact, nil); err != nil || !slices.Contains(left.keep, true) {
			return err
		}
		n := 0
		for row, err := range s.rowsOf(ctx, in.tenant, left.part) {
			if err != nil {
				return err
			}
			if left.keep[n] {
				if err := w.Row(int64(n+1), row); err != nil {
					return err
				}
			}
			n++
		}
		return nil
	}
	_, merged, err := s.keep(ctx, in, readFunc(rewrite), func(context.Context, *Batch) ([]Collection, error) {
		r := left.part.Result
		r.ID, r.Stored, r.NullRows = w.result.ID, w.result.Stored, w.result.NullRows
		r.Read, r.Marks = r.Stored+r.Rejected, left.marks.encode()
		r.Instead = &Instead{Of: left.part.ID, Beside: left.beside}
		changed := *c
		changed.Results = []Result{r}
		return []Collection{changed}, nil
	})
	if err != nil {
		return "", err
	}
	*c = merged[0].Collection
	return merged[0].Outcomes[0], nil
}

type readFunc func(ctx context.Context, b *Batch) error

func (f readFunc) ReadInto(ctx context.Context, b *Batch) error { return f(ctx, b) }

// dropLossy removes what was read of CSV, once parts of the artifact have as many rows.
func (s *Service) dropLossy(ctx context.Context, in intake, c *Collection, artifact string) error {
	var others int64
	var beside []string
	var lossy []Result
	for _, r := range c.Results {
		switch {
		case r.Artifact != artifact:
		case r.Lossy:
			lossy = append(lossy, r)
		default:
			others += r.Stored
			beside = append(beside, r.ID)
		}
	}
	for _, r := range lossy {
		if len(beside) == 0 || others < r.Stored {
			continue
		}
		r.Stored, r.Marks = 0, nil
		left := &remainder{part: located{c.ID, r}, beside: beside}
		if _, err := s.replace(ctx, in, c, left); err != nil {
			return err
		}
	}
	return nil
}

package ingest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
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
			if outcome == Same || less && (left == nil || left.Stored == 0) {
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

// settleResult leaves of one result of c what no other has, and reports whether that is less than there was.
func (s *Service) settleResult(ctx context.Context, in intake, c *Collection, brought Result) (changed bool, err error) {
	for {
		this := c.find(brought)
		if this == nil || this.Part == "" {
			return changed, nil
		}
		part := located{c.ID, *this}
		if this.ID == brought.ID {
			part.Marks = brought.Marks
		}
		others, err := s.others(ctx, in.tenant, *c, part)
		if err != nil {
			return changed, err
		}
		instead, err := s.without(ctx, in, *c, part, others)
		if err == nil && instead == nil {
			return changed, s.dropLossy(ctx, in, c, brought.Artifact)
		}
		var outcome Outcome
		if err == nil {
			outcome, err = s.replace(ctx, in, c, instead)
		}
		if err != nil && !errors.Is(err, ErrReplaced) {
			return changed, err
		}
		if changed = changed || outcome == Replaced; outcome != Replaced {
			if *c, err = s.store.Collection(ctx, in.tenant, c.ID); err != nil { // somebody else was here meanwhile
				return changed, err
			}
		}
	}
}

// located is a result in its collection.
type located struct {
	collectionID string
	Result
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
	page := CollectionFilter{HostID: c.HostID, Artifact: part.Artifact, Before: c.ID, Limit: DefaultLimit}
	for {
		found, err := s.store.Collections(ctx, tenant, page)
		if err != nil {
			return nil, err
		}
		for _, before := range found {
			for _, r := range before.Results {
				if before.FlowID == "" && r.Artifact == part.Artifact && r.Part != "" {
					others = append(others, located{before.ID, r})
				}
			}
		}
		if len(found) < page.Limit {
			return others, nil
		}
		page.Before = found[len(found)-1].ID
	}
}

// maxCompared is how many rows of a table are looked for among those that were pushed, some 100 bytes of memory each. One
// with more stays whole beside them.
const maxCompared = 1 << 21

// tally counts the rows of one sum.
type tally struct {
	here   int // in the part
	stored int // in the others
	own    int // came before on the way of the part
	way    int // came on the way that is looked at
	most   int // came on the way on which most came
}

// without returns what is to take the place of a part, with the rows that the others lack; nil where that is all of it.
func (s *Service) without(ctx context.Context, in intake, c Collection, part located, others []located) (*remainder, error) {
	if len(others) == 0 || part.Lossy || part.Stored > maxCompared {
		return nil, nil
	}
	var here marks
	for m, err := range s.marksOf(ctx, in, part) {
		if err != nil {
			return nil, err
		}
		here = append(here, m)
	}
	sums, ids := make(map[rowSum]*tally), make(map[uint64]bool) // ids that came before
	for _, m := range here {
		if sums[m.sum] == nil {
			sums[m.sum] = new(tally)
		}
		if m.id != 0 {
			ids[m.id] = false
		}
	}
	if len(ids) == 0 && !slices.ContainsFunc(others, func(o located) bool { return o.way() != part.way() }) {
		return nil, nil
	}
	if err := s.count(ctx, in, sums, ids, part, others); err != nil {
		return nil, err
	}
	for _, m := range here {
		if !ids[m.id] {
			sums[m.sum].here++
		}
	}
	return remain(part, others, here, sums, ids), nil
}

// count counts the rows of a part in the others, one way after the other.
func (s *Service) count(
	ctx context.Context, in intake, sums map[rowSum]*tally, ids map[uint64]bool, part located, others []located,
) error {
	slices.SortStableFunc(others, func(x, y located) int { return cmp.Compare(x.way(), y.way()) })
	for len(others) > 0 {
		way := others[0].way()
		for len(others) > 0 && others[0].way() == way {
			n := int64(0)
			for m, err := range s.marksOf(ctx, in, others[0]) {
				if err != nil {
					return err
				}
				if _, ours := ids[m.id]; ours && way == part.way() {
					ids[m.id] = true
				}
				if t := sums[m.sum]; t != nil {
					t.way++
					if n < others[0].Stored {
						t.stored++
					}
				}
				n++
			}
			others = others[1:]
		}
		for _, t := range sums {
			if t.most = max(t.most, t.way); way == part.way() {
				t.own = t.way
			}
			t.way = 0
		}
	}
	return nil
}

// remainder is a part without the rows that others have.
type remainder struct {
	part   located
	keep   []bool // of its stored rows
	marks  marks
	beside []string
}

// remain says which rows of a part stay: of each as many as, with those of the others, come to what there has to be.
func remain(part located, others []located, here marks, sums map[rowSum]*tally, ids map[uint64]bool) *remainder {
	out := &remainder{part: part, keep: make([]bool, part.Stored)}
	var elsewhere marks
	less := false
	for i, m := range here {
		t := sums[m.sum]
		switch {
		case ids[m.id]:
			less = true
		case i < len(out.keep) && max(t.most, t.own+t.here) > t.stored:
			t.stored++
			out.keep[i], out.marks = true, append(out.marks, m)
		default:
			less = less || i < len(out.keep)
			elsewhere = append(elsewhere, m)
		}
	}
	if !less {
		return nil
	}
	out.marks = append(out.marks, elsewhere...)
	for _, o := range others {
		if o.collectionID == part.collectionID {
			out.beside = append(out.beside, o.ID)
		}
	}
	return out
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

// marksOf yields the marks of a result, and makes those of one that has none: a table of which nothing was pushed when it
// came.
func (s *Service) marksOf(ctx context.Context, in intake, of located) iter.Seq2[mark, error] {
	return func(yield func(mark, error) bool) {
		kept := of.Marks
		if kept == nil && of.Part != "" {
			found, err := s.store.Marks(ctx, in.tenant, of.ID)
			if err != nil {
				yield(mark{}, err)
				return
			}
			kept = found
		}
		for m := range decodeMarks(kept) {
			if !yield(m, nil) {
				return
			}
		}
		if len(kept) > 0 || of.Stored == 0 {
			return
		}
		for row, err := range s.rowsOf(ctx, in.tenant, of) {
			if err != nil {
				yield(mark{}, err)
				return
			}
			if !yield(mark{sum: sumOf(row, "", in.cfg.MaxDepth)}, nil) {
				return
			}
		}
	}
}

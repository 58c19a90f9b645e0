package ingest

import (
	"cmp"
	"context"
	"iter"
	"slices"
)

// maxCompared is how many rows of a table are looked for among those that were pushed, some 250 bytes of memory each. One
// with more stays whole beside them, and a note says so.
const maxCompared = 1 << 19

// without returns what is to take the place of a part of c, with the rows that the others lack; nil where that is all of it.
// poorer are those of the others, in the same collection, that have some of its rows with less in them.
func (s *Service) without(
	ctx context.Context, in intake, c Collection, part located,
) (left *remainder, poorer []located, err error) {
	if part.Lossy || part.Stored > maxCompared {
		return nil, nil, nil
	}
	others, err := s.others(ctx, in.tenant, c, part)
	if err != nil || len(others) == 0 {
		return nil, nil, err
	}
	var here marks
	for m, err := range s.marksOf(ctx, in, part) {
		if err != nil {
			return nil, nil, err
		}
		here = append(here, m)
	}
	sums, ids := make(map[rowSum]*tally), make(map[uint64]bool) // ids that came before
	for i, m := range here {
		if sums[m.sum] == nil {
			sums[m.sum] = new(tally)
		}
		if m.full && i < int(part.Stored) {
			sums[m.sum].full = true
		}
		if m.id != 0 {
			ids[m.id] = false
		}
	}
	if len(ids) == 0 && !slices.ContainsFunc(others, func(o located) bool { return o.way() != part.way() }) {
		return nil, nil, nil
	}
	if poorer, err = s.count(ctx, in, sums, ids, part, others); err != nil {
		return nil, nil, err
	}
	for _, m := range here {
		if t := sums[m.sum]; !ids[m.id] {
			t.count(m, func(c *counts) *int { return &c.here })
		}
	}
	return remain(part, others, here, sums, ids), poorer, nil
}

// count counts the rows of a part in the others, one way after the other, and returns which of these are poorer.
func (s *Service) count(
	ctx context.Context, in intake, sums map[rowSum]*tally, ids map[uint64]bool, part located, others []located,
) (poorer []located, err error) {
	slices.SortStableFunc(others, func(x, y located) int { return cmp.Compare(x.way(), y.way()) })
	for len(others) > 0 {
		way := others[0].way()
		for len(others) > 0 && others[0].way() == way {
			n, less := int64(0), false
			for m, err := range s.marksOf(ctx, in, others[0]) {
				if err != nil {
					return nil, err
				}
				if _, ours := ids[m.id]; ours && way == part.way() {
					ids[m.id] = true
				}
				if t := sums[m.sum]; t != nil {
					t.count(m, func(c *counts) *int { return &c.way })
					if n < others[0].Stored {
						t.store(m)
						less = less || t.full && !m.full
					}
				}
				n++
			}
			if less && others[0].Part != "" && others[0].collectionID == part.collectionID {
				poorer = append(poorer, others[0])
			}
			others = others[1:]
		}
		for _, t := range sums {
			t.endWay(way == part.way())
		}
	}
	return poorer, nil
}

// remainder is a part without the rows that others have.
type remainder struct {
	part   located
	keep   []bool // of its stored rows
	marks  marks
	beside []string
	// yields says that it is not of the part that came, but of another one, which gives up poorer rows for it.
	yields bool
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
		case i < len(out.keep) && t.lacking(m):
			t.store(m)
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
			if !yield(markOf(row, "", false, in.cfg.MaxDepth), nil) {
				return
			}
		}
	}
}

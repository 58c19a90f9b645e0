package hunt

import (
	"cmp"
	"context"
	"slices"
)

// Export is all rows that a search selects, as they were when it was made.
type Export struct {
	s   *Service
	q   Search
	sel *selection
}

// Export returns the rows that q selects, whatever its After, Skip and Limit. It reads none of them yet.
func (s *Service) Export(ctx context.Context, q Search) (*Export, error) {
	if _, err := q.order(); err != nil {
		return nil, err
	}
	sel, err := s.lookUp(ctx, q.Scope)
	if err != nil {
		return nil, err
	}
	q.After = ""
	return &Export{s, q, sel}, nil
}

// exportRows is how many rows an export holds at a time, fewer where they are long.
const exportRows = 1000

// Rows calls yield with every row, in the order of the search, and the same ones each time that it is called: what was
// ingested since the export was made is not among them. It returns what it looked at, and the first error, which may be
// yield's; ingest.ErrReplaced where rows are not there any more.
func (e *Export) Rows(ctx context.Context, yield func(Row) error) (Account, error) {
	t := e.s.newTally(e.q.Scope)
	var wanted []wantedRows
	count := 0
	flush := func() error {
		var rows []Row
		size := 0
		give := func() error {
			err := e.s.nameHosts(ctx, rows)
			for _, r := range rows {
				if err == nil {
					err = yield(r)
				}
			}
			rows, size = nil, 0
			return err
		}
		err := e.s.rebuild(ctx, wanted, t, func(r Row) error {
			rows = append(rows, r)
			if size += len(r.Data); size < maxAnswerBytes {
				return nil
			}
			return give()
		})
		wanted, count = wanted[:0], 0
		if err != nil {
			return err
		}
		return give()
	}
	var failed error
	err := e.s.walk(ctx, e.sel, e.q, t, func(found wantedRows) bool {
		for part := range slices.Chunk(found.rows, exportRows) {
			wanted = append(wanted, wantedRows{found.ref, part})
			if count += len(part); count >= exportRows {
				if failed = flush(); failed != nil {
					return false
				}
			}
		}
		return true
	})
	if err = cmp.Or(failed, err); err == nil {
		err = flush()
	}
	return t.account(), err
}

package hunt

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/velocicompanion/velocicompanion/tenancy"
)

// Order is the order of the rows of a search.
type Order string

// The orders there are.
const (
	// Newest begins with the collection that came last; the rows of one artifact of it are in their own order.
	Newest Order = "newest"
	// Stored goes by artifact, and by when its collections came.
	Stored Order = "stored"
)

// Search asks for rows.
type Search struct {
	Scope
	// Order is Newest by default.
	Order Order
	// After is the Next of the page before, "" for the first; Limit is the most rows to return and has to be positive.
	After string
	Limit int
	// Skip is how many rows behind After are passed over, so that a table can be scrolled to any place of it.
	Skip int
	// Count asks for Total, which takes looking at the whole scope.
	Count bool
}

// Row is one row, and where it comes from.
type Row struct {
	Tenant       tenancy.ID
	HostID       string
	Hostname     string
	ClientID     string
	Artifact     string
	CollectionID string
	FlowID       string
	// Row is its place among the rows of the artifact in the collection, from 0.
	Row int64
	// Time is the row's own; zero where it has none.
	Time time.Time
	// Data is the row, exactly as Velociraptor wrote it.
	Data json.RawMessage
}

// SearchAnswer is a page of rows.
type SearchAnswer struct {
	Rows []Row
	// Next is where the next page begins, "" on the last. A page before it has fewer rows than Limit where more would be
	// longer than 16 MiB.
	Next string
	// Total is how many rows there are behind After, where it was asked for.
	Total int64
	Account
}

// Check implements [Question].
func (q Search) Check() error {
	if q.Limit <= 0 || q.Skip < 0 {
		return fmt.Errorf("%w: the limit has to be positive, and what is skipped not negative", ErrQuestion)
	}
	if _, err := q.order(); err != nil {
		return err
	}
	return q.Scope.Check()
}

// Search returns a page of the rows that q selects. It looks at no more than it takes to fill the page, unless they are to
// be counted, and that is what its account is of.
//
// The pages that follow one another have each row once that was there when the first was made. Of what is ingested between
// two pages they have what stands behind the first of these. Where rows took the place of others meanwhile, the pages have
// the ones or the others of an artifact of a collection; a page that would begin in the middle of those that are gone is
// ingest.ErrReplaced.
func (s *Service) Search(ctx context.Context, q Search) (SearchAnswer, error) {
	if err := q.Check(); err != nil {
		return SearchAnswer{}, err
	}
	sel, err := s.lookUp(ctx, q.Scope)
	if err != nil {
		return SearchAnswer{}, err
	}
	t := s.newTally(q.Scope)
	var wanted []wantedRows
	var last place
	out := SearchAnswer{}
	more, count, skip := false, 0, q.Skip
	err = s.walk(ctx, sel, q, t, func(found wantedRows) bool {
		if q.Count {
			out.Total += int64(len(found.rows))
		}
		passed := min(skip, len(found.rows))
		found.rows, skip = found.rows[passed:], skip-passed
		if len(found.rows) == 0 {
			return true
		}
		if count == q.Limit {
			more = true
			return q.Count
		}
		if left := q.Limit - count; len(found.rows) > left {
			found.rows, more = found.rows[:left], true
		}
		count += len(found.rows)
		wanted = append(wanted, found)
		last = placeOf(found.ref, found.rows[len(found.rows)-1])
		return q.Count || !more
	})
	if err != nil {
		return SearchAnswer{}, err
	}
	size := 0
	err = s.rebuild(ctx, wanted, t, func(r Row) error {
		if size += len(r.Data); size > maxAnswerBytes && len(out.Rows) > 0 {
			return errFullPage
		}
		out.Rows = append(out.Rows, r)
		return nil
	})
	if errors.Is(err, errFullPage) {
		more, last, err = true, placeAt(wanted, len(out.Rows)-1), nil
	}
	if err == nil {
		err = s.nameHosts(ctx, out.Rows)
	}
	if err != nil {
		return SearchAnswer{}, err
	}
	if more {
		out.Next = sel.cursor(last)
	}
	out.Account = t.account()
	return out, nil
}

// errFullPage says that no more rows fit into an answer.
var errFullPage = errors.New("hunt: the page is full")

// placeAt returns the place of one of the wanted rows, counted from 0.
func placeAt(wanted []wantedRows, n int) place {
	for n >= len(wanted[0].rows) {
		n -= len(wanted[0].rows)
		wanted = wanted[1:]
	}
	return placeOf(wanted[0].ref, wanted[0].rows[n])
}

// walk calls yield with the rows that q selects of each chunk that has some, in q's order, until it returns false. It
// looks at few chunks at first, and at ever more at once as long as that is not enough.
func (s *Service) walk(ctx context.Context, sel *selection, q Search, t *tally, yield func(wantedRows) bool) error {
	after, err := sel.at(q.After)
	if err != nil {
		return err
	}
	order, err := q.order()
	if err != nil {
		return err
	}
	refs := slices.Clone(sel.pruned())
	slices.SortFunc(refs, func(x, y ref) int { return order(placeOf(x, 0), placeOf(y, 0)) })
	if q.After != "" {
		refs = refs[after.begin(refs, order):]
	}
	for size := max(8, 2*s.cfg.Workers); len(refs) > 0; size = min(2*size, 4096) {
		batch := refs[:min(size, len(refs))]
		refs = refs[len(batch):]
		found := make([]bitset, len(batch))
		err := s.scan(ctx, plan{selection: sel}, batch, t, func(_ int, p part) error {
			found[p.at] = p.rows
			return nil
		})
		if err != nil {
			return err
		}
		for i, rows := range found {
			w := wantedRows{ref: batch[i]}
			behind := q.After == "" || order(placeOf(batch[i], 0), after) > 0
			rows.each(func(row int) {
				if behind || order(placeOf(batch[i], row), after) > 0 {
					w.rows = append(w.rows, row)
				}
			})
			if len(w.rows) > 0 && !yield(w) {
				return nil
			}
		}
	}
	return nil
}

func (q Search) order() (func(x, y place) int, error) {
	switch q.Order {
	case Newest, "":
		return func(x, y place) int {
			return cmp.Or(strings.Compare(y.collection, x.collection), strings.Compare(x.tenant, y.tenant),
				strings.Compare(x.artifact, y.artifact), cmp.Compare(x.row, y.row))
		}, nil
	case Stored:
		return func(x, y place) int {
			return cmp.Or(strings.Compare(x.tenant, y.tenant), strings.Compare(x.artifact, y.artifact),
				strings.Compare(x.collection, y.collection), cmp.Compare(x.row, y.row))
		}, nil
	}
	return nil, fmt.Errorf("%w: the order is newest or stored", ErrQuestion)
}

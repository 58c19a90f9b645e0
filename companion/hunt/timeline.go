package hunt

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/velocicompanion/velocicompanion/hosts"
	"github.com/velocicompanion/velocicompanion/ingest/chunk"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// Timeline asks for the rows of a host in the order of their times.
type Timeline struct {
	// Scope says which rows; its hosts and labels are not for timelines.
	Scope
	// HostID is the host's id in the inventory.
	HostID string
	// Newest begins with the latest row instead of the earliest.
	Newest bool
	// Untimed asks for the rows that have no time instead, in the order in which their collections came.
	Untimed bool
	// Cursor is the Next or Previous of another page, "" for the first one; Limit is the most rows to return and has to
	// be positive.
	Cursor string
	Limit  int
}

// TimelineAnswer is a page of rows, and how all of them lie in time.
type TimelineAnswer struct {
	Host HostRef
	Rows []Row
	// Next and Previous lead to the pages behind and in front, in the order that was asked for; "" where there is none.
	Next     string
	Previous string
	// Buckets count all rows of the scope, those of other pages too, in the narrowest spans of which there are not too
	// many. Spans without rows are left out.
	Buckets     []Bucket
	BucketWidth time.Duration
	// WithoutTime is how many rows of the scope have no time, and so no place among the others: see Untimed. They are not
	// counted where the scope has times itself.
	WithoutTime int64
	Account
}

// Timeline returns a page of the rows of a host in the order of their times. ErrNotFound where none of the tenants has
// the host; ingest.ErrReplaced, and what pages have of rows that come while one follows another, is as with
// [Service.Search].
func (s *Service) Timeline(ctx context.Context, q Timeline) (TimelineAnswer, error) {
	if err := q.Check(); err != nil {
		return TimelineAnswer{}, err
	}
	host, err := s.hostOf(ctx, q.Tenants, q.HostID)
	if err != nil {
		return TimelineAnswer{}, err
	}
	t := s.newTally(q.Scope)
	q.Tenants, q.Hosts = []tenancy.ID{host.Tenant}, []string{host.ID}
	sel, err := s.lookUp(ctx, q.Scope)
	if err != nil {
		return TimelineAnswer{}, err
	}
	page, err := newTimePage(q, sel)
	if err != nil {
		return TimelineAnswer{}, err
	}
	refs := sel.pruned()
	seen := make([]timeSeen, s.cfg.Workers)
	err = s.scan(ctx, plan{selection: sel, times: true}, refs, t, func(worker int, p part) error {
		seen[worker].add(p, page)
		return nil
	})
	if err != nil {
		return TimelineAnswer{}, err
	}
	all := &seen[0]
	for i := range seen[1:] {
		all.merge(&seen[i+1])
	}
	out := TimelineAnswer{Host: host, WithoutTime: all.without}
	out.Buckets, out.BucketWidth = all.histogram.buckets()
	for {
		found := page.cut(all.moments, sel, &out)
		if out.Rows, err = s.rowsAt(ctx, refs, found, t); !errors.Is(err, errFullPage) {
			break
		}
		page.limit = len(found) / 2
	}
	if err != nil {
		return TimelineAnswer{}, err
	}
	for i := range out.Rows {
		out.Rows[i].Hostname, out.Rows[i].ClientID = host.Hostname, host.ClientID
	}
	out.Account = t.account()
	return out, nil
}

// Check implements [Question].
func (q Timeline) Check() error {
	switch {
	case len(q.Scope.Hosts)+len(q.Labels) > 0:
		return fmt.Errorf("%w: a timeline is of one host", ErrQuestion)
	case q.Limit <= 0:
		return fmt.Errorf("%w: the limit has to be positive", ErrQuestion)
	}
	return q.Scope.Check()
}

// hostOf finds the host in one of the tenants.
func (s *Service) hostOf(ctx context.Context, tenants []tenancy.ID, id string) (HostRef, error) {
	for _, tenant := range tenants {
		h, err := s.inventory.Host(ctx, tenant, id)
		if err == nil {
			return HostRef{Tenant: tenant, ID: h.ID, Hostname: h.Hostname, ClientID: h.ClientID}, nil
		}
		if !errors.Is(err, hosts.ErrNotFound) {
			return HostRef{}, fmt.Errorf("hunt: hosts: %w", err)
		}
	}
	return HostRef{}, ErrNotFound
}

// rowsAt returns the rows at moments, in their order. errFullPage where they are too long for an answer.
func (s *Service) rowsAt(ctx context.Context, refs []ref, moments []moment, t *tally) ([]Row, error) {
	places := make([]int, len(moments))
	for i := range places {
		places[i] = i
	}
	slices.SortFunc(places, func(x, y int) int { return moments[x].at.compare(moments[y].at) })
	var wanted []wantedRows
	for i, place := range places {
		at := moments[place].at
		if i == 0 || moments[places[i-1]].at.chunk != at.chunk {
			wanted = append(wanted, wantedRows{ref: refs[at.chunk]})
		}
		last := &wanted[len(wanted)-1]
		last.rows = append(last.rows, at.row)
	}
	rows := make([]Row, len(moments))
	next, size := 0, 0
	err := s.rebuild(ctx, wanted, t, func(r Row) error {
		if size += len(r.Data); size > maxAnswerBytes && len(rows) > 1 {
			return errFullPage
		}
		rows[places[next]] = r
		next++
		return nil
	})
	return rows, err
}

// moment is where a row stands in a timeline. Rows of one time stand by when their collections came.
type moment struct {
	time int64 // microseconds
	place
	at location
}

func (m moment) compare(other moment) int {
	return cmp.Or(cmp.Compare(m.time, other.time), m.place.compare(other.place))
}

// timePage says which moments belong to a page.
type timePage struct {
	limit int
	// behind tells that the page is the one behind from, in the order asked for, and else the one in front of it.
	behind  bool
	from    *moment
	newest  bool
	untimed bool
}

func newTimePage(q Timeline, sel *selection) (timePage, error) {
	p := timePage{limit: q.Limit, behind: true, newest: q.Newest, untimed: q.Untimed}
	if q.Cursor == "" {
		return p, nil
	}
	var at moment
	direction, rest, _ := strings.Cut(q.Cursor, " ")
	micros, cursor, _ := strings.Cut(rest, " ")
	var err error
	at.time, err = strconv.ParseInt(micros, 10, 64)
	if err != nil || direction != "behind" && direction != "before" || cursor == "" {
		return p, fmt.Errorf("%w: the cursor is of no page", ErrQuestion)
	}
	at.place, err = sel.at(cursor)
	p.from, p.behind = &at, direction == "behind"
	return p, err
}

func (m moment) cursor(direction string, sel *selection) string {
	return fmt.Sprintf("%s %d %s", direction, m.time, sel.cursor(m.place))
}

// order compares in the direction in which the page is filled.
func (p timePage) order(x, y moment) int {
	if p.newest == p.behind {
		return y.compare(x)
	}
	return x.compare(y)
}

// cut returns the moments of the page in the order asked for, and sets the cursors.
func (p timePage) cut(moments []moment, sel *selection, out *TimelineAnswer) []moment {
	slices.SortFunc(moments, p.order)
	more := len(moments) > p.limit
	moments = moments[:min(p.limit, len(moments))]
	if !p.behind {
		slices.Reverse(moments)
	}
	if len(moments) == 0 {
		return nil
	}
	if more || !p.behind {
		out.Next = moments[len(moments)-1].cursor("behind", sel)
	}
	if more && !p.behind || p.behind && p.from != nil {
		out.Previous = moments[0].cursor("before", sel)
	}
	return moments
}

// timeSeen is what a worker has seen: the moments that come first in the page, and how many rows lie when.
type timeSeen struct {
	moments   []moment
	histogram histogram
	without   int64
	last      *moment // where moments are enough already, the last of them
}

func (s *timeSeen) add(p part, page timePage) {
	first := placeOf(p.ref, 0)
	p.rows.each(func(row int) {
		m := moment{chunk.NoTime, first, location{p.at, row}}
		m.row += int64(row)
		if p.times != nil {
			m.time = p.times[row]
		}
		untimed := m.time == chunk.NoTime
		if untimed {
			s.without++
		} else {
			s.histogram.add(m.time, 1)
		}
		if untimed != page.untimed {
			return
		}
		if page.from != nil && page.order(m, *page.from) <= 0 || s.last != nil && page.order(m, *s.last) > 0 {
			return
		}
		s.moments = append(s.moments, m)
		if enough := page.limit + 1; len(s.moments) >= 2*enough {
			slices.SortFunc(s.moments, page.order)
			s.moments = s.moments[:enough]
			last := s.moments[enough-1]
			s.last = &last
		}
	})
}

func (s *timeSeen) merge(other *timeSeen) {
	s.moments = append(s.moments, other.moments...)
	s.histogram.merge(&other.histogram)
	s.without += other.without
}

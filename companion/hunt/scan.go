package hunt

import (
	"context"
	"errors"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/velocicompanion/velocicompanion/companion/hunt/kql"
	"github.com/velocicompanion/velocicompanion/ingest/chunk"
)

// plan says what a question reads of the chunks of a selection.
type plan struct {
	*selection
	// fields are the columns that each chunk is read for, beside those of the query.
	fields []string
	// pick, where it is set, says by the index which further columns to read of a chunk; with ok false the chunk is
	// passed over. It is called from several goroutines.
	pick func(*chunk.Index) (columns []string, ok bool)
	// sift, where it is set, says of the hashes of the observables of a column whether pick may take it.
	sift func(hashes []uint32) bool
	// observables tells that pick looks at the observables of columns, without sift.
	observables bool
	// times tells that the question looks at the times of rows.
	times bool
}

// nothing tells that the plan needs none of the blocks of a chunk.
func (p plan) nothing() bool {
	return !p.consults() && len(p.fields) == 0 && !p.times && !p.timed
}

// consults tells that it takes the index of a chunk to know what to read of it.
func (p plan) consults() bool {
	_, everything := p.query.(kql.All)
	return !everything || p.pick != nil
}

// always are the names of the blocks that are read of every chunk, as far as it has them, beside the times.
func (p plan) always() (names []string) {
	for _, path := range p.fields {
		names = append(names, chunk.ColumnName(path))
	}
	if p.sift != nil || p.observables {
		names = append(names, chunk.ObservablesColumn)
	}
	return names
}

// part is what a scan hands to a question of one chunk that has rows in the selection.
type part struct {
	ref
	// at is the place of the chunk among those that were scanned.
	at int
	// view has the columns that the plan asked for. It is nil where the plan asked for nothing.
	view *chunk.View
	// rows are those that are in the selection, at least one.
	rows bitset
	// times are the times of all rows of the chunk; nil where none has one, or where nobody asked.
	times []int64
}

// scan reads the chunks refs as p says and calls each with those that have rows in the selection. Several workers call
// each at once, with their numbers from 0 and below Config.Workers; one worker makes one call at a time. The chunks
// come in no certain order. The first error, and the end of ctx, end the scan. How much was read is added to t.
//
// A question prepares its selection with lookUp, keeps what it counts by worker, and puts that together when scan has
// returned.
func (s *Service) scan(ctx context.Context, p plan, refs []ref, t *tally, each func(worker int, p part) error) error {
	t.add(refs)
	var size, next atomic.Int64
	groups := groupsOf(refs, groupBytes*s.cfg.MaxBytes)
	running, ctx := errgroup.WithContext(ctx)
	for worker := range min(s.cfg.Workers, len(groups)) {
		running.Go(func() error {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(groups) {
					return nil
				}
				if err := s.work(ctx, t); err != nil {
					return err
				}
				err := s.scanGroup(ctx, p, groups[i], &size, func(p part) error { return each(worker, p) })
				s.working.give(t.asker)
				if err != nil {
					return err
				}
			}
		})
	}
	err := running.Wait()
	t.Bytes += size.Load()
	return err
}

// work waits for a worker, which is to be given back. ErrBusy after Config.MaxWait, unless the question is at work already:
// what was read is not to be in vain.
func (s *Service) work(ctx context.Context, t *tally) error {
	for {
		err := s.working.take(ctx, t.asker, s.cfg.MaxWait)
		if err == nil {
			t.patient.Store(true)
		}
		if !errors.Is(err, ErrBusy) || !t.patient.Load() {
			return err
		}
	}
}

// group is consecutive chunks of one tenant and artifact that are asked for at once.
type group struct {
	refs []ref
	at   []int // their places among those that are scanned
}

// only returns the chunks of the group at some places of it.
func (g group) only(places []int) (some group) {
	for _, i := range places {
		some.refs, some.at = append(some.refs, g.refs[i]), append(some.at, g.at[i])
	}
	return some
}

// What a group of a scan is at most: maxGroup chunks, and rows of groupBytes times Config.MaxBytes. All that is held of
// all its chunks at once are their indexes, which are a small part of the rows.
const (
	maxGroup   = 256
	groupBytes = 16
)

// groupsOf puts chunks together whose rows are at most maxBytes, or takes one alone.
func groupsOf(refs []ref, maxBytes int64) (groups []group) {
	for at := 0; at < len(refs); {
		first, end, size := refs[at], at, int64(0)
		var places []int
		for end < len(refs) && end-at < maxGroup && (end == at || size+refs[end].RawBytes <= maxBytes) &&
			refs[end].tenant == first.tenant && refs[end].Artifact == first.Artifact {
			size += refs[end].RawBytes
			places = append(places, end)
			end++
		}
		groups = append(groups, group{refs[at:end], places})
		at = end
	}
	return groups
}

// scanGroup works on chunk after chunk, as they come.
func (s *Service) scanGroup(ctx context.Context, p plan, g group, size *atomic.Int64, each func(part) error) error {
	if p.nothing() {
		for i, r := range g.refs {
			if err := each(part{ref: r, at: g.at[i], rows: allRows(r.Rows)}); err != nil {
				return err
			}
		}
		return nil
	}
	if p.sift != nil {
		left, err := s.sift(ctx, g.refs, p.sift, size)
		if err != nil {
			return err
		}
		g = g.only(left)
	}
	guess := p.always()
	if p.times || p.timed {
		guess = append(guess, chunk.TimesColumn)
	}
	indexes := make([]*chunk.Index, len(g.refs))
	return s.read(ctx, reading{
		refs: g.refs, guess: guess, size: size,
		wanted: func(i int, v *chunk.View) (names []string, ok bool, err error) {
			if p.consults() {
				indexes[i], names, err = p.consult(v)
				if indexes[i] == nil || err != nil {
					return nil, false, err
				}
			}
			names = append(names, p.always()...)
			if (p.times || p.timed) && !g.refs[i].MinTime.IsZero() {
				names = append(names, chunk.TimesColumn)
			}
			return names, true, nil
		},
		done: func(i int, v *chunk.View) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return s.scanChunk(p, g.refs[i], v, indexes[i], g.at[i], each)
		},
	})
}

// consult reads the index of a chunk and says which blocks the plan needs of it; a nil index says that it needs none
// of the chunk.
func (p plan) consult(v *chunk.View) (x *chunk.Index, names []string, err error) {
	if x, err = v.Index(); err != nil {
		return nil, nil, err
	}
	if !mayMatch(p.query, x) {
		return nil, nil, nil
	}
	paths := columnsOf(p.query, x)
	if p.pick != nil {
		picked, ok := p.pick(x)
		if !ok {
			return nil, nil, nil
		}
		paths = append(paths, picked...)
	}
	for _, path := range paths {
		names = append(names, chunk.ColumnName(path))
	}
	return x, names, nil
}

func (s *Service) scanChunk(p plan, r ref, v *chunk.View, x *chunk.Index, at int, each func(part) error) (err error) {
	found := part{ref: r, at: at, view: v, rows: allRows(r.Rows)}
	if p.times || p.timed {
		if found.times, err = v.Times(); err != nil {
			return chunkError(&r, err)
		}
	}
	if p.timed {
		found.rows = between(found.times, p.from, p.to, r.Rows)
	}
	if x != nil && !found.rows.empty() {
		if found.rows, err = matching(p.query, x, v, found.rows); err != nil {
			return chunkError(&r, err)
		}
	}
	if found.rows.empty() {
		return nil
	}
	return each(found)
}

// between returns the rows whose times are from from, and before to.
func between(times []int64, from, to int64, rows int) bitset {
	in := newBitset(rows)
	for row, t := range times {
		if t != chunk.NoTime && t >= from && t < to {
			in.add(row)
		}
	}
	return in
}

package hunt

import (
	"context"
	"slices"
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
	// observables tells that pick looks at them, times that the question looks at the times of rows.
	observables, times bool
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
	groups := s.groups(refs)
	running, ctx := errgroup.WithContext(ctx)
	for worker := range min(s.cfg.Workers, len(groups)) {
		running.Go(func() error {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(groups) {
					return nil
				}
				if err := s.enter(ctx); err != nil {
					return err
				}
				err := s.scanGroup(ctx, p, groups[i], &size, func(p part) error { return each(worker, p) })
				<-s.working
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

// enter waits until one of the workers that all questions share is free.
func (s *Service) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case s.working <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// group is consecutive chunks of one tenant and artifact that are read at once.
type group struct {
	refs []ref
	at   int
}

// maxGroup bounds the chunks of a group.
const maxGroup = 256

func (s *Service) groups(refs []ref) (groups []group) {
	for at := 0; at < len(refs); {
		first, end, size := refs[at], at, int64(0)
		for end < len(refs) && end-at < maxGroup && (end == at || size+refs[end].RawBytes <= s.cfg.MaxBytes) &&
			refs[end].tenant == first.tenant && refs[end].Artifact == first.Artifact {
			size += refs[end].RawBytes
			end++
		}
		groups = append(groups, group{refs[at:end], at})
		at = end
	}
	return groups
}

// always are the blocks of which every chunk has one, so that a chunk that was replaced meanwhile is found out.
var always = []string{chunk.RowsColumn, chunk.IndexColumn}

// scanGroup reads the blocks of a group in as few calls as it takes and works on chunk after chunk.
func (s *Service) scanGroup(ctx context.Context, p plan, g group, size *atomic.Int64, each func(part) error) error {
	_, everything := p.query.(kql.All)
	fields := make([]string, len(p.fields))
	for i, path := range p.fields {
		fields[i] = chunk.ColumnName(path)
	}
	if p.times || p.timed {
		fields = append(fields, chunk.TimesColumn)
	}
	if everything && p.pick == nil && len(fields) == 0 {
		for i, r := range g.refs {
			if err := each(part{ref: r, at: g.at + i, rows: allRows(r.Rows)}); err != nil {
				return err
			}
		}
		return nil
	}
	chunks := make([]*chunkBlocks, len(g.refs))
	for i, r := range g.refs {
		chunks[i] = newChunkBlocks(r)
	}
	first := always
	if p.observables {
		first = append(slices.Clip(first), chunk.ObservablesColumn)
	}
	if err := s.fetch(ctx, chunks, func(int) []string { return first }, size); err != nil {
		return err
	}
	indexes := make([]*chunk.Index, len(chunks))
	names := make([][]string, len(chunks))
	for i, c := range chunks {
		v, err := s.view(c)
		if err != nil {
			return err
		}
		names[i] = fields
		if !everything || p.pick != nil {
			var columns []string
			if indexes[i], columns, err = p.consult(v); indexes[i] == nil {
				names[i] = nil
			} else {
				names[i] = append(columns, fields...)
			}
		}
		if err == nil {
			names[i], err = v.Missing(names[i])
		}
		if err != nil {
			return chunkError(c.ref, err)
		}
	}
	if err := s.fetch(ctx, chunks, func(i int) []string { return names[i] }, size); err != nil {
		return err
	}
	for i, c := range chunks {
		if indexes[i] == nil && !(everything && p.pick == nil) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.scanChunk(p, c, indexes[i], g.at+i, each); err != nil {
			return err
		}
		chunks[i] = nil // what it decoded is not needed any more
	}
	return nil
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

func (s *Service) scanChunk(p plan, c *chunkBlocks, x *chunk.Index, at int, each func(part) error) error {
	v, err := s.view(c)
	if err != nil {
		return err
	}
	found := part{ref: c.ref, at: at, view: v, rows: allRows(c.ref.Rows)}
	if p.times || p.timed {
		if found.times, err = v.Times(); err != nil {
			return chunkError(c.ref, err)
		}
	}
	if p.timed {
		found.rows = between(found.times, p.from, p.to, c.ref.Rows)
	}
	if x != nil && !found.rows.empty() {
		if found.rows, err = matching(p.query, x, v, found.rows); err != nil {
			return chunkError(c.ref, err)
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

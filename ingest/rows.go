package ingest

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/velocicompanion/velocicompanion/ingest/chunk"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// DefaultLimit is how many collections a page has where the filter does not say.
const DefaultLimit = 100

// Collections returns a page of what f selects, newest first. A Limit of 0 is DefaultLimit.
func (s *Service) Collections(ctx context.Context, tenant tenancy.ID, f CollectionFilter) ([]Collection, error) {
	f.Limit = cmp.Or(f.Limit, DefaultLimit)
	return s.store.Collections(ctx, tenant, f)
}

// Collection returns one collection, or ErrNotFound.
func (s *Service) Collection(ctx context.Context, tenant tenancy.ID, id string) (Collection, error) {
	return s.store.Collection(ctx, tenant, id)
}

// Artifacts returns a summary of each artifact of the tenant, sorted by name.
func (s *Service) Artifacts(ctx context.Context, tenant tenancy.ID) ([]ArtifactSummary, error) {
	return s.store.Artifacts(ctx, tenant)
}

// Rows yields the rows of one artifact of one collection as they came in, in their order, beginning with the one at
// from, counted from 0. A row is the caller's to keep. The first error ends it: ErrNotFound when there is no such
// collection or it has no such artifact, ErrReplaced when another ingest replaced the rows meanwhile.
func (s *Service) Rows(
	ctx context.Context, tenant tenancy.ID, collectionID, artifact string, from int64,
) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		refs, err := s.chunks(ctx, tenant, collectionID, artifact, from)
		if err != nil {
			yield(nil, err)
			return
		}
		s.readRows(ctx, tenant, refs, from)(yield)
	}
}

// readRows yields the rows of consecutive chunks, without those before from.
func (s *Service) readRows(ctx context.Context, tenant tenancy.ID, refs []ChunkRef, from int64) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for len(refs) > 0 {
			n := withinBudget(refs)
			for row, err := range s.chunkRows(ctx, tenant, refs[:n], from) {
				if !yield(row, err) || err != nil {
					return
				}
			}
			refs = refs[n:]
		}
	}
}

// rowsOf yields the rows of one result. ErrReplaced when it is not there any more.
func (s *Service) rowsOf(ctx context.Context, tenant tenancy.ID, of located) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		var refs []ChunkRef
		var rows int64
		filter := ChunkFilter{Artifacts: []string{of.Artifact}, CollectionIDs: []string{of.collectionID}}
		for ref, err := range s.store.Chunks(ctx, tenant, filter) {
			if err != nil {
				yield(nil, err)
				return
			}
			if ref.ResultID == of.ID {
				refs, rows = append(refs, ref), rows+int64(ref.Rows)
			}
		}
		if rows != of.Stored {
			yield(nil, ErrReplaced)
			return
		}
		s.readRows(ctx, tenant, refs, 0)(yield)
	}
}

// chunks lists the chunks that hold the rows of an artifact of a collection beginning with from. Their FirstRow counts
// from the first row of the first part.
func (s *Service) chunks(
	ctx context.Context, tenant tenancy.ID, collectionID, artifact string, from int64,
) ([]ChunkRef, error) {
	c, err := s.store.Collection(ctx, tenant, collectionID)
	if err != nil {
		return nil, err
	}
	starts := make(map[string]int64) // of the parts
	var stored int64
	for _, r := range c.Results {
		if r.Artifact == artifact {
			starts[r.ID] = stored
			stored += r.Stored
		}
	}
	if len(starts) == 0 {
		return nil, ErrNotFound
	}
	filter := ChunkFilter{Artifacts: []string{artifact}, CollectionIDs: []string{collectionID}}
	if len(starts) == 1 {
		filter.FromRow = from
	}
	var refs []ChunkRef
	var rows int64
	for ref, err := range s.store.Chunks(ctx, tenant, filter) {
		if err != nil {
			return nil, err
		}
		start, there := starts[ref.ResultID]
		if !there {
			return nil, ErrReplaced
		}
		ref.FirstRow += start
		if rows = ref.FirstRow + int64(ref.Rows); rows > from {
			refs = append(refs, ref)
		}
	}
	if rows < stored && from < stored {
		return nil, ErrReplaced
	}
	return refs, nil
}

// maxReadBytes is how many bytes of rows are fetched at once.
const maxReadBytes = 16 << 20

// withinBudget is how many of refs to fetch at once: at least one.
func withinBudget(refs []ChunkRef) int {
	size := refs[0].RawBytes
	n := 1
	for n < len(refs) && size+refs[n].RawBytes <= maxReadBytes {
		size += refs[n].RawBytes
		n++
	}
	return n
}

// chunkRows yields the rows of some consecutive chunks, without those before from.
func (s *Service) chunkRows(
	ctx context.Context, tenant tenancy.ID, refs []ChunkRef, from int64,
) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		views, err := s.views(ctx, tenant, refs, (*chunk.View).MissingForRows)
		if err != nil {
			yield(nil, err)
			return
		}
		for i, ref := range refs {
			for row := max(0, from-ref.FirstRow); row < int64(ref.Rows); row++ {
				text, err := views[i].AppendRow(nil, int(row))
				if err != nil {
					yield(nil, fmt.Errorf("ingest: %w", err))
					return
				}
				if !yield(text, nil) {
					return
				}
			}
			views[i] = nil // what it decoded is not needed any more
		}
	}
}

// views reads chunks of one artifact: first how they are kept, and then the blocks of which missing says that each takes.
func (s *Service) views(
	ctx context.Context, tenant tenancy.ID, refs []ChunkRef, missing func(*chunk.View) ([]string, error),
) ([]*chunk.View, error) {
	views := make([]*chunk.View, len(refs))
	blocks, err := s.blocks(ctx, tenant, refs, []string{chunk.RowsColumn, chunk.IndexColumn})
	if err != nil {
		return nil, err
	}
	wanted := make(map[string]bool)
	for i, ref := range refs {
		if len(blocks[i]) == 0 {
			return nil, ErrReplaced
		}
		if views[i], err = s.codec.View(ref.Source(), ref.Rows, blocks[i]); err != nil {
			return nil, fmt.Errorf("ingest: %w", err)
		}
		names, err := missing(views[i])
		if err != nil {
			return nil, fmt.Errorf("ingest: %w", err)
		}
		for _, name := range names {
			wanted[name] = true
		}
	}
	if len(wanted) == 0 {
		return views, nil
	}
	blocks, err = s.blocks(ctx, tenant, refs, slices.Sorted(maps.Keys(wanted)))
	if err != nil {
		return nil, err
	}
	for i := range refs {
		if err := views[i].Add(blocks[i]...); err != nil {
			return nil, fmt.Errorf("ingest: %w", err)
		}
	}
	return views, nil
}

// blocks reads some columns of chunks of one artifact.
func (s *Service) blocks(ctx context.Context, tenant tenancy.ID, refs []ChunkRef, columns []string) ([][]chunk.Block, error) {
	ids, at := make([]string, len(refs)), make(map[string]int, len(refs))
	for i, ref := range refs {
		ids[i], at[ref.ID] = ref.ID, i
	}
	blocks := make([][]chunk.Block, len(refs))
	for block, err := range s.store.Blocks(ctx, tenant, refs[0].Artifact, columns, ids) {
		if err != nil {
			return nil, err
		}
		i := at[block.ChunkID]
		blocks[i] = append(blocks[i], chunk.Block(block.Block))
	}
	return blocks, nil
}

package ingest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/velocicompanion/velocicompanion/ingest/chunk"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// Upgraded says what an upgrade did.
type Upgraded struct {
	Chunks, Rows int64
}

// Upgrade makes columns of the chunks that are still kept as rows, as all were before there were columns, and tells their
// times, packs the small columns of chunks of before that was done, and finds observables that were not found before. Rows
// stay as they are, and so do chunks of rows that are too unlike one another for columns. It may be broken off and run again
// at any time, also beside ingests; a chunk is replaced whole or not at all.
func (s *Service) Upgrade(ctx context.Context, tenant tenancy.ID) (done Upgraded, err error) {
	for _, filter := range []ChunkFilter{{}, {Artifacts: []string{Uploads}}} {
		for ref, err := range s.store.Chunks(ctx, tenant, filter) {
			if err != nil {
				return done, err
			}
			upgraded, err := s.upgrade(ctx, tenant, ref)
			if err != nil {
				return done, err
			}
			if upgraded {
				done.Chunks++
				done.Rows += int64(ref.Rows)
			}
		}
	}
	return done, nil
}

// upgrade builds a chunk anew, and reports whether there was anything to do.
func (s *Service) upgrade(ctx context.Context, tenant tenancy.ID, ref ChunkRef) (bool, error) {
	view, err := s.outdated(ctx, tenant, ref)
	if errors.Is(err, ErrReplaced) || err == nil && view == nil {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	var rows chunk.Builder
	var row []byte
	for i := range ref.Rows {
		if row, err = view.AppendRow(row[:0], i); err != nil {
			return false, fmt.Errorf("ingest: %w", err)
		}
		rows.Append(row)
	}
	all := s.encode(ref.ChunkHeader, ref.CollectedAt, &rows)
	if len(all) > 1 {
		return false, nil
	}
	built := all[0]
	still := slices.ContainsFunc(built.Blocks, func(b Block) bool { return b.Column == chunk.RowsColumn })
	if still && built.MinTime.Equal(ref.MinTime) && built.MaxTime.Equal(ref.MaxTime) {
		return false, nil
	}
	if err := s.store.ReplaceBlocks(ctx, tenant, built); errors.Is(err, ErrNotFound) {
		return false, nil // another delivery took its place
	} else if err != nil {
		return false, err
	}
	return true, nil
}

// outdated reads a chunk whole, or returns nil where it is as it would be built now. ErrReplaced when it is not there any
// more.
func (s *Service) outdated(ctx context.Context, tenant tenancy.ID, ref ChunkRef) (*chunk.View, error) {
	views, err := s.views(ctx, tenant, []ChunkRef{ref}, func(v *chunk.View) ([]string, error) {
		if current, err := v.Current(); current || err != nil {
			return nil, err
		}
		return v.MissingForRows()
	})
	if err != nil {
		return nil, err
	}
	current, err := views[0].Current()
	if current || err != nil {
		return nil, err
	}
	return views[0], nil
}

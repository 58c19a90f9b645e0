package hunt

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/ingest/chunk"
)

// chunkBlocks is what was read of one chunk so far.
type chunkBlocks struct {
	ref     ref
	seen    *chunk.View
	blocks  []chunk.Block   // that the view was not given yet
	raw     bool            // it is kept as rows, and has no other block
	fetched map[string]bool // names that were asked for
}

func newChunkBlocks(r ref) *chunkBlocks { return &chunkBlocks{ref: r, fetched: make(map[string]bool)} }

func (c *chunkBlocks) add(name string, data []byte) {
	c.fetched[name] = true
	if data == nil {
		return
	}
	c.raw = c.raw || name == chunk.RowsColumn
	c.blocks = append(c.blocks, chunk.Block{Column: name, Data: data})
}

// view reads the blocks. Its error says which chunk it is.
func (s *Service) view(c *chunkBlocks) (v *chunk.View, err error) {
	if c.seen == nil {
		c.seen, err = s.codec.View(c.ref.Source(), c.ref.Rows, c.blocks)
	} else {
		err = c.seen.Add(c.blocks...)
	}
	c.blocks = nil
	return c.seen, chunkError(c.ref, err)
}

func chunkError(r ref, err error) error {
	if err != nil {
		return fmt.Errorf("hunt: chunk %s: %w", r.ID, err)
	}
	return nil
}

// fetch reads for each chunk the blocks that names says, as far as there are such, from the cache or else all at once.
// The chunks are of one tenant and artifact. It adds the bytes it read to size.
func (s *Service) fetch(ctx context.Context, chunks []*chunkBlocks, names func(i int) []string, size *atomic.Int64) error {
	var columns, ids []string
	byID := make(map[string]*chunkBlocks)
	wanted := make(map[string]bool)
	for i, c := range chunks {
		for _, name := range names(i) {
			if c.raw || c.fetched[name] {
				continue
			}
			data, known := s.cache.get(blockKey{c.ref.tenant, c.ref.ID, name})
			if known {
				c.add(name, data)
				continue
			}
			if !wanted[name] {
				wanted[name] = true
				columns = append(columns, name)
			}
			if byID[c.ref.ID] == nil {
				byID[c.ref.ID] = c
				ids = append(ids, c.ref.ID)
			}
		}
	}
	if len(ids) == 0 {
		return nil
	}
	first := chunks[0].ref
	for block, err := range s.collections.Blocks(ctx, first.tenant, first.Artifact, columns, ids) {
		if err != nil {
			return err
		}
		c := byID[block.ChunkID]
		size.Add(int64(len(block.Data)))
		s.cache.put(blockKey{first.tenant, block.ChunkID, block.Column}, block.Data)
		if !c.fetched[block.Column] {
			c.add(block.Column, slices.Clip(block.Data))
		}
	}
	for _, c := range byID {
		if c.seen == nil && len(c.blocks) == 0 {
			return ingest.ErrReplaced // every chunk has something of what is asked for first
		}
		for _, name := range columns {
			if !c.fetched[name] {
				c.fetched[name] = true
				s.cache.put(blockKey{first.tenant, c.ref.ID, name}, nil)
			}
		}
	}
	return nil
}

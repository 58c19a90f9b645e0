package hunt

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/ingest/chunk"
)

// either are the blocks of which every chunk has one: it is kept by column or as rows.
var either = []string{chunk.IndexColumn, chunk.RowsColumn}

// reading is how chunks of one tenant and artifact are read.
type reading struct {
	refs []ref
	// guess are names of blocks that are asked for before it is known whether a chunk has them.
	guess []string
	// wanted says which blocks to read of the chunk at place i, of which view has the index or the rows; with ok false it is
	// passed over.
	wanted func(i int, v *chunk.View) (names []string, ok bool, err error)
	// done is called with each chunk that is not, as soon as it is there.
	done func(i int, v *chunk.View) error
	// size counts the bytes that were read.
	size *atomic.Int64
}

// read reads chunks in as few calls as it takes. Of all of them at once it holds no more than their indexes.
func (s *Service) read(ctx context.Context, r reading) error {
	chunks := make([]*chunkBlocks, len(r.refs))
	for i := range r.refs {
		var err error
		if chunks[i], err = s.begin(&r.refs[i], r.guess); err != nil {
			return err
		}
	}
	err := s.fetch(ctx, chunks, r.size, func(i int) (err error) {
		c := chunks[i]
		if err = s.view(c, nil); err != nil {
			return err
		}
		names, ok, err := r.wanted(i, c.view)
		s.keepHead(c)
		if err == nil && ok {
			c.names, err = c.view.Missing(names)
		}
		switch {
		case err != nil:
			return chunkError(c.ref, err)
		case !ok:
			chunks[i] = nil
		case len(c.names) == 0:
			chunks[i] = nil // what it holds is not needed any more
			return r.done(i, c.view)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.fetch(ctx, chunks, r.size, func(i int) error {
		c := chunks[i]
		chunks[i] = nil
		if err := s.view(c, c.names); err != nil {
			return err
		}
		return r.done(i, c.view)
	})
}

// chunkBlocks is what was read of one chunk so far.
type chunkBlocks struct {
	ref    *ref
	view   *chunk.View
	head   *chunk.Head   // that is kept
	names  []string      // of what is to be read
	blocks []chunk.Block // that the view was not given yet
}

// begin returns a chunk of which either block and the guessed ones are to be read. What is known of it tells which of those
// it has.
func (s *Service) begin(r *ref, guess []string) (*chunkBlocks, error) {
	c := &chunkBlocks{ref: r, names: either}
	if head, known := fromCache[*chunk.Head](s.cache, c.key(headKey)); known {
		c.head, c.view = head, s.codec.ViewOf(r.Source(), head)
	} else if len(s.known(c)) == len(either) {
		c.names = slices.Concat(either, guess)
		return c, nil
	} else if err := s.view(c, nil); err != nil {
		return nil, err
	}
	var err error
	c.names, err = c.view.Missing(guess)
	return c, chunkError(r, err)
}

// headKey is what the head of a chunk is kept as, in the place of the block of its index.
const headKey = "head"

func (c *chunkBlocks) key(name string) cacheKey { return cacheKey{c.ref.tenant, c.ref.ID, name} }

// keepHead keeps the head of the view where more is known of it than is kept.
func (s *Service) keepHead(c *chunkBlocks) {
	head, err := c.view.Head()
	if err == nil && head != c.head {
		c.head = head
		s.cache.put(c.key(headKey), head, head.Bytes())
	}
}

// view gives the blocks to the view, which then has to have what the chunk has of names. Where it has not, the chunk was
// replaced meanwhile.
func (s *Service) view(c *chunkBlocks, names []string) (err error) {
	if c.view == nil {
		if len(c.blocks) == 0 {
			return ingest.ErrReplaced
		}
		c.view, err = s.codec.View(c.ref.Source(), c.ref.Rows, c.blocks)
	} else {
		err = c.view.Add(c.blocks...)
	}
	c.blocks = nil
	if err != nil {
		return chunkError(c.ref, err)
	}
	missing, err := c.view.Missing(names)
	if len(missing) > 0 {
		s.cache.forget(c.key(headKey)) // it may have been upgraded, and then the index is another
		return ingest.ErrReplaced
	}
	return chunkError(c.ref, err)
}

func chunkError(r *ref, err error) error {
	if err != nil {
		return fmt.Errorf("hunt: chunk %s: %w", r.ID, err)
	}
	return nil
}

// fetch reads the blocks of each chunk that its names say, as far as there are such, from the cache or else all at once,
// and calls done with the place of each chunk as soon as they are there. It passes over chunks that are nil.
func (s *Service) fetch(ctx context.Context, chunks []*chunkBlocks, size *atomic.Int64, done func(i int) error) error {
	var columns, ids []string
	waiting := make(map[string]int)
	wanted := make(map[string]bool)
	for i, c := range chunks {
		if c == nil {
			continue
		}
		missing := s.known(c)
		if len(missing) == 0 {
			if err := done(i); err != nil {
				return err
			}
			continue
		}
		for _, name := range missing {
			if !wanted[name] {
				wanted[name] = true
				columns = append(columns, name)
			}
		}
		waiting[c.ref.ID] = i
		ids = append(ids, c.ref.ID)
	}
	if len(ids) == 0 {
		return nil
	}
	of := chunks[waiting[ids[0]]].ref
	last := ""
	finish := func(id string) error {
		i, waits := waiting[id]
		if !waits {
			return nil
		}
		delete(waiting, id)
		return done(i)
	}
	for block, err := range s.collections.Blocks(ctx, of.tenant, of.Artifact, columns, ids) {
		if err == nil && block.ChunkID != last {
			err = finish(last)
			last = block.ChunkID
		}
		if err != nil {
			return err
		}
		c := chunks[waiting[last]]
		size.Add(int64(len(block.Data)))
		if !inHead[block.Column] && len(block.Data) <= maxCachedBlock {
			s.cache.put(c.key(block.Column), block.Data, len(block.Data))
		}
		c.blocks = append(c.blocks, chunk.Block{Column: block.Column, Data: slices.Clip(block.Data)})
	}
	for _, id := range ids {
		if err := finish(id); err != nil {
			return err
		}
	}
	return nil
}

// inHead are the blocks of which the head is kept instead.
var inHead = map[string]bool{chunk.IndexColumn: true, chunk.ObservablesColumn: true}

// maxCachedBlock is the largest block that is kept.
const maxCachedBlock = 64 << 10

// known adds the blocks of a chunk that are known, and returns the names of the others.
func (s *Service) known(c *chunkBlocks) (missing []string) {
	for _, name := range c.names {
		if data, known := fromCache[[]byte](s.cache, c.key(name)); known {
			c.blocks = append(c.blocks, chunk.Block{Column: name, Data: data})
		} else {
			missing = append(missing, name)
		}
	}
	return missing
}

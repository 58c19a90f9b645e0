package ingest

import (
	"context"
	"errors"
	"fmt"
	"hash"
	"time"

	"github.com/velocicompanion/velocicompanion/ingest/chunk"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// fullChunk is the rows of one chunk on their way into the store.
type fullChunk struct {
	header ChunkHeader
	rows   chunk.Builder
	digest hash.Hash // of the result, over the rows so far
	long   bool      // there is a long row among them
}

// Chunks are stored together until they come to so many bytes, or are so many: a store's commit costs more than the
// bytes do.
const (
	maxStoreBytes  = 4 << 20
	maxStoreChunks = 1024
)

// keepChunks builds and stores the chunks that come over b.full, until it is closed, and keeps the stage open however
// slowly they come.
func (s *Service) keepChunks(ctx context.Context, tenant tenancy.ID, stageID string, b *Batch) error {
	var chunks []Chunk
	size, longRows := 0, int64(0)
	store := func() error {
		lease := s.cfg.Now().Add(s.cfg.StageLease)
		if err := s.store.AppendChunks(ctx, tenant, stageID, chunks, lease); err != nil {
			return stageError("store chunks", err)
		}
		clear(chunks)
		b.place.freeLongRows(longRows)
		chunks, size, longRows = chunks[:0], 0, 0
		return nil
	}
	renew := time.NewTicker(s.cfg.StageLease / 4)
	defer renew.Stop()
	for {
		select {
		case <-renew.C:
			if err := store(); err != nil {
				return err
			}
		case c, more := <-b.full:
			if !more && len(chunks) == 0 {
				return nil
			}
			if !more {
				return store()
			}
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			chunks = append(chunks, s.build(c))
			b.recycle(c.rows)
			size += chunks[len(chunks)-1].size()
			if c.long {
				longRows++
			}
			if c.long || size >= maxStoreBytes || len(chunks) == maxStoreChunks {
				if err := store(); err != nil {
					return err
				}
			}
		}
	}
}

// stageError tells a stage that is gone from other things that are not found.
func stageError(doing string, err error) error {
	if errors.Is(err, ErrNotFound) {
		return ErrExpired
	}
	return fmt.Errorf("ingest: %s: %w", doing, err)
}

func (s *Service) build(c fullChunk) Chunk {
	c.digest.Write(c.rows.Text())
	return s.encode(c.header, &c.rows)
}

// encode makes the blocks of a chunk, and tells its times.
func (s *Service) encode(header ChunkHeader, rows *chunk.Builder) Chunk {
	built := rows.Build(s.codec, header.Artifact)
	out := Chunk{ChunkHeader: header}
	if built.MinTime != chunk.NoTime {
		out.MinTime, out.MaxTime = time.UnixMicro(built.MinTime).UTC(), time.UnixMicro(built.MaxTime).UTC()
	}
	for _, block := range built.Blocks {
		out.Blocks = append(out.Blocks, Block(block))
	}
	return out
}

// recycle keeps the memory of an ordinary builder for the next chunk.
func (b *Batch) recycle(rows chunk.Builder) {
	if rows.Memory() > 2*chunk.MaxBytes {
		return
	}
	rows.Reset()
	select {
	case b.free <- rows:
	default:
	}
}

// size is how many bytes the blocks have.
func (c Chunk) size() (n int) {
	for _, block := range c.Blocks {
		n += len(block.Data)
	}
	return n
}

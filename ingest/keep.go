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
}

// Chunks are stored together until they come to so many bytes, or are so many: a store's commit costs more than the
// bytes do.
const (
	maxStoreBytes  = 4 << 20
	maxStoreChunks = 1024
)

// keepChunks builds and stores the chunks that come over b.full, until it is closed.
func (s *Service) keepChunks(ctx context.Context, tenant tenancy.ID, stageID string, b *Batch) error {
	var chunks []Chunk
	size := 0
	stored := s.cfg.Now()
	store := func() error {
		stored = s.cfg.Now()
		if err := s.store.AppendChunks(ctx, tenant, stageID, chunks, stored.Add(s.cfg.StageLease)); err != nil {
			return stageError("store chunks", err)
		}
		chunks, size = chunks[:0], 0
		return nil
	}
	for c := range b.full {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		c.digest.Write(c.rows.Text())
		built := s.build(c)
		b.recycle(c.rows)
		chunks = append(chunks, built)
		for _, block := range built.Blocks {
			size += len(block.Data)
		}
		if size >= maxStoreBytes || len(chunks) == maxStoreChunks || s.leaseEnds(stored) {
			if err := store(); err != nil {
				return err
			}
		}
	}
	if len(chunks) == 0 {
		return nil
	}
	return store()
}

// stageError tells a stage that is gone from other things that are not found.
func stageError(doing string, err error) error {
	if errors.Is(err, ErrNotFound) {
		return ErrExpired
	}
	return fmt.Errorf("ingest: %s: %w", doing, err)
}

func (s *Service) build(c fullChunk) Chunk {
	built := Chunk{ChunkHeader: c.header}
	for _, block := range c.rows.Build(s.codec) {
		built.Blocks = append(built.Blocks, Block(block))
	}
	return built
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

// leaseEnds reports whether it is time to store something, however little, because rows come in slowly.
func (s *Service) leaseEnds(stored time.Time) bool {
	return s.cfg.Now().Sub(stored) > s.cfg.StageLease/4
}

package ingest

import (
	"context"
	"errors"
	"fmt"
	"hash"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/velocicompanion/velocicompanion/ingest/chunk"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// fullChunk is the rows of one chunk on their way into the store.
type fullChunk struct {
	header      ChunkHeader
	collectedAt time.Time
	rows        chunk.Builder
	digest      hash.Hash // of the result, over the rows so far
	long        bool      // there is a long row among them
}

// Chunks are stored together until they come to so many bytes, or are so many: a store's commit costs more than the
// bytes do.
const (
	maxStoreBytes  = 4 << 20
	maxStoreChunks = 1024
)

// builtChunks are stored together.
type builtChunks struct {
	chunks   []Chunk
	bytes    int
	longRows int64
}

func (c *builtChunks) add(built Chunk, long bool) {
	c.chunks = append(c.chunks, built)
	c.bytes += built.size()
	if long {
		c.longRows++
	}
}

// full reports whether they are to be stored before more is added: memory is waiting for long rows to be stored.
func (c *builtChunks) full() bool {
	return c.longRows > 0 || c.bytes >= maxStoreBytes || len(c.chunks) == maxStoreChunks
}

// keepChunks builds the chunks that come over b.full, until it is closed, and has them stored while it builds the next.
func (s *Service) keepChunks(ctx context.Context, tenant tenancy.ID, stageID string, b *Batch) error {
	running, ctx := errgroup.WithContext(ctx)
	built := make(chan builtChunks)
	running.Go(func() error { return s.storeChunks(ctx, tenant, stageID, b.place, built) })
	running.Go(func() error {
		defer close(built)
		var some builtChunks
		for c := range b.full {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			for i, built := range s.build(c) {
				some.add(built, c.long && i == 0)
			}
			b.recycle(c.rows)
			if !some.full() {
				continue
			}
			select {
			case built <- some:
				some = builtChunks{}
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		select {
		case built <- some:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	})
	return running.Wait()
}

// storeChunks stores what comes over built, until it is closed, and keeps the stage open however slowly that comes.
func (s *Service) storeChunks(
	ctx context.Context, tenant tenancy.ID, stageID string, p *place, built <-chan builtChunks,
) error {
	renew := time.NewTicker(s.cfg.StageLease / 4)
	defer renew.Stop()
	for more := true; more; {
		var next builtChunks
		select {
		case <-renew.C:
		case next, more = <-built:
			if len(next.chunks) == 0 {
				continue
			}
		}
		if err := s.store.AppendChunks(ctx, tenant, stageID, next.chunks, s.cfg.Now().Add(s.cfg.StageLease)); err != nil {
			return stageError("store chunks", err)
		}
		p.freeLongRows(next.longRows)
	}
	return nil
}

// stageError tells a stage that is gone from other things that are not found.
func stageError(doing string, err error) error {
	if errors.Is(err, ErrNotFound) {
		return ErrExpired
	}
	return fmt.Errorf("ingest: %s: %w", doing, err)
}

func (s *Service) build(c fullChunk) []Chunk {
	var digesting sync.WaitGroup
	digesting.Go(func() { c.digest.Write(c.rows.Text()) })
	defer digesting.Wait()
	return s.encode(c.header, c.collectedAt, &c.rows)
}

// encode makes chunks of the rows of one, and tells their times. The first has its id.
func (s *Service) encode(header ChunkHeader, collectedAt time.Time, rows *chunk.Builder) (all []Chunk) {
	for _, built := range rows.Build(s.codec, chunk.Source{Artifact: header.Artifact, CollectedAt: collectedAt}) {
		header.Rows, header.RawBytes = built.Rows, int64(built.RawBytes)
		out := Chunk{ChunkHeader: header}
		if built.MinTime != chunk.NoTime {
			out.MinTime, out.MaxTime = time.UnixMicro(built.MinTime).UTC(), time.UnixMicro(built.MaxTime).UTC()
		}
		for _, block := range built.Blocks {
			out.Blocks = append(out.Blocks, Block(block))
		}
		all = append(all, out)
		header.ID, header.FirstRow = newID(), header.FirstRow+int64(built.Rows)
	}
	return all
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

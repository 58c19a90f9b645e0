package sqlite

import (
	"context"
	"fmt"
	"time"

	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/store"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

const (
	// reserve is how much room ingests leave on the disk. What is written is there twice, in the log and in the file,
	// until a checkpoint. On a disk that is full there can be no checkpoint, for the file cannot grow, nor any further
	// write, for the log cannot: not even of what would make room.
	reserve = 128 << 20
	// maxLog is how large the log stays after a large transaction.
	maxLog = 16 << 20
)

// collections takes chunks only as long as there is more room than the reserve.
type collections struct {
	ingest.Store
	backend *backend
}

// AppendChunks implements ingest.Store.
func (c collections) AppendChunks(
	ctx context.Context, tenant tenancy.ID, stageID string, chunks []ingest.Chunk, lease time.Time,
) error {
	if len(chunks) > 0 {
		if err := c.backend.checkRoom(ctx); err != nil {
			return err
		}
	}
	return c.Store.AppendChunks(ctx, tenant, stageID, chunks, lease)
}

// checkRoom is store.ErrNoSpace where there is less room than the reserve, on the disk and in unused pages of the file.
func (b *backend) checkRoom(ctx context.Context) error {
	free := b.freeSpace()
	if free >= reserve {
		return nil
	}
	var unused int64
	err := b.reader.NewRaw("SELECT freelist_count * page_size FROM pragma_freelist_count, pragma_page_size").
		Scan(ctx, &unused)
	if err == nil && free+unused < reserve {
		err = fmt.Errorf("%w: less than %d MB are free", store.ErrNoSpace, reserve>>20)
	}
	return translate(err)
}

// checkpoint empties the log where room is short. A write that then does not fit leaves nothing in the log but itself,
// and the next one cuts that off.
func (b *backend) checkpoint(ctx context.Context) {
	if b.freeSpace() < reserve {
		_, _ = b.writer.ExecContext(ctx, "PRAGMA wal_checkpoint") // where it cannot be, the write may still fit
	}
}

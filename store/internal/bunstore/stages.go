package bunstore

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// stageRow is an open stage. Whoever changes a stage changes its row first, and so waits for whoever else does.
type stageRow struct {
	bun.BaseModel `bun:"table:vc_stages,alias:s"`
	owned
	ID    string `bun:"id,pk"`
	Lease time.Time
}

// stagedRow says that an open stage has chunks of a result.
type stagedRow struct {
	bun.BaseModel `bun:"table:vc_staged,alias:sr"`
	owned
	StageID  string `bun:"stage_id,pk"`
	ResultID string `bun:"result_id,pk"`
}

func (s collectionStore) OpenStage(ctx context.Context, tenant tenancy.ID, stageID string, now, lease time.Time) error {
	// What cannot be removed now, as when the disk is full, is in nobody's way and is tried again by the next.
	_ = s.sweep(ctx, tenant, now)
	return s.write(ctx, tenant, func(tx scopedTx) error {
		_, err := insert(tx, stageRow{ID: stageID, Lease: kept(lease)}).Exec(ctx)
		return err
	})
}

// sweep drops the stages whose lease has ended, each in a transaction of its own: they may be large, and somebody else
// may be sweeping.
func (s collectionStore) sweep(ctx context.Context, tenant tenancy.ID, now time.Time) error {
	ended := where("lease <= ?", kept(now))
	var ids []string
	err := s.read(ctx, tenant, func(tx scopedTx) error {
		return tx.find((*stageRow)(nil), ended).Column("id").Order("id").Scan(ctx, &ids)
	})
	for _, id := range ids {
		if err == nil {
			err = s.drop(ctx, tenant, id, ended)
		}
	}
	return err
}

func (s collectionStore) DropStage(ctx context.Context, tenant tenancy.ID, stageID string) error {
	return s.drop(ctx, tenant, stageID, condition{})
}

// drop closes a stage, if a condition holds, and removes its chunks.
func (s collectionStore) drop(ctx context.Context, tenant tenancy.ID, stageID string, still condition) error {
	return s.write(ctx, tenant, func(tx scopedTx) error {
		results, open, err := closeStage(ctx, tx, stageID, still)
		if err != nil || !open {
			return err
		}
		return removeChunks(ctx, tx, results, is("stage_id", stageID))
	})
}

// closeStage closes a stage, if a condition holds, and returns the results that it has chunks of.
func closeStage(ctx context.Context, tx scopedTx, stageID string, still condition) (results []string, open bool, err error) {
	closed, err := affected(tx.remove((*stageRow)(nil), is("id", stageID), still).Exec(ctx))
	if err != nil || closed == 0 {
		return nil, false, err
	}
	err = tx.remove((*stagedRow)(nil), is("stage_id", stageID)).Returning("result_id").Scan(ctx, &results)
	return results, true, err
}

func (s collectionStore) AppendChunks(
	ctx context.Context, tenant tenancy.ID, stageID string, chunks []ingest.Chunk, lease time.Time,
) error {
	return s.write(ctx, tenant, func(tx scopedTx) error {
		open, err := affected(tx.update((*stageRow)(nil), is("id", stageID)).Set("lease = ?", kept(lease)).Exec(ctx))
		if err != nil {
			return err
		}
		if open == 0 {
			return ingest.ErrNotFound
		}
		if len(chunks) == 0 {
			return nil
		}
		if _, err := insert(tx, stagedResults(stageID, chunks)...).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
			return err
		}
		return addChunks(ctx, tx, stageID, chunks)
	})
}

func stagedResults(stageID string, chunks []ingest.Chunk) []stagedRow {
	var rows []stagedRow
	seen := make(map[string]bool)
	for _, c := range chunks {
		if !seen[c.ResultID] {
			seen[c.ResultID] = true
			rows = append(rows, stagedRow{StageID: stageID, ResultID: c.ResultID})
		}
	}
	return rows
}

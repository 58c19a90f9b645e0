package bunstore

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// newsRow says that a result became visible. It goes with the result.
type newsRow struct {
	bun.BaseModel `bun:"table:vc_news,alias:n"`
	owned
	ResultID     string `bun:"result_id,pk"`
	CollectionID string
	Artifact     string
}

func (r newsRow) entity() (ingest.News, error) {
	return ingest.News{ResultID: r.ResultID, CollectionID: r.CollectionID, Artifact: r.Artifact}, nil
}

// putNews notes the results of the collections after that were not there.
func putNews(ctx context.Context, tx scopedTx, there map[string]bool, after map[string]ingest.Collection) error {
	var rows []newsRow
	for _, c := range after {
		for _, r := range c.Results {
			if !there[r.ID] {
				rows = append(rows, newsRow{ResultID: r.ID, CollectionID: c.ID, Artifact: r.Artifact})
			}
		}
	}
	for part := range slices.Chunk(rows, maxRows) {
		if _, err := insert(tx, part...).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (s collectionStore) News(ctx context.Context, tenant tenancy.ID, limit int) (page []ingest.News, err error) {
	err = s.read(ctx, tenant, func(tx scopedTx) error {
		page, err = list[newsRow](ctx, tx, "result_id", limit)
		return err
	})
	return page, err
}

func (s collectionStore) ForgetNews(ctx context.Context, tenant tenancy.ID, resultIDs []string) error {
	return s.write(ctx, tenant, func(tx scopedTx) error {
		for part := range slices.Chunk(resultIDs, maxRows) {
			if _, err := tx.remove((*newsRow)(nil), hasIDIn("result_id", part)).Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
}

package bunstore

import (
	"context"
	"maps"
	"reflect"
	"slices"

	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// CommitStage holds the tenant's lock on the inventory, so that commits of one key come one after the other.
func (s collectionStore) CommitStage(
	ctx context.Context, tenant tenancy.ID, stageID string, collections ingest.CollectFunc,
) (merged []ingest.Merged, err error) {
	err = s.exclusive(ctx, tenant, inventoryLock, func(tx scopedTx) error {
		staged, open, err := closeStage(ctx, tx, stageID, condition{})
		if err != nil {
			return err
		}
		if !open {
			return ingest.ErrNotFound
		}
		brought, err := collections(s.joining(ctx, tx, inventoryLock))
		if err != nil {
			return err
		}
		before, err := collectionsByKey(ctx, tx, brought)
		if err != nil {
			return err
		}
		var after map[string]ingest.Collection
		merged, after = mergeAll(tenant, before, brought)
		if err := replace(ctx, tx, stageID, staged, before, after); err != nil {
			return err
		}
		return revise(ctx, tx)
	})
	if err != nil {
		return nil, err
	}
	return merged, nil
}

// collectionsByKey returns what is kept under the keys of the collections that are brought.
func collectionsByKey(ctx context.Context, tx scopedTx, brought []ingest.Collection) (map[string]ingest.Collection, error) {
	byKey := make(map[string]ingest.Collection)
	for part := range slices.Chunk(brought, maxRows) {
		keys := make([]string, len(part))
		for i, c := range part {
			keys[i] = c.Key
		}
		found, err := collections(ctx, tx, unlimited, in("key", keys))
		if err != nil {
			return nil, err
		}
		for _, c := range found {
			byKey[c.Key] = c
		}
	}
	return byKey, nil
}

// mergeAll merges one collection after the other into what is kept. It returns what came of each, and what is to be
// kept under their keys.
func mergeAll(
	tenant tenancy.ID, before map[string]ingest.Collection, brought []ingest.Collection,
) ([]ingest.Merged, map[string]ingest.Collection) {
	merged := make([]ingest.Merged, len(brought))
	after := make(map[string]ingest.Collection)
	for i, c := range brought {
		c.TenantID, c.CollectedAt, c.IngestedAt = tenant, kept(c.CollectedAt), kept(c.IngestedAt)
		var there *ingest.Collection
		if earlier, ok := after[c.Key]; ok {
			there = &earlier
		} else if earlier, ok := before[c.Key]; ok {
			there = &earlier
		}
		merged[i] = ingest.Merge(there, c)
		after[c.Key] = merged[i].Collection
	}
	return merged, after
}

// replace puts the collections after in the place of those before, with their results and the news of them. It removes the chunks of results
// that are gone, and those in the stage of results that were not taken.
func replace(
	ctx context.Context, tx scopedTx, stageID string, staged []string, before, after map[string]ingest.Collection,
) error {
	taken, there := resultIDs(after), resultIDs(before)
	gone := slices.DeleteFunc(slices.Sorted(maps.Keys(there)), func(id string) bool { return taken[id] })
	refused := slices.DeleteFunc(staged, func(id string) bool { return taken[id] })
	if err := putCollections(ctx, tx, after); err != nil {
		return err
	}
	for part := range slices.Chunk(gone, maxRows) {
		if _, err := tx.remove((*resultRow)(nil), hasIDIn("id", part)).Exec(ctx); err != nil {
			return err
		}
	}
	if err := removeChunks(ctx, tx, gone, condition{}); err != nil {
		return err
	}
	if err := removeChunks(ctx, tx, refused, is("stage_id", stageID)); err != nil {
		return err
	}
	if err := putResults(ctx, tx, before, after); err != nil {
		return err
	}
	return putNews(ctx, tx, there, after)
}

func resultIDs(collections map[string]ingest.Collection) map[string]bool {
	ids := make(map[string]bool)
	for _, c := range collections {
		for _, r := range c.Results {
			ids[r.ID] = true
		}
	}
	return ids
}

// putCollections keeps collections, without their results.
func putCollections(ctx context.Context, tx scopedTx, collections map[string]ingest.Collection) error {
	var rows []collectionRow
	for _, c := range collections {
		row, err := newCollectionRow(c)
		if err != nil {
			return err
		}
		rows = append(rows, row)
	}
	for part := range slices.Chunk(rows, maxRows) {
		_, err := replacing(insert(tx, part...).On("CONFLICT (tenant_id, id) DO UPDATE"),
			"hunt_id", "collected_at", "ingested_at", "details").Exec(ctx)
		if err != nil {
			return err
		}
	}
	return nil
}

// putResults keeps the results of the collections after that are not, or not quite, those of the collections before.
func putResults(ctx context.Context, tx scopedTx, before, after map[string]ingest.Collection) error {
	kept := make(map[string]ingest.Result)
	for _, c := range before {
		for _, r := range c.Results {
			kept[r.ID] = r
		}
	}
	var rows []markedRow
	for _, c := range after {
		for _, r := range c.Results {
			if reflect.DeepEqual(kept[r.ID], r) {
				continue
			}
			row, err := newMarkedRow(c.ID, r)
			if err != nil {
				return err
			}
			rows = append(rows, row)
		}
	}
	for part := range statements(rows, func(r markedRow) int { return len(r.Marks) + len(r.Details) }) {
		_, err := replacing(insert(tx, part...).On("CONFLICT (tenant_id, id) DO UPDATE"), "details").Exec(ctx)
		if err != nil {
			return err
		}
	}
	return nil
}

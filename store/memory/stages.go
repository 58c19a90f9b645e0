package memory

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

type stage struct {
	lease  time.Time
	chunks map[string]*ingest.Chunk // by id
}

func (b *backend) OpenStage(ctx context.Context, tenant tenancy.ID, stageID string, now, lease time.Time) error {
	return b.updateExisting(ctx, tenant, func(t *tenantData) error {
		maps.DeleteFunc(t.stages, func(_ string, s stage) bool { return expired(s.lease, now) })
		if _, taken := t.stages[stageID]; taken {
			return fmt.Errorf("memory: stage %s is open already", stageID)
		}
		t.stages[stageID] = stage{lease, make(map[string]*ingest.Chunk)}
		return nil
	})
}

func (b *backend) AppendChunks(
	ctx context.Context, tenant tenancy.ID, stageID string, chunks []ingest.Chunk, lease time.Time,
) error {
	return b.update(ctx, tenant, func(t *tenantData) error {
		s, err := find(t.stages, stageID, ingest.ErrNotFound)
		if err != nil {
			return err
		}
		added := make(map[string]*ingest.Chunk, len(chunks))
		for _, c := range chunks {
			if added[c.ID] != nil || s.chunks[c.ID] != nil || t.chunks[c.ID] != nil {
				return fmt.Errorf("memory: there is a chunk %s already", c.ID)
			}
			if added[c.ID], err = cloneChunk(c); err != nil {
				return err
			}
		}
		maps.Copy(s.chunks, added)
		t.stages[stageID] = stage{lease, s.chunks}
		return nil
	})
}

func (b *backend) CommitStage(
	ctx context.Context, tenant tenancy.ID, stageID string, collections ingest.CollectFunc,
) (merged []ingest.Merged, err error) {
	err = b.update(ctx, tenant, func(t *tenantData) error {
		s, err := find(t.stages, stageID, ingest.ErrNotFound)
		if err != nil {
			return err
		}
		before := maps.Clone(t.hosts)
		brought, err := collections(b.joining(ctx, t))
		if err != nil {
			t.hosts = before
			return err
		}
		delete(t.stages, stageID)
		for _, c := range brought {
			merged = append(merged, t.keep(c))
		}
		for id, chunk := range s.chunks {
			if r, taken := t.results[chunk.ResultID]; taken {
				r.chunkIDs = append(r.chunkIDs, id)
				t.results[chunk.ResultID] = r
				t.chunks[id] = chunk
			}
		}
		t.revision = uuid.NewString()
		return nil
	})
	return merged, err
}

func (b *backend) DropStage(ctx context.Context, tenant tenancy.ID, stageID string) error {
	return b.update(ctx, tenant, func(t *tenantData) error {
		delete(t.stages, stageID)
		return nil
	})
}

// keep merges c into what is there and returns what came of it. Chunks are for the caller to add.
func (t *tenantData) keep(c ingest.Collection) ingest.Merged {
	c.TenantID, c.CollectedAt, c.IngestedAt = t.ID, kept(c.CollectedAt), kept(c.IngestedAt)
	var m ingest.Merged
	if old, ok := t.collections[t.keys[c.Key]]; ok {
		m = ingest.Merge(&old, c)
	} else {
		m = ingest.Merge(nil, c)
	}
	id := m.Collection.ID
	t.collections[id], t.keys[c.Key] = cloneCollection(m.Collection), id
	for _, r := range m.Collection.Results {
		if _, there := t.results[r.ID]; !there {
			t.results[r.ID] = result{collectionID: id, marks: slices.Clone(r.Marks)}
			t.news[r.ID] = ingest.News{ResultID: r.ID, CollectionID: id, Artifact: r.Artifact}
		}
	}
	for _, dropped := range m.Dropped {
		for _, chunkID := range t.results[dropped].chunkIDs {
			delete(t.chunks, chunkID)
		}
		delete(t.results, dropped)
		delete(t.news, dropped)
	}
	return m
}

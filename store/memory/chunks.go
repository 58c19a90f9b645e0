package memory

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/google/uuid"

	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

func (b *backend) Revision(ctx context.Context, tenant tenancy.ID) (revision string, err error) {
	err = b.view(ctx, tenant, func(t *tenantData) error {
		revision = t.revision
		return nil
	})
	return revision, err
}

func (b *backend) Chunks(
	ctx context.Context, tenant tenancy.ID, f ingest.ChunkFilter,
) iter.Seq2[ingest.ChunkRef, error] {
	artifacts, collections, hosts, hunts := setOf(f.Artifacts), setOf(f.CollectionIDs), setOf(f.HostIDs), setOf(f.HuntIDs)
	return snapshot(ctx, func() (refs []ingest.ChunkRef, err error) {
		err = b.view(ctx, tenant, func(t *tenantData) error {
			for _, c := range t.chunks {
				collection := t.collections[t.results[c.ResultID].collectionID]
				if c.Artifact == ingest.Uploads && !artifacts[c.Artifact] {
					continue
				}
				if artifacts.admits(c.Artifact) && collections.admits(collection.ID) && hosts.admits(collection.HostID) &&
					hunts.admits(collection.HuntID) && (f.FromRow == 0 || c.FirstRow+int64(c.Rows) > f.FromRow) {
					refs = append(refs, ingest.ChunkRef{
						ChunkHeader: c.ChunkHeader, CollectionID: collection.ID, HostID: collection.HostID,
						FlowID: collection.FlowID, HuntID: collection.HuntID, CollectedAt: collection.CollectedAt,
					})
				}
			}
			return nil
		})
		slices.SortFunc(refs, func(x, y ingest.ChunkRef) int {
			return cmp.Or(
				cmp.Compare(x.Artifact, y.Artifact), cmp.Compare(x.ResultID, y.ResultID), cmp.Compare(x.FirstRow, y.FirstRow),
			)
		})
		return refs, err
	})
}

func (b *backend) Blocks(
	ctx context.Context, tenant tenancy.ID, artifact string, columns, chunkIDs []string,
) iter.Seq2[ingest.ChunkBlock, error] {
	wanted := setOf(columns)
	ids := slices.Compact(slices.Sorted(slices.Values(chunkIDs)))
	blocks := snapshot(ctx, func() (blocks []ingest.ChunkBlock, err error) {
		err = b.view(ctx, tenant, func(t *tenantData) error {
			for _, id := range ids {
				c, ok := t.chunks[id]
				if !ok || c.Artifact != artifact {
					continue
				}
				for _, block := range c.Blocks {
					if wanted[block.Column] {
						blocks = append(blocks, ingest.ChunkBlock{ChunkID: id, Block: block})
					}
				}
			}
			return nil
		})
		return blocks, err
	})
	return func(yield func(ingest.ChunkBlock, error) bool) {
		for block, err := range blocks {
			block.Data = bytes.Clone(block.Data)
			if !yield(block, err) {
				return
			}
		}
	}
}

func (b *backend) ReplaceBlocks(ctx context.Context, tenant tenancy.ID, c ingest.Chunk) error {
	return b.update(ctx, tenant, func(t *tenantData) error {
		there, err := find(t.chunks, c.ID, ingest.ErrNotFound)
		if err != nil {
			return err
		}
		if there.Artifact != c.Artifact {
			return ingest.ErrNotFound
		}
		header := there.ChunkHeader
		header.MinTime, header.MaxTime = c.MinTime, c.MaxTime
		t.chunks[c.ID], err = cloneChunk(ingest.Chunk{ChunkHeader: header, Blocks: c.Blocks})
		if err != nil {
			t.chunks[c.ID] = there
			return err
		}
		t.revision = uuid.NewString()
		return nil
	})
}

// snapshot yields what collect returns, so that no lock is held while the caller works.
func snapshot[V any](ctx context.Context, collect func() ([]V, error)) iter.Seq2[V, error] {
	return func(yield func(V, error) bool) {
		var none V
		values, err := collect()
		if err != nil {
			yield(none, err)
			return
		}
		for _, v := range values {
			if err := ctx.Err(); err != nil {
				yield(none, err)
				return
			}
			if !yield(v, nil) {
				return
			}
		}
	}
}

type set map[string]bool

func setOf(values []string) set {
	s := make(set, len(values))
	for _, v := range values {
		s[v] = true
	}
	return s
}

// admits reports whether a filter that names the values of s selects v; one that names none selects everything.
func (s set) admits(v string) bool { return len(s) == 0 || s[v] }

// cloneChunk copies a chunk and sorts its blocks by column.
func cloneChunk(c ingest.Chunk) (*ingest.Chunk, error) {
	c.MinTime, c.MaxTime = kept(c.MinTime), kept(c.MaxTime)
	c.Blocks = slices.Clone(c.Blocks)
	slices.SortFunc(c.Blocks, func(x, y ingest.Block) int { return cmp.Compare(x.Column, y.Column) })
	for i, block := range c.Blocks {
		if i > 0 && block.Column == c.Blocks[i-1].Column {
			return nil, fmt.Errorf("memory: chunk %s has two blocks of one column", c.ID)
		}
		c.Blocks[i].Data = bytes.Clone(block.Data)
	}
	return &c, nil
}

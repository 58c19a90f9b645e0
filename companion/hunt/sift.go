package hunt

import (
	"context"
	"slices"
	"sync/atomic"

	"github.com/velocicompanion/velocicompanion/ingest/chunk"
)

// hashesKey is what the observables of a chunk are kept as, of which the head is not known.
const hashesKey = "hashes"

// observed are the hashes of a chunk by columns.
type observed [][]uint32

// sift returns the places of those of refs that can hold what a question is about: may says so of the hashes of a column. Of
// small chunks the observables are a fraction of what is read otherwise, and few chunks hold what is looked for. One that
// does not have them in a block of their own is among those that are returned.
func (s *Service) sift(ctx context.Context, refs []ref, may func([]uint32) bool, size *atomic.Int64) (left []int, err error) {
	chunks := make([]*chunkBlocks, len(refs))
	passed := make([]bool, len(refs))
	for i := range refs {
		c := &chunkBlocks{ref: &refs[i], names: []string{chunk.ObservablesColumn}}
		if head, known := fromCache[*chunk.Head](s.cache, c.key(headKey)); known {
			if _, whole := head.Index(); whole {
				continue
			}
		}
		if hashes, known := fromCache[observed](s.cache, c.key(hashesKey)); known {
			passed[i] = !slices.ContainsFunc(hashes, may)
		} else {
			chunks[i] = c
		}
	}
	err = s.fetch(ctx, chunks, size, func(i int) error {
		for _, block := range chunks[i].blocks {
			hashes, err := s.codec.Observables(refs[i].Rows, block.Data)
			if err != nil {
				return chunkError(&refs[i], err)
			}
			s.cache.put(chunks[i].key(hashesKey), observed(hashes), 4*len(block.Data))
			passed[i] = !slices.ContainsFunc(hashes, may)
		}
		chunks[i] = nil
		return nil
	})
	for i := range refs {
		if !passed[i] {
			left = append(left, i)
		}
	}
	return left, err
}

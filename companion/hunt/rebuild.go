package hunt

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/velocicompanion/velocicompanion/ingest/chunk"
)

// wantedRows are rows of a chunk that an answer shows.
type wantedRows struct {
	ref  ref
	rows []int
}

// rebuild calls yield with the wanted rows, exactly as they came in, chunk after chunk. It reads several chunks at once
// where they are small.
func (s *Service) rebuild(ctx context.Context, wanted []wantedRows, t *tally, yield func(Row) error) error {
	refs := make([]ref, len(wanted))
	for i, w := range wanted {
		refs[i] = w.ref
	}
	for _, g := range s.groups(refs) {
		chunks, err := s.wholeChunks(ctx, g.refs, t)
		if err != nil {
			return err
		}
		for i, c := range chunks {
			if err := s.rebuildChunk(c, wanted[g.at+i].rows, yield); err != nil {
				return err
			}
			chunks[i] = nil // what it decoded is not needed any more
		}
	}
	return nil
}

func (s *Service) wholeChunks(ctx context.Context, refs []ref, t *tally) ([]*chunkBlocks, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer func() { <-s.working }()
	var size atomic.Int64
	defer func() { t.Bytes += size.Load() }()
	chunks := make([]*chunkBlocks, len(refs))
	for i, r := range refs {
		chunks[i] = newChunkBlocks(r)
	}
	if err := s.fetch(ctx, chunks, func(int) []string { return always }, &size); err != nil {
		return nil, err
	}
	names := make([][]string, len(chunks))
	for i, c := range chunks {
		v, err := s.view(c)
		if err != nil {
			return nil, err
		}
		times, err := v.Missing([]string{chunk.TimesColumn})
		if err == nil {
			names[i], err = v.MissingForRows()
		}
		if err != nil {
			return nil, chunkError(c.ref, err)
		}
		names[i] = append(names[i], times...)
	}
	return chunks, s.fetch(ctx, chunks, func(i int) []string { return names[i] }, &size)
}

func (s *Service) rebuildChunk(c *chunkBlocks, rows []int, yield func(Row) error) error {
	v, err := s.view(c)
	if err != nil {
		return err
	}
	times, err := v.Times()
	if err != nil {
		return chunkError(c.ref, err)
	}
	for _, row := range rows {
		data, err := v.AppendRow(nil, row)
		if err != nil {
			return chunkError(c.ref, err)
		}
		out := Row{
			Tenant: c.ref.tenant, HostID: c.ref.HostID, Artifact: c.ref.Artifact, CollectionID: c.ref.CollectionID,
			FlowID: c.ref.FlowID, Row: c.ref.start + int64(row), Data: data,
		}
		if times != nil && times[row] != chunk.NoTime {
			out.Time = time.UnixMicro(times[row]).UTC()
		}
		if err := yield(out); err != nil {
			return err
		}
	}
	return nil
}

// nameHosts fills in the names of the rows' hosts.
func (s *Service) nameHosts(ctx context.Context, rows []Row) error {
	keys := make(map[hostKey]bool)
	for _, r := range rows {
		keys[hostKey{r.Tenant, r.HostID}] = true
	}
	names, err := s.hostRefs(ctx, keys)
	for i := range rows {
		h := names[hostKey{rows[i].Tenant, rows[i].HostID}]
		rows[i].Hostname, rows[i].ClientID = h.Hostname, h.ClientID
	}
	return err
}

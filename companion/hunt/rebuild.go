package hunt

import (
	"context"
	"slices"
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
	for _, g := range groupsOf(refs, s.cfg.MaxBytes) {
		rows, err := s.rebuildGroup(ctx, g.refs, wanted[g.at[0]:], t)
		if err != nil {
			return err
		}
		for _, r := range slices.Concat(rows...) {
			if err := yield(r); err != nil {
				return err
			}
		}
	}
	return nil
}

// rebuildGroup returns the rows of each chunk that are wanted.
func (s *Service) rebuildGroup(ctx context.Context, refs []ref, wanted []wantedRows, t *tally) ([][]Row, error) {
	if err := s.work(ctx, t); err != nil {
		return nil, err
	}
	defer s.working.give(t.asker)
	var size atomic.Int64
	defer func() { t.Bytes += size.Load() }()
	rows := make([][]Row, len(refs))
	err := s.read(ctx, reading{
		refs: refs, size: &size,
		wanted: func(i int, v *chunk.View) (names []string, ok bool, err error) {
			names, err = v.MissingForRows()
			if !refs[i].MinTime.IsZero() {
				names = append(names, chunk.TimesColumn)
			}
			return names, true, err
		},
		done: func(i int, v *chunk.View) (err error) {
			rows[i], err = rebuildChunk(refs[i], v, wanted[i].rows)
			return chunkError(&refs[i], err)
		},
	})
	return rows, err
}

func rebuildChunk(of ref, v *chunk.View, wanted []int) ([]Row, error) {
	times, err := v.Times()
	if err != nil {
		return nil, err
	}
	rows := make([]Row, len(wanted))
	for i, row := range wanted {
		data, err := v.AppendRow(nil, row)
		if err != nil {
			return nil, err
		}
		rows[i] = Row{
			Tenant: of.tenant, HostID: of.HostID, Artifact: of.Artifact, CollectionID: of.CollectionID,
			FlowID: of.FlowID, Row: of.start + int64(row), Data: data,
		}
		if times != nil && times[row] != chunk.NoTime {
			rows[i].Time = time.UnixMicro(times[row]).UTC()
		}
	}
	return rows, nil
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

package bunstore

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/velocicompanion/velocicompanion/companion/hunt"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// sightingRow is a sighting. It goes with its watchlist. Its key has a digest of what there is one of in a collection,
// because that can be too long for an index.
type sightingRow struct {
	bun.BaseModel `bun:"table:vc_sightings,alias:si"`
	owned
	WatchlistID  string `bun:"watchlist_id,pk"`
	CollectionID string `bun:"collection_id,pk"`
	Digest       []byte `bun:"digest,pk"`
	ID           string `bun:"id"`
	Indicator    []byte
	Kind         string
	Value        []byte
	HostID       string
	Artifact     string
	RowCount     int64
	// FirstSeen and LastSeen are in microseconds since 1970: they come from rows, where anything can be.
	FirstSeen int64
	LastSeen  int64
	SightedAt time.Time
}

func newSightingRow(watchlistID string, s hunt.Sighting) sightingRow {
	digest := sha256.Sum256(fmt.Appendf(nil, "%q %q %q", s.Artifact, s.Kind, s.Value))
	return sightingRow{
		WatchlistID: watchlistID, CollectionID: s.CollectionID, Digest: digest[:], ID: s.ID, Indicator: notNull(s.Indicator),
		Kind: s.Kind, Value: notNull(s.Value), HostID: s.HostID, Artifact: s.Artifact, RowCount: s.Rows,
		FirstSeen: s.FirstSeen.UnixMicro(), LastSeen: s.LastSeen.UnixMicro(), SightedAt: kept(s.SightedAt),
	}
}

func (r sightingRow) entity() (hunt.Sighting, error) {
	tenant, err := r.tenant()
	return hunt.Sighting{
		ID: r.ID, TenantID: tenant, WatchlistID: r.WatchlistID, Indicator: string(r.Indicator), Kind: r.Kind, Value: string(r.Value),
		HostID: r.HostID, Artifact: r.Artifact, CollectionID: r.CollectionID, Rows: r.RowCount,
		FirstSeen: time.UnixMicro(r.FirstSeen).UTC(), LastSeen: time.UnixMicro(r.LastSeen).UTC(), SightedAt: kept(r.SightedAt),
	}, err
}

// sightingKey is the key of a sighting within a watchlist.
type sightingKey struct{ collectionID, digest string }

func (r sightingRow) key() sightingKey { return sightingKey{r.CollectionID, string(r.Digest)} }

// PutMatch holds the tenant's lock on watchlists, so that none changes between the look at it and the end.
func (s huntStore) PutMatch(ctx context.Context, tenant tenancy.ID, m hunt.Match) error {
	return s.exclusive(ctx, tenant, watchlistLock, func(tx scopedTx) error {
		w, err := one[watchlistRow](ctx, tx, hunt.ErrNotFound, hasID("id", m.WatchlistID))
		if err != nil {
			return err
		}
		if w.Revision != m.Revision {
			return hunt.ErrNotFound
		}
		before, err := sightedBefore(ctx, tx, m)
		if err != nil {
			return err
		}
		var there, fresh []sightingRow
		stays := make(map[string]bool)
		for _, one := range m.Sightings {
			row := newSightingRow(m.WatchlistID, one)
			if id, known := before[row.key()]; known {
				stays[id] = true
				there = append(there, row)
				continue
			}
			fresh = append(fresh, row)
		}
		var gone []string
		for _, id := range before {
			if !stays[id] {
				gone = append(gone, id)
			}
		}
		room := max(0, m.Max-(w.Sightings-len(gone)))
		changed := watchlistRow{Overfull: m.Full || len(fresh) > room || w.Full && m.In != nil, MatchedAt: w.MatchedAt}
		fresh = fresh[:min(room, len(fresh))]
		if changed.Sightings = w.Sightings - len(gone) + len(fresh); m.In == nil {
			changed.MatchedAt = kept(m.At)
		}
		if m.Undone {
			changed.MatchedAt = time.Time{}
		}
		if err := putSightings(ctx, tx, gone, append(there, fresh...)); err != nil {
			return err
		}
		_, err = tx.update(&changed, hasID("id", m.WatchlistID)).Column("overfull", "matched_at", "sightings").Exec(ctx)
		return err
	})
}

// sightedBefore returns the ids of what a watchlist had in the places of a match, by their keys.
func sightedBefore(ctx context.Context, tx scopedTx, m hunt.Match) (map[sightingKey]string, error) {
	parts, in := [][]string{nil}, make(map[hunt.Place]bool)
	if m.In != nil {
		collections := make(map[string]bool)
		for _, p := range m.In {
			in[p], collections[p.CollectionID] = true, true
		}
		parts = slices.Collect(slices.Chunk(slices.Sorted(maps.Keys(collections)), maxRows))
	}
	before := make(map[sightingKey]string)
	for _, part := range parts {
		var rows []sightingRow
		err := tx.find(&rows, hasID("watchlist_id", m.WatchlistID), hasIDAmong("collection_id", part)).
			Column("id", "collection_id", "digest", "artifact").Scan(ctx)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			if m.In == nil || in[hunt.Place{CollectionID: r.CollectionID, Artifact: r.Artifact}] {
				before[r.key()] = r.ID
			}
		}
	}
	return before, nil
}

// putSightings removes sightings, and keeps others, those that are there already with their ids and times.
func putSightings(ctx context.Context, tx scopedTx, gone []string, rows []sightingRow) error {
	for part := range slices.Chunk(gone, maxRows) {
		if _, err := tx.remove((*sightingRow)(nil), hasIDIn("id", part)).Exec(ctx); err != nil {
			return err
		}
	}
	for part := range slices.Chunk(rows, maxRows) {
		_, err := replacing(insert(tx, part...).On("CONFLICT (tenant_id, watchlist_id, collection_id, digest) DO UPDATE"),
			"indicator", "host_id", "row_count", "first_seen", "last_seen").Exec(ctx)
		if err != nil {
			return err
		}
	}
	return nil
}

func (s huntStore) Sightings(ctx context.Context, tenant tenancy.ID, f hunt.SightingFilter) (page []hunt.Sighting, err error) {
	watchlist, since := condition{}, condition{}
	if f.WatchlistID != "" {
		watchlist = hasID("watchlist_id", f.WatchlistID)
	}
	if !f.Since.IsZero() {
		since = where("sighted_at >= ?", kept(f.Since))
	}
	err = s.read(ctx, tenant, func(tx scopedTx) error {
		page, err = list[sightingRow](ctx, tx, "id DESC", f.Limit,
			beyond("id", "<", f.Before), watchlist, matches("host_id", f.HostID), isValue(f.Values), since)
		return err
	})
	return page, err
}

// isValue holds where the indicator of a sighting is one of values; without any, everywhere.
func isValue(values []string) condition {
	if len(values) == 0 {
		return condition{}
	}
	all := make([][]byte, len(values))
	for i, v := range values {
		all[i] = notNull(v)
	}
	return where("value IN (?) OR indicator IN (?)", bun.List(all), bun.List(all))
}

func (s huntStore) HoldMatching(
	ctx context.Context, tenant tenancy.ID, holder string, now, until time.Time,
) (held bool, err error) {
	err = s.write(ctx, tenant, func(tx scopedTx) error {
		free := where("holder = ? OR held_until <= ?", holder, kept(now))
		changed, err := affected(tx.update((*watchingRow)(nil), free).
			Set("holder = ?", holder).Set("held_until = ?", kept(until)).Exec(ctx))
		held = changed > 0
		return err
	})
	return held && err == nil, err
}

func (s huntStore) ReleaseMatching(ctx context.Context, tenant tenancy.ID, holder string) error {
	return s.write(ctx, tenant, func(tx scopedTx) error {
		_, err := tx.update((*watchingRow)(nil), is("holder", holder)).
			Set("holder = ''").Set("held_until = ?", time.Time{}.UTC()).Exec(ctx)
		return err
	})
}

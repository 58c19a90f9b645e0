package memory

import (
	"context"
	"slices"
	"time"

	"github.com/velocicompanion/velocicompanion/companion/hunt"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// hold is who matches a tenant's watchlists, until when.
type hold struct {
	holder string
	until  time.Time
}

// sightingKey is what there is one sighting of, in a watchlist.
type sightingKey struct {
	hunt.Place
	kind, value string
}

func keyOf(s hunt.Sighting) sightingKey {
	return sightingKey{hunt.Place{CollectionID: s.CollectionID, Artifact: s.Artifact}, s.Kind, s.Value}
}

func (b *backend) PutMatch(ctx context.Context, tenant tenancy.ID, m hunt.Match) error {
	return b.update(ctx, tenant, func(t *tenantData) error {
		w, err := find(t.watchlists, m.WatchlistID, hunt.ErrNotFound)
		if err != nil {
			return err
		}
		if w.Revision != m.Revision {
			return hunt.ErrNotFound
		}
		before := make(map[sightingKey]hunt.Sighting)
		for id, s := range t.sightings {
			if s.WatchlistID == m.WatchlistID && (m.In == nil || slices.Contains(m.In, keyOf(s).Place)) {
				before[keyOf(s)] = s
				delete(t.sightings, id)
			}
		}
		left := m.Max - t.counted(w).Sightings
		for _, s := range m.Sightings {
			if _, there := before[keyOf(s)]; there {
				left--
			}
		}
		full := m.Full
		for _, s := range m.Sightings {
			s.TenantID, s.WatchlistID = tenant, m.WatchlistID
			s.FirstSeen, s.LastSeen, s.SightedAt = kept(s.FirstSeen), kept(s.LastSeen), kept(s.SightedAt)
			if old, there := before[keyOf(s)]; there {
				s.ID, s.SightedAt = old.ID, old.SightedAt
			} else if left--; left < 0 {
				full = true
				continue
			}
			t.sightings[s.ID] = s
		}
		if w.Full = full || w.Full && m.In != nil; m.In == nil {
			w.MatchedAt = kept(m.At)
		}
		if m.Undone {
			w.MatchedAt = time.Time{}
		}
		t.watchlists[w.ID] = w
		return nil
	})
}

func (b *backend) Sightings(ctx context.Context, tenant tenancy.ID, f hunt.SightingFilter) (page []hunt.Sighting, err error) {
	err = b.view(ctx, tenant, func(t *tenantData) error {
		page = slices.DeleteFunc(sorted(t.sightings), func(s hunt.Sighting) bool {
			return f.Before != "" && s.ID >= f.Before || !selectsSighting(f, s)
		})
		slices.Reverse(page)
		page = first(page, f.Limit)
		return nil
	})
	return page, err
}

func selectsSighting(f hunt.SightingFilter, s hunt.Sighting) bool {
	return (f.WatchlistID == "" || f.WatchlistID == s.WatchlistID) &&
		(f.HostID == "" || f.HostID == s.HostID) &&
		(len(f.Values) == 0 || slices.Contains(f.Values, s.Value) || slices.Contains(f.Values, s.Indicator)) &&
		!s.SightedAt.Before(kept(f.Since))
}

func (b *backend) HoldMatching(
	ctx context.Context, tenant tenancy.ID, holder string, now, until time.Time,
) (held bool, err error) {
	err = b.update(ctx, tenant, func(t *tenantData) error {
		if held = t.matching != nil && (t.matching.holder == holder || expired(t.matching.until, kept(now))); held {
			t.matching = &hold{holder, kept(until)}
		}
		return nil
	})
	return held, err
}

func (b *backend) ReleaseMatching(ctx context.Context, tenant tenancy.ID, holder string) error {
	return b.update(ctx, tenant, func(t *tenantData) error {
		if t.matching != nil && t.matching.holder == holder {
			t.matching = &hold{}
		}
		return nil
	})
}

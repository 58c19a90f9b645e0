package memory

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/velocicompanion/velocicompanion/companion/hunt"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

type watchlist struct {
	hunt.Watchlist
	list []byte
}

func (b *backend) PutWatchlist(ctx context.Context, tenant tenancy.ID, w hunt.Watchlist, list []byte) error {
	return b.updateExisting(ctx, tenant, func(t *tenantData) error {
		w.TenantID, w.CreatedAt, w.ChangedAt, w.MatchedAt = tenant, kept(w.CreatedAt), kept(w.ChangedAt), kept(w.MatchedAt)
		w.Full = false
		if err := t.nameFree(w.ID, w.Name); err != nil {
			return err
		}
		t.watchlists[w.ID] = watchlist{w, bytes.Clone(list)}
		if t.matching == nil {
			t.matching = &hold{}
		}
		return nil
	})
}

func (b *backend) RenameWatchlist(ctx context.Context, tenant tenancy.ID, id, name string) error {
	return b.update(ctx, tenant, func(t *tenantData) error {
		w, err := find(t.watchlists, id, hunt.ErrNotFound)
		if err != nil {
			return err
		}
		if err := t.nameFree(id, name); err != nil {
			return err
		}
		w.Name = name
		t.watchlists[id] = w
		return nil
	})
}

func (t *tenantData) nameFree(id, name string) error {
	var all []hunt.Watchlist
	for _, w := range t.watchlists {
		all = append(all, w.Watchlist)
	}
	return hunt.NameFree(all, id, name)
}

func (b *backend) Watchlist(ctx context.Context, tenant tenancy.ID, id string) (hunt.Watchlist, error) {
	w, _, err := b.WatchlistWithList(ctx, tenant, id)
	return w, err
}

func (b *backend) WatchlistWithList(ctx context.Context, tenant tenancy.ID, id string) (w hunt.Watchlist, list []byte, err error) {
	err = b.view(ctx, tenant, func(t *tenantData) error {
		found, err := find(t.watchlists, id, hunt.ErrNotFound)
		if err == nil {
			w, list = t.counted(found), bytes.Clone(found.list)
		}
		return err
	})
	return w, list, err
}

func (b *backend) Watchlists(ctx context.Context, tenant tenancy.ID) (all []hunt.Watchlist, err error) {
	err = b.view(ctx, tenant, func(t *tenantData) error {
		for _, w := range sorted(t.watchlists) {
			all = append(all, t.counted(w))
		}
		return nil
	})
	return all, err
}

// counted returns a watchlist with the number of its sightings.
func (t *tenantData) counted(w watchlist) hunt.Watchlist {
	w.Sightings = 0
	for _, s := range t.sightings {
		if s.WatchlistID == w.ID {
			w.Sightings++
		}
	}
	return w.Watchlist
}

func (b *backend) DeleteWatchlist(ctx context.Context, tenant tenancy.ID, id string) error {
	return b.update(ctx, tenant, func(t *tenantData) error {
		if _, err := find(t.watchlists, id, hunt.ErrNotFound); err != nil {
			return err
		}
		delete(t.watchlists, id)
		maps.DeleteFunc(t.sightings, func(_ string, s hunt.Sighting) bool { return s.WatchlistID == id })
		return nil
	})
}

// Watching implements hunt.Directory.
func (b *backend) Watching(ctx context.Context) (tenants []tenancy.ID, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	for id, t := range b.tenants {
		if t.matching != nil {
			tenants = append(tenants, id)
		}
	}
	slices.SortFunc(tenants, func(x, y tenancy.ID) int { return strings.Compare(x.String(), y.String()) })
	return tenants, nil
}

package bunstore

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/velocicompanion/velocicompanion/companion/hunt"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

type watchlistRow struct {
	bun.BaseModel `bun:"table:vc_watchlists,alias:w"`
	owned
	ID         string `bun:"id,pk"`
	Name       []byte
	Revision   string
	Indicators int
	Invalid    int
	CreatedBy  string
	CreatedAt  time.Time
	ChangedAt  time.Time
	MatchedAt  time.Time `bun:",nullzero"`
	Sightings  int
	Overfull   bool
}

func (r watchlistRow) entity() (hunt.Watchlist, error) {
	tenant, err := r.tenant()
	return hunt.Watchlist{
		ID: r.ID, TenantID: tenant, Name: string(r.Name), Revision: r.Revision, Indicators: r.Indicators, Invalid: r.Invalid,
		CreatedBy: r.CreatedBy, CreatedAt: kept(r.CreatedAt), ChangedAt: kept(r.ChangedAt), MatchedAt: kept(r.MatchedAt),
		Sightings: r.Sightings, Full: r.Overfull,
	}, err
}

// indicatorsRow is the list of a watchlist, which it goes with. It is large.
type indicatorsRow struct {
	bun.BaseModel `bun:"table:vc_indicators,alias:i"`
	owned
	WatchlistID string `bun:"watchlist_id,pk"`
	List        []byte
}

func (r indicatorsRow) entity() ([]byte, error) { return r.List, nil }

// watchingRow says that a tenant has watchlists, and who matches them until when.
type watchingRow struct {
	bun.BaseModel `bun:"table:vc_watching,alias:wa"`
	owned
	Holder    string
	HeldUntil time.Time
}

func (r watchingRow) entity() (tenancy.ID, error) { return r.tenant() }

// watchlistLock is held by what changes watchlists or their sightings, of which each has the number.
const watchlistLock = "watchlists"

func (s huntStore) PutWatchlist(ctx context.Context, tenant tenancy.ID, w hunt.Watchlist, list []byte) error {
	return s.exclusive(ctx, tenant, watchlistLock, func(tx scopedTx) error {
		if err := nameFree(ctx, tx, w.ID, w.Name); err != nil {
			return err
		}
		row := watchlistRow{
			ID: w.ID, Name: notNull(w.Name), Revision: w.Revision, Indicators: w.Indicators, Invalid: w.Invalid,
			CreatedBy: w.CreatedBy, CreatedAt: kept(w.CreatedAt), ChangedAt: kept(w.ChangedAt), MatchedAt: kept(w.MatchedAt),
		}
		_, err := replacing(insert(tx, row).On("CONFLICT (tenant_id, id) DO UPDATE"), "name", "revision", "indicators",
			"invalid", "created_by", "created_at", "changed_at", "matched_at", "overfull").Exec(ctx)
		if err != nil {
			return err
		}
		_, err = replacing(insert(tx, indicatorsRow{WatchlistID: w.ID, List: notNull(list)}).
			On("CONFLICT (tenant_id, watchlist_id) DO UPDATE"), "list").Exec(ctx)
		if err != nil {
			return err
		}
		_, err = insert(tx, watchingRow{}).On("CONFLICT (tenant_id) DO NOTHING").Exec(ctx)
		return err
	})
}

func (s huntStore) RenameWatchlist(ctx context.Context, tenant tenancy.ID, id, name string) error {
	return s.exclusive(ctx, tenant, watchlistLock, func(tx scopedTx) error {
		if _, err := one[watchlistRow](ctx, tx, hunt.ErrNotFound, hasID("id", id)); err != nil {
			return err
		}
		if err := nameFree(ctx, tx, id, name); err != nil {
			return err
		}
		changed := watchlistRow{Name: notNull(name)}
		return found(affected(tx.update(&changed, hasID("id", id)).Column("name").Exec(ctx)))
	})
}

// nameFree is called under watchlistLock, so that no two take a name at once.
func nameFree(ctx context.Context, tx scopedTx, id, name string) error {
	all, err := list[watchlistRow](ctx, tx, "id", unlimited)
	if err != nil {
		return err
	}
	return hunt.NameFree(all, id, name)
}

func (s huntStore) Watchlist(ctx context.Context, tenant tenancy.ID, id string) (w hunt.Watchlist, err error) {
	err = s.read(ctx, tenant, func(tx scopedTx) error {
		w, err = one[watchlistRow](ctx, tx, hunt.ErrNotFound, hasID("id", id))
		return err
	})
	return w, err
}

func (s huntStore) WatchlistWithList(
	ctx context.Context, tenant tenancy.ID, id string,
) (w hunt.Watchlist, list []byte, err error) {
	err = s.read(ctx, tenant, func(tx scopedTx) error {
		if w, err = one[watchlistRow](ctx, tx, hunt.ErrNotFound, hasID("id", id)); err != nil {
			return err
		}
		list, err = one[indicatorsRow](ctx, tx, hunt.ErrNotFound, hasID("watchlist_id", id))
		return err
	})
	return w, list, err
}

func (s huntStore) Watchlists(ctx context.Context, tenant tenancy.ID) (all []hunt.Watchlist, err error) {
	err = s.read(ctx, tenant, func(tx scopedTx) error {
		all, err = list[watchlistRow](ctx, tx, "id", unlimited)
		return err
	})
	return all, err
}

func (s huntStore) DeleteWatchlist(ctx context.Context, tenant tenancy.ID, id string) error {
	return s.exclusive(ctx, tenant, watchlistLock, func(tx scopedTx) error {
		return found(affected(tx.remove((*watchlistRow)(nil), hasID("id", id)).Exec(ctx)))
	})
}

// watchingKey is what a look-up for the tenants that have watchlists holds. The policy of the table names it.
const watchingKey = "tenants with watchlists"

// Watching implements hunt.Directory.
func (s huntStore) Watching(ctx context.Context) (tenants []tenancy.ID, err error) {
	err = s.lookup(ctx, watchingKey, func(tx scopedTx) error {
		tenants, err = list[watchingRow](ctx, tx, "tenant_id", unlimited)
		return err
	})
	return tenants, err
}

package bunstore

import (
	"context"
	"encoding/json"
	"time"

	"github.com/uptrace/bun"

	"github.com/velocicompanion/velocicompanion/companion/hunt"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

type huntStore struct{ database }

type savedHuntRow struct {
	bun.BaseModel `bun:"table:vc_saved_hunts,alias:sh"`
	owned
	ID        string `bun:"id,pk"`
	Name      []byte
	Kind      string
	Question  []byte
	CreatedBy string
	CreatedAt time.Time
	RanAt     time.Time `bun:",nullzero"`
}

func (r savedHuntRow) entity() (hunt.SavedHunt, error) {
	tenant, err := r.tenant()
	return hunt.SavedHunt{
		ID: r.ID, TenantID: tenant, Name: string(r.Name), Kind: r.Kind, Question: r.Question,
		CreatedBy: r.CreatedBy, CreatedAt: kept(r.CreatedAt), LastRun: kept(r.RanAt),
	}, err
}

// runRow is the last run of a saved hunt. It goes with the hunt.
type runRow struct {
	bun.BaseModel `bun:"table:vc_runs,alias:ru"`
	owned
	HuntID   string `bun:"hunt_id,pk"`
	RanAt    time.Time
	Document []byte
}

// run is the document of a run. The entries are texts, because JSON within JSON would be written anew.
type run struct {
	Entries  [][]byte `json:"entries"`
	Complete bool     `json:"complete"`
}

func (r runRow) entity() (hunt.Run, error) {
	document, err := decode[run](r.Document)
	out := hunt.Run{At: kept(r.RanAt), Complete: document.Complete}
	for _, e := range document.Entries {
		out.Entries = append(out.Entries, json.RawMessage(e))
	}
	return out, err
}

func (s huntStore) PutSavedHunt(ctx context.Context, tenant tenancy.ID, h hunt.SavedHunt) error {
	return s.write(ctx, tenant, func(tx scopedTx) error {
		row := savedHuntRow{
			ID: h.ID, Name: notNull(h.Name), Kind: h.Kind, Question: notNull(h.Question), CreatedBy: h.CreatedBy,
			CreatedAt: kept(h.CreatedAt),
		}
		_, err := replacing(insert(tx, row).On("CONFLICT (tenant_id, id) DO UPDATE"),
			"name", "kind", "question", "created_by", "created_at", "ran_at").Exec(ctx)
		if err == nil {
			_, err = tx.remove((*runRow)(nil), hasID("hunt_id", h.ID)).Exec(ctx)
		}
		return err
	})
}

func (s huntStore) SavedHunt(ctx context.Context, tenant tenancy.ID, id string) (h hunt.SavedHunt, err error) {
	err = s.read(ctx, tenant, func(tx scopedTx) error {
		h, err = one[savedHuntRow](ctx, tx, hunt.ErrNotFound, hasID("id", id))
		return err
	})
	return h, err
}

func (s huntStore) SavedHunts(ctx context.Context, tenant tenancy.ID) (all []hunt.SavedHunt, err error) {
	err = s.read(ctx, tenant, func(tx scopedTx) error {
		all, err = list[savedHuntRow](ctx, tx, "id", unlimited)
		return err
	})
	return all, err
}

func (s huntStore) RenameSavedHunt(ctx context.Context, tenant tenancy.ID, id, name string) error {
	return s.write(ctx, tenant, func(tx scopedTx) error {
		changed := savedHuntRow{Name: notNull(name)}
		return found(affected(tx.update(&changed, hasID("id", id)).Column("name").Exec(ctx)))
	})
}

func (s huntStore) DeleteSavedHunt(ctx context.Context, tenant tenancy.ID, id string) error {
	return s.write(ctx, tenant, func(tx scopedTx) error {
		return found(affected(tx.remove((*savedHuntRow)(nil), hasID("id", id)).Exec(ctx)))
	})
}

func (s huntStore) PutRun(ctx context.Context, tenant tenancy.ID, huntID string, r hunt.Run) error {
	return s.write(ctx, tenant, func(tx scopedTx) error {
		document := run{Complete: r.Complete}
		for _, e := range r.Entries {
			document.Entries = append(document.Entries, e)
		}
		text, err := encode(document)
		if err != nil {
			return err
		}
		at := kept(r.At)
		changed := savedHuntRow{RanAt: at}
		if err := found(affected(tx.update(&changed, hasID("id", huntID)).Column("ran_at").Exec(ctx))); err != nil {
			return err
		}
		_, err = replacing(insert(tx, runRow{HuntID: huntID, RanAt: at, Document: text}).
			On("CONFLICT (tenant_id, hunt_id) DO UPDATE"), "ran_at", "document").Exec(ctx)
		return err
	})
}

func (s huntStore) LastRun(ctx context.Context, tenant tenancy.ID, huntID string) (r hunt.Run, err error) {
	err = s.read(ctx, tenant, func(tx scopedTx) error {
		r, err = one[runRow](ctx, tx, hunt.ErrNotFound, hasID("hunt_id", huntID))
		return err
	})
	return r, err
}

// found is hunt.ErrNotFound for a change that changed no row.
func found(changed int64, err error) error {
	if err == nil && changed == 0 {
		return hunt.ErrNotFound
	}
	return err
}

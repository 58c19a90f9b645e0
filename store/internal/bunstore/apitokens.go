package bunstore

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

type apiTokenRow struct {
	bun.BaseModel `bun:"table:vc_api_tokens,alias:at"`
	owned
	ID         string `bun:"id,pk"`
	Name       string
	Scope      auth.Scope
	CreatedBy  string
	GrantedAt  time.Time `bun:",nullzero"`
	CreatedAt  time.Time
	ExpiresAt  time.Time `bun:",nullzero"`
	LastUsedAt time.Time `bun:",nullzero"`
}

func (r apiTokenRow) entity() (auth.APIToken, error) {
	tenant, err := r.tenant()
	return auth.APIToken{
		ID: r.ID, TenantID: tenant, Name: r.Name, Scope: r.Scope, CreatedBy: r.CreatedBy, GrantedAt: kept(r.GrantedAt),
		CreatedAt: kept(r.CreatedAt), ExpiresAt: kept(r.ExpiresAt), LastUsedAt: kept(r.LastUsedAt),
	}, err
}

func (s authStore) CreateAPIToken(ctx context.Context, tenant tenancy.ID, t auth.APIToken, key string) error {
	return s.write(ctx, tenant, func(tx scopedTx) error {
		created, err := affected(insert(tx, apiTokenRow{
			ID: t.ID, Name: t.Name, Scope: t.Scope, CreatedBy: t.CreatedBy, GrantedAt: kept(t.GrantedAt),
			CreatedAt: kept(t.CreatedAt), ExpiresAt: kept(t.ExpiresAt), LastUsedAt: kept(t.LastUsedAt),
		}).On("CONFLICT DO NOTHING").Exec(ctx))
		if err != nil {
			return err
		}
		if created == 0 {
			return auth.ErrExists
		}
		return enter(ctx, tx, directoryRow{Kind: auth.EntryAPIToken, Key: key, ID: t.ID})
	})
}

func (s authStore) APIToken(ctx context.Context, tenant tenancy.ID, id string) (t auth.APIToken, err error) {
	err = s.read(ctx, tenant, func(tx scopedTx) error {
		t, err = one[apiTokenRow](ctx, tx, auth.ErrNotFound, hasID("id", id))
		return err
	})
	return t, err
}

func (s authStore) APITokens(ctx context.Context, tenant tenancy.ID) (tokens []auth.APIToken, err error) {
	err = s.read(ctx, tenant, func(tx scopedTx) error {
		tokens, err = list[apiTokenRow](ctx, tx, "id", unlimited)
		return err
	})
	return tokens, err
}

func (s authStore) UseAPIToken(ctx context.Context, tenant tenancy.ID, id string, at time.Time) error {
	return s.write(ctx, tenant, func(tx scopedTx) error {
		_, err := tx.update((*apiTokenRow)(nil), hasID("id", id), where("last_used_at IS NULL OR last_used_at < ?", kept(at))).
			Set("last_used_at = ?", kept(at)).Exec(ctx)
		return err
	})
}

func (s authStore) DeleteAPIToken(ctx context.Context, tenant tenancy.ID, id string) error {
	return s.write(ctx, tenant, func(tx scopedTx) error {
		deleted, err := affected(tx.remove((*apiTokenRow)(nil), hasID("id", id)).Exec(ctx))
		if err != nil {
			return err
		}
		if deleted == 0 {
			return auth.ErrNotFound
		}
		return leave(ctx, tx, auth.EntryAPIToken, id)
	})
}

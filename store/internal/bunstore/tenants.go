package bunstore

import (
	"context"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/velocicompanion/velocicompanion/tenancy"
)

type tenantStore struct{ database }

type tenantRow struct {
	bun.BaseModel `bun:"table:vc_tenants,alias:t"`
	owned
	Name        string
	Description string
	CreatedAt   time.Time
}

func (r tenantRow) entity() (tenancy.Tenant, error) {
	id, err := r.tenant()
	return tenancy.Tenant{ID: id, Name: r.Name, Description: r.Description, CreatedAt: kept(r.CreatedAt)}, err
}

func (s tenantStore) CreateTenant(ctx context.Context, t tenancy.Tenant) error {
	return s.write(ctx, t.ID, func(tx scopedTx) error {
		row := tenantRow{Name: t.Name, Description: t.Description, CreatedAt: kept(t.CreatedAt)}
		created, err := affected(insert(tx, row).On("CONFLICT (tenant_id) DO NOTHING").Exec(ctx))
		if err == nil && created == 0 {
			return tenancy.ErrExists
		}
		return err
	})
}

func (s tenantStore) Tenant(ctx context.Context, id tenancy.ID) (t tenancy.Tenant, err error) {
	err = s.read(ctx, id, func(tx scopedTx) error {
		t, err = one[tenantRow](ctx, tx, tenancy.ErrNotFound)
		return err
	})
	return t, err
}

func (s tenantStore) Tenants(ctx context.Context, ids []tenancy.ID) (tenants []tenancy.Tenant, err error) {
	texts := make([]string, len(ids))
	for i, id := range ids {
		if err := id.Check(); err != nil {
			return nil, err
		}
		texts[i] = id.String()
	}
	err = s.lookup(ctx, strings.Join(texts, ","), func(tx scopedTx) error {
		tenants, err = list[tenantRow](ctx, tx, "name, tenant_id", unlimited, hasIDIn("tenant_id", texts))
		return err
	})
	return tenants, err
}

// DeleteTenant relies on the schema: what refers to the tenant goes with it. Chunks do not refer to it, because that
// would cost a check for each of them. Nobody adds any once the tenant's stages are gone.
func (s tenantStore) DeleteTenant(ctx context.Context, id tenancy.ID) error {
	return s.write(ctx, id, func(tx scopedTx) error {
		deleted, err := affected(tx.remove((*tenantRow)(nil)).Exec(ctx))
		if err == nil && deleted == 0 {
			return tenancy.ErrNotFound
		}
		for _, model := range []any{(*blockRow)(nil), (*chunkRow)(nil), (*stagedRow)(nil)} {
			if err == nil {
				_, err = tx.remove(model).Exec(ctx)
			}
		}
		return err
	})
}

package memory

import (
	"context"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

func (b *backend) PutGrant(ctx context.Context, tenant tenancy.ID, g auth.Grant) error {
	return b.updateExisting(ctx, tenant, func(t *tenantData) error {
		g.TenantID, g.CreatedAt, g.ExpiresAt = t.ID, kept(g.CreatedAt), kept(g.ExpiresAt)
		t.grants[g.UserID] = g.InPlaceOf(t.grants[g.UserID])
		return nil
	})
}

func (b *backend) Grant(ctx context.Context, tenant tenancy.ID, userID string) (g auth.Grant, err error) {
	err = b.view(ctx, tenant, func(t *tenantData) error {
		g, err = find(t.grants, userID, auth.ErrNotFound)
		return err
	})
	return g, err
}

func (b *backend) Grants(ctx context.Context, tenant tenancy.ID) (grants []auth.Grant, err error) {
	err = b.view(ctx, tenant, func(t *tenantData) error {
		grants = sorted(t.grants)
		return nil
	})
	return grants, err
}

func (b *backend) DeleteGrant(ctx context.Context, tenant tenancy.ID, userID string) error {
	return b.update(ctx, tenant, func(t *tenantData) error {
		if _, err := find(t.grants, userID, auth.ErrNotFound); err != nil {
			return err
		}
		delete(t.grants, userID)
		return nil
	})
}

package memory

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

func (b *backend) CreateTenant(ctx context.Context, t tenancy.Tenant) error {
	if err := check(ctx, t.ID); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ok := b.tenants[t.ID]; ok {
		return tenancy.ErrExists
	}
	t.CreatedAt = kept(t.CreatedAt)
	b.tenants[t.ID] = newTenant(t)
	return nil
}

func (b *backend) Tenant(ctx context.Context, id tenancy.ID) (t tenancy.Tenant, err error) {
	err = b.view(ctx, id, func(found *tenantData) error {
		if found.ID.IsZero() {
			return tenancy.ErrNotFound
		}
		t = found.Tenant
		return nil
	})
	return t, err
}

func (b *backend) Tenants(ctx context.Context, ids []tenancy.ID) ([]tenancy.Tenant, error) {
	found := make(map[tenancy.ID]tenancy.Tenant)
	for _, id := range ids {
		if err := check(ctx, id); err != nil {
			return nil, err
		}
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	for _, id := range ids {
		if t, ok := b.tenants[id]; ok {
			found[id] = t.Tenant
		}
	}
	return slices.SortedFunc(maps.Values(found), func(x, y tenancy.Tenant) int {
		return cmp.Or(cmp.Compare(x.Name, y.Name), cmp.Compare(x.ID.String(), y.ID.String()))
	}), nil
}

func (b *backend) DeleteTenant(ctx context.Context, id tenancy.ID) error {
	return b.updateExisting(ctx, id, func(*tenantData) error {
		delete(b.tenants, id)
		maps.DeleteFunc(b.directory, func(_ entry, to target) bool { return to.tenant == id })
		for _, other := range b.tenants {
			maps.DeleteFunc(other.grants, func(_ string, g auth.Grant) bool { return g.Home == id })
		}
		return nil
	})
}

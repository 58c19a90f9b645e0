package memory

import (
	"context"
	"slices"
	"time"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

func (b *backend) CreateInvite(ctx context.Context, tenant tenancy.ID, inv auth.Invite, key string) error {
	return b.updateExisting(ctx, tenant, func(t *tenantData) error {
		secret := entry{auth.EntryInvite, key}
		if _, taken := t.invites[inv.ID]; taken || !b.free(secret) {
			return auth.ErrExists
		}
		inv.TenantID = t.ID
		inv.GrantedAt, inv.CreatedAt, inv.ExpiresAt, inv.UsedAt = kept(inv.GrantedAt), kept(inv.CreatedAt), kept(inv.ExpiresAt), kept(inv.UsedAt)
		t.invites[inv.ID] = inv
		b.directory[secret] = target{t.ID, inv.ID}
		return nil
	})
}

func (b *backend) Invite(ctx context.Context, tenant tenancy.ID, id string) (inv auth.Invite, err error) {
	err = b.view(ctx, tenant, func(t *tenantData) error {
		inv, err = find(t.invites, id, auth.ErrNotFound)
		return err
	})
	return inv, err
}

func (b *backend) Invites(ctx context.Context, tenant tenancy.ID, at time.Time) (invites []auth.Invite, err error) {
	err = b.view(ctx, tenant, func(t *tenantData) error {
		invites = slices.DeleteFunc(sorted(t.invites), func(inv auth.Invite) bool { return !open(inv, at) })
		return nil
	})
	return invites, err
}

func open(inv auth.Invite, at time.Time) bool { return inv.UsedBy == "" && !expired(inv.ExpiresAt, at) }

func (b *backend) RedeemInvite(ctx context.Context, tenant tenancy.ID, inviteID string, at time.Time, u auth.User) error {
	return b.update(ctx, tenant, func(t *tenantData) error {
		inv, ok := t.invites[inviteID]
		if !ok || !open(inv, at) || !inv.Stands(t.users[inv.CreatedBy], t.grants[inv.CreatedBy], at) {
			return auth.ErrNotFound
		}
		if err := b.addUser(t, u); err != nil {
			return err
		}
		inv.UsedBy, inv.UsedAt = u.ID, kept(at)
		t.invites[inviteID] = inv
		return nil
	})
}

func (b *backend) DeleteInvite(ctx context.Context, tenant tenancy.ID, id string) error {
	return b.update(ctx, tenant, func(t *tenantData) error {
		if inv, ok := t.invites[id]; !ok || inv.UsedBy != "" {
			return auth.ErrNotFound
		}
		delete(t.invites, id)
		b.leave(auth.EntryInvite, target{t.ID, id})
		return nil
	})
}

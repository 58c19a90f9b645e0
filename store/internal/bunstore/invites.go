package bunstore

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

type inviteRow struct {
	bun.BaseModel `bun:"table:vc_invites,alias:i"`
	owned
	ID        string `bun:"id,pk"`
	Role      auth.Role
	CreatedBy string
	GrantedAt time.Time `bun:",nullzero"`
	CreatedAt time.Time
	ExpiresAt time.Time
	UsedBy    string
	UsedAt    time.Time `bun:",nullzero"`
}

func (r inviteRow) entity() (auth.Invite, error) {
	tenant, err := r.tenant()
	return auth.Invite{
		ID: r.ID, TenantID: tenant, Role: r.Role, CreatedBy: r.CreatedBy, GrantedAt: kept(r.GrantedAt), CreatedAt: kept(r.CreatedAt),
		ExpiresAt: kept(r.ExpiresAt), UsedBy: r.UsedBy, UsedAt: kept(r.UsedAt),
	}, err
}

func (s authStore) CreateInvite(ctx context.Context, tenant tenancy.ID, inv auth.Invite, key string) error {
	return s.write(ctx, tenant, func(tx scopedTx) error {
		created, err := affected(insert(tx, inviteRow{
			ID: inv.ID, Role: inv.Role, CreatedBy: inv.CreatedBy, GrantedAt: kept(inv.GrantedAt), CreatedAt: kept(inv.CreatedAt),
			ExpiresAt: kept(inv.ExpiresAt), UsedBy: inv.UsedBy, UsedAt: kept(inv.UsedAt),
		}).On("CONFLICT DO NOTHING").Exec(ctx))
		if err != nil {
			return err
		}
		if created == 0 {
			return auth.ErrExists
		}
		return enter(ctx, tx, directoryRow{Kind: auth.EntryInvite, Key: key, ID: inv.ID})
	})
}

func (s authStore) Invite(ctx context.Context, tenant tenancy.ID, id string) (inv auth.Invite, err error) {
	err = s.read(ctx, tenant, func(tx scopedTx) error {
		inv, err = one[inviteRow](ctx, tx, auth.ErrNotFound, hasID("id", id))
		return err
	})
	return inv, err
}

func (s authStore) Invites(ctx context.Context, tenant tenancy.ID, at time.Time) (invites []auth.Invite, err error) {
	err = s.read(ctx, tenant, func(tx scopedTx) error {
		invites, err = list[inviteRow](ctx, tx, "id", unlimited, unused, where("expires_at > ?", kept(at)))
		return err
	})
	return invites, err
}

var unused = where("used_at IS NULL")

// RedeemInvite holds the tenant's lock on users, so that who made the invite does not lose the right to while it is used.
func (s authStore) RedeemInvite(
	ctx context.Context, tenant tenancy.ID, inviteID string, at time.Time, u auth.User,
) error {
	return s.exclusive(ctx, tenant, "users", func(tx scopedTx) error {
		open := []condition{hasID("id", inviteID), unused, where("expires_at > ?", kept(at))}
		inv, err := one[inviteRow](ctx, tx, auth.ErrNotFound, open...)
		if err != nil {
			return err
		}
		if stands, err := stands(ctx, tx, inv, at); err != nil || !stands {
			return cmp.Or(err, auth.ErrNotFound)
		}
		_, err = tx.update((*inviteRow)(nil), open...).Set("used_by = ?", u.ID).Set("used_at = ?", kept(at)).Exec(ctx)
		if err != nil {
			return err
		}
		return createUser(ctx, tx, u)
	})
}

// stands reports whether who made the invite may still invite.
func stands(ctx context.Context, tx scopedTx, inv auth.Invite, at time.Time) (bool, error) {
	maker, err := one[userRow](ctx, tx, auth.ErrNotFound, hasID("id", inv.CreatedBy))
	if err != nil && !errors.Is(err, auth.ErrNotFound) {
		return false, err
	}
	grant, err := one[grantRow](ctx, tx, auth.ErrNotFound, is("user_id", inv.CreatedBy))
	if err != nil && !errors.Is(err, auth.ErrNotFound) {
		return false, err
	}
	return inv.Stands(maker, grant, at), nil
}

func (s authStore) DeleteInvite(ctx context.Context, tenant tenancy.ID, id string) error {
	return s.write(ctx, tenant, func(tx scopedTx) error {
		deleted, err := affected(tx.remove((*inviteRow)(nil), hasID("id", id), unused).Exec(ctx))
		if err != nil {
			return err
		}
		if deleted == 0 {
			return auth.ErrNotFound
		}
		return leave(ctx, tx, auth.EntryInvite, id)
	})
}

package bunstore

import (
	"context"
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
	CreatedAt time.Time
	ExpiresAt time.Time
	UsedBy    string
	UsedAt    time.Time `bun:",nullzero"`
}

func (r inviteRow) entity() (auth.Invite, error) {
	tenant, err := r.tenant()
	return auth.Invite{
		ID: r.ID, TenantID: tenant, Role: r.Role, CreatedBy: r.CreatedBy, CreatedAt: kept(r.CreatedAt),
		ExpiresAt: kept(r.ExpiresAt), UsedBy: r.UsedBy, UsedAt: kept(r.UsedAt),
	}, err
}

func (s authStore) CreateInvite(ctx context.Context, tenant tenancy.ID, inv auth.Invite, key string) error {
	return s.write(ctx, tenant, func(tx scopedTx) error {
		created, err := affected(insert(tx, inviteRow{
			ID: inv.ID, Role: inv.Role, CreatedBy: inv.CreatedBy, CreatedAt: kept(inv.CreatedAt),
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

func (s authStore) RedeemInvite(
	ctx context.Context, tenant tenancy.ID, inviteID string, at time.Time, u auth.User,
) error {
	return s.write(ctx, tenant, func(tx scopedTx) error {
		unused := []condition{hasID("id", inviteID), where("used_at IS NULL"), where("expires_at > ?", kept(at))}
		redeemed, err := affected(tx.update((*inviteRow)(nil), unused...).
			Set("used_by = ?", u.ID).Set("used_at = ?", kept(at)).Exec(ctx))
		if err != nil {
			return err
		}
		if redeemed == 0 {
			return auth.ErrNotFound
		}
		return createUser(ctx, tx, u)
	})
}

package bunstore

import (
	"context"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

type grantRow struct {
	bun.BaseModel `bun:"table:vc_grants,alias:g"`
	owned
	UserID    string `bun:"user_id,pk"`
	Username  string
	HomeID    string `bun:",nullzero"`
	Role      auth.Role
	GrantedBy string
	CreatedAt time.Time
	ExpiresAt time.Time `bun:",nullzero"`
}

func (r grantRow) entity() (auth.Grant, error) {
	tenant, err := r.tenant()
	if err != nil {
		return auth.Grant{}, err
	}
	home, err := tenantID(r.HomeID)
	return auth.Grant{
		TenantID: tenant, UserID: r.UserID, Username: r.Username, Home: home, Role: r.Role, GrantedBy: r.GrantedBy,
		CreatedAt: kept(r.CreatedAt), ExpiresAt: kept(r.ExpiresAt),
	}, err
}

// PutGrant and DeleteGrant hold the tenant's lock on users, as RedeemInvite does.
func (s authStore) PutGrant(ctx context.Context, tenant tenancy.ID, g auth.Grant) error {
	return s.exclusive(ctx, tenant, "users", func(tx scopedTx) error {
		earlier, err := one[grantRow](ctx, tx, auth.ErrNotFound, is("user_id", g.UserID))
		if err != nil && !errors.Is(err, auth.ErrNotFound) {
			return err
		}
		g = g.InPlaceOf(earlier)
		row := grantRow{
			UserID: g.UserID, Username: g.Username, HomeID: g.Home.String(), Role: g.Role, GrantedBy: g.GrantedBy,
			CreatedAt: kept(g.CreatedAt), ExpiresAt: kept(g.ExpiresAt),
		}
		_, err = replacing(insert(tx, row).On("CONFLICT (tenant_id, user_id) DO UPDATE"),
			"username", "home_id", "role", "granted_by", "created_at", "expires_at").Exec(ctx)
		return err
	})
}

func (s authStore) Grant(ctx context.Context, tenant tenancy.ID, userID string) (g auth.Grant, err error) {
	err = s.read(ctx, tenant, func(tx scopedTx) error {
		g, err = one[grantRow](ctx, tx, auth.ErrNotFound, is("user_id", userID))
		return err
	})
	return g, err
}

func (s authStore) Grants(ctx context.Context, tenant tenancy.ID) (grants []auth.Grant, err error) {
	err = s.read(ctx, tenant, func(tx scopedTx) error {
		grants, err = list[grantRow](ctx, tx, "user_id", unlimited)
		return err
	})
	return grants, err
}

func (s authStore) DeleteGrant(ctx context.Context, tenant tenancy.ID, userID string) error {
	return s.exclusive(ctx, tenant, "users", func(tx scopedTx) error {
		deleted, err := affected(tx.remove((*grantRow)(nil), is("user_id", userID)).Exec(ctx))
		if err == nil && deleted == 0 {
			return auth.ErrNotFound
		}
		return err
	})
}

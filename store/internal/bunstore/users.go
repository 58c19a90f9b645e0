package bunstore

import (
	"context"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

type authStore struct{ database }

type userRow struct {
	bun.BaseModel `bun:"table:vc_users,alias:u"`
	owned
	ID           string `bun:"id,pk"`
	Username     string
	Role         auth.Role
	Active       bool
	PasswordHash string
	CreatedAt    time.Time
}

func (r userRow) entity() (auth.User, error) {
	tenant, err := r.tenant()
	return auth.User{
		ID: r.ID, TenantID: tenant, Username: r.Username, Role: r.Role, Active: r.Active, PasswordHash: r.PasswordHash,
		CreatedAt: kept(r.CreatedAt),
	}, err
}

func (s authStore) CreateUser(ctx context.Context, tenant tenancy.ID, u auth.User) error {
	return s.write(ctx, tenant, func(tx scopedTx) error { return createUser(ctx, tx, u) })
}

func createUser(ctx context.Context, tx scopedTx, u auth.User) error {
	err := enter(ctx, tx,
		directoryRow{Kind: auth.EntryLogin, Key: strings.ToLower(u.Username), ID: u.ID},
		directoryRow{Kind: auth.EntryUser, Key: u.ID, ID: u.ID})
	if err != nil {
		return err
	}
	_, err = insert(tx, userRow{
		ID: u.ID, Username: u.Username, Role: u.Role, Active: u.Active, PasswordHash: u.PasswordHash,
		CreatedAt: kept(u.CreatedAt),
	}).Exec(ctx)
	return err
}

func (s authStore) User(ctx context.Context, tenant tenancy.ID, id string) (u auth.User, err error) {
	err = s.read(ctx, tenant, func(tx scopedTx) error {
		u, err = one[userRow](ctx, tx, auth.ErrNotFound, hasID("id", id))
		return err
	})
	return u, err
}

func (s authStore) Users(ctx context.Context, tenant tenancy.ID, after string, limit int) (users []auth.User, err error) {
	err = s.read(ctx, tenant, func(tx scopedTx) error {
		users, err = list[userRow](ctx, tx, "id", limit, beyond("id", ">", after))
		return err
	})
	return users, err
}

// UpdateUser holds the tenant's lock on users, so that two admins cannot take each other's role at once.
func (s authStore) UpdateUser(
	ctx context.Context, tenant tenancy.ID, id string, change auth.UserChange,
) (u auth.User, err error) {
	err = s.exclusive(ctx, tenant, "users", func(tx scopedTx) error {
		old, err := one[userRow](ctx, tx, auth.ErrNotFound, hasID("id", id))
		if err != nil {
			return err
		}
		var endsSessions bool
		u, endsSessions = change.Apply(old)
		if isAdmin(old) && !isAdmin(u) {
			if err := keepAdmin(ctx, tx, id); err != nil {
				return err
			}
		}
		_, err = tx.update(&userRow{Role: u.Role, Active: u.Active, PasswordHash: u.PasswordHash}, hasID("id", id)).
			Column("role", "active", "password_hash").Exec(ctx)
		if err != nil || !endsSessions {
			return err
		}
		kept, err := familyOf(ctx, tx, change.KeepSession)
		if err == nil {
			_, err = endSessions(ctx, tx, hasID("user_id", id), isNot("family_id", kept))
		}
		return err
	})
	if err != nil {
		return auth.User{}, err
	}
	return u, nil
}

func isAdmin(u auth.User) bool { return u.Active && u.Role == auth.RoleAdmin }

// keepAdmin returns auth.ErrLastAdmin when the tenant has no other active admin than one user.
func keepAdmin(ctx context.Context, tx scopedTx, than string) error {
	others, err := tx.find((*userRow)(nil), is("role", string(auth.RoleAdmin)), where("active"), isNot("id", than)).Count(ctx)
	if err == nil && others == 0 {
		return auth.ErrLastAdmin
	}
	return err
}

package memory

import (
	"context"
	"slices"
	"strings"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

func (b *backend) CreateUser(ctx context.Context, tenant tenancy.ID, u auth.User) error {
	return b.updateExisting(ctx, tenant, func(t *tenantData) error { return b.addUser(t, u) })
}

func (b *backend) addUser(t *tenantData, u auth.User) error {
	login := entry{auth.EntryLogin, strings.ToLower(u.Username)}
	self := entry{auth.EntryUser, u.ID}
	if !b.free(login, self) {
		return auth.ErrExists
	}
	u.TenantID, u.CreatedAt = t.ID, kept(u.CreatedAt)
	t.users[u.ID] = u
	b.directory[login] = target{t.ID, u.ID}
	b.directory[self] = target{t.ID, u.ID}
	return nil
}

func (b *backend) User(ctx context.Context, tenant tenancy.ID, id string) (u auth.User, err error) {
	err = b.view(ctx, tenant, func(t *tenantData) error {
		u, err = find(t.users, id, auth.ErrNotFound)
		return err
	})
	return u, err
}

func (b *backend) Users(ctx context.Context, tenant tenancy.ID, after string, limit int) (users []auth.User, err error) {
	err = b.view(ctx, tenant, func(t *tenantData) error {
		users = slices.DeleteFunc(sorted(t.users), func(u auth.User) bool { return u.ID <= after })
		users = first(users, limit)
		return nil
	})
	return users, err
}

func (b *backend) UpdateUser(
	ctx context.Context, tenant tenancy.ID, id string, change auth.UserChange,
) (u auth.User, err error) {
	err = b.update(ctx, tenant, func(t *tenantData) error {
		old, err := find(t.users, id, auth.ErrNotFound)
		if err != nil {
			return err
		}
		changed, endsSessions := change.Apply(old)
		if isAdmin(old) && !isAdmin(changed) && !hasOtherAdmin(t, id) {
			return auth.ErrLastAdmin
		}
		t.users[id], u = changed, changed
		if endsSessions {
			kept := t.sessions[change.KeepSession].Family
			b.endSessions(t, func(s session) bool { return s.UserID == id && s.Family != kept })
		}
		return nil
	})
	return u, err
}

func isAdmin(u auth.User) bool { return u.Active && u.Role == auth.RoleAdmin }

func hasOtherAdmin(t *tenantData, than string) bool {
	for id, u := range t.users {
		if id != than && isAdmin(u) {
			return true
		}
	}
	return false
}

package auth_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/auth"
)

func TestAdminsSeeTheirOwnUsers(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	inside := e.tenant("Second")
	ana, bob := e.invited(inside, "ana", auth.RoleUser), e.invited(e.admin, "bob", auth.RoleUser)

	users, err := e.Users(e.ctx, inside, "", 10)
	require.NoError(t, err)
	require.Len(t, users, 1, "an admin by grant manages the users of the tenant")
	assert.Equal(t, ana, users[0])
	assert.Empty(t, users[0].PasswordHash)
	got, err := e.User(e.ctx, inside, ana.ID)
	require.NoError(t, err)
	assert.Equal(t, ana, got)

	_, unknown := e.User(e.ctx, inside, "0190b5c0-0000-7000-8000-000000000001")
	for _, id := range []string{bob.ID, e.admin.UserID, "", "\x00", "{" + ana.ID + "}"} {
		_, err := e.User(e.ctx, inside, id)
		require.ErrorIs(t, err, auth.ErrNotFound)
		assert.Equal(t, unknown, err)
	}
	_, err = e.UpdateUser(e.ctx, inside, bob.ID, auth.UserUpdate{Active: new(bool)})
	require.ErrorIs(t, err, auth.ErrNotFound)
}

func TestUsersComeInPages(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	for _, name := range []string{"a", "b", "c"} {
		e.invited(e.admin, name, auth.RoleUser)
	}
	var names []string
	for after := ""; ; {
		page, err := e.Users(e.ctx, e.admin, after, 3)
		require.NoError(t, err)
		if len(page) == 0 {
			break
		}
		for _, u := range page {
			names = append(names, u.Username)
		}
		after = page[len(page)-1].ID
	}
	assert.Equal(t, []string{"admin", "a", "b", "c"}, names)
}

func TestNobodyChangesThemselves(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.invited(e.admin, "second", auth.RoleAdmin)
	role := auth.RoleUser
	for _, update := range []auth.UserUpdate{{Role: &role}, {Active: new(bool)}} {
		_, err := e.UpdateUser(e.ctx, e.admin, e.admin.UserID, update)
		require.ErrorIs(t, err, auth.ErrForbidden)
	}
}

func TestATenantKeepsAnAdmin(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	inside := e.tenant("Second")
	chiefs := []auth.User{e.invited(inside, "ana", auth.RoleAdmin), e.invited(inside, "bob", auth.RoleAdmin)}
	var good, last atomic.Int64
	var calls sync.WaitGroup
	for _, chief := range chiefs {
		calls.Go(func() {
			_, err := e.UpdateUser(e.ctx, inside, chief.ID, auth.UserUpdate{Active: new(bool)})
			if err == nil {
				good.Add(1)
			} else if assert.ErrorIs(t, err, auth.ErrLastAdmin) {
				last.Add(1)
			}
		})
	}
	calls.Wait()
	assert.EqualValues(t, 1, good.Load())
	assert.EqualValues(t, 1, last.Load())
}

func TestUpdateUser(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	ana := e.invited(e.admin, "ana", auth.RoleUser)
	role := auth.RoleAdmin
	got, err := e.UpdateUser(e.ctx, e.admin, ana.ID, auth.UserUpdate{Role: &role, Active: new(bool)})
	require.NoError(t, err)
	assert.Equal(t, auth.RoleAdmin, got.Role)
	assert.False(t, got.Active)
	assert.Empty(t, got.PasswordHash)
	event := e.recorded(e.admin.Home, auth.ActionUserChanged)
	assert.Equal(t, []string{ana.ID, "admin", "role admin, deactivated"}, []string{event.Target, event.Actor, event.Detail})
	odd := auth.Role("root")
	_, err = e.UpdateUser(e.ctx, e.admin, ana.ID, auth.UserUpdate{Role: &odd})
	field(t, err, "role")
}

func TestP6ChangingAPasswordNeedsTheCurrentOne(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	field(t, e.ChangePassword(e.ctx, e.admin, "wrong-wrong-wrong", "another-password"), "current_password")
	assert.Equal(t, e.admin.UserID, e.recorded(e.admin.Home, auth.ActionAccessRefused).Target)
	field(t, e.ChangePassword(e.ctx, e.admin, "", "another-password"), "current_password")
	field(t, e.ChangePassword(e.ctx, e.admin, password, "short"), "new_password")
	e.login("admin")
	require.NoError(t, e.ChangePassword(e.ctx, e.admin, password, "another-password"))
	e.recorded(e.admin.Home, auth.ActionPasswordChanged)
}

func TestMe(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	me, err := e.Me(e.ctx, e.tenant("Second"))
	require.NoError(t, err)
	assert.Equal(t, e.admin.UserID, me.ID)
	assert.Equal(t, e.admin.Home, me.TenantID, "as at home")
	assert.Empty(t, me.PasswordHash)
	_, err = e.Me(e.ctx, auth.Principal{UserID: "someone", Home: e.admin.Home})
	require.ErrorIs(t, err, auth.ErrNotFound)
}

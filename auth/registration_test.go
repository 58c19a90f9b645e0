package auth_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

func TestP5RoleAndTenantComeFromTheInvite(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	inside := e.tenant("Second")
	inv, invite, err := e.CreateInvite(e.ctx, inside, auth.RoleAdmin, time.Hour)
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(invite, "vci_"))
	assert.Equal(t, e.clock.Now().Add(time.Hour), inv.ExpiresAt)
	assert.Equal(t, inv.ID, e.recorded(inside.Tenant, auth.ActionInviteCreated).Target)

	for _, s := range []*auth.Service{e.Service, openTo(e, e.cfg)} {
		_, invite, err := e.CreateInvite(e.ctx, inside, auth.RoleAdmin, time.Hour)
		require.NoError(t, err)
		name := "ana" + invite[4:10]
		u, err := s.Register(e.ctx, auth.Registration{Username: name, Password: password, Invite: invite})
		require.NoError(t, err)
		assert.Equal(t, inside.Tenant, u.TenantID)
		assert.Equal(t, auth.RoleAdmin, u.Role)
		assert.Empty(t, u.PasswordHash)
		event := e.recorded(inside.Tenant, auth.ActionUserRegistered)
		assert.Equal(t, []string{u.ID, name}, []string{event.Target, event.Actor})
	}
}

func TestP5OpenRegistrationGivesUsersOfOneTenant(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	u, err := openTo(e, e.cfg).Register(e.ctx, auth.Registration{Username: "ana", Password: password})
	require.NoError(t, err)
	assert.Equal(t, e.admin.Home, u.TenantID)
	assert.Equal(t, auth.RoleUser, u.Role)
	assert.True(t, u.Active)
}

func TestRegistrationPolicies(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	_, err := e.Register(e.ctx, auth.Registration{Username: "ana", Password: password})
	require.ErrorIs(t, err, auth.ErrForbidden)

	_, invite, err := e.CreateInvite(e.ctx, e.admin, auth.RoleUser, 0)
	require.NoError(t, err)
	e.cfg.Registration = auth.PolicyClosed
	closed := e.service(secret, e.cfg)
	_, err = closed.Register(e.ctx, auth.Registration{Username: "ana", Password: password, Invite: invite})
	require.ErrorIs(t, err, auth.ErrForbidden)
	assert.ErrorContains(t, err, "closed")
	_, _, err = closed.CreateInvite(e.ctx, e.admin, auth.RoleUser, 0)
	require.ErrorIs(t, err, auth.ErrForbidden)
}

func TestUserNames(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	s := openTo(e, e.cfg)
	register := func(name string) error {
		_, err := s.Register(e.ctx, auth.Registration{Username: name, Password: password})
		return err
	}
	for _, bad := range []string{"", "a b", "ana\n", "anä", "a/b", "<b>", "a\x00", strings.Repeat("a", 65)} {
		field(t, register(bad), "username")
	}
	for _, good := range []string{"a", "Ana.B_c+d-e@corp.example", strings.Repeat("a", 64)} {
		require.NoError(t, register(good))
	}
	require.ErrorIs(t, register("ADMIN"), auth.ErrExists)
}

func TestBadInvitesLookAlike(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	invite := func() string {
		_, invite, err := e.CreateInvite(e.ctx, e.admin, auth.RoleUser, time.Hour)
		require.NoError(t, err)
		return invite
	}
	register := func(name, invite string) error {
		_, err := e.Register(e.ctx, auth.Registration{Username: name, Password: password, Invite: invite})
		return err
	}
	used, expired := invite(), invite()
	require.NoError(t, register("ana", used))
	e.clock.advance(time.Hour)
	e.OnHash(func() { assert.Fail(t, "a hash was computed in vain") })
	var texts []string
	for _, bad := range []string{used, expired, "vci_" + strings.Repeat("A", 43), "x", "vcr_" + used[4:]} {
		err := register("bob", bad)
		field(t, err, "invite")
		texts = append(texts, err.Error())
	}
	for _, text := range texts {
		assert.Equal(t, texts[0], text)
	}
}

func TestANameIsTakenOnce(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	_, invite, err := e.CreateInvite(e.ctx, e.admin, auth.RoleUser, 0)
	require.NoError(t, err)
	_, err = e.Register(e.ctx, auth.Registration{Username: "Admin", Password: password, Invite: invite})
	require.ErrorIs(t, err, auth.ErrExists)
	_, err = e.Register(e.ctx, auth.Registration{Username: "ana", Password: password, Invite: invite})
	require.NoError(t, err, "the invite is still good")
}

func TestInvitesAreGoodForOne(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	_, invite, err := e.CreateInvite(e.ctx, e.admin, auth.RoleUser, 0)
	require.NoError(t, err)
	var good atomic.Int64
	var calls sync.WaitGroup
	for i := range 10 {
		calls.Go(func() {
			name := "user" + string(rune('a'+i))
			if _, err := e.Register(e.ctx, auth.Registration{Username: name, Password: password, Invite: invite}); err == nil {
				good.Add(1)
			}
		})
	}
	calls.Wait()
	assert.EqualValues(t, 1, good.Load())
}

func TestInvitesAreChecked(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	_, _, err := e.CreateInvite(e.ctx, e.admin, "root", 0)
	field(t, err, "role")
	for _, lifetime := range []time.Duration{-1, auth.MaxInviteLifetime + 1} {
		_, _, err = e.CreateInvite(e.ctx, e.admin, auth.RoleUser, lifetime)
		field(t, err, "lifetime")
	}
	inv, _, err := e.CreateInvite(e.ctx, e.admin, auth.RoleUser, 0)
	require.NoError(t, err)
	assert.Equal(t, e.clock.Now().AddDate(0, 0, 7), inv.ExpiresAt)
}

func TestEnsureAdminMakesOneForAllReplicas(t *testing.T) {
	t.Parallel()
	tenants := &countingTenants{}
	e := newEnv(t, tenants.count)
	var made atomic.Int64
	var replicas, starting sync.WaitGroup
	ids := make([]string, 10)
	homes := make([]tenancy.ID, len(ids))
	starting.Add(len(ids))
	for i := range ids {
		replica := e.service(secret, e.cfg)
		replica.OnHash(func() { // each has seen by now that there is no admin
			starting.Done()
			starting.Wait()
		})
		replicas.Go(func() {
			u, created, err := replica.EnsureAdmin(e.ctx, "Other", "chief", password)
			assert.NoError(t, err)
			assert.Empty(t, u.PasswordHash)
			if created {
				made.Add(1)
			}
			ids[i], homes[i] = u.ID, u.TenantID
		})
	}
	replicas.Wait()
	assert.EqualValues(t, 1, made.Load())
	assert.EqualValues(t, 2, tenants.made.Load()-tenants.deleted.Load(), "no empty tenant is left beside the first and this")
	for i := range ids {
		assert.Equal(t, ids[0], ids[i])
		assert.Equal(t, homes[0], homes[i])
	}
	assert.Equal(t, auth.RoleAdmin, e.login("chief").Role)
}

func TestEnsureAdminLeavesTheOneThereIsAlone(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	u, created, err := e.EnsureAdmin(e.ctx, "Anything", "Admin", "quite-another-password")
	require.NoError(t, err)
	assert.False(t, created)
	assert.Equal(t, e.admin.UserID, u.ID)
	e.login("admin")
	_, _, err = e.EnsureAdmin(e.ctx, "Anything", "chief", "short")
	field(t, err, "password")
	_, _, err = e.EnsureAdmin(e.ctx, "", "chief", password)
	field(t, err, "name")

	e.invited(e.admin, "ana", auth.RoleUser)
	_, _, err = e.EnsureAdmin(e.ctx, "Anything", "ana", password)
	require.ErrorIs(t, err, auth.ErrExists, "who is no admin does not become the server's")
}

func TestAnInviteCountsWhileItsMakerMayInvite(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	at := func(admin auth.Principal) func(usable bool) {
		_, invite, err := e.CreateInvite(e.ctx, admin, auth.RoleAdmin, time.Hour)
		require.NoError(t, err)
		return func(usable bool) {
			t.Helper()
			open, err := e.Invites(e.ctx, e.admin)
			require.NoError(t, err)
			require.Len(t, open, 1)
			assert.Equal(t, admin.Username, open[0].Maker.Username)
			assert.Equal(t, usable, open[0].Usable)
			u, err := e.Register(e.ctx, auth.Registration{Username: "by." + admin.Username, Password: password, Invite: invite})
			if usable {
				require.NoError(t, err)
				assert.Equal(t, e.admin.Home, u.TenantID)
				return
			}
			field(t, err, "invite")
			assert.EqualError(t, err, refusal(e), "as one that is unknown")
		}
	}
	no, yes, user, admin := false, true, auth.RoleUser, auth.RoleAdmin
	member := e.invited(e.admin, "member", auth.RoleAdmin)
	register := at(e.login("member"))
	for _, change := range []auth.UserUpdate{{Active: &no}, {Active: &yes, Role: &user}} {
		_, err := e.UpdateUser(e.ctx, e.admin, member.ID, change)
		require.NoError(t, err)
		register(false)
	}
	_, err := e.UpdateUser(e.ctx, e.admin, member.ID, auth.UserUpdate{Role: &admin})
	require.NoError(t, err)
	register(true)

	guest := e.guest("guest", e.clock.Now().Add(time.Minute))
	register = at(guest)
	e.clock.advance(time.Minute)
	register(false)
	_, err = e.Grant(e.ctx, e.admin, e.admin.Home, guest.UserID, auth.RoleUser, time.Time{})
	require.NoError(t, err)
	register(false)
	require.NoError(t, e.Revoke(e.ctx, e.admin, e.admin.Home, guest.UserID))
	register(false)
	_, err = e.Grant(e.ctx, e.admin, e.admin.Home, guest.UserID, auth.RoleAdmin, time.Time{})
	require.NoError(t, err)
	register(false)
	open, err := e.Invites(e.ctx, e.admin)
	require.NoError(t, err)
	require.NoError(t, e.RevokeInvite(e.ctx, e.admin, open[0].ID))
	register = at(guest)
	home := e.enter(e.admin, guest.Home)
	_, err = e.UpdateUser(e.ctx, home, guest.UserID, auth.UserUpdate{Active: &no})
	require.NoError(t, err)
	register(false)
	_, err = e.UpdateUser(e.ctx, home, guest.UserID, auth.UserUpdate{Active: &yes})
	require.NoError(t, err)
	register(true)
}

// refusal is what an invite that nobody made is answered with.
func refusal(e *env) string {
	_, err := e.Register(e.ctx, auth.Registration{Username: "x", Password: password, Invite: "vci_" + strings.Repeat("A", 43)})
	require.Error(e.t, err)
	return err.Error()
}

func TestInvitesAreListedAndRevoked(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	ana := e.invited(e.admin, "ana", auth.RoleUser)
	inv, invite, err := e.CreateInvite(e.ctx, e.admin, auth.RoleAdmin, time.Hour)
	require.NoError(t, err)
	inside := e.tenant("Second")
	for _, p := range []auth.Principal{e.login("ana"), inside} {
		open, err := e.Invites(e.ctx, p)
		assert.Empty(t, open)
		if p.UserID == ana.ID {
			require.ErrorIs(t, err, auth.ErrForbidden)
			require.ErrorIs(t, e.RevokeInvite(e.ctx, p, inv.ID), auth.ErrForbidden)
		} else {
			require.NoError(t, err, "of another tenant")
			require.ErrorIs(t, e.RevokeInvite(e.ctx, p, inv.ID), auth.ErrNotFound)
		}
	}
	open, err := e.Invites(e.ctx, e.admin)
	require.NoError(t, err)
	require.Len(t, open, 1, "the one that ana used is not among them")
	assert.Equal(t, inv, open[0].Invite)
	assert.Empty(t, open[0].Maker.PasswordHash)

	require.ErrorIs(t, e.RevokeInvite(e.ctx, e.admin, "x"), auth.ErrNotFound)
	require.NoError(t, e.RevokeInvite(e.ctx, e.admin, inv.ID))
	assert.Equal(t, inv.ID, e.recorded(e.admin.Home, auth.ActionInviteRevoked).Target)
	require.ErrorIs(t, e.RevokeInvite(e.ctx, e.admin, inv.ID), auth.ErrNotFound)
	_, err = e.Register(e.ctx, auth.Registration{Username: "bob", Password: password, Invite: invite})
	field(t, err, "invite")

	_, _, err = e.CreateInvite(e.ctx, e.admin, auth.RoleUser, time.Hour)
	require.NoError(t, err)
	e.clock.advance(time.Hour)
	open, err = e.Invites(e.ctx, e.admin)
	require.NoError(t, err)
	assert.Empty(t, open, "expired")
}

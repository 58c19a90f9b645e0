package auth_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/auth"
)

func TestATokenOfAProgramIngestsAndDoesNothingElse(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	inside := e.tenant("Second")
	token, secret, err := e.CreateAPIToken(e.ctx, inside, "push", auth.ScopeIngest, time.Time{})
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(secret, "vct_"))
	event := e.recorded(inside.Tenant, auth.ActionTokenCreated)
	assert.Equal(t, []string{token.ID, "scope ingest, push"}, []string{event.Target, event.Detail})

	for _, authenticate := range []func() (auth.Principal, error){
		func() (auth.Principal, error) { return e.AuthenticateToken(e.ctx, secret) },
		func() (auth.Principal, error) { return e.Authenticate(e.ctx, bearer(secret)) },
	} {
		p, err := authenticate()
		require.NoError(t, err)
		assert.Equal(t, inside.Tenant, p.Tenant)
		assert.Equal(t, "token push", p.Username)
		for _, perm := range []auth.Permission{
			auth.UseAccount, auth.ReadHosts, auth.WriteHosts, auth.ReadCollections, auth.LookUpVerdicts, auth.ManageUsers,
			auth.ManageInvites, auth.ManageGrants, auth.ManageTokens, auth.CreateTenants, auth.DeleteTenants, auth.ReadAudit,
		} {
			assert.False(t, p.Allows(perm), perm)
		}
		assert.True(t, p.Allows(auth.Ingest))
	}
	tokens, err := e.APITokens(e.ctx, inside)
	require.NoError(t, err)
	require.Len(t, tokens, 1)
	assert.Equal(t, e.clock.Now(), tokens[0].LastUsedAt)
	used := e.recorded(inside.Tenant, auth.ActionTokenUsed)
	assert.Equal(t, []string{token.ID, "token push", "r1"}, []string{used.Target, used.Actor, used.RequestID})
	assert.Equal(t, auth.ActionTokenCreated, e.trail(inside.Tenant)[1].Action, "uses within a minute are recorded once")
	others, err := e.APITokens(e.ctx, e.admin)
	require.NoError(t, err)
	assert.Empty(t, others, "of another tenant")

	require.ErrorIs(t, e.DeleteAPIToken(e.ctx, e.admin, token.ID), auth.ErrNotFound)
	require.NoError(t, e.DeleteAPIToken(e.ctx, inside, token.ID))
	_, err = e.AuthenticateToken(e.ctx, secret)
	require.ErrorIs(t, err, auth.ErrUnauthenticated)
	assert.Equal(t, token.ID, e.recorded(inside.Tenant, auth.ActionTokenDeleted).Target)
}

func TestTokensExpire(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	_, secret, err := e.CreateAPIToken(e.ctx, e.admin, "push", auth.ScopeIngest, e.clock.Now().Add(time.Hour))
	require.NoError(t, err)
	e.clock.advance(time.Hour - time.Second)
	_, err = e.AuthenticateToken(e.ctx, secret)
	require.NoError(t, err)
	e.clock.advance(time.Second)
	_, err = e.AuthenticateToken(e.ctx, secret)
	require.ErrorIs(t, err, auth.ErrUnauthenticated)
}

func TestTokensAreMadeByAdmins(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.invited(e.admin, "ana", auth.RoleUser)
	ana := e.login("ana")
	_, _, err := e.CreateAPIToken(e.ctx, ana, "push", auth.ScopeIngest, time.Time{})
	require.ErrorIs(t, err, auth.ErrForbidden)
	_, err = e.APITokens(e.ctx, ana)
	require.ErrorIs(t, err, auth.ErrForbidden)
	require.ErrorIs(t, e.DeleteAPIToken(e.ctx, ana, "0198c5f0-0000-7000-8000-000000000000"), auth.ErrForbidden)
	for name, make := range map[string]struct {
		name  string
		scope auth.Scope
		until time.Time
	}{
		"name": {" ", auth.ScopeIngest, time.Time{}}, "scope": {"push", "everything", time.Time{}},
		"expires_at": {"push", auth.ScopeIngest, e.clock.Now()},
	} {
		_, _, err := e.CreateAPIToken(e.ctx, e.admin, make.name, make.scope, make.until)
		field(t, err, name)
	}
	for _, secret := range []string{"", "vct_", "vct_" + strings.Repeat("a", 43), "vci_" + strings.Repeat("a", 43)} {
		_, err := e.AuthenticateToken(e.ctx, secret)
		require.ErrorIs(t, err, auth.ErrUnauthenticated, secret)
	}
}

// guest makes a user at home in a second tenant, with an admin's grant into the first until a time, and returns it acting
// there.
func (e *env) guest(name string, until time.Time) auth.Principal {
	e.t.Helper()
	home := e.tenant("home of " + name)
	e.invited(home, name, auth.RoleAdmin)
	e.invited(home, "other."+name, auth.RoleAdmin) // a tenant keeps one
	_, err := e.Grant(e.ctx, e.admin, e.admin.Home, e.login(name).UserID, auth.RoleAdmin, until)
	require.NoError(e.t, err)
	return e.enter(e.login(name), e.admin.Home)
}

func TestATokenMadeUnderAGrantEndsWithIt(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	until := e.clock.Now().Add(time.Hour)
	guest := e.guest("guest", until)
	_, secret, err := e.CreateAPIToken(e.ctx, guest, "push", auth.ScopeIngest, time.Time{})
	require.NoError(t, err)
	usable := func(want bool) {
		t.Helper()
		p, err := e.AuthenticateToken(e.ctx, secret)
		if want {
			require.NoError(t, err)
			assert.Equal(t, e.admin.Home, p.Tenant)
		} else {
			require.ErrorIs(t, err, auth.ErrUnauthenticated)
			assert.Zero(t, p)
		}
		tokens, err := e.APITokens(e.ctx, e.admin)
		require.NoError(t, err)
		require.Len(t, tokens, 1)
		assert.Equal(t, want, tokens[0].Usable)
		assert.Equal(t, []any{"guest", true, ""}, []any{tokens[0].Maker.Username, tokens[0].Maker.Active, tokens[0].Maker.PasswordHash})
	}
	grant := func(role auth.Role, until time.Time) auth.Grant {
		t.Helper()
		g, err := e.Grant(e.ctx, e.admin, e.admin.Home, guest.UserID, role, until)
		require.NoError(t, err)
		return g
	}
	usable(true)
	e.clock.advance(time.Minute)
	g := grant(auth.RoleAdmin, until.Add(time.Hour))
	require.Equal(t, e.clock.Now().Add(-time.Minute), g.CreatedAt, "it goes on")
	e.clock.advance(time.Hour)
	usable(true)
	e.clock.advance(time.Hour)
	usable(false)
	for _, role := range []auth.Role{auth.RoleAdmin, auth.RoleUser, auth.RoleAdmin} {
		grant(role, time.Time{})
		usable(false) // which is of another grant
	}
}

func TestNothingIsMadeUnderAGrantThatIsGone(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	guest := e.guest("guest", time.Time{})
	require.NoError(t, e.Revoke(e.ctx, e.admin, e.admin.Home, guest.UserID))
	_, _, err := e.CreateAPIToken(e.ctx, guest, "push", auth.ScopeIngest, time.Time{})
	require.ErrorIs(t, err, auth.ErrForbidden)
	_, _, err = e.CreateInvite(e.ctx, guest, auth.RoleUser, time.Hour)
	require.ErrorIs(t, err, auth.ErrForbidden)
}

func TestARevokedGrantThatIsGivenAgainBringsNothingBack(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	guest := e.guest("guest", time.Time{})
	_, secret, err := e.CreateAPIToken(e.ctx, guest, "push", auth.ScopeIngest, time.Time{})
	require.NoError(t, err)
	_, invite, err := e.CreateInvite(e.ctx, guest, auth.RoleUser, time.Hour)
	require.NoError(t, err)
	require.NoError(t, e.Revoke(e.ctx, e.admin, e.admin.Home, guest.UserID))
	e.clock.advance(time.Second)
	_, err = e.Grant(e.ctx, e.admin, e.admin.Home, guest.UserID, auth.RoleAdmin, time.Time{})
	require.NoError(t, err)
	_, err = e.AuthenticateToken(e.ctx, secret)
	require.ErrorIs(t, err, auth.ErrUnauthenticated)
	_, err = e.Register(e.ctx, auth.Registration{Username: "new", Password: password, Invite: invite})
	field(t, err, "invite")

	_, secret, err = e.CreateAPIToken(e.ctx, guest, "push", auth.ScopeIngest, time.Time{})
	require.NoError(t, err)
	_, err = e.AuthenticateToken(e.ctx, secret)
	require.NoError(t, err, "one of the grant that there is")
}

func TestATokenOfTheTenantOutlivesItsMakerAndSaysSo(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	maker := e.invited(e.admin, "ana", auth.RoleAdmin)
	_, secret, err := e.CreateAPIToken(e.ctx, e.login("ana"), "push", auth.ScopeIngest, time.Time{})
	require.NoError(t, err)
	inactive := false
	_, err = e.UpdateUser(e.ctx, e.admin, maker.ID, auth.UserUpdate{Active: &inactive})
	require.NoError(t, err)
	_, err = e.AuthenticateToken(e.ctx, secret)
	require.NoError(t, err)
	tokens, err := e.APITokens(e.ctx, e.admin)
	require.NoError(t, err)
	assert.Equal(t, []any{"ana", false}, []any{tokens[0].Maker.Username, tokens[0].Maker.Active})
	assert.True(t, tokens[0].Usable)
}

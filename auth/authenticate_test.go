package auth_test

import (
	"bytes"
	"errors"
	"net/textproto"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/auth"
)

func TestAuthenticateTakesOneBearerToken(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	token := e.tokens("admin").Access
	for _, good := range []string{"Bearer " + token, "bearer " + token, "BEARER " + token} {
		_, err := e.Authenticate(e.ctx, auth.Request{Header: textproto.MIMEHeader{"Authorization": {good}}})
		require.NoError(t, err)
	}
	for name, bad := range map[string]textproto.MIMEHeader{
		"none":         nil,
		"empty":        {"Authorization": {""}},
		"scheme only":  {"Authorization": {"Bearer"}},
		"no token":     {"Authorization": {"Bearer "}},
		"other scheme": {"Authorization": {"Basic " + token}},
		"bare token":   {"Authorization": {token}},
		"two spaces":   {"Authorization": {"Bearer  " + token}},
		"two tokens":   {"Authorization": {"Bearer " + token + " " + token}},
		"two headers":  {"Authorization": {"Bearer " + token, "Bearer " + token}},
		"elsewhere":    {"X-Authorization": {"Bearer " + token}, "Cookie": {"access_token=" + token}},
	} {
		_, err := e.Authenticate(e.ctx, auth.Request{Header: bad})
		assert.ErrorIs(t, err, auth.ErrUnauthenticated, name)
	}
}

func TestJ5LogoutHoldsAtOnce(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	first, second := e.tokens("admin"), e.tokens("admin")
	p := e.principal(first.Access)
	require.NoError(t, e.Logout(e.ctx, p))
	e.refused(first.Access)
	_, err := e.Refresh(e.ctx, first.Refresh)
	require.ErrorIs(t, err, auth.ErrUnauthenticated)
	e.principal(second.Access)
	assert.Equal(t, p.SessionID, e.recorded(e.admin.Home, auth.ActionLogout).Target)
	require.NoError(t, e.Logout(e.ctx, p), "twice")
	require.NoError(t, e.Logout(e.ctx, auth.Principal{Home: e.admin.Home, Tenant: e.admin.Home}), "no session of ours")
}

func TestJ5APasswordChangeEndsTheOtherSessions(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	mine, other := e.tokens("admin"), e.tokens("admin")
	require.NoError(t, e.ChangePassword(e.ctx, e.principal(mine.Access), password, "another-password"))
	e.principal(mine.Access)
	e.refused(other.Access)
	_, err := e.Refresh(e.ctx, other.Refresh)
	require.ErrorIs(t, err, auth.ErrUnauthenticated)
	_, err = e.Login(e.ctx, "admin", password)
	require.ErrorIs(t, err, auth.ErrUnauthenticated)
	_, err = e.Login(e.ctx, "admin", "another-password")
	require.NoError(t, err)
}

func TestJ5DeactivationHoldsAtOnce(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	ana := e.invited(e.admin, "ana", auth.RoleUser)
	tokens := e.tokens("ana")
	session, _, err := e.stores.Auth.Session(e.ctx, ana.TenantID, e.principal(tokens.Access).SessionID)
	require.NoError(t, err)
	_, err = e.UpdateUser(e.ctx, e.admin, ana.ID, auth.UserUpdate{Active: new(bool)})
	require.NoError(t, err)
	e.refused(tokens.Access)
	_, err = e.Refresh(e.ctx, tokens.Refresh)
	require.ErrorIs(t, err, auth.ErrUnauthenticated)

	require.NoError(t, e.stores.Auth.CreateSession(e.ctx, ana.TenantID, session, "key"))
	e.refused(tokens.Access) // even of a session that outlived it

	yes := true
	_, err = e.UpdateUser(e.ctx, e.admin, ana.ID, auth.UserUpdate{Active: &yes})
	require.NoError(t, err)
	e.login("ana")
}

func TestJ5ARoleChangeHoldsAtOnce(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	ana := e.invited(e.admin, "ana", auth.RoleAdmin)
	access := e.tokens("ana").Access
	_, err := e.Users(e.ctx, e.principal(access), "", 10)
	require.NoError(t, err)
	role := auth.RoleUser
	_, err = e.UpdateUser(e.ctx, e.admin, ana.ID, auth.UserUpdate{Role: &role})
	require.NoError(t, err)
	p := e.principal(access)
	assert.Equal(t, auth.RoleUser, p.Role)
	_, err = e.Users(e.ctx, p, "", 10)
	require.ErrorIs(t, err, auth.ErrForbidden)
}

func TestJ5RevokedAndExpiredGrantsHoldAtOnce(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	inside := e.tenant("Second")
	ana := e.invited(e.admin, "ana", auth.RoleAdmin)
	home := e.tokens("ana").Access
	grant := func(role auth.Role, until time.Time) auth.Tokens {
		_, err := e.Grant(e.ctx, inside, inside.Tenant, ana.ID, role, until)
		require.NoError(t, err)
		tokens, err := e.Switch(e.ctx, e.principal(home), inside.Tenant)
		require.NoError(t, err)
		return tokens
	}
	tokens := grant(auth.RoleUser, time.Time{})
	assert.Equal(t, auth.RoleUser, e.principal(tokens.Access).Role, "the grant's role, not the one at home")
	require.NoError(t, e.Revoke(e.ctx, inside, inside.Tenant, ana.ID))
	e.refused(tokens.Access)
	_, err := e.Refresh(e.ctx, tokens.Refresh)
	require.ErrorIs(t, err, auth.ErrUnauthenticated)

	tokens = grant(auth.RoleAdmin, e.clock.Now().Add(10*time.Minute))
	assert.Equal(t, auth.RoleAdmin, e.principal(tokens.Access).Role)
	e.clock.advance(10 * time.Minute)
	e.refused(tokens.Access)
	_, err = e.Refresh(e.ctx, tokens.Refresh)
	require.ErrorIs(t, err, auth.ErrUnauthenticated)
	e.principal(home)
}

func TestAnOutageIsNotABadCredential(t *testing.T) {
	t.Parallel()
	broken := &brokenStore{}
	e := newEnv(t, withBroken(broken, &bytes.Buffer{}))
	access := e.tokens("admin").Access
	broken.session = errors.New("connection lost")
	_, err := e.Authenticate(e.ctx, bearer(access))
	require.ErrorIs(t, err, broken.session)
	assert.NotErrorIs(t, err, auth.ErrUnauthenticated)
}

func BenchmarkAuthenticate(b *testing.B) {
	e := newEnv(b)
	request := bearer(e.tokens("admin").Access)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := e.Authenticate(e.ctx, request); err != nil {
			b.Fatal(err)
		}
	}
}

package auth_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/store"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

func TestTheCreatorOfATenantMayEnterIt(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	tenant, err := e.CreateTenant(e.ctx, e.admin, "Second", "of many\nlines")
	require.NoError(t, err)
	event := e.recorded(e.admin.Home, auth.ActionTenantCreated)
	assert.Equal(t, tenant.ID.String(), event.Target)
	e.recorded(tenant.ID, auth.ActionGrantCreated)

	inside := e.enter(e.admin, tenant.ID)
	assert.Equal(t, auth.RoleAdmin, inside.Role)
	assert.Equal(t, e.admin.Home, inside.Home)
	entered := e.recorded(tenant.ID, auth.ActionTenantEntered)
	assert.Equal(t, e.admin.Home, entered.ActorHome)

	back := e.enter(inside, e.admin.Home)
	assert.Equal(t, e.admin.Home, back.Tenant)

	other := tenancy.New()
	_, err = e.Switch(e.ctx, inside, other)
	require.ErrorIs(t, err, tenancy.ErrNotFound)
	assert.Equal(t, other.String(), e.recorded(tenant.ID, auth.ActionAccessRefused).Target, "an attempt is recorded where one acts")
	e.invited(inside, "ana", auth.RoleUser)
}

func TestTenantsAreThoseThatOneMayEnter(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	second := e.tenant("Aardvark")
	ana := e.invited(second, "ana", auth.RoleAdmin)
	other, err := e.CreateTenant(e.ctx, e.login("ana"), "Zebra", "")
	require.NoError(t, err)

	names := func(p auth.Principal) (names []string) {
		tenants, err := e.Tenants(e.ctx, p)
		require.NoError(t, err)
		for _, tenant := range tenants {
			names = append(names, tenant.Name)
		}
		return names
	}
	assert.Equal(t, []string{"Aardvark", "First"}, names(e.admin))
	assert.Equal(t, []string{"Aardvark", "First"}, names(second), "wherever one acts")
	assert.Equal(t, []string{"Aardvark", "Zebra"}, names(e.login("ana")))

	_, err = e.Grant(e.ctx, e.admin, e.admin.Home, ana.ID, auth.RoleUser, e.clock.Now().Add(time.Hour))
	require.NoError(t, err)
	assert.Equal(t, []string{"Aardvark", "First", "Zebra"}, names(e.login("ana")))
	e.clock.advance(time.Hour)
	assert.Equal(t, []string{"Aardvark", "Zebra"}, names(e.login("ana")), "the grant has expired")

	got, err := e.Tenant(e.ctx, e.login("ana"), other.ID)
	require.NoError(t, err)
	assert.Equal(t, other, got)
}

func TestT8AForeignTenantLooksLikeNone(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.invited(e.admin, "ana", auth.RoleAdmin)
	foreign, err := e.CreateTenant(e.ctx, e.login("ana"), "Ana's", "")
	require.NoError(t, err)
	for name, call := range map[string]func(tenancy.ID) error{
		"Tenant": func(id tenancy.ID) error { _, err := e.Tenant(e.ctx, e.admin, id); return err },
		"Switch": func(id tenancy.ID) error { _, err := e.Switch(e.ctx, e.admin, id); return err },
		"Grants": func(id tenancy.ID) error { _, err := e.Grants(e.ctx, e.admin, id); return err },
		"Grant": func(id tenancy.ID) error {
			_, err := e.Grant(e.ctx, e.admin, id, e.admin.UserID, auth.RoleAdmin, time.Time{})
			return err
		},
		"Revoke":       func(id tenancy.ID) error { return e.Revoke(e.ctx, e.admin, id, e.admin.UserID) },
		"DeleteTenant": func(id tenancy.ID) error { return e.DeleteTenant(e.ctx, e.admin, id) },
	} {
		err := call(foreign.ID)
		require.ErrorIs(t, err, tenancy.ErrNotFound, name)
		assert.Equal(t, call(tenancy.New()), err, name)
		assert.Error(t, call(tenancy.ID{}), name)
	}
}

func TestOnlyALoginSwitches(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	p := e.login("admin")
	require.NoError(t, e.Logout(e.ctx, p))
	_, err := e.Switch(e.ctx, p, p.Home)
	require.ErrorIs(t, err, auth.ErrUnauthenticated, "the session has ended")
	p.SessionID = ""
	_, err = e.Switch(e.ctx, p, p.Home)
	require.ErrorIs(t, err, auth.ErrForbidden)
}

func TestTenantTextsAreChecked(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	for _, bad := range []string{"", "  ", strings.Repeat("é", 201), "two\nlines", "nul\x00", "\xff"} {
		_, err := e.CreateTenant(e.ctx, e.admin, bad, "")
		field(t, err, "name")
	}
	for _, bad := range []string{strings.Repeat("é", 2001), "nul\x00", "\xff"} {
		_, err := e.CreateTenant(e.ctx, e.admin, "Good", bad)
		field(t, err, "description")
	}
	_, err := e.CreateTenant(e.ctx, e.admin, strings.Repeat("é", 200), strings.Repeat("é", 2000))
	require.NoError(t, err)
}

// countingTenants counts the tenants that were made and deleted.
type countingTenants struct {
	tenancy.Store
	made, deleted atomic.Int64
	afterwards    func() // called when a tenant was made
}

func (c *countingTenants) count(_ *auth.Config, s *store.Stores) {
	c.Store = s.Tenants
	s.Tenants = c
}

func (c *countingTenants) CreateTenant(ctx context.Context, t tenancy.Tenant) error {
	err := c.Store.CreateTenant(ctx, t)
	if err == nil {
		c.made.Add(1)
		if c.afterwards != nil {
			c.afterwards()
		}
	}
	return err
}

func (c *countingTenants) DeleteTenant(ctx context.Context, id tenancy.ID) error {
	err := c.Store.DeleteTenant(ctx, id)
	if err == nil {
		c.deleted.Add(1)
	}
	return err
}

func TestATenantThatNobodyCouldEnterIsUndone(t *testing.T) {
	t.Parallel()
	broken, tenants := &brokenStore{}, &countingTenants{}
	e := newEnv(t, withBroken(broken, &bytes.Buffer{}), tenants.count)
	ctx, hangUp := context.WithCancel(e.ctx)
	tenants.afterwards = hangUp
	_, err := e.CreateTenant(ctx, e.admin, "Second", "")
	require.ErrorIs(t, err, context.Canceled)
	broken.grant = errors.New("disk full")
	_, err = e.CreateTenant(e.ctx, e.admin, "Second", "")
	require.ErrorIs(t, err, broken.grant)
	assert.EqualValues(t, 1, tenants.made.Load()-tenants.deleted.Load())
}

func TestDeleteTenant(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	inside := e.tenant("Second")
	e.invited(inside, "ana", auth.RoleUser)
	access := e.tokens("ana").Access
	require.ErrorIs(t, e.DeleteTenant(e.ctx, e.admin, inside.Tenant), auth.ErrForbidden, "not from outside")
	require.ErrorIs(t, e.DeleteTenant(e.ctx, e.admin, e.admin.Home), auth.ErrForbidden, "not the own one")
	require.NoError(t, e.DeleteTenant(e.ctx, inside, inside.Tenant))
	event := e.recorded(e.admin.Home, auth.ActionTenantDeleted)
	assert.Equal(t, []string{inside.Tenant.String(), "Second"}, []string{event.Target, event.Detail})
	e.refused(access)
	_, err := e.Tenant(e.ctx, e.admin, inside.Tenant)
	require.ErrorIs(t, err, tenancy.ErrNotFound)
	_, err = e.Login(e.ctx, "ana", password)
	require.ErrorIs(t, err, auth.ErrUnauthenticated)
}

// TestJ5SwitchingDoesNotOutliveTheLogin holds that a switch is no way to a session that lasts longer or that logging out
// does not reach.
func TestJ5SwitchingDoesNotOutliveTheLogin(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	login := e.login("admin")
	e.clock.advance(13 * 24 * time.Hour)
	tokens, err := e.Switch(e.ctx, login, login.Home)
	require.NoError(t, err)
	require.NoError(t, e.Logout(e.ctx, login))
	e.refused(tokens.Access)
	_, err = e.Refresh(e.ctx, tokens.Refresh)
	require.ErrorIs(t, err, auth.ErrUnauthenticated)

	login = e.login("admin")
	e.clock.advance(13 * 24 * time.Hour)
	tokens, err = e.Switch(e.ctx, login, login.Home)
	require.NoError(t, err)
	e.clock.advance(25 * time.Hour)
	_, err = e.Refresh(e.ctx, tokens.Refresh)
	require.ErrorIs(t, err, auth.ErrUnauthenticated, "14 days after the login")
}

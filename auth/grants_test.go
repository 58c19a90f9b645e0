package auth_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

func TestT9GrantsAreExplicitAndRecorded(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	inside := e.tenant("Second")
	ana := e.invited(e.admin, "ana", auth.RoleUser)
	_, err := e.Switch(e.ctx, e.login("ana"), inside.Tenant)
	require.ErrorIs(t, err, tenancy.ErrNotFound, "a colleague's grant is not hers")

	until := e.clock.Now().Add(time.Hour)
	g, err := e.Grant(e.ctx, inside, inside.Tenant, ana.ID, auth.RoleUser, until)
	require.NoError(t, err)
	assert.Equal(t, auth.Grant{
		TenantID: inside.Tenant, UserID: ana.ID, Username: "ana", Home: ana.TenantID, Role: auth.RoleUser,
		GrantedBy: inside.UserID, CreatedAt: e.clock.Now(), ExpiresAt: until,
	}, g)
	event := e.recorded(inside.Tenant, auth.ActionGrantCreated)
	assert.Equal(t, []string{ana.ID, "role user until 2026-03-01T13:00:00Z"}, []string{event.Target, event.Detail})

	grants, err := e.Grants(e.ctx, inside, inside.Tenant)
	require.NoError(t, err)
	assert.Len(t, grants, 2, "the creator's and ana's")
	assert.Contains(t, grants, g)

	e.enter(e.login("ana"), inside.Tenant)
	event = e.recorded(inside.Tenant, auth.ActionTenantEntered)
	assert.Equal(t, []string{"ana", "role user"}, []string{event.Actor, event.Detail})

	require.NoError(t, e.Revoke(e.ctx, inside, inside.Tenant, ana.ID))
	assert.Equal(t, ana.ID, e.recorded(inside.Tenant, auth.ActionGrantRevoked).Target)
	require.ErrorIs(t, e.Revoke(e.ctx, inside, inside.Tenant, ana.ID), auth.ErrNotFound)
	_, err = e.Switch(e.ctx, e.login("ana"), inside.Tenant)
	require.ErrorIs(t, err, tenancy.ErrNotFound)
}

func TestT9GrantsAreNeverTransitive(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	second := e.tenant("Second")
	ana := e.invited(second, "ana", auth.RoleAdmin)
	third, err := e.CreateTenant(e.ctx, e.login("ana"), "Third", "")
	require.NoError(t, err)
	_, err = e.Switch(e.ctx, second, third.ID)
	require.ErrorIs(t, err, tenancy.ErrNotFound, "second may be entered by admin, third by ana of second")
	_, err = e.Grant(e.ctx, second, third.ID, ana.ID, auth.RoleUser, time.Time{})
	require.ErrorIs(t, err, tenancy.ErrNotFound)
	_, err = e.CreateTenant(e.ctx, second, "Fourth", "")
	require.ErrorIs(t, err, auth.ErrForbidden, "tenants are made at home")
}

func TestGrantsAreGivenFromInside(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	inside := e.tenant("Second")
	ana, bob := e.invited(inside, "ana", auth.RoleUser), e.invited(e.admin, "bob", auth.RoleUser)
	grant := func(p auth.Principal, userID string, role auth.Role, until time.Time) error {
		_, err := e.Grant(e.ctx, p, inside.Tenant, userID, role, until)
		return err
	}
	err := grant(e.admin, bob.ID, auth.RoleUser, time.Time{})
	require.ErrorIs(t, err, auth.ErrForbidden)
	assert.ErrorContains(t, err, "switch")
	_, err = e.Grants(e.ctx, e.admin, inside.Tenant)
	require.ErrorIs(t, err, auth.ErrForbidden)
	require.ErrorIs(t, e.Revoke(e.ctx, e.admin, inside.Tenant, bob.ID), auth.ErrForbidden)
	require.ErrorIs(t, grant(e.login("ana"), bob.ID, auth.RoleUser, time.Time{}), auth.ErrForbidden, "no admin")

	require.ErrorIs(t, grant(inside, ana.ID, auth.RoleUser, time.Time{}), auth.ErrExists, "at home here")
	require.ErrorIs(t, grant(inside, "0190b5c0-0000-7000-8000-000000000001", auth.RoleUser, time.Time{}), auth.ErrNotFound)
	require.ErrorIs(t, grant(inside, "\x00", auth.RoleUser, time.Time{}), auth.ErrNotFound)
	require.ErrorIs(t, e.Revoke(e.ctx, inside, inside.Tenant, "\x00"), auth.ErrNotFound)
	require.ErrorIs(t, grant(inside, inside.UserID, auth.RoleAdmin, time.Time{}), auth.ErrForbidden, "oneself")
	field(t, grant(inside, bob.ID, "root", time.Time{}), "role")
	field(t, grant(inside, bob.ID, auth.RoleUser, e.clock.Now()), "expires_at")
	require.NoError(t, grant(inside, bob.ID, auth.RoleUser, time.Time{}))
	require.NoError(t, grant(inside, bob.ID, auth.RoleAdmin, time.Time{}))
	assert.Equal(t, auth.RoleAdmin, e.enter(e.login("bob"), inside.Tenant).Role, "the later grant replaces the earlier")
}

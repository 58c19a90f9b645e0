package storetest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

func testDirectory(s suite) {
	s.holds("Resolve returns the tenant and the id that a key stands for", func(t *testing.T, w world) {
		names := w.populate(t, w.a)
		ids := map[auth.EntryKind]string{
			auth.EntryLogin: names.user, auth.EntryUser: names.user,
			auth.EntryRefresh: names.session, auth.EntryInvite: names.invite, auth.EntryAPIToken: names.token,
		}
		for kind, key := range names.directory() {
			tenant, id, err := w.Directory.Resolve(w.ctx, kind, key)
			require.NoError(t, err, kind)
			assert.Equal(t, w.a, tenant, kind)
			assert.Equal(t, ids[kind], id, kind)
		}
	})
	s.holds("Resolve is ErrNotFound for a key of another kind, in another case, or cut short", func(t *testing.T, w world) {
		u := w.user(t, w.a, "alice", auth.RoleUser)
		for _, unknown := range []struct {
			kind auth.EntryKind
			key  string
		}{
			{auth.EntryUser, "alice"}, {auth.EntryInvite, "alice"}, {auth.EntryLogin, u.ID}, {"", "alice"},
			{auth.EntryLogin, "Alice"}, {auth.EntryLogin, "alic"}, {auth.EntryLogin, "alice "}, {auth.EntryLogin, "%"},
			{auth.EntryLogin, ""}, {auth.EntryLogin, "alice,alice"},
		} {
			tenant, id, err := w.Directory.Resolve(w.ctx, unknown.kind, unknown.key)
			require.ErrorIs(t, err, auth.ErrNotFound, unknown)
			assert.Zero(t, tenant)
			assert.Empty(t, id)
		}
	})
	s.holds("GrantsOf returns all grants of one user, expired or not, by tenant id", func(t *testing.T, w world) {
		alice, bob := w.user(t, w.a, "alice", auth.RoleUser), w.user(t, w.a, "bob", auth.RoleUser)
		tenants := newTenants(4)
		want := make([]auth.Grant, len(tenants))
		for _, i := range []int{2, 0, 3, 1} {
			require.NoError(t, w.Tenants.CreateTenant(w.ctx, tenancy.Tenant{ID: tenants[i], Name: "granted", CreatedAt: at(0)}))
			want[i] = w.grant(t, tenants[i], alice)
			want[i].ExpiresAt = at(30 - 20*i)
			require.NoError(t, w.Auth.PutGrant(w.ctx, tenants[i], want[i]))
		}
		w.grant(t, tenants[0], bob)

		grants, err := w.Directory.GrantsOf(w.ctx, alice.ID)
		require.NoError(t, err)
		assert.Equal(t, want, grants)
		for _, unknown := range []string{newID(), "", "%", alice.ID + "," + bob.ID} {
			grants, err = w.Directory.GrantsOf(w.ctx, unknown)
			require.NoError(t, err, unknown)
			assert.Empty(t, grants, unknown)
		}
	})
}

package storetest

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/hosts"
	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

func testTenants(s suite) {
	testCreateTenant(s)
	testReadTenants(s)
	testDeleteTenant(s)
	testDeletedTenant(s)
}

func testCreateTenant(s suite) {
	s.holds("CreateTenant keeps a tenant, with its time in UTC to the microsecond", func(t *testing.T, w world) {
		kept := tenancy.Tenant{
			ID: tenancy.New(), Name: hostile, Description: hostile + strings.Repeat("長", 50_000), CreatedAt: odd(0),
		}
		require.NoError(t, w.Tenants.CreateTenant(w.ctx, kept))
		kept.CreatedAt = at(0)

		found, err := w.Tenants.Tenant(w.ctx, kept.ID)
		require.NoError(t, err)
		assert.Equal(t, kept, found)
	})
	s.holds("CreateTenant is ErrExists when the id is taken and changes nothing", func(t *testing.T, w world) {
		require.ErrorIs(t, w.Tenants.CreateTenant(w.ctx, tenancy.Tenant{ID: w.a, Name: "another"}), tenancy.ErrExists)

		found, err := w.Tenants.Tenant(w.ctx, w.a)
		require.NoError(t, err)
		assert.Equal(t, "a tenant", found.Name)
	})
	s.holds("CreateTenant is ErrNoTenant when the id is zero", func(t *testing.T, w world) {
		require.ErrorIs(t, w.Tenants.CreateTenant(w.ctx, tenancy.Tenant{Name: "none"}), tenancy.ErrNoTenant)
	})
	s.holds("Of concurrent calls of CreateTenant with one id one succeeds", func(t *testing.T, w world) {
		id := tenancy.New()
		errs := race(10, func(int) error { return w.Tenants.CreateTenant(w.ctx, tenancy.Tenant{ID: id, Name: "raced"}) })

		require.Len(t, succeeded(errs), 1)
		for _, err := range errs {
			if err != nil {
				require.ErrorIs(t, err, tenancy.ErrExists)
			}
		}
	})
}

func testReadTenants(s suite) {
	s.holds("Tenant is ErrNotFound for an unknown id and ErrNoTenant for the zero one", func(t *testing.T, w world) {
		_, err := w.Tenants.Tenant(w.ctx, tenancy.New())
		require.ErrorIs(t, err, tenancy.ErrNotFound)
		_, err = w.Tenants.Tenant(w.ctx, tenancy.ID{})
		require.ErrorIs(t, err, tenancy.ErrNoTenant)
	})
	s.holds("Tenants sorts by name and then by id, and names need not be unique", func(t *testing.T, w world) {
		var ids []tenancy.ID
		var want []string
		made := newTenants(6)
		for i, name := range []string{"B", "a", "a", "b", "c's", "ä"} {
			ids = append([]tenancy.ID{made[i]}, ids...)
			want = append(want, name+" "+made[i].String())
			require.NoError(t, w.Tenants.CreateTenant(w.ctx, tenancy.Tenant{ID: made[i], Name: name, CreatedAt: at(0)}))
		}

		found, err := w.Tenants.Tenants(w.ctx, ids)
		require.NoError(t, err)
		var got []string
		for _, tenant := range found {
			got = append(got, tenant.Name+" "+tenant.ID.String())
			assert.Equal(t, at(0), tenant.CreatedAt)
		}
		assert.Equal(t, want, got)
	})
	s.holds("Tenants leaves out unknown and repeated ids, and tenants that were not asked for", func(t *testing.T, w world) {
		found, err := w.Tenants.Tenants(w.ctx, []tenancy.ID{w.a, tenancy.New(), w.a, w.a})
		require.NoError(t, err)
		require.Len(t, found, 1)
		assert.Equal(t, w.a, found[0].ID)
	})
	s.holds("Tenants is ErrNoTenant when a zero ID is among the ids", func(t *testing.T, w world) {
		_, err := w.Tenants.Tenants(w.ctx, []tenancy.ID{w.a, {}, w.b})
		require.ErrorIs(t, err, tenancy.ErrNoTenant)
	})
	s.holds("Tenants with no ids is an empty result and no error", func(t *testing.T, w world) {
		found, err := w.Tenants.Tenants(w.ctx, nil)
		require.NoError(t, err)
		assert.Empty(t, found)
	})
}

func testDeleteTenant(s suite) {
	s.holds("DeleteTenant is ErrNotFound when there is none and ErrNoTenant for the zero id", func(t *testing.T, w world) {
		require.ErrorIs(t, w.Tenants.DeleteTenant(w.ctx, tenancy.New()), tenancy.ErrNotFound)
		require.ErrorIs(t, w.Tenants.DeleteTenant(w.ctx, tenancy.ID{}), tenancy.ErrNoTenant)
		require.NoError(t, w.Tenants.DeleteTenant(w.ctx, w.a))
		require.ErrorIs(t, w.Tenants.DeleteTenant(w.ctx, w.a), tenancy.ErrNotFound)
	})
	s.holds("DeleteTenant removes everything of the tenant and touches nobody else", func(t *testing.T, w world) {
		w.populate(t, w.a)
		names := w.populate(t, w.b)
		before := w.dump(t, w.b, names)
		require.NoError(t, w.Tenants.DeleteTenant(w.ctx, w.a))

		_, err := w.Tenants.Tenant(w.ctx, w.a)
		require.ErrorIs(t, err, tenancy.ErrNotFound)
		assert.Equal(t, before, w.dump(t, w.b, names))
	})
	s.holds("A tenant created under the id of a deleted one is empty", func(t *testing.T, w world) {
		names := w.populate(t, w.a)
		require.NoError(t, w.Tenants.DeleteTenant(w.ctx, w.a))
		require.NoError(t, w.Tenants.CreateTenant(w.ctx, tenancy.Tenant{ID: w.a, Name: "again", CreatedAt: at(0)}))

		assert.Equal(t, w.dump(t, w.b, names), w.dump(t, w.a, names), "the other tenant has nothing either")
		ok, err := w.Verdicts.Spend(w.ctx, w.a, names.day, 1)
		require.NoError(t, err)
		assert.True(t, ok, "what was spent is forgotten")
		err = w.Collections.AppendChunks(w.ctx, w.a, names.stage, nil, at(10))
		require.ErrorIs(t, err, ingest.ErrNotFound)
		require.NoError(t, w.Auth.CreateUser(w.ctx, w.b, newUser(names.username, auth.RoleUser)), "the name is free")
	})
}

func testDeletedTenant(s suite) {
	s.holds("DeleteTenant removes what the directory says of the tenant", func(t *testing.T, w world) {
		names := w.populate(t, w.a)
		require.NoError(t, w.Tenants.DeleteTenant(w.ctx, w.a))

		for kind, key := range names.directory() {
			_, _, err := w.Directory.Resolve(w.ctx, kind, key)
			require.ErrorIs(t, err, auth.ErrNotFound, kind)
		}
	})
	s.holds("DeleteTenant leaves what the directory says of others", func(t *testing.T, w world) {
		w.populate(t, w.a)
		names := w.populate(t, w.b)
		require.NoError(t, w.Tenants.DeleteTenant(w.ctx, w.a))

		for kind, key := range names.directory() {
			tenant, _, err := w.Directory.Resolve(w.ctx, kind, key)
			require.NoError(t, err, kind)
			assert.Equal(t, w.b, tenant, kind)
		}
	})
	s.holds("DeleteTenant removes grants into the tenant and grants of its users elsewhere", func(t *testing.T, w world) {
		alice, bob := w.user(t, w.a, "alice", auth.RoleAdmin), w.user(t, w.b, "bob", auth.RoleAdmin)
		third := tenancy.New()
		require.NoError(t, w.Tenants.CreateTenant(w.ctx, tenancy.Tenant{ID: third, Name: "third", CreatedAt: at(0)}))
		w.grant(t, w.b, alice)
		w.grant(t, w.a, bob)
		kept := w.grant(t, third, bob)
		require.NoError(t, w.Tenants.DeleteTenant(w.ctx, w.a))

		_, err := w.Auth.Grant(w.ctx, w.b, alice.ID)
		require.ErrorIs(t, err, auth.ErrNotFound)
		grants, err := w.Directory.GrantsOf(w.ctx, alice.ID)
		require.NoError(t, err)
		assert.Empty(t, grants)
		grants, err = w.Directory.GrantsOf(w.ctx, bob.ID)
		require.NoError(t, err)
		assert.Equal(t, []auth.Grant{kept}, grants)
	})
	s.holds("Nothing can be added to a deleted tenant", func(t *testing.T, w world) {
		require.NoError(t, w.Tenants.DeleteTenant(w.ctx, w.a))

		require.Error(t, w.Auth.CreateUser(w.ctx, w.a, newUser("late", auth.RoleUser)))
		_, _, err := w.Hosts.Upsert(w.ctx, w.a, hosts.Observation{ClientID: "C.1"}, at(0))
		require.Error(t, err)
		require.Error(t, w.Collections.OpenStage(w.ctx, w.a, newID(), at(0), at(10)))
		require.NoError(t, w.Auth.CreateUser(w.ctx, w.b, newUser("late", auth.RoleUser)), "the name is free")
	})
}

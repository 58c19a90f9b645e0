package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/auth"
)

func testGrants(s suite) {
	testPutGrant(s)
	testReadGrants(s)
	testDeleteGrant(s)
}

func testPutGrant(s suite) {
	s.holds("PutGrant keeps a grant, stamped with the tenant of the call", func(t *testing.T, w world) {
		bob := w.user(t, w.b, hostile, auth.RoleUser)
		g := auth.Grant{
			TenantID: w.b, UserID: bob.ID, Username: hostile, Home: w.b, Role: auth.RoleAdmin,
			GrantedBy: newID(), CreatedAt: odd(0), ExpiresAt: odd(60),
		}
		require.NoError(t, w.Auth.PutGrant(w.ctx, w.a, g))
		g.TenantID, g.CreatedAt, g.ExpiresAt = w.a, at(0), at(60)

		found, err := w.Auth.Grant(w.ctx, w.a, bob.ID)
		require.NoError(t, err)
		assert.Equal(t, g, found)
		_, err = w.Auth.Grant(w.ctx, w.b, bob.ID)
		require.ErrorIs(t, err, auth.ErrNotFound)
	})
	s.holds("PutGrant takes the place of an earlier grant of the same user", func(t *testing.T, w world) {
		bob := w.user(t, w.b, "bob", auth.RoleUser)
		g := w.grant(t, w.a, bob)
		g.Role, g.GrantedBy, g.CreatedAt, g.ExpiresAt = auth.RoleAdmin, newID(), at(5), time.Time{}
		require.NoError(t, w.Auth.PutGrant(w.ctx, w.a, g))

		grants, err := w.Auth.Grants(w.ctx, w.a)
		require.NoError(t, err)
		assert.Equal(t, []auth.Grant{g}, grants)
	})
	s.holds("PutGrant keeps since when a user has a role without a break", func(t *testing.T, w world) {
		bob := w.user(t, w.b, "bob", auth.RoleUser)
		w.grant(t, w.a, w.user(t, w.b, "another", auth.RoleUser))
		put := func(role auth.Role, created, expires time.Time) time.Time {
			g := auth.Grant{UserID: bob.ID, Username: bob.Username, Home: w.b, Role: role, CreatedAt: created, ExpiresAt: expires}
			require.NoError(t, w.Auth.PutGrant(w.ctx, w.a, g))
			found, err := w.Auth.Grant(w.ctx, w.a, bob.ID)
			require.NoError(t, err)
			require.True(t, expires.Equal(found.ExpiresAt))
			return found.CreatedAt
		}
		require.Equal(t, at(1), put(auth.RoleUser, at(1), at(4)))
		require.Equal(t, at(1), put(auth.RoleUser, at(2), at(6)), "it goes on")
		require.Equal(t, at(6), put(auth.RoleUser, at(6), at(9)), "the one before had expired")
		require.Equal(t, at(7), put(auth.RoleAdmin, at(7), time.Time{}), "another role")
		require.Equal(t, at(7), put(auth.RoleAdmin, at(8), time.Time{}))
		require.NoError(t, w.Auth.DeleteGrant(w.ctx, w.a, bob.ID))
		require.Equal(t, at(9), put(auth.RoleAdmin, at(9), time.Time{}), "it was revoked")
	})
	s.holds("Concurrent calls of PutGrant for one user leave one of the grants", func(t *testing.T, w world) {
		g := w.grant(t, w.a, w.user(t, w.b, "bob", auth.RoleUser))
		givers := newIDs(10)
		errs := race(len(givers), func(i int) error {
			g := g
			g.GrantedBy = givers[i]
			return w.Auth.PutGrant(w.ctx, w.a, g)
		})

		require.Len(t, succeeded(errs), len(givers), errs)
		grants, err := w.Auth.Grants(w.ctx, w.a)
		require.NoError(t, err)
		require.Len(t, grants, 1)
		assert.Contains(t, givers, grants[0].GrantedBy)
	})
}

func testReadGrants(s suite) {
	s.holds("Grant returns a grant that has expired, and ErrNotFound where there is none", func(t *testing.T, w world) {
		g := w.grant(t, w.a, w.user(t, w.b, "bob", auth.RoleUser))
		g.ExpiresAt = at(-30)
		require.NoError(t, w.Auth.PutGrant(w.ctx, w.a, g))

		found, err := w.Auth.Grant(w.ctx, w.a, g.UserID)
		require.NoError(t, err)
		assert.Equal(t, g, found)
		_, err = w.Auth.Grant(w.ctx, w.a, newID())
		require.ErrorIs(t, err, auth.ErrNotFound)
		_, err = w.Auth.Grant(w.ctx, w.b, g.UserID)
		require.ErrorIs(t, err, auth.ErrNotFound)
	})
	s.holds("Grants returns the grants into the tenant in the order of user ids", func(t *testing.T, w world) {
		ids := newIDs(4)
		for i, id := range []string{ids[2], ids[0], ids[3], ids[1]} {
			u := newUser(string(rune('z'-i)), auth.RoleUser)
			u.ID = id
			require.NoError(t, w.Auth.CreateUser(w.ctx, w.b, u))
			u.TenantID = w.b
			w.grant(t, w.a, u)
		}
		w.grant(t, w.b, w.user(t, w.a, "of the other direction", auth.RoleUser))

		grants, err := w.Auth.Grants(w.ctx, w.a)
		require.NoError(t, err)
		var got []string
		for _, g := range grants {
			got = append(got, g.UserID)
		}
		assert.Equal(t, ids, got)
	})
}

func testDeleteGrant(s suite) {
	s.holds("DeleteGrant removes the user's grant into the tenant and no other", func(t *testing.T, w world) {
		bob, carol := w.user(t, w.b, "bob", auth.RoleUser), w.user(t, w.b, "carol", auth.RoleUser)
		w.grant(t, w.a, bob)
		kept := w.grant(t, w.a, carol)
		require.NoError(t, w.Auth.DeleteGrant(w.ctx, w.a, bob.ID))

		grants, err := w.Auth.Grants(w.ctx, w.a)
		require.NoError(t, err)
		assert.Equal(t, []auth.Grant{kept}, grants)
		grants, err = w.Directory.GrantsOf(w.ctx, bob.ID)
		require.NoError(t, err)
		assert.Empty(t, grants)
	})
	s.holds("DeleteGrant is ErrNotFound where there is none, or only one elsewhere", func(t *testing.T, w world) {
		bob := w.user(t, w.b, "bob", auth.RoleUser)
		kept := w.grant(t, w.a, bob)
		require.ErrorIs(t, w.Auth.DeleteGrant(w.ctx, w.a, newID()), auth.ErrNotFound)
		require.ErrorIs(t, w.Auth.DeleteGrant(w.ctx, w.b, bob.ID), auth.ErrNotFound)

		found, err := w.Auth.Grant(w.ctx, w.a, bob.ID)
		require.NoError(t, err)
		assert.Equal(t, kept, found)
		require.NoError(t, w.Auth.DeleteGrant(w.ctx, w.a, bob.ID))
		require.ErrorIs(t, w.Auth.DeleteGrant(w.ctx, w.a, bob.ID), auth.ErrNotFound)
	})
}

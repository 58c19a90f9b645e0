package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

func testInvites(s suite) {
	testCreateInvite(s)
	testRedeemInvite(s)
	testRefusedInvites(s)
	testInvitesOfMakers(s)
	testOpenInvites(s)
}

func testCreateInvite(s suite) {
	s.holds("CreateInvite keeps an invite, stamped with the call's tenant, and enters its key", func(t *testing.T, w world) {
		inv := newInvite()
		inv.TenantID, inv.GrantedAt, inv.CreatedAt, inv.ExpiresAt = w.b, odd(-1), odd(0), odd(60)
		require.NoError(t, w.Auth.CreateInvite(w.ctx, w.a, inv, hostile))
		inv.TenantID, inv.GrantedAt, inv.CreatedAt, inv.ExpiresAt = w.a, at(-1), at(0), at(60)

		found, err := w.Auth.Invite(w.ctx, w.a, inv.ID)
		require.NoError(t, err)
		assert.Equal(t, inv, found)
		tenant, id, err := w.Directory.Resolve(w.ctx, auth.EntryInvite, hostile)
		require.NoError(t, err)
		assert.Equal(t, w.a, tenant)
		assert.Equal(t, inv.ID, id)
	})
	s.holds("CreateInvite is ErrExists when the id is taken, and changes nothing", func(t *testing.T, w world) {
		inv := newInvite()
		require.NoError(t, w.Auth.CreateInvite(w.ctx, w.a, inv, "key"))
		second := inv
		second.Role = auth.RoleAdmin
		require.ErrorIs(t, w.Auth.CreateInvite(w.ctx, w.a, second, "another key"), auth.ErrExists)

		found, err := w.Auth.Invite(w.ctx, w.a, inv.ID)
		require.NoError(t, err)
		assert.Equal(t, inv.Role, found.Role)
		_, _, err = w.Directory.Resolve(w.ctx, auth.EntryInvite, "another key")
		require.ErrorIs(t, err, auth.ErrNotFound)
	})
	s.holds("CreateInvite is ErrExists when the key is taken, in any tenant", func(t *testing.T, w world) {
		require.NoError(t, w.Auth.CreateInvite(w.ctx, w.a, newInvite(), "key"))
		for _, tenant := range []tenancy.ID{w.a, w.b} {
			second := newInvite()
			require.ErrorIs(t, w.Auth.CreateInvite(w.ctx, tenant, second, "key"), auth.ErrExists)
			_, err := w.Auth.Invite(w.ctx, tenant, second.ID)
			require.ErrorIs(t, err, auth.ErrNotFound)
		}
	})
	s.holds("Invite is ErrNotFound for an unknown id and for one of another tenant", func(t *testing.T, w world) {
		inv := newInvite()
		require.NoError(t, w.Auth.CreateInvite(w.ctx, w.a, inv, "key"))
		_, err := w.Auth.Invite(w.ctx, w.a, newID())
		require.ErrorIs(t, err, auth.ErrNotFound)
		_, err = w.Auth.Invite(w.ctx, w.b, inv.ID)
		require.ErrorIs(t, err, auth.ErrNotFound)
	})
}

func testRedeemInvite(s suite) {
	s.holds("RedeemInvite creates the user as CreateUser does and marks the invite as used", func(t *testing.T, w world) {
		inv, other := newInvite(), newInvite()
		require.NoError(t, w.Auth.CreateInvite(w.ctx, w.a, inv, "key"))
		require.NoError(t, w.Auth.CreateInvite(w.ctx, w.a, other, "another key"))
		u := newUser("Alice", auth.RoleUser)
		u.TenantID, u.CreatedAt = w.b, odd(1)
		require.NoError(t, w.Auth.RedeemInvite(w.ctx, w.a, inv.ID, odd(59), u))
		u.TenantID, u.CreatedAt = w.a, at(1)

		found, err := w.Auth.User(w.ctx, w.a, u.ID)
		require.NoError(t, err)
		assert.Equal(t, u, found)
		tenant, id, err := w.Directory.Resolve(w.ctx, auth.EntryLogin, "alice")
		require.NoError(t, err)
		assert.Equal(t, w.a, tenant)
		assert.Equal(t, u.ID, id)
		used, err := w.Auth.Invite(w.ctx, w.a, inv.ID)
		require.NoError(t, err)
		inv.TenantID, inv.UsedBy, inv.UsedAt = w.a, u.ID, at(59)
		assert.Equal(t, inv, used)
		unused, err := w.Auth.Invite(w.ctx, w.a, other.ID)
		require.NoError(t, err)
		assert.Empty(t, unused.UsedBy, "another invite")
	})
	s.holds("Of concurrent calls of RedeemInvite for one invite one succeeds", func(t *testing.T, w world) {
		inv := newInvite()
		require.NoError(t, w.Auth.CreateInvite(w.ctx, w.a, inv, "key"))
		guests := make([]auth.User, 20)
		for i := range guests {
			guests[i] = newUser(fmt.Sprintf("guest %d", i), auth.RoleUser)
		}
		errs := race(len(guests), func(i int) error { return w.Auth.RedeemInvite(w.ctx, w.a, inv.ID, at(1), guests[i]) })

		winners := succeeded(errs)
		require.Len(t, winners, 1)
		for _, err := range errs {
			if err != nil {
				require.ErrorIs(t, err, auth.ErrNotFound)
			}
		}
		users, err := w.Auth.Users(w.ctx, w.a, "", 100)
		require.NoError(t, err)
		require.Len(t, users, 1)
		assert.Equal(t, guests[winners[0]].ID, users[0].ID)
		used, err := w.Auth.Invite(w.ctx, w.a, inv.ID)
		require.NoError(t, err)
		assert.Equal(t, users[0].ID, used.UsedBy)
	})
}

func testRefusedInvites(s suite) {
	s.holds("RedeemInvite is ErrNotFound for an unknown, foreign, used or expired invite", func(t *testing.T, w world) {
		used, expired, foreign := newInvite(), newInvite(), newInvite()
		require.NoError(t, w.Auth.CreateInvite(w.ctx, w.a, used, "used"))
		require.NoError(t, w.Auth.CreateInvite(w.ctx, w.a, expired, "expired"))
		require.NoError(t, w.Auth.CreateInvite(w.ctx, w.b, foreign, "foreign"))
		first := newUser("first", auth.RoleUser)
		require.NoError(t, w.Auth.RedeemInvite(w.ctx, w.a, used.ID, at(1), first))

		for _, refused := range []struct {
			id      string
			minutes int
		}{{newID(), 1}, {used.ID, 1}, {expired.ID, 60}, {expired.ID, 61}, {foreign.ID, 1}} {
			u := newUser("second", auth.RoleUser)
			err := w.Auth.RedeemInvite(w.ctx, w.a, refused.id, at(refused.minutes), u)
			require.ErrorIs(t, err, auth.ErrNotFound)
			_, err = w.Auth.User(w.ctx, w.a, u.ID)
			require.ErrorIs(t, err, auth.ErrNotFound)
			_, _, err = w.Directory.Resolve(w.ctx, auth.EntryLogin, "second")
			require.ErrorIs(t, err, auth.ErrNotFound)
		}

		found, err := w.Auth.Invite(w.ctx, w.a, used.ID)
		require.NoError(t, err)
		assert.Equal(t, first.ID, found.UsedBy)
		require.NoError(t, w.Auth.RedeemInvite(w.ctx, w.b, foreign.ID, at(1), newUser("second", auth.RoleUser)))
	})
	s.holds("RedeemInvite leaves the invite as it was when the user cannot be created", func(t *testing.T, w world) {
		w.user(t, w.b, "taken", auth.RoleUser)
		inv := newInvite()
		require.NoError(t, w.Auth.CreateInvite(w.ctx, w.a, inv, "key"))
		err := w.Auth.RedeemInvite(w.ctx, w.a, inv.ID, at(1), newUser("Taken", auth.RoleUser))
		require.ErrorIs(t, err, auth.ErrExists)

		found, err := w.Auth.Invite(w.ctx, w.a, inv.ID)
		require.NoError(t, err)
		inv.TenantID = w.a
		assert.Equal(t, inv, found)
		require.NoError(t, w.Auth.RedeemInvite(w.ctx, w.a, inv.ID, at(2), newUser("free", auth.RoleUser)))
	})
}

func testInvitesOfMakers(s suite) {
	s.holds("RedeemInvite is ErrNotFound while the user that made the invite is no active admin", func(t *testing.T, w world) {
		w.user(t, w.a, "another admin", auth.RoleAdmin)
		maker := w.user(t, w.a, "maker", auth.RoleAdmin)
		inv := newInvite()
		inv.CreatedBy = maker.ID
		require.NoError(t, w.Auth.CreateInvite(w.ctx, w.a, inv, "key"))
		user, admin, no, yes := auth.RoleUser, auth.RoleAdmin, false, true
		for _, change := range []auth.UserChange{{Role: &user}, {Role: &admin, Active: &no}} {
			_, err := w.Auth.UpdateUser(w.ctx, w.a, maker.ID, change)
			require.NoError(t, err)
			require.ErrorIs(t, w.Auth.RedeemInvite(w.ctx, w.a, inv.ID, at(1), newUser("guest", auth.RoleUser)), auth.ErrNotFound)
		}
		_, err := w.Auth.UpdateUser(w.ctx, w.a, maker.ID, auth.UserChange{Active: &yes})
		require.NoError(t, err)
		require.NoError(t, w.Auth.RedeemInvite(w.ctx, w.a, inv.ID, at(1), newUser("guest", auth.RoleUser)))
	})
	s.holds("RedeemInvite is ErrNotFound without the admin's grant that the invite was made under", func(t *testing.T, w world) {
		maker := w.user(t, w.b, "maker", auth.RoleAdmin)
		inv := newInvite()
		inv.CreatedBy, inv.GrantedAt = maker.ID, at(0)
		require.NoError(t, w.Auth.CreateInvite(w.ctx, w.a, inv, "key"))
		redeem := func() error { return w.Auth.RedeemInvite(w.ctx, w.a, inv.ID, at(2), newUser("guest", auth.RoleUser)) }
		require.ErrorIs(t, redeem(), auth.ErrNotFound, "no grant")
		g := auth.Grant{UserID: maker.ID, Home: w.b, Role: auth.RoleUser, CreatedAt: at(0)}
		for _, g.ExpiresAt = range []time.Time{at(1), at(2)} {
			g.Role = auth.RoleAdmin
			require.NoError(t, w.Auth.PutGrant(w.ctx, w.a, g))
			require.ErrorIs(t, redeem(), auth.ErrNotFound, "expired")
		}
		g.Role, g.ExpiresAt = auth.RoleUser, at(9)
		require.NoError(t, w.Auth.PutGrant(w.ctx, w.a, g))
		require.ErrorIs(t, redeem(), auth.ErrNotFound, "a user's grant")
		require.NoError(t, w.Auth.DeleteGrant(w.ctx, w.a, maker.ID))
		require.ErrorIs(t, redeem(), auth.ErrNotFound, "revoked")
		g.Role, g.CreatedAt = auth.RoleAdmin, at(1)
		require.NoError(t, w.Auth.PutGrant(w.ctx, w.a, g))
		require.ErrorIs(t, redeem(), auth.ErrNotFound, "another grant")
		inv.GrantedAt = g.CreatedAt
		inv.ID = newID()
		require.NoError(t, w.Auth.CreateInvite(w.ctx, w.a, inv, "another key"))
		require.NoError(t, redeem())
	})
}

func testOpenInvites(s suite) {
	s.holds("Invites are those that can be used, in the order of their ids", func(t *testing.T, w world) {
		expired, first, used, second, foreign := newInvite(), newInvite(), newInvite(), newInvite(), newInvite()
		expired.ExpiresAt = at(5)
		first.GrantedAt = at(0)
		for key, inv := range map[string]auth.Invite{"1": expired, "2": first, "3": used, "4": second} {
			require.NoError(t, w.Auth.CreateInvite(w.ctx, w.a, inv, key))
		}
		require.NoError(t, w.Auth.CreateInvite(w.ctx, w.b, foreign, "5"))
		require.NoError(t, w.Auth.RedeemInvite(w.ctx, w.a, used.ID, at(1), newUser("guest", auth.RoleUser)))
		first.TenantID, second.TenantID = w.a, w.a

		open, err := w.Auth.Invites(w.ctx, w.a, at(5))
		require.NoError(t, err)
		assert.Equal(t, []auth.Invite{first, second}, open)
	})
	s.holds("DeleteInvite removes an unused invite and its key, or is ErrNotFound", func(t *testing.T, w world) {
		inv, used := newInvite(), newInvite()
		require.NoError(t, w.Auth.CreateInvite(w.ctx, w.a, inv, "key"))
		require.NoError(t, w.Auth.CreateInvite(w.ctx, w.a, used, "used"))
		require.NoError(t, w.Auth.RedeemInvite(w.ctx, w.a, used.ID, at(1), newUser("guest", auth.RoleUser)))
		token := newAPIToken()
		token.ID = inv.ID
		require.NoError(t, w.Auth.CreateAPIToken(w.ctx, w.a, token, "token"))
		require.ErrorIs(t, w.Auth.DeleteInvite(w.ctx, w.b, inv.ID), auth.ErrNotFound)
		require.ErrorIs(t, w.Auth.DeleteInvite(w.ctx, w.a, used.ID), auth.ErrNotFound)
		require.NoError(t, w.Auth.DeleteInvite(w.ctx, w.a, inv.ID))
		require.ErrorIs(t, w.Auth.DeleteInvite(w.ctx, w.a, inv.ID), auth.ErrNotFound)

		_, err := w.Auth.Invite(w.ctx, w.a, inv.ID)
		require.ErrorIs(t, err, auth.ErrNotFound)
		_, _, err = w.Directory.Resolve(w.ctx, auth.EntryInvite, "key")
		require.ErrorIs(t, err, auth.ErrNotFound)
		for key, kind := range map[string]auth.EntryKind{"used": auth.EntryInvite, "token": auth.EntryAPIToken} {
			_, _, err := w.Directory.Resolve(w.ctx, kind, key)
			require.NoError(t, err, "an invite that was used, and a token that has the same id")
		}
	})
}

package storetest

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

func testUsers(s suite) {
	testCreateUser(s)
	testTakenNames(s)
	testReadUsers(s)
	testUpdateUser(s)
	testLastAdmin(s)
	testUpdateUserEndsSessions(s)
	testRehash(s)
}

func testCreateUser(s suite) {
	s.holds("CreateUser keeps a user, stamped with the tenant of the call", func(t *testing.T, w world) {
		u := newUser(hostile, auth.RoleAdmin)
		u.TenantID, u.CreatedAt, u.Active, u.PasswordHash = w.b, odd(0), false, ""
		require.NoError(t, w.Auth.CreateUser(w.ctx, w.a, u))
		u.TenantID, u.CreatedAt = w.a, at(0)

		found, err := w.Auth.User(w.ctx, w.a, u.ID)
		require.NoError(t, err)
		assert.Equal(t, u, found)
	})
	s.holds("CreateUser enters the name in lower case and the id in the directory", func(t *testing.T, w world) {
		u := w.user(t, w.a, "Jürgen.ÖZ", auth.RoleUser)

		for kind, key := range map[auth.EntryKind]string{auth.EntryLogin: "jürgen.öz", auth.EntryUser: u.ID} {
			tenant, id, err := w.Directory.Resolve(w.ctx, kind, key)
			require.NoError(t, err, kind)
			assert.Equal(t, w.a, tenant)
			assert.Equal(t, u.ID, id)
		}
	})
	s.holds("CreateUser is ErrExists when the id is taken, in any tenant, and changes nothing", func(t *testing.T, w world) {
		u := w.user(t, w.a, "alice", auth.RoleUser)
		for _, tenant := range []tenancy.ID{w.a, w.b} {
			second := newUser("bob", auth.RoleAdmin)
			second.ID = u.ID
			require.ErrorIs(t, w.Auth.CreateUser(w.ctx, tenant, second), auth.ErrExists)
		}

		found, err := w.Auth.User(w.ctx, w.a, u.ID)
		require.NoError(t, err)
		assert.Equal(t, u, found)
		_, err = w.Auth.User(w.ctx, w.b, u.ID)
		require.ErrorIs(t, err, auth.ErrNotFound)
		_, _, err = w.Directory.Resolve(w.ctx, auth.EntryLogin, "bob")
		require.ErrorIs(t, err, auth.ErrNotFound)
	})
}

func testTakenNames(s suite) {
	s.holds("CreateUser is ErrExists when the name is taken, in any tenant and any case", func(t *testing.T, w world) {
		u := w.user(t, w.a, "Jürgen", auth.RoleUser)
		for _, tenant := range []tenancy.ID{w.a, w.b} {
			for _, name := range []string{"Jürgen", "jürgen", "JÜRGEN"} {
				second := newUser(name, auth.RoleUser)
				require.ErrorIs(t, w.Auth.CreateUser(w.ctx, tenant, second), auth.ErrExists, name)
				_, _, err := w.Directory.Resolve(w.ctx, auth.EntryUser, second.ID)
				require.ErrorIs(t, err, auth.ErrNotFound)
			}
		}

		tenant, id, err := w.Directory.Resolve(w.ctx, auth.EntryLogin, "jürgen")
		require.NoError(t, err)
		assert.Equal(t, w.a, tenant)
		assert.Equal(t, u.ID, id)
		others, err := w.Auth.Users(w.ctx, w.b, "", 10)
		require.NoError(t, err)
		assert.Empty(t, others)
	})
	s.holds("Of concurrent calls of CreateUser with one name, in two tenants, one succeeds", func(t *testing.T, w world) {
		tenants := []tenancy.ID{w.a, w.b}
		errs := race(20, func(i int) error { return w.Auth.CreateUser(w.ctx, tenants[i%2], newUser("raced", auth.RoleUser)) })

		require.Len(t, succeeded(errs), 1)
		for _, err := range errs {
			if err != nil {
				require.ErrorIs(t, err, auth.ErrExists)
			}
		}
	})
}

func testReadUsers(s suite) {
	s.holds("User is ErrNotFound for an unknown id and for one of another tenant", func(t *testing.T, w world) {
		u := w.user(t, w.a, "alice", auth.RoleUser)
		_, err := w.Auth.User(w.ctx, w.a, newID())
		require.ErrorIs(t, err, auth.ErrNotFound)
		_, err = w.Auth.User(w.ctx, w.b, u.ID)
		require.ErrorIs(t, err, auth.ErrNotFound)
	})
	s.holds("Users returns at most limit users in the order of ids, beginning after one", func(t *testing.T, w world) {
		w.user(t, w.b, "of another tenant", auth.RoleUser)
		ids := newIDs(7)
		for _, i := range []int{5, 0, 3, 6, 1, 4} {
			u := newUser(fmt.Sprintf("user %d", 9-i), auth.RoleUser)
			u.ID = ids[i]
			require.NoError(t, w.Auth.CreateUser(w.ctx, w.a, u))
		}
		page := func(after string, limit int) (got []string) {
			users, err := w.Auth.Users(w.ctx, w.a, after, limit)
			require.NoError(t, err)
			for _, u := range users {
				require.Equal(t, w.a, u.TenantID)
				got = append(got, u.ID)
			}
			return got
		}

		assert.Equal(t, []string{ids[0], ids[1]}, page("", 2))
		assert.Equal(t, []string{ids[3], ids[4]}, page(ids[1], 2))
		assert.Equal(t, []string{ids[3], ids[4], ids[5], ids[6]}, page(ids[2], 4), "after an id that no user has")
		assert.Equal(t, []string{ids[5], ids[6]}, page(ids[4], 9))
		assert.Empty(t, page(ids[6], 9))
	})
}

func testUpdateUser(s suite) {
	s.holds("UpdateUser applies the fields that are set and returns the user as it is now", func(t *testing.T, w world) {
		want := w.user(t, w.a, "alice", auth.RoleUser)
		role, active, hash := auth.RoleAdmin, false, "another hash"
		for _, step := range []struct {
			change auth.UserChange
			apply  func()
		}{
			{auth.UserChange{}, func() {}},
			{auth.UserChange{Role: &role}, func() { want.Role = role }},
			{auth.UserChange{PasswordHash: &hash}, func() { want.PasswordHash = hash }},
		} {
			step.apply()
			got, err := w.Auth.UpdateUser(w.ctx, w.a, want.ID, step.change)
			require.NoError(t, err)
			assert.Equal(t, want, got)
			found, err := w.Auth.User(w.ctx, w.a, want.ID)
			require.NoError(t, err)
			assert.Equal(t, want, found)
		}

		w.user(t, w.a, "another admin", auth.RoleAdmin)
		role, hash = auth.RoleUser, ""
		want.Role, want.Active, want.PasswordHash = role, active, hash
		got, err := w.Auth.UpdateUser(w.ctx, w.a, want.ID, auth.UserChange{Role: &role, Active: &active, PasswordHash: &hash})
		require.NoError(t, err)
		assert.Equal(t, want, got)
	})
	s.holds("UpdateUser is ErrNotFound for an unknown id and for one of another tenant", func(t *testing.T, w world) {
		u := w.user(t, w.a, "alice", auth.RoleUser)
		role := auth.RoleAdmin
		_, err := w.Auth.UpdateUser(w.ctx, w.a, newID(), auth.UserChange{Role: &role})
		require.ErrorIs(t, err, auth.ErrNotFound)
		_, err = w.Auth.UpdateUser(w.ctx, w.b, u.ID, auth.UserChange{Role: &role})
		require.ErrorIs(t, err, auth.ErrNotFound)

		found, err := w.Auth.User(w.ctx, w.a, u.ID)
		require.NoError(t, err)
		assert.Equal(t, u, found)
	})
}

func testLastAdmin(s suite) {
	s.holds("UpdateUser is ErrLastAdmin, and nothing changed, for the last active admin", func(t *testing.T, w world) {
		admin := w.user(t, w.a, "alice", auth.RoleAdmin)
		inactive := newUser("inactive", auth.RoleAdmin)
		inactive.Active = false
		require.NoError(t, w.Auth.CreateUser(w.ctx, w.a, inactive))
		w.user(t, w.a, "not an admin", auth.RoleUser)
		w.user(t, w.b, "admin of another tenant", auth.RoleAdmin)
		login := w.session(t, admin, "key")
		role, active, hash := auth.RoleUser, false, "another hash"

		for _, change := range []auth.UserChange{{Role: &role}, {Active: &active}, {Role: &role, PasswordHash: &hash}} {
			_, err := w.Auth.UpdateUser(w.ctx, w.a, admin.ID, change)
			require.ErrorIs(t, err, auth.ErrLastAdmin)
			_, found, err := w.Auth.Session(w.ctx, w.a, login.ID)
			require.NoError(t, err)
			assert.Equal(t, admin, found)
		}
	})
	s.holds("UpdateUser lets the last admin change the password", func(t *testing.T, w world) {
		admin := w.user(t, w.a, "alice", auth.RoleAdmin)
		role, active, hash := auth.RoleAdmin, true, "another hash"
		_, err := w.Auth.UpdateUser(w.ctx, w.a, admin.ID, auth.UserChange{Role: &role, Active: &active, PasswordHash: &hash})
		require.NoError(t, err)
	})
	s.holds("UpdateUser works in a tenant that never had an admin of its own", func(t *testing.T, w world) {
		u := w.user(t, w.a, "alice", auth.RoleUser)
		active := false
		_, err := w.Auth.UpdateUser(w.ctx, w.a, u.ID, auth.UserChange{Active: &active})
		require.NoError(t, err)
	})
	s.holds("A tenant keeps an active admin however many calls of UpdateUser are made at once", func(t *testing.T, w world) {
		admins := make([]auth.User, 8)
		for i := range admins {
			admins[i] = w.user(t, w.a, fmt.Sprintf("admin %d", i), auth.RoleAdmin)
		}
		role, active := auth.RoleUser, false
		changes := []auth.UserChange{{Role: &role}, {Active: &active}}
		errs := race(len(admins), func(i int) error {
			_, err := w.Auth.UpdateUser(w.ctx, w.a, admins[i].ID, changes[i%2])
			return err
		})

		require.Len(t, succeeded(errs), len(admins)-1)
		for i, err := range errs {
			if err != nil {
				require.ErrorIs(t, err, auth.ErrLastAdmin)
				found, err := w.Auth.User(w.ctx, w.a, admins[i].ID)
				require.NoError(t, err)
				assert.Equal(t, admins[i], found)
			}
		}
	})
}

func testUpdateUserEndsSessions(s suite) {
	s.holds("Deactivating a user ends all its sessions and nobody else's", func(t *testing.T, w world) {
		alice, bob := w.user(t, w.a, "alice", auth.RoleUser), w.user(t, w.a, "bob", auth.RoleUser)
		first, second, others := w.session(t, alice, "1"), w.session(t, alice, "2"), w.session(t, bob, "3")
		require.NoError(t, w.Auth.RotateSession(w.ctx, w.a, first.ID, rotation("1", "1 rotated")))
		active := false
		_, err := w.Auth.UpdateUser(w.ctx, w.a, alice.ID, auth.UserChange{Active: &active})
		require.NoError(t, err)

		w.noSession(t, w.a, first.ID, "1", "1 rotated")
		w.noSession(t, w.a, second.ID, "2")
		_, _, err = w.Auth.Session(w.ctx, w.a, others.ID)
		require.NoError(t, err)
	})
	s.holds("Changing a password ends all sessions of the user but KeepSession", func(t *testing.T, w world) {
		alice := w.user(t, w.a, "alice", auth.RoleUser)
		kept, ended := w.session(t, alice, "kept"), w.session(t, alice, "ended")
		hash := "another hash"
		_, err := w.Auth.UpdateUser(w.ctx, w.a, alice.ID, auth.UserChange{PasswordHash: &hash, KeepSession: kept.ID})
		require.NoError(t, err)

		w.noSession(t, w.a, ended.ID, "ended")
		_, _, err = w.Auth.Session(w.ctx, w.a, kept.ID)
		require.NoError(t, err)
		require.NoError(t, w.Auth.RotateSession(w.ctx, w.a, kept.ID, rotation("kept", "rotated")))

		_, err = w.Auth.UpdateUser(w.ctx, w.a, alice.ID, auth.UserChange{PasswordHash: &hash})
		require.NoError(t, err)
		w.noSession(t, w.a, kept.ID, "kept", "rotated")
	})
	s.holds("Changing a role ends no session", func(t *testing.T, w world) {
		alice := w.user(t, w.a, "alice", auth.RoleUser)
		login := w.session(t, alice, "key")
		role := auth.RoleAdmin
		_, err := w.Auth.UpdateUser(w.ctx, w.a, alice.ID, auth.UserChange{Role: &role})
		require.NoError(t, err)

		_, _, err = w.Auth.Session(w.ctx, w.a, login.ID)
		require.NoError(t, err)
	})
}

func testRehash(s suite) {
	s.holds("UpdateUser with RehashOf replaces that hash and ends no session", func(t *testing.T, w world) {
		want := w.user(t, w.a, "alice", auth.RoleUser)
		login := w.session(t, want, "key")
		hash := "a dearer hash"
		change := auth.UserChange{PasswordHash: &hash, RehashOf: want.PasswordHash}
		want.PasswordHash = hash
		got, err := w.Auth.UpdateUser(w.ctx, w.a, want.ID, change)
		require.NoError(t, err)
		assert.Equal(t, want, got)

		_, found, err := w.Auth.Session(w.ctx, w.a, login.ID)
		require.NoError(t, err)
		assert.Equal(t, want, found)
		require.NoError(t, w.Auth.RotateSession(w.ctx, w.a, login.ID, rotation("key", "rotated")))
	})
	s.holds("UpdateUser with RehashOf leaves another hash as it is, and ends no session", func(t *testing.T, w world) {
		want := w.user(t, w.a, "alice", auth.RoleUser)
		login := w.session(t, want, "key")
		hash, role := "a dearer hash", auth.RoleAdmin
		change := auth.UserChange{PasswordHash: &hash, RehashOf: "an earlier hash", Role: &role}
		want.Role = role
		got, err := w.Auth.UpdateUser(w.ctx, w.a, want.ID, change)
		require.NoError(t, err)
		assert.Equal(t, want, got)

		_, found, err := w.Auth.Session(w.ctx, w.a, login.ID)
		require.NoError(t, err)
		assert.Equal(t, want, found)
	})
	s.holds("UpdateUser with RehashOf ends the sessions of a user that it deactivates", func(t *testing.T, w world) {
		alice := w.user(t, w.a, "alice", auth.RoleUser)
		login := w.session(t, alice, "key")
		hash, active := "a dearer hash", false
		change := auth.UserChange{PasswordHash: &hash, RehashOf: alice.PasswordHash, Active: &active}
		_, err := w.Auth.UpdateUser(w.ctx, w.a, alice.ID, change)
		require.NoError(t, err)
		w.noSession(t, w.a, login.ID, "key")
	})
	s.holds("Of concurrent calls of UpdateUser with one RehashOf, one replaces the hash", func(t *testing.T, w world) {
		alice := w.user(t, w.a, "alice", auth.RoleUser)
		got := make([]auth.User, 8)
		errs := race(len(got), func(i int) (err error) {
			hash := fmt.Sprint("dearer hash ", i)
			change := auth.UserChange{PasswordHash: &hash, RehashOf: alice.PasswordHash}
			got[i], err = w.Auth.UpdateUser(w.ctx, w.a, alice.ID, change)
			return err
		})

		require.Len(t, succeeded(errs), len(got))
		for _, u := range got {
			assert.Equal(t, got[0], u, "all see the one that was first")
			assert.NotEqual(t, alice.PasswordHash, u.PasswordHash)
		}
	})
}

// noSession holds that a session is gone, and its keys from the directory.
func (w world) noSession(t *testing.T, tenant tenancy.ID, id string, keys ...string) {
	t.Helper()
	_, _, err := w.Auth.Session(w.ctx, tenant, id)
	require.ErrorIs(t, err, auth.ErrNotFound)
	for _, key := range keys {
		_, _, err := w.Directory.Resolve(w.ctx, auth.EntryRefresh, key)
		require.ErrorIs(t, err, auth.ErrNotFound, key)
	}
}

package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/auth"
)

func testSessions(s suite) {
	testCreateSession(s)
	testExpiredSessions(s)
	testReadSession(s)
	testRotateSession(s)
	testReusedKeys(s)
	testRotateSessionAgain(s)
	testEndSession(s)
}

func testCreateSession(s suite) {
	s.holds("CreateSession keeps a session, with the tenant it acts in, and enters its key", func(t *testing.T, w world) {
		u := w.user(t, w.a, "alice", auth.RoleUser)
		login := newSession(u.ID, w.b)
		login.Shared, login.CreatedAt, login.ExpiresAt = true, odd(0), odd(60)
		require.NoError(t, w.Auth.CreateSession(w.ctx, w.a, login, hostile))
		login.CreatedAt, login.ExpiresAt = at(0), at(60)

		found, owner, err := w.Auth.Session(w.ctx, w.a, login.ID)
		require.NoError(t, err)
		assert.Equal(t, login, found)
		assert.Equal(t, u, owner)
		tenant, id, err := w.Directory.Resolve(w.ctx, auth.EntryRefresh, hostile)
		require.NoError(t, err)
		assert.Equal(t, w.a, tenant, "the user's home, where the session is kept")
		assert.Equal(t, login.ID, id)
	})
	s.holds("CreateSession is ErrNotFound, and keeps nothing, without such a user", func(t *testing.T, w world) {
		w.user(t, w.a, "another", auth.RoleUser)
		foreign := w.user(t, w.b, "bob", auth.RoleUser)
		for _, userID := range []string{newID(), foreign.ID} {
			login := newSession(userID, w.a)
			require.ErrorIs(t, w.Auth.CreateSession(w.ctx, w.a, login, "key"), auth.ErrNotFound)
			w.noSession(t, w.a, login.ID, "key")
		}
	})
}

func testExpiredSessions(s suite) {
	s.holds("CreateSession removes the user's sessions that had expired by then", func(t *testing.T, w world) {
		alice, bob := w.user(t, w.a, "alice", auth.RoleUser), w.user(t, w.a, "bob", auth.RoleUser)
		expired, lasting, others := newSession(alice.ID, w.a), newSession(alice.ID, w.a), newSession(bob.ID, w.a)
		expired.ExpiresAt, lasting.ExpiresAt, others.ExpiresAt = at(30), at(31), at(30)
		require.NoError(t, w.Auth.CreateSession(w.ctx, w.a, expired, "expired"))
		require.NoError(t, w.Auth.RotateSession(w.ctx, w.a, expired.ID, rotation("expired", "expired later")))
		require.NoError(t, w.Auth.CreateSession(w.ctx, w.a, lasting, "lasting"))
		require.NoError(t, w.Auth.CreateSession(w.ctx, w.a, others, "others"))

		login := newSession(alice.ID, w.a)
		login.CreatedAt, login.ExpiresAt = at(30), at(90)
		require.NoError(t, w.Auth.CreateSession(w.ctx, w.a, login, "new"))

		w.noSession(t, w.a, expired.ID, "expired", "expired later")
		for _, kept := range []auth.Session{lasting, others, login} {
			found, _, err := w.Auth.Session(w.ctx, w.a, kept.ID)
			require.NoError(t, err)
			assert.Equal(t, kept, found)
		}
	})
}

func testReadSession(s suite) {
	s.holds("Session is ErrNotFound for an unknown id and for one of another tenant", func(t *testing.T, w world) {
		login := w.session(t, w.user(t, w.a, "alice", auth.RoleUser), "key")
		_, _, err := w.Auth.Session(w.ctx, w.a, newID())
		require.ErrorIs(t, err, auth.ErrNotFound)
		_, _, err = w.Auth.Session(w.ctx, w.b, login.ID)
		require.ErrorIs(t, err, auth.ErrNotFound)
	})
	s.holds("Session does not look at expiry or at the user's state", func(t *testing.T, w world) {
		u := newUser("inactive", auth.RoleUser)
		u.Active = false
		require.NoError(t, w.Auth.CreateUser(w.ctx, w.a, u))
		login := newSession(u.ID, w.a)
		login.CreatedAt, login.ExpiresAt = at(-60), at(-30)
		require.NoError(t, w.Auth.CreateSession(w.ctx, w.a, login, "key"))

		found, owner, err := w.Auth.Session(w.ctx, w.a, login.ID)
		require.NoError(t, err)
		assert.Equal(t, login, found)
		assert.False(t, owner.Active)
	})
	s.holds("Session returns the user as it is now", func(t *testing.T, w world) {
		u := w.user(t, w.a, "alice", auth.RoleUser)
		login := w.session(t, u, "key")
		u.Role = auth.RoleAdmin
		_, err := w.Auth.UpdateUser(w.ctx, w.a, u.ID, auth.UserChange{Role: &u.Role})
		require.NoError(t, err)

		_, owner, err := w.Auth.Session(w.ctx, w.a, login.ID)
		require.NoError(t, err)
		assert.Equal(t, u, owner)
	})
}

func testRotateSession(s suite) {
	s.holds("RotateSession replaces the key and keeps old ones known", func(t *testing.T, w world) {
		login := w.session(t, w.user(t, w.a, "alice", auth.RoleUser), "1")
		require.NoError(t, w.Auth.RotateSession(w.ctx, w.a, login.ID, rotation("1", "2")))
		require.NoError(t, w.Auth.RotateSession(w.ctx, w.a, login.ID, rotation("2", "3")))

		found, _, err := w.Auth.Session(w.ctx, w.a, login.ID)
		require.NoError(t, err)
		assert.Equal(t, login, found)
		for _, key := range []string{"1", "2", "3"} {
			tenant, id, err := w.Directory.Resolve(w.ctx, auth.EntryRefresh, key)
			require.NoError(t, err, key)
			assert.Equal(t, w.a, tenant)
			assert.Equal(t, login.ID, id)
		}
	})
	s.holds("RotateSession is ErrNotFound for an unknown session and for one of another tenant", func(t *testing.T, w world) {
		login := w.session(t, w.user(t, w.a, "alice", auth.RoleUser), "1")
		require.ErrorIs(t, w.Auth.RotateSession(w.ctx, w.a, newID(), rotation("1", "2")), auth.ErrNotFound)
		require.ErrorIs(t, w.Auth.RotateSession(w.ctx, w.b, login.ID, rotation("1", "2")), auth.ErrNotFound)
		require.ErrorIs(t, w.Auth.RotateSession(w.ctx, w.b, login.ID, rotation("wrong", "2")), auth.ErrNotFound)

		_, _, err := w.Directory.Resolve(w.ctx, auth.EntryRefresh, "2")
		require.ErrorIs(t, err, auth.ErrNotFound)
		require.NoError(t, w.Auth.RotateSession(w.ctx, w.a, login.ID, rotation("1", "2")))
	})
}

func testReusedKeys(s suite) {
	for _, reuse := range []struct{ sentence, key string }{
		{"RotateSession is ErrReused, and the session is ended, for the key before the current one", "2"},
		{"RotateSession is ErrReused, and the session is ended, for an older key", "1"},
		{"RotateSession is ErrReused, and the session is ended, for a key that never was the session's", "never"},
	} {
		s.holds(reuse.sentence, func(t *testing.T, w world) {
			u := w.user(t, w.a, "alice", auth.RoleUser)
			login, other := w.session(t, u, "1"), w.session(t, u, "other")
			require.NoError(t, w.Auth.RotateSession(w.ctx, w.a, login.ID, rotation("1", "2")))
			require.NoError(t, w.Auth.RotateSession(w.ctx, w.a, login.ID, rotation("2", "3")))

			require.ErrorIs(t, w.Auth.RotateSession(w.ctx, w.a, login.ID, rotation(reuse.key, "4")), auth.ErrReused)
			w.noSession(t, w.a, login.ID, "1", "2", "3", "4")
			require.ErrorIs(t, w.Auth.RotateSession(w.ctx, w.a, login.ID, rotation("3", "4")), auth.ErrNotFound)
			_, _, err := w.Auth.Session(w.ctx, w.a, other.ID)
			require.NoError(t, err, "another session of the user lives on")
		})
	}
	s.holds("Of concurrent calls of RotateSession with one old key one succeeds", func(t *testing.T, w world) {
		login := w.session(t, w.user(t, w.a, "alice", auth.RoleUser), "old")
		keys := make([]string, 20)
		for i := range keys {
			keys[i] = fmt.Sprintf("new %d", i)
		}
		errs := race(len(keys), func(i int) error {
			return w.Auth.RotateSession(w.ctx, w.a, login.ID, rotation("old", keys[i]))
		})

		require.Len(t, succeeded(errs), 1)
		reused := 0
		for _, err := range errs {
			if errors.Is(err, auth.ErrReused) {
				reused++
			} else if err != nil {
				require.ErrorIs(t, err, auth.ErrNotFound)
			}
		}
		assert.Equal(t, 1, reused, "the first that came late ended the session, the others found none")
		w.noSession(t, w.a, login.ID, append(keys, "old")...)
	})
}

func testRotateSessionAgain(s suite) {
	within := func(at time.Time) auth.Rotation {
		return auth.Rotation{Old: "1", New: "2", At: at, Grace: time.Minute}
	}
	s.holds("RotateSession changes nothing, and is no error, for the same rotation within its grace", func(t *testing.T, w world) {
		login := w.session(t, w.user(t, w.a, "alice", auth.RoleUser), "1")
		for _, minute := range []time.Time{odd(10), at(10), odd(11).Add(-time.Millisecond), at(9)} {
			require.NoError(t, w.Auth.RotateSession(w.ctx, w.a, login.ID, within(minute)))
		}
		require.NoError(t, w.Auth.RotateSession(w.ctx, w.a, login.ID, rotation("2", "3")), "the key is still current")
	})
	for what, again := range map[string]auth.Rotation{
		"after its grace":                           within(at(11)),
		"without one":                               rotation("1", "2"),
		"without one, by a clock that is behind":    {Old: "1", New: "2", At: at(9)},
		"to another key":                            {Old: "1", New: "4", At: at(10), Grace: time.Minute},
		"whose new key was itself rotated meantime": {Old: "0", New: "1", At: at(10), Grace: time.Minute},
	} {
		s.holds("RotateSession is ErrReused for a rotation again "+what, func(t *testing.T, w world) {
			login := w.session(t, w.user(t, w.a, "alice", auth.RoleUser), "0")
			require.NoError(t, w.Auth.RotateSession(w.ctx, w.a, login.ID, rotation("0", "1")))
			require.NoError(t, w.Auth.RotateSession(w.ctx, w.a, login.ID, within(at(10))))
			require.ErrorIs(t, w.Auth.RotateSession(w.ctx, w.a, login.ID, again), auth.ErrReused)
			w.noSession(t, w.a, login.ID, "0", "1", "2")
		})
	}
	s.holds("RotateSession has no grace for what another session was rotated to", func(t *testing.T, w world) {
		u := w.user(t, w.a, "alice", auth.RoleUser)
		login, other := w.session(t, u, "login"), w.session(t, u, "1")
		require.NoError(t, w.Auth.RotateSession(w.ctx, w.a, other.ID, within(at(10))))
		require.ErrorIs(t, w.Auth.RotateSession(w.ctx, w.a, login.ID, within(at(10))), auth.ErrReused)
	})
	s.holds("RotateSession has no grace for a session's first key", func(t *testing.T, w world) {
		login := w.session(t, w.user(t, w.a, "alice", auth.RoleUser), "2")
		require.ErrorIs(t, w.Auth.RotateSession(w.ctx, w.a, login.ID, within(at(0))), auth.ErrReused)
	})
	s.holds("Concurrent calls of RotateSession for one rotation within its grace all succeed", func(t *testing.T, w world) {
		login := w.session(t, w.user(t, w.a, "alice", auth.RoleUser), "1")
		errs := race(20, func(int) error { return w.Auth.RotateSession(w.ctx, w.a, login.ID, within(at(10))) })
		require.Len(t, succeeded(errs), 20, errs)
	})
}

func testEndSession(s suite) {
	s.holds("The sessions of a family end together, and others go on", func(t *testing.T, w world) {
		for what, end := range map[string]func(auth.Session){
			"ended": func(s auth.Session) { require.NoError(t, w.Auth.EndSession(w.ctx, w.a, s.ID)) },
			"reused": func(s auth.Session) {
				require.ErrorIs(t, w.Auth.RotateSession(w.ctx, w.a, s.ID, rotation("another key", "new key")), auth.ErrReused)
			},
		} {
			u := w.user(t, w.a, what, auth.RoleUser)
			login, other := w.session(t, u, what+" login"), w.session(t, u, what+" other")
			child := w.switched(t, login, what+" child")
			end(child)
			w.noSession(t, w.a, login.ID, what+" login")
			w.noSession(t, w.a, child.ID, what+" child")
			_, _, err := w.Auth.Session(w.ctx, w.a, other.ID)
			require.NoError(t, err)
		}
	})
	s.holds("KeepSession keeps its whole family", func(t *testing.T, w world) {
		u := w.user(t, w.a, "alice", auth.RoleUser)
		login, other := w.session(t, u, "login"), w.session(t, u, "other")
		child := w.switched(t, login, "child")
		hash := "new"
		_, err := w.Auth.UpdateUser(w.ctx, w.a, u.ID, auth.UserChange{PasswordHash: &hash, KeepSession: child.ID})
		require.NoError(t, err)
		w.noSession(t, w.a, other.ID, "other")
		for _, kept := range []auth.Session{login, child} {
			_, _, err := w.Auth.Session(w.ctx, w.a, kept.ID)
			require.NoError(t, err)
		}
	})
	s.holds("EndSession removes the session and all its keys", func(t *testing.T, w world) {
		u := w.user(t, w.a, "alice", auth.RoleUser)
		login, other := w.session(t, u, "1"), w.session(t, u, "other")
		inv := newInvite()
		inv.ID = login.ID
		require.NoError(t, w.Auth.CreateInvite(w.ctx, w.a, inv, "invite"))
		require.NoError(t, w.Auth.RotateSession(w.ctx, w.a, login.ID, rotation("1", "2")))
		require.NoError(t, w.Auth.EndSession(w.ctx, w.a, login.ID))
		for key, kind := range map[string]auth.EntryKind{"other": auth.EntryRefresh, "invite": auth.EntryInvite} {
			_, _, err := w.Directory.Resolve(w.ctx, kind, key)
			require.NoError(t, err, "%s is nothing of the session", key)
		}

		w.noSession(t, w.a, login.ID, "1", "2")
		_, _, err := w.Auth.Session(w.ctx, w.a, other.ID)
		require.NoError(t, err)
	})
	s.holds("EndSession is no error when there is none, and ends none of another tenant", func(t *testing.T, w world) {
		login := w.session(t, w.user(t, w.a, "alice", auth.RoleUser), "1")
		require.NoError(t, w.Auth.EndSession(w.ctx, w.a, newID()))
		require.NoError(t, w.Auth.EndSession(w.ctx, w.b, login.ID))

		_, _, err := w.Auth.Session(w.ctx, w.a, login.ID)
		require.NoError(t, err)
		tenant, _, err := w.Directory.Resolve(w.ctx, auth.EntryRefresh, "1")
		require.NoError(t, err)
		assert.Equal(t, w.a, tenant)
	})
}

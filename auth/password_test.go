package auth_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/store"
)

func openTo(e *env, registration auth.Config) *auth.Service {
	registration.Registration, registration.RegistrationTenant = auth.PolicyOpen, e.admin.Home
	return e.service(secret, registration)
}

func TestP2PasswordRules(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	s := openTo(e, e.cfg)
	for _, bad := range []string{
		"", "seven77", "ééééééé", strings.Repeat("a", 73), strings.Repeat("é", 37), "Password1", "QWERTYUIOP", "12345678",
		"newbie-account", "Newbie-Account", "nul\x00nul\x00nul", "not utf-8 \xff",
	} {
		_, err := s.Register(e.ctx, auth.Registration{Username: "newbie-account", Password: bad})
		field(t, err, "password")
	}
	for i, good := range []string{
		"eightchr", "éééééééé", strings.Repeat("x", 72), "only words in it", "two\nlines", "\npassword1\n",
	} {
		name := "user" + string(rune('a'+i))
		_, err := s.Register(e.ctx, auth.Registration{Username: name, Password: good})
		require.NoError(t, err)
		_, err = s.Login(e.ctx, name, good)
		require.NoError(t, err)
	}
}

func TestP1LongPasswordsAreNotCut(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	s := openTo(e, e.cfg)
	longest := strings.Repeat("0123456789ab", 6)
	_, err := s.Register(e.ctx, auth.Registration{Username: "long", Password: longest})
	require.NoError(t, err)
	_, err = s.Login(e.ctx, "long", longest)
	require.NoError(t, err)
	_, err = s.Login(e.ctx, "long", longest+"x")
	assert.ErrorIs(t, err, auth.ErrUnauthenticated, "bcrypt would look at 72 bytes and say yes")
}

func TestP4HashesAtOnceAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := newEnv(t, func(c *auth.Config, _ *store.Stores) { c.MaxConcurrentHashes = 2 })
		var running atomic.Int64
		finish := make(chan struct{})
		e.OnHash(func() {
			running.Add(1)
			<-finish
			running.Add(-1)
		})
		var logins sync.WaitGroup
		for range 6 {
			logins.Go(func() {
				_, err := e.Login(e.ctx, "admin", password)
				assert.NoError(t, err)
			})
		}
		synctest.Wait()
		assert.EqualValues(t, 2, running.Load(), "the others wait")
		close(finish)
		logins.Wait()
	})
}

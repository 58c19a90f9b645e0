package auth_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

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

// line is a service that computes one hash at a time, and does not get done with it until finish is closed.
type line struct {
	*env
	finish chan struct{}
	logins sync.WaitGroup
}

func newLine(t *testing.T) *line {
	l := &line{
		env:    newEnv(t, func(c *auth.Config, _ *store.Stores) { c.MaxConcurrentHashes = 1 }),
		finish: make(chan struct{}),
	}
	l.OnHash(func() { <-l.finish })
	return l
}

// join has the admin log in n times from an address, and returns when all of them are in line.
func (l *line) join(ctx context.Context, n int) {
	for range n {
		l.logins.Go(func() {
			_, err := l.Login(ctx, "admin", password)
			assert.NoError(l.t, err)
		})
	}
	synctest.Wait()
}

func (l *line) end() {
	close(l.finish)
	l.logins.Wait()
}

func TestP4TheLineForHashesIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t)
		for i := range 4 {
			l.join(l.from(fmt.Sprintf("198.51.100.%d", i)), 4)
		}
		late := l.from("198.51.100.99")
		for range 50 {
			assert.Equal(t, time.Second, l.throttled(late, "admin"))
			assert.Equal(t, time.Second, l.throttled(late, "nobody"), "known and unknown names alike")
		}
		_, err := l.Register(late, auth.Registration{Username: "ana", Password: password, Invite: l.invite()})
		require.ErrorIs(t, err, auth.ErrThrottled)
		require.ErrorIs(t, l.ChangePassword(late, l.admin, password, "another-password"), auth.ErrThrottled)
		l.end()
		_, err = l.Login(late, "admin", password)
		require.NoError(t, err, "what found the line full does not count as failed")
	})
}

func TestP4OneAddressDoesNotFillTheLine(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t)
		l.join(l.from("2001:db8::1"), 2)
		l.join(l.from("2001:db8::2"), 2)
		l.throttled(l.from("2001:db8::3"), "admin")
		l.join(l.from("192.0.2.1"), 4)
		l.join(context.Background(), 8)
		l.throttled(context.Background(), "admin")
		l.end()
		l.join(l.from("2001:db8::3"), 1)
		l.logins.Wait()
	})
}

func TestP4WhoHangsUpLeavesTheLine(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t)
		l.join(l.ctx, 1)
		ctx, hangUp := context.WithCancel(l.ctx)
		for range 3 {
			l.logins.Go(func() {
				_, err := l.Login(ctx, "admin", password)
				assert.ErrorIs(t, err, context.Canceled)
			})
		}
		synctest.Wait()
		l.throttled(l.ctx, "admin")
		hangUp()
		synctest.Wait()
		l.join(l.ctx, 3)
		l.throttled(l.ctx, "admin")
		l.end()
	})
}

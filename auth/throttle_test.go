package auth_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/auth"
)

// guess fails n logins, none of which may be throttled.
func (e *env) guess(ctx context.Context, username string, n int) {
	e.t.Helper()
	for range n {
		_, err := e.Login(ctx, username, "wrong-wrong-wrong")
		require.ErrorIs(e.t, err, auth.ErrUnauthenticated)
	}
}

func (e *env) throttled(ctx context.Context, username string) time.Duration {
	e.t.Helper()
	_, err := e.Login(ctx, username, password)
	require.ErrorIs(e.t, err, auth.ErrThrottled)
	var wait *auth.ThrottleError
	require.ErrorAs(e.t, err, &wait)
	return wait.RetryAfter
}

func TestP4AnAccountIsThrottledPerAddress(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"admin", "nobody"} {
		e := newEnv(t)
		stranger := e.from("198.51.100.7")
		e.guess(stranger, name, 20)
		assert.Equal(t, time.Minute, e.throttled(stranger, name), "known and unknown names alike")
		assert.Equal(t, time.Minute, e.throttled(stranger, name), "refusals do not add up")
		e.clock.advance(59 * time.Second)
		assert.Equal(t, time.Second, e.throttled(stranger, name))
		e.clock.advance(time.Second)
		e.guess(stranger, name, 1)
		e.throttled(stranger, name)
	}
}

func TestP4AVictimIsNotLockedOut(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	for i := range 5 {
		e.guess(e.from(fmt.Sprintf("198.51.100.%d", i)), "admin", 10)
	}
	e.throttled(e.from("198.51.100.99"), "admin")
	_, err := e.Login(e.ctx, "admin", password)
	require.NoError(t, err, "from an address that it logged in from before")
	e.invited(e.admin, "ana", auth.RoleUser)
	_, err = e.Login(e.from("198.51.100.99"), "ana", password)
	require.NoError(t, err, "another account")
}

func TestP4AnAddressIsThrottledOverAllAccounts(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.invited(e.admin, "ana", auth.RoleUser)
	sprayer := e.from("198.51.100.7")
	for i := range 100 {
		e.guess(sprayer, fmt.Sprintf("name%d", i), 1)
	}
	assert.Equal(t, 10*time.Second, e.throttled(sprayer, "ana"))
	_, err := e.Login(e.from("198.51.100.8"), "ana", password)
	require.NoError(t, err)
}

func TestP4AnAddressOfIPv6IsItsNetwork(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	for i := range 20 {
		e.guess(e.from(fmt.Sprintf("2001:db8::%x", i)), "admin", 1)
	}
	e.throttled(e.from("2001:db8::ffff"), "admin")
	e.guess(e.from("2001:db8:0:1::1"), "admin", 1)
	e.guess(e.from("::ffff:192.0.2.77"), "admin", 20)
	e.throttled(e.from("192.0.2.77"), "admin")
}

func TestP4SuccessfulLoginsDoNotCount(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	for range 200 {
		_, err := e.Login(e.from("198.51.100.7"), "admin", password)
		require.NoError(t, err)
	}
	e.guess(e.from("198.51.100.7"), "admin", 20)
}

func TestP4WithoutAnAddressTheAccountIsThrottled(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.guess(context.Background(), "nobody", 50)
	e.throttled(context.Background(), "nobody")
	_, err := e.Login(context.Background(), "admin", password)
	require.NoError(t, err)
}

func TestP4ChangingAPasswordIsThrottledLikeALogin(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	for range 20 {
		field(t, e.ChangePassword(e.ctx, e.admin, "wrong-wrong-wrong", "another-password"), "current_password")
	}
	require.ErrorIs(t, e.ChangePassword(e.ctx, e.admin, password, "another-password"), auth.ErrThrottled)
	e.throttled(e.ctx, "admin")
}

func TestP4SuccessfulPasswordChangesDoNotCount(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	from, to := password, "another-password"
	for range 30 {
		require.NoError(t, e.ChangePassword(e.from("198.51.100.7"), e.admin, from, to))
		from, to = to, from
	}
}

func TestThrottleErrorSaysWhenToTryAgain(t *testing.T) {
	t.Parallel()
	err := error(&auth.ThrottleError{RetryAfter: 90 * time.Second})
	assert.True(t, errors.Is(err, auth.ErrThrottled))
	assert.Equal(t, "auth: too many attempts: try again in 1m30s", err.Error())
}

func (e *env) invite() string {
	e.t.Helper()
	_, invite, err := e.CreateInvite(e.ctx, e.admin, auth.RoleUser, 0)
	require.NoError(e.t, err)
	return invite
}

func TestProbingForNamesIsThrottledPerAddress(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	invite := e.invite()
	register := func(ctx context.Context, name string) error {
		_, err := e.Register(ctx, auth.Registration{Username: name, Password: password, Invite: invite})
		return err
	}
	prober := e.from("198.51.100.7")
	for range 20 {
		require.ErrorIs(t, register(prober, "admin"), auth.ErrExists)
	}
	e.OnHash(func() { assert.Fail(t, "a hash was computed for a throttled registration") })
	var wait *auth.ThrottleError
	for _, name := range []string{"admin", "free"} {
		require.ErrorAs(t, register(prober, name), &wait)
		assert.Equal(t, time.Minute, wait.RetryAfter)
	}
}

func TestAThrottledRegistrationHoldsUpNobodyElse(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	prober := e.from("198.51.100.7")
	register := func(ctx context.Context, name, invite string) error {
		_, err := e.Register(ctx, auth.Registration{Username: name, Password: password, Invite: invite})
		return err
	}
	for range 20 {
		field(t, register(prober, "ana", "vci_none"), "invite")
		field(t, register(context.Background(), "ana", "vci_none"), "invite")
	}
	require.ErrorIs(t, register(prober, "ana", e.invite()), auth.ErrThrottled)

	require.NoError(t, register(e.from("198.51.100.8"), "ana", e.invite()), "from another address")
	require.NoError(t, register(context.Background(), "bob", e.invite()), "from one that is not known")
	_, err := e.Login(prober, "admin", password)
	require.NoError(t, err, "a login")
	e.clock.advance(time.Minute)
	require.NoError(t, register(prober, "carl", e.invite()), "later")
}

func TestHonestRegistrationsDoNotCount(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	office := e.from("198.51.100.7")
	for i := range 30 {
		invite := e.invite()
		_, err := e.Register(office, auth.Registration{Username: "a b", Password: password, Invite: invite})
		field(t, err, "username")
		_, err = e.Register(office, auth.Registration{Username: "ana", Password: "short", Invite: invite})
		field(t, err, "password")
		_, err = e.Register(office, auth.Registration{Username: fmt.Sprint("user", i), Password: password, Invite: invite})
		require.NoError(t, err)
	}
}

func TestOpenRegistrationsCount(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	s := openTo(e, e.cfg)
	for i := range 20 {
		_, err := s.Register(e.ctx, auth.Registration{Username: fmt.Sprint("user", i), Password: password})
		require.NoError(t, err)
	}
	_, err := s.Register(e.ctx, auth.Registration{Username: "one-more", Password: password})
	require.ErrorIs(t, err, auth.ErrThrottled)
}

func TestABrokenOffRegistrationCounts(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	invite := e.invite()
	var hangUp context.CancelFunc
	e.OnHash(func() { hangUp() })
	register := func() error {
		var ctx context.Context
		ctx, hangUp = context.WithCancel(e.ctx)
		defer hangUp()
		_, err := e.Register(ctx, auth.Registration{Username: "ana", Password: password, Invite: invite})
		return err
	}
	for range 20 {
		require.ErrorIs(t, register(), context.Canceled)
	}
	require.ErrorIs(t, register(), auth.ErrThrottled)
}

func TestABadInviteIsToldBeforeAnythingAboutTheName(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	for _, name := range []string{"admin", "free", "a b"} {
		_, err := e.Register(e.ctx, auth.Registration{Username: name, Password: "short", Invite: "vci_none"})
		field(t, err, "invite")
	}
}

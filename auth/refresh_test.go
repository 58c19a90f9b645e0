package auth_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/auth"
)

func TestJ4RefreshTokensRotate(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	first := e.tokens("admin")
	e.clock.advance(time.Hour)
	second, err := e.Refresh(e.ctx, first.Refresh)
	require.NoError(t, err)
	assert.NotEqual(t, first.Refresh, second.Refresh)
	assert.Equal(t, first.RefreshExpiresAt, second.RefreshExpiresAt, "refreshing does not prolong the session")
	assert.Equal(t, e.admin.UserID, e.principal(second.Access).UserID)
}

func TestJ4RefreshTokensAreOpaqueAndStoredHashed(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	refresh := e.tokens("admin").Refresh
	random, ok := strings.CutPrefix(refresh, "vcr_")
	require.True(t, ok)
	assert.Len(t, random, 43, "256 bits")
	_, _, err := e.stores.Directory.Resolve(e.ctx, auth.EntryRefresh, refresh)
	assert.ErrorIs(t, err, auth.ErrNotFound)
}

func TestJ4ReuseEndsTheSession(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	stolen := e.tokens("admin")
	newer, err := e.Refresh(e.ctx, stolen.Refresh)
	require.NoError(t, err)
	session := e.principal(newer.Access).SessionID

	_, err = e.Refresh(e.ctx, stolen.Refresh)
	require.ErrorIs(t, err, auth.ErrReused)
	assert.Equal(t, session, e.recorded(e.admin.Home, auth.ActionTokenReused).Target)
	e.refused(newer.Access)
	_, err = e.Refresh(e.ctx, newer.Refresh)
	require.ErrorIs(t, err, auth.ErrUnauthenticated, "for both who had it")
	_, err = e.Refresh(e.ctx, stolen.Refresh)
	require.ErrorIs(t, err, auth.ErrUnauthenticated)
}

func TestJ4ConcurrentRefreshesOfOneTokenGiveOneNewOne(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	refresh := e.tokens("admin").Refresh
	var good atomic.Int64
	var calls sync.WaitGroup
	for range 20 {
		calls.Go(func() {
			if _, err := e.Refresh(e.ctx, refresh); err == nil {
				good.Add(1)
			}
		})
	}
	calls.Wait()
	assert.EqualValues(t, 1, good.Load())
}

// TestTabsThatRefreshAtOnceShareOneSession is a browser with its cookie: also where a reload loses the answer.
func TestTabsThatRefreshAtOnceShareOneSession(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	shared := e.tabs("admin").Refresh
	results := make([]auth.Tokens, 20)
	var calls sync.WaitGroup
	for i := range results {
		calls.Go(func() {
			var err error
			results[i], err = e.RefreshShared(e.ctx, shared)
			assert.NoError(t, err)
		})
	}
	calls.Wait()
	e.clock.advance(9 * time.Second)
	again, err := e.RefreshShared(e.ctx, shared)
	require.NoError(t, err)
	for _, tokens := range append(results, again) {
		assert.Equal(t, results[0].Refresh, tokens.Refresh, "whichever tab's answer comes last, the cookie is current")
		assert.Equal(t, e.admin.UserID, e.principal(tokens.Access).UserID)
	}
	_, err = e.RefreshShared(e.ctx, results[0].Refresh)
	require.NoError(t, err)
}

func TestJ4ReuseOfASharedTokenEndsTheSessionAllTheSame(t *testing.T) {
	t.Parallel()
	for what, present := range map[string]func(e *env, stolen, newer string) error{
		"after the grace": func(e *env, stolen, _ string) error {
			e.clock.advance(10 * time.Second)
			_, err := e.RefreshShared(e.ctx, stolen)
			return err
		},
		"after a further exchange": func(e *env, stolen, newer string) error {
			_, err := e.RefreshShared(e.ctx, newer)
			require.NoError(t, err)
			_, err = e.RefreshShared(e.ctx, stolen)
			return err
		},
		"as a program": func(e *env, stolen, _ string) error {
			_, err := e.Refresh(e.ctx, stolen)
			return err
		},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			e := newEnv(t)
			stolen := e.tabs("admin")
			newer, err := e.RefreshShared(e.ctx, stolen.Refresh)
			require.NoError(t, err)
			require.ErrorIs(t, present(e, stolen.Refresh, newer.Refresh), auth.ErrReused)
			e.refused(newer.Access)
			_, err = e.RefreshShared(e.ctx, newer.Refresh)
			require.ErrorIs(t, err, auth.ErrUnauthenticated)
		})
	}
}

// TestJ4ATokenOfAProgramHasNoGrace also holds it for one that was stolen and is presented as a browser would.
func TestJ4ATokenOfAProgramHasNoGrace(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	inside := e.tenant("Second").Tenant
	login := e.tokens("admin")
	switched, err := e.Switch(e.ctx, e.principal(login.Access), inside)
	require.NoError(t, err)
	owners, err := e.Refresh(e.ctx, switched.Refresh)
	require.NoError(t, err)
	_, err = e.RefreshShared(e.ctx, switched.Refresh)
	require.ErrorIs(t, err, auth.ErrReused)
	e.refused(owners.Access)

	stolen := e.tokens("admin").Refresh
	owners, err = e.RefreshShared(e.ctx, stolen)
	require.NoError(t, err)
	_, err = e.RefreshShared(e.ctx, stolen)
	require.ErrorIs(t, err, auth.ErrReused)
	e.refused(owners.Access)
}

func TestTabsShareTheTenantThatTheySwitchedTo(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	inside := e.tenant("Second").Tenant
	switched, err := e.Switch(e.ctx, e.principal(e.tabs("admin").Access), inside)
	require.NoError(t, err)
	one, err := e.RefreshShared(e.ctx, switched.Refresh)
	require.NoError(t, err)
	other, err := e.RefreshShared(e.ctx, switched.Refresh)
	require.NoError(t, err)
	assert.Equal(t, one.Refresh, other.Refresh)
}

func TestJ4TheNextRefreshTokenCannotBeToldWithoutTheSecret(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.clock.advance(time.Hour)
	next, err := e.Refresh(e.ctx, e.tokens("admin").Refresh)
	require.NoError(t, err)
	random, ok := strings.CutPrefix(next.Refresh, "vcr_")
	require.True(t, ok)
	assert.Len(t, random, 43, "256 bits")

	first := e.tabs("admin").Refresh
	mine, err := e.RefreshShared(e.ctx, first)
	require.NoError(t, err)
	thiefs := e.service([]byte("another-0123456789abcdef-0123456789abcdef"), e.cfg)
	_, err = thiefs.RefreshShared(e.ctx, first)
	require.ErrorIs(t, err, auth.ErrReused)
	_, err = e.RefreshShared(e.ctx, mine.Refresh)
	require.ErrorIs(t, err, auth.ErrUnauthenticated)
}

func TestJ5ARefreshTokenEndsItsSession(t *testing.T) {
	t.Parallel()
	for what, token := range map[string]func(first, second auth.Tokens) string{
		"the current one":      func(_, second auth.Tokens) string { return second.Refresh },
		"one exchanged before": func(first, _ auth.Tokens) string { return first.Refresh },
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			e := newEnv(t)
			first := e.tokens("admin")
			second, err := e.Refresh(e.ctx, first.Refresh)
			require.NoError(t, err)
			session := e.principal(second.Access).SessionID
			other := e.tokens("admin")
			require.NoError(t, e.EndSession(e.ctx, token(first, second)))
			assert.Equal(t, session, e.recorded(e.admin.Home, auth.ActionLogout).Target)
			e.refused(second.Access)
			e.principal(other.Access)
			require.NoError(t, e.EndSession(e.ctx, token(first, second)), "twice")
			require.NoError(t, e.EndSession(e.ctx, "vcr_none"))
		})
	}
}

func TestSessionsExpire(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	tokens := e.tokens("admin")
	e.clock.advance(14*24*time.Hour - time.Minute)
	tokens, err := e.Refresh(e.ctx, tokens.Refresh)
	require.NoError(t, err)
	assert.Equal(t, time.Minute, tokens.AccessExpiresIn, "an access token does not outlive its session")
	e.clock.advance(time.Minute)
	e.refused(tokens.Access)
	_, err = e.Refresh(e.ctx, tokens.Refresh)
	require.ErrorIs(t, err, auth.ErrUnauthenticated)
}

func TestRefreshRefusesWhatIsNoRefreshToken(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	good := e.tokens("admin")
	_, invite, err := e.CreateInvite(e.ctx, e.admin, auth.RoleUser, 0)
	require.NoError(t, err)
	for _, bad := range []string{
		"", "vcr_", good.Access, invite, good.Refresh + "=", good.Refresh[:46], "vcr_" + strings.Repeat("A", 43),
		strings.ToUpper(good.Refresh), " " + good.Refresh, strings.Repeat("x", 1<<20),
	} {
		_, err := e.Refresh(e.ctx, bad)
		require.ErrorIs(t, err, auth.ErrUnauthenticated)
	}
	_, err = e.Refresh(e.ctx, good.Refresh)
	require.NoError(t, err)
}

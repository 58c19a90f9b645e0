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

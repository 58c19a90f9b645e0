package auth_test

import (
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/auth"
)

// forge returns a good token of the admin with its parts changed, signed with our own secret all the same.
func (e *env) forge(method jwt.SigningMethod, key any, change func(header map[string]any, claims jwt.MapClaims)) string {
	e.t.Helper()
	claims := jwt.MapClaims{}
	token, _, err := jwt.NewParser().ParseUnverified(e.tokens("admin").Access, claims)
	require.NoError(e.t, err)
	token.Header["alg"], token.Method = method.Alg(), method
	change(token.Header, claims)
	signed, err := token.SignedString(key)
	require.NoError(e.t, err)
	return signed
}

func unchanged(map[string]any, jwt.MapClaims) {}

func TestAccessTokensSayWhoAndWhere(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	claims := jwt.MapClaims{}
	token, _, err := jwt.NewParser().ParseUnverified(e.tokens("admin").Access, claims)
	require.NoError(t, err)
	assert.Equal(t, "at+jwt", token.Header["typ"])
	assert.Equal(t, e.admin.UserID, claims["sub"])
	assert.Equal(t, e.admin.Tenant.String(), claims["tenant_id"])
	assert.Equal(t, e.admin.Home.String(), claims["home_tenant_id"])
	assert.Equal(t, "admin", claims["role"])
	for _, name := range []string{"iss", "aud", "exp", "iat", "nbf", "jti", "sid"} {
		assert.NotEmpty(t, claims[name], name)
	}
	e.principal(e.forge(jwt.SigningMethodHS256, secret, unchanged))
}

func TestJ1OneAlgorithmAndOurOwnKeys(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.refused(e.forge(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, unchanged))
	e.refused(e.forge(jwt.SigningMethodHS384, secret, unchanged))
	e.refused(e.forge(jwt.SigningMethodHS512, secret, unchanged))
	e.refused(e.forge(jwt.SigningMethodHS256, []byte("another-0123456789abcdef-0123456789abcdef"), unchanged))
	e.refused(e.forge(jwt.SigningMethodHS256, []byte{}, func(h map[string]any, _ jwt.MapClaims) { h["kid"] = "no key" }))
	for name, change := range map[string]func(map[string]any, jwt.MapClaims){
		"kid unknown": func(h map[string]any, _ jwt.MapClaims) { h["kid"] = "0123456789abcdef" },
		"kid odd":     func(h map[string]any, _ jwt.MapClaims) { h["kid"] = []string{"x"} },
		"kid missing": func(h map[string]any, _ jwt.MapClaims) { delete(h, "kid") },
		"jku":         func(h map[string]any, _ jwt.MapClaims) { h["jku"] = "https://evil.example/keys" },
		"x5u":         func(h map[string]any, _ jwt.MapClaims) { h["x5u"] = "https://evil.example/cert" },
		"jwk":         func(h map[string]any, _ jwt.MapClaims) { h["jwk"] = map[string]string{"kty": "oct", "k": "AA"} },
		"crit":        func(h map[string]any, _ jwt.MapClaims) { h["crit"] = []string{"exp"} },
	} {
		t.Log(name)
		e.refused(e.forge(jwt.SigningMethodHS256, secret, change))
	}
}

func TestJ3EveryClaimIsChecked(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	missing := []string{"iss", "aud", "exp", "iat", "nbf", "jti", "sub", "sid", "role", "tenant_id", "home_tenant_id"}
	for _, name := range missing {
		t.Log("without", name)
		e.refused(e.forge(jwt.SigningMethodHS256, secret, func(_ map[string]any, c jwt.MapClaims) { delete(c, name) }))
	}
	at := func(d time.Duration) int64 { return e.clock.Now().Add(d).Unix() }
	for name, wrong := range map[string]any{
		"iss": "someone else", "aud": []string{"another service"},
		"exp": at(-time.Minute), "iat": at(time.Minute), "nbf": at(time.Minute),
		"role": "root", "sub": "0190b5c0-0000-7000-8000-000000000001", "sid": "0190b5c0-0000-7000-8000-000000000001",
		"tenant_id": "0190b5c0-0000-7000-8000-000000000001", "home_tenant_id": "",
	} {
		t.Log("wrong", name)
		e.refused(e.forge(jwt.SigningMethodHS256, secret, func(_ map[string]any, c jwt.MapClaims) { c[name] = wrong }))
	}
	for _, typ := range []any{"JWT", "", nil, 7} {
		t.Log("typ", typ)
		e.refused(e.forge(jwt.SigningMethodHS256, secret, func(h map[string]any, _ jwt.MapClaims) { h["typ"] = typ }))
	}
}

func TestJ3ClocksMayBeAMinuteApartAtMost(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	access := e.tokens("admin").Access
	e.clock.advance(-30 * time.Second)
	e.principal(access)
	e.clock.advance(-31 * time.Second)
	e.refused(access)
	e.clock.advance(61*time.Second + 30*time.Minute - time.Second)
	e.principal(access)
	e.clock.advance(61 * time.Second)
	e.refused(access)
}

func TestJ3OversizedTokensAreRefused(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	pad := func(n int) string {
		return e.forge(jwt.SigningMethodHS256, secret, func(_ map[string]any, c jwt.MapClaims) { c["pad"] = strings.Repeat("x", n) })
	}
	e.principal(pad(4 << 10))
	e.refused(pad(8 << 10))
}

func TestTheRoleInATokenCountsForNothing(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	access := e.forge(jwt.SigningMethodHS256, secret, func(_ map[string]any, c jwt.MapClaims) { c["role"] = "user" })
	assert.Equal(t, auth.RoleAdmin, e.principal(access).Role)
}

func TestJ6TwoSecretsWhileRotating(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	old := e.tokens("admin").Access
	next := []byte("next-0123456789abcdef-0123456789abcdef-0123")
	e.cfg.PreviousSecrets = [][]byte{secret}
	rotating := e.service(next, e.cfg)
	_, err := rotating.Authenticate(e.ctx, bearer(old))
	require.NoError(t, err)
	tokens, err := rotating.Login(e.ctx, "admin", password)
	require.NoError(t, err)
	e.refused(tokens.Access) // the new secret signs

	e.cfg.PreviousSecrets = nil
	rotated := e.service(next, e.cfg)
	_, err = rotated.Authenticate(e.ctx, bearer(tokens.Access))
	require.NoError(t, err)
	_, err = rotated.Authenticate(e.ctx, bearer(old))
	require.ErrorIs(t, err, auth.ErrUnauthenticated)
}

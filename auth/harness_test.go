package auth_test

import (
	"context"
	"net/textproto"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/store"
	"github.com/velocicompanion/velocicompanion/store/memory"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

const password = "correct-horse-battery-staple"

var secret = []byte("unit-tests-0123456789abcdef-0123456789abcdef")

// clock is a clock that stands still until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// env is a service on empty stores with one tenant and its admin, user "admin".
type env struct {
	*auth.Service
	t      testing.TB
	ctx    context.Context
	clock  *clock
	stores store.Stores
	cfg    auth.Config
	admin  auth.Principal
}

func newEnv(t testing.TB, configure ...func(*auth.Config, *store.Stores)) *env {
	t.Helper()
	e := &env{
		t: t, stores: memory.New(), clock: &clock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)},
		ctx: auth.WithOrigin(context.Background(), auth.Origin{RequestID: "r1", Address: "192.0.2.1"}),
	}
	e.cfg = auth.Config{InsecureFastPasswords: true, Now: e.clock.Now}
	for _, c := range configure {
		c(&e.cfg, &e.stores)
	}
	e.Service = e.service(secret, e.cfg)
	_, created, err := e.EnsureAdmin(e.ctx, "First", "admin", password)
	require.NoError(t, err)
	require.True(t, created)
	e.admin = e.login("admin")
	return e
}

// service returns another service over the same stores.
func (e *env) service(secret []byte, cfg auth.Config) *auth.Service {
	e.t.Helper()
	s, err := auth.New(e.stores.Auth, e.stores.Directory, e.stores.Tenants, secret, cfg)
	require.NoError(e.t, err)
	return s
}

// from is the context of a request from an address.
func (e *env) from(address string) context.Context {
	return auth.WithOrigin(context.Background(), auth.Origin{Address: address})
}

func (e *env) tokens(username string) auth.Tokens {
	e.t.Helper()
	tokens, err := e.Login(e.ctx, username, password)
	require.NoError(e.t, err)
	return tokens
}

// tabs is tokens for a browser.
func (e *env) tabs(username string) auth.Tokens {
	e.t.Helper()
	tokens, err := e.LoginShared(e.ctx, username, password)
	require.NoError(e.t, err)
	return tokens
}

func (e *env) login(username string) auth.Principal {
	e.t.Helper()
	return e.principal(e.tokens(username).Access)
}

func bearer(token string) auth.Request {
	return auth.Request{Header: textproto.MIMEHeader{"Authorization": {"Bearer " + token}}}
}

func (e *env) principal(access string) auth.Principal {
	e.t.Helper()
	p, err := e.Authenticate(e.ctx, bearer(access))
	require.NoError(e.t, err)
	return p
}

// refused asserts that an access token is not accepted any more.
func (e *env) refused(access string) {
	e.t.Helper()
	p, err := e.Authenticate(e.ctx, bearer(access))
	require.ErrorIs(e.t, err, auth.ErrUnauthenticated)
	assert.Zero(e.t, p)
}

// invited registers a user in the tenant that admin acts in.
func (e *env) invited(admin auth.Principal, username string, role auth.Role) auth.User {
	e.t.Helper()
	_, invite, err := e.CreateInvite(e.ctx, admin, role, 0)
	require.NoError(e.t, err)
	u, err := e.Register(e.ctx, auth.Registration{Username: username, Password: password, Invite: invite})
	require.NoError(e.t, err)
	return u
}

// tenant makes a second tenant and returns the admin acting in it.
func (e *env) tenant(name string) auth.Principal {
	e.t.Helper()
	tenant, err := e.CreateTenant(e.ctx, e.admin, name, "")
	require.NoError(e.t, err)
	return e.enter(e.admin, tenant.ID)
}

func (e *env) enter(p auth.Principal, id tenancy.ID) auth.Principal {
	e.t.Helper()
	tokens, err := e.Switch(e.ctx, p, id)
	require.NoError(e.t, err)
	return e.principal(tokens.Access)
}

// trail returns what was recorded in a tenant, newest first.
func (e *env) trail(tenant tenancy.ID) []auth.AuditEvent {
	e.t.Helper()
	events, err := e.stores.Auth.AuditEvents(e.ctx, tenant, "", 1000)
	require.NoError(e.t, err)
	return events
}

// recorded returns the newest event in a tenant after checking its action.
func (e *env) recorded(tenant tenancy.ID, action auth.Action) auth.AuditEvent {
	e.t.Helper()
	events := e.trail(tenant)
	require.NotEmpty(e.t, events)
	require.Equal(e.t, action, events[0].Action)
	return events[0]
}

// field asserts that err names a field that breaks a rule.
func field(t testing.TB, err error, name string) {
	t.Helper()
	var v *auth.ValidationError
	require.ErrorAs(t, err, &v)
	assert.Equal(t, name, v.Field)
	assert.ErrorIs(t, err, auth.ErrInvalid)
}

package auth_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/store"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

func TestLoginActsAtHome(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	tokens, err := e.Login(e.ctx, "ADMIN", password)
	require.NoError(t, err, "names have no case")
	p := e.principal(tokens.Access)
	assert.Equal(t, "admin", p.Username)
	assert.Equal(t, auth.RoleAdmin, p.Role)
	assert.Equal(t, p.Home, p.Tenant)
	assert.EqualValues(t, 1800, tokens.AccessExpiresIn.Seconds())
	assert.Equal(t, e.clock.Now().AddDate(0, 0, 14), tokens.RefreshExpiresAt)
	event := e.recorded(p.Home, auth.ActionLogin)
	assert.Equal(t, p.SessionID, event.Target)
	assert.Equal(t, []string{"admin", "r1", "192.0.2.1"}, []string{event.Actor, event.RequestID, event.Address})
}

func TestP3RefusedLoginsLookAlike(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	gone := e.invited(e.admin, "gone", auth.RoleUser)
	_, err := e.UpdateUser(e.ctx, e.admin, gone.ID, auth.UserUpdate{Active: new(bool)})
	require.NoError(t, err)
	keyless := gone
	keyless.ID, keyless.Username = "0190b5c0-0000-7000-8000-000000000001", "keyless"
	keyless.Active = true
	require.NoError(t, e.stores.Auth.CreateUser(e.ctx, e.admin.Home, keyless))

	var hashes atomic.Int64
	e.OnHash(func() { hashes.Add(1) })
	var texts []string
	for name, login := range map[string][2]string{
		"wrong password":     {"admin", "wrong-wrong-wrong"},
		"unknown user":       {"nobody", "wrong-wrong-wrong"},
		"impossible name":    {"no\x00body", password},
		"endless name":       {strings.Repeat("n", 1<<20), password},
		"inactive user":      {"gone", password},
		"user without one":   {"keyless", ""},
		"too long, known":    {"admin", strings.Repeat("x", 73)},
		"too long, unknown":  {"nobody", strings.Repeat("x", 73)},
		"empty":              {"", ""},
		"no password at all": {"admin", ""},
	} {
		before := hashes.Load()
		tokens, err := e.Login(e.ctx, login[0], login[1])
		require.ErrorIs(t, err, auth.ErrUnauthenticated, name)
		assert.Zero(t, tokens, name)
		assert.EqualValues(t, 1, hashes.Load()-before, "%s: one hash is computed", name)
		texts = append(texts, err.Error())
	}
	for _, text := range texts {
		assert.Equal(t, texts[0], text)
	}
}

func TestA1RefusedLoginsAreRecordedAtTheUsersHome(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	_, err := e.Login(e.ctx, "Admin", "wrong-wrong-wrong")
	require.Error(t, err)
	event := e.recorded(e.admin.Home, auth.ActionLoginRefused)
	assert.Equal(t, "admin", event.Target)
	assert.Empty(t, event.ActorID, "nobody knows who it was")
	assert.Equal(t, "192.0.2.1", event.Address)
}

func TestP7OldCostsAreRehashed(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.cfg.BcryptCost = 5
	dearer := e.service(secret, e.cfg)
	tokens, err := dearer.Login(e.ctx, "admin", password)
	require.NoError(t, err)
	e.principal(tokens.Access)
	u, err := e.stores.Auth.User(e.ctx, e.admin.Home, e.admin.UserID)
	require.NoError(t, err)
	cost, err := bcrypt.Cost([]byte(u.PasswordHash))
	require.NoError(t, err)
	assert.Equal(t, 5, cost)
	assert.NoError(t, bcrypt.CompareHashAndPassword([]byte(u.PasswordHash), []byte(password)))
}

func TestP7RehashingEndsNoSession(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	before := e.tokens("admin")
	e.cfg.BcryptCost = 5
	_, err := e.service(secret, e.cfg).Login(e.ctx, "admin", password)
	require.NoError(t, err)
	e.principal(before.Access)
	_, err = e.Refresh(e.ctx, before.Refresh)
	require.NoError(t, err)
}

func TestP7LoginsThatRehashAtOnceAllSucceed(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.cfg.BcryptCost = 5
	replicas := []*auth.Service{e.service(secret, e.cfg), e.service(secret, e.cfg)}
	var logins, rehashing sync.WaitGroup
	rehashing.Add(len(replicas))
	for _, s := range replicas {
		var hashes atomic.Int64
		s.OnHash(func() {
			if hashes.Add(1) == 2 { // the password was right, and each rehashes
				rehashing.Done()
				rehashing.Wait()
			}
		})
		logins.Go(func() {
			tokens, err := s.Login(e.ctx, "admin", password)
			if assert.NoError(t, err) {
				_, err = e.Authenticate(e.ctx, bearer(tokens.Access))
				assert.NoError(t, err)
			}
		})
	}
	logins.Wait()
}

// changeDuring has the user's hash replaced at the n-th hash that is computed.
func (e *env) changeDuring(s *auth.Service, n int64, hash string) {
	var hashes atomic.Int64
	s.OnHash(func() {
		if hashes.Add(1) == n {
			_, err := e.stores.Auth.UpdateUser(e.ctx, e.admin.Home, e.admin.UserID, auth.UserChange{PasswordHash: &hash})
			assert.NoError(e.t, err)
		}
	})
}

func TestJ5AnOldPasswordDoesNotOutrunItsChange(t *testing.T) {
	t.Parallel()
	broken := &brokenStore{}
	e := newEnv(t, withBroken(broken, &bytes.Buffer{}))
	other, err := bcrypt.GenerateFromPassword([]byte("another-password"), bcrypt.MinCost)
	require.NoError(t, err)
	e.changeDuring(e.Service, 1, string(other))
	_, err = e.Login(e.ctx, "admin", password)
	require.ErrorIs(t, err, auth.ErrUnauthenticated, "the password was changed while it was compared")
	_, _, err = e.stores.Auth.Session(e.ctx, e.admin.Home, broken.created)
	require.ErrorIs(t, err, auth.ErrNotFound, "nothing is left of the session")
	_, err = e.Login(e.ctx, "admin", "another-password")
	require.NoError(t, err)
}

func TestP7RehashingDoesNotUndoAChange(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	other, err := bcrypt.GenerateFromPassword([]byte("another-password"), 5)
	require.NoError(t, err)
	e.cfg.BcryptCost = 5
	dearer := e.service(secret, e.cfg)
	e.changeDuring(dearer, 2, string(other))
	_, err = dearer.Login(e.ctx, "admin", password)
	require.ErrorIs(t, err, auth.ErrUnauthenticated)
	u, err := e.stores.Auth.User(e.ctx, e.admin.Home, e.admin.UserID)
	require.NoError(t, err)
	assert.Equal(t, string(other), u.PasswordHash)
}

// directoryServer is a CredentialChecker as for LDAP.
type directoryServer struct {
	home tenancy.ID
	id   string
	err  error
}

func (d *directoryServer) Check(_ context.Context, _, secret string) (tenancy.ID, string, error) {
	if secret != "ldap" {
		return tenancy.ID{}, "", auth.ErrUnauthenticated
	}
	return d.home, d.id, d.err
}

func TestLoginWithAnotherCredentialChecker(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	u := e.invited(e.admin, "ana", auth.RoleUser)
	server := &directoryServer{home: u.TenantID, id: u.ID}
	e.cfg.Credentials = server
	s := e.service(secret, e.cfg)

	tokens, err := s.Login(e.ctx, `CORP\ana`, "ldap")
	require.NoError(t, err)
	assert.Equal(t, u.ID, e.principal(tokens.Access).UserID)
	_, err = s.Login(e.ctx, "ana", password)
	require.ErrorIs(t, err, auth.ErrUnauthenticated, "the password in the store is not asked")
	assert.Equal(t, "ana", e.recorded(u.TenantID, auth.ActionLoginRefused).Target)
	assert.ErrorIs(t, s.ChangePassword(e.ctx, e.principal(tokens.Access), password, "another-password"), auth.ErrForbidden)

	_, err = e.UpdateUser(e.ctx, e.admin, u.ID, auth.UserUpdate{Active: new(bool)})
	require.NoError(t, err)
	_, refused := s.Login(e.ctx, "ana", "wrong")
	_, err = s.Login(e.ctx, "ana", "ldap")
	assert.Equal(t, refused, err, "inactive here")

	server.id = "0190b5c0-0000-7000-8000-00000000dead"
	_, err = s.Login(e.ctx, "eve", "ldap")
	assert.Equal(t, refused, err, "no user here")

	server.err = errors.New("connection refused")
	for range 100 {
		_, err = s.Login(e.ctx, "admin", "ldap")
		require.ErrorIs(t, err, server.err, "an outage does not count as a guess")
		assert.NotErrorIs(t, err, auth.ErrUnauthenticated, "nor is it a wrong password")
	}
}

// brokenStore fails in the methods that have an error set, and remembers the session that was created last.
type brokenStore struct {
	auth.Store
	session, audit, grant, update error

	created string
}

func (b *brokenStore) CreateSession(ctx context.Context, t tenancy.ID, s auth.Session, key string) error {
	b.created = s.ID
	return b.Store.CreateSession(ctx, t, s, key)
}

func (b *brokenStore) Session(ctx context.Context, t tenancy.ID, id string) (auth.Session, auth.User, error) {
	if b.session != nil {
		return auth.Session{}, auth.User{}, b.session
	}
	return b.Store.Session(ctx, t, id)
}

func (b *brokenStore) AppendAudit(ctx context.Context, t tenancy.ID, e auth.AuditEvent) error {
	if b.audit != nil {
		return b.audit
	}
	return b.Store.AppendAudit(ctx, t, e)
}

func (b *brokenStore) PutGrant(ctx context.Context, t tenancy.ID, g auth.Grant) error {
	if b.grant != nil {
		return b.grant
	}
	return b.Store.PutGrant(ctx, t, g)
}

func (b *brokenStore) UpdateUser(ctx context.Context, t tenancy.ID, id string, c auth.UserChange) (auth.User, error) {
	if b.update != nil {
		return auth.User{}, b.update
	}
	return b.Store.UpdateUser(ctx, t, id, c)
}

// withBroken puts a store that can fail under a service, and a log.
func withBroken(b *brokenStore, log *bytes.Buffer) func(*auth.Config, *store.Stores) {
	return func(c *auth.Config, s *store.Stores) {
		b.Store = s.Auth
		s.Auth = b
		c.Logger = slog.New(slog.NewTextHandler(log, nil))
	}
}

func TestP7ALoginDoesNotFailForItsRehash(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	broken := &brokenStore{}
	e := newEnv(t, withBroken(broken, &log))
	e.cfg.BcryptCost = 5
	dearer := e.service(secret, e.cfg)
	broken.update = errors.New("disk full")
	_, err := dearer.Login(e.ctx, "admin", password)
	require.NoError(t, err)
	assert.Contains(t, log.String(), "disk full")
	assert.NotContains(t, log.String(), "$2a$")
}

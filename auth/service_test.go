package auth_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/store/memory"
)

func TestNewNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	for want, cfg := range map[string]auth.Config{
		"Config.Registration:":        {Registration: "maybe"},
		"Config.RegistrationTenant:":  {Registration: auth.PolicyOpen},
		"Config.PreviousSecrets[1]:":  {PreviousSecrets: [][]byte{secret, []byte("short")}},
		"Config.AccessTokenLifetime:": {AccessTokenLifetime: -1},
		"Config.SessionLifetime:":     {SessionLifetime: -1},
		"Config.InviteLifetime:":      {InviteLifetime: 31 * 24 * time.Hour},
		"Config.BcryptCost:":          {BcryptCost: 11},
		"Config.MaxConcurrentHashes:": {MaxConcurrentHashes: -1},
	} {
		stores := memory.New()
		_, err := auth.New(stores.Auth, stores.Directory, stores.Tenants, secret, cfg)
		assert.ErrorContains(t, err, "auth: "+want)
	}
	_, err := auth.New(nil, nil, nil, secret, auth.Config{})
	assert.ErrorContains(t, err, "required")
}

func TestJ2NewRefusesWeakSecrets(t *testing.T) {
	t.Parallel()
	stores := memory.New()
	for name, weak := range map[string][]byte{
		"missing":  nil,
		"short":    []byte("0123456789abcdef0123456789abcde"),
		"sample":   []byte("Your-Secret-Key-0123456789abcdef0123456789"),
		"tutorial": []byte("09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7"),
		"uniform":  bytes.Repeat([]byte("abc"), 20),
	} {
		_, err := auth.New(stores.Auth, stores.Directory, stores.Tenants, weak, auth.Config{})
		require.ErrorContains(t, err, "auth: secret:", name)
		if len(weak) > 0 {
			assert.NotContains(t, err.Error(), string(weak))
		}
	}
}

func TestP1PasswordsAreHashedAtCostTwelveByDefault(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	s := e.service(secret, auth.Config{})
	u, _, err := s.EnsureAdmin(e.ctx, "Second", "second", password)
	require.NoError(t, err)
	assert.Empty(t, u.PasswordHash, "hashes stay inside")
	kept, err := e.stores.Auth.User(e.ctx, u.TenantID, u.ID)
	require.NoError(t, err)
	cost, err := bcrypt.Cost([]byte(kept.PasswordHash))
	require.NoError(t, err)
	assert.Equal(t, 12, cost)
}

func TestPagesAreChecked(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	for _, limit := range []int{-1, 0, auth.MaxPage + 1} {
		_, err := e.Users(e.ctx, e.admin, "", limit)
		field(t, err, "limit")
		_, err = e.AuditEvents(e.ctx, e.admin, "", limit)
		field(t, err, "limit")
	}
	_, err := e.Users(e.ctx, e.admin, "\x00", 1)
	field(t, err, "cursor")
	_, err = e.AuditEvents(e.ctx, e.admin, "1", 1)
	field(t, err, "cursor")
}

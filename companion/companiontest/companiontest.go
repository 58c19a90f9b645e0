// Package companiontest gives the tests of a service that embeds VelociCompanion a Companion that works: on stores in
// memory, with a fake VirusTotal, and with users whose tokens the HTTP handler takes.
package companiontest

import (
	"strings"
	"testing"
	"time"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/companion"
	"github.com/velocicompanion/velocicompanion/store"
	"github.com/velocicompanion/velocicompanion/store/memory"
	"github.com/velocicompanion/velocicompanion/tenancy"
	"github.com/velocicompanion/velocicompanion/virustotal/vtapi"
	"github.com/velocicompanion/velocicompanion/virustotal/vttest"
)

// Password is the password of every user that a Fixture makes.
const Password = "correct-horse-battery-staple"

// Fixture is a Companion with everything around it that a test needs.
type Fixture struct {
	*companion.Companion
	// VirusTotalServer is the fake that look-ups ask: tell it which files it knows.
	VirusTotalServer *vttest.Server
	// Admin is the first admin, at home in the first tenant.
	Admin User
}

// User is somebody who can log in.
type User struct {
	auth.User
	// Principal is who the user is to the Go API, Token to the HTTP API as "Authorization: Bearer …".
	Principal auth.Principal
	Token     string
}

// New returns a Fixture over stores in memory; it ends with the test.
func New(tb testing.TB) *Fixture {
	tb.Helper()
	return Over(tb, memory.New(), companion.Config{})
}

// Over is New over other stores and with a Config of the test's own. It fills in what Config leaves out, and passwords
// are hashed quickly.
func Over(tb testing.TB, stores store.Stores, cfg companion.Config) *Fixture {
	tb.Helper()
	f := &Fixture{VirusTotalServer: vttest.NewServer()}
	tb.Cleanup(f.VirusTotalServer.Close)
	if cfg.VirusTotalClient == nil {
		client, err := vtapi.New(vttest.Key, vtapi.Config{BaseURL: f.VirusTotalServer.URL})
		must(tb, err)
		cfg.VirusTotalClient = client
	}
	if len(cfg.Secret) == 0 {
		cfg.Secret = []byte(strings.Repeat("companiontest/", 4))
	}
	cfg.Auth.InsecureFastPasswords = true
	var err error
	f.Companion, err = companion.New(stores, cfg)
	must(tb, err)
	admin, _, err := f.Auth.EnsureAdmin(tb.Context(), "first", "admin", Password)
	must(tb, err)
	f.Admin = f.logIn(tb, admin)
	return f
}

// Tenant makes a tenant and a user of the role in it, with the tenant's name as the user's.
func (f *Fixture) Tenant(tb testing.TB, name string, role auth.Role) User {
	tb.Helper()
	t, err := f.Auth.CreateTenant(tb.Context(), f.Admin.Principal, name, "")
	must(tb, err)
	return f.Invite(tb, f.Enter(tb, f.Admin, t.ID).Principal, name, role)
}

// Enter returns u acting in another tenant, which a grant has to allow.
func (f *Fixture) Enter(tb testing.TB, u User, tenant tenancy.ID) User {
	tb.Helper()
	tokens, err := f.Auth.Switch(tb.Context(), u.Principal, tenant)
	must(tb, err)
	return f.withToken(tb, u.User, tokens.Access)
}

// Invite makes a user in the tenant that the admin by acts in.
func (f *Fixture) Invite(tb testing.TB, by auth.Principal, username string, role auth.Role) User {
	tb.Helper()
	_, secret, err := f.Auth.CreateInvite(tb.Context(), by, role, time.Hour)
	must(tb, err)
	u, err := f.Auth.Register(tb.Context(), auth.Registration{Username: username, Password: Password, Invite: secret})
	must(tb, err)
	return f.logIn(tb, u)
}

func (f *Fixture) logIn(tb testing.TB, u auth.User) User {
	tb.Helper()
	tokens, err := f.Auth.Login(tb.Context(), u.Username, Password)
	must(tb, err)
	return f.withToken(tb, u, tokens.Access)
}

func (f *Fixture) withToken(tb testing.TB, u auth.User, token string) User {
	tb.Helper()
	p, err := f.Auth.Authenticate(tb.Context(), auth.Request{Header: map[string][]string{"Authorization": {"Bearer " + token}}})
	must(tb, err)
	return User{User: u, Principal: p, Token: token}
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

package transport_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/companion/companiontest"
)

// TestChangesHoldOnTheNextRequest is J5, over HTTP; TestGrantsHoldWhileTheyLast is the rest of it.
func TestChangesHoldOnTheNextRequest(t *testing.T) {
	t.Parallel()
	const newPassword = "another-good-long-password"
	for name, test := range map[string]struct {
		change func(t *testing.T, w *workplace)
		path   string // that ana may ask before and not after
		status int
	}{
		"role": {func(t *testing.T, w *workplace) {
			w.must(t, w.admin, "PUT", "/api/users/"+w.ana.ID, object{"role": "user"}, http.StatusOK)
		}, "/api/users", http.StatusForbidden},
		"deactivated": {func(t *testing.T, w *workplace) {
			w.must(t, w.admin, "PUT", "/api/users/"+w.ana.ID, object{"is_active": false}, http.StatusOK)
		}, "/api/hosts", http.StatusUnauthorized},
		"deleted": {func(t *testing.T, w *workplace) {
			w.must(t, w.admin, "DELETE", "/api/users/"+w.ana.ID, nil, http.StatusNoContent)
		}, "/api/hosts", http.StatusUnauthorized},
		"logout": {func(t *testing.T, w *workplace) {
			w.must(t, w.ana.Token, "POST", "/api/auth/logout", nil, http.StatusNoContent)
		}, "/api/hosts", http.StatusUnauthorized},
		"password changed elsewhere": {func(t *testing.T, w *workplace) {
			elsewhere := w.logIn(t, w.ana.Username).Access
			change := object{"current_password": companiontest.Password, "new_password": newPassword}
			w.must(t, elsewhere, "PUT", "/api/auth/me", change, http.StatusOK)
			w.must(t, elsewhere, "GET", "/api/hosts", nil, http.StatusOK)
		}, "/api/hosts", http.StatusUnauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkplace(t)
			w.must(t, w.ana.Token, "GET", test.path, nil, http.StatusOK)
			test.change(t, w)
			w.must(t, w.ana.Token, "GET", test.path, nil, test.status)
		})
	}
}

// workplace is a server with a tenant, an admin of it and ana, an admin too.
type workplace struct {
	*server
	admin string // the token
	ana   companiontest.User
}

func newWorkplace(t *testing.T) *workplace {
	t.Helper()
	s := newServer(t)
	admin := s.Tenant(t, "tenant-a", auth.RoleAdmin)
	return &workplace{s, admin.Token, s.Invite(t, admin.Principal, "ana", auth.RoleAdmin)}
}

// must requires the status of an answer.
func (s *server) must(t *testing.T, token, method, path string, body any, status int) {
	t.Helper()
	w := s.call(t, token, method, path, body)
	require.Equal(t, status, w.Code, "%s %s: %s", method, path, w.Body)
}

func TestARefreshTokenEndsWithItsSession(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	login := s.logIn(t, "admin")
	s.must(t, login.Access, "POST", "/api/auth/logout", nil, http.StatusNoContent)
	s.must(t, "", "POST", "/api/auth/refresh", object{"refresh_token": login.Refresh}, http.StatusUnauthorized)
	s.must(t, s.Admin.Token, "GET", "/api/auth/me", nil, http.StatusOK)
}

func TestChangingThePasswordNeedsTheCurrentOne(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	const next = "another-good-long-password"
	for _, body := range []object{
		{"current_password": "wrong-wrong-wrong", "new_password": next},
		{"current_password": companiontest.Password, "new_password": "short"},
		{"new_password": next},
		{"current_password": companiontest.Password},
	} {
		problem(t, s.call(t, s.Admin.Token, "PUT", "/api/auth/me", body), http.StatusUnprocessableEntity)
	}
	body := object{"current_password": companiontest.Password, "new_password": next}
	me := into[object](t, s.call(t, s.Admin.Token, "PUT", "/api/auth/me", body), http.StatusOK)
	require.Equal(t, "admin", me["username"])
	s.must(t, "", "POST", "/api/auth/login", object{"username": "admin", "password": companiontest.Password}, http.StatusUnauthorized)
	s.must(t, "", "POST", "/api/auth/login", object{"username": "admin", "password": next}, http.StatusOK)
}

func TestInvitesLetOnePersonIn(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	admin := s.Tenant(t, "tenant-a", auth.RoleAdmin)
	w := s.call(t, admin.Token, "POST", "/api/auth/invites", object{"role": "admin", "expires_in_minutes": 5})
	made := into[struct {
		Invite, Role string
		TenantID     string    `json:"tenant_id"`
		ExpiresAt    time.Time `json:"expires_at"`
	}](t, w, http.StatusCreated)
	require.Equal(t, admin.TenantID.String(), made.TenantID)
	require.Equal(t, "admin", made.Role)
	require.WithinRange(t, made.ExpiresAt, time.Now(), time.Now().Add(5*time.Minute))

	body := object{"username": "newcomer", "password": companiontest.Password, "invite": made.Invite}
	user := into[object](t, s.call(t, "", "POST", "/api/auth/register", body), http.StatusCreated)
	assert.Equal(t, "admin", user["role"])
	assert.Equal(t, made.TenantID, user["tenant_id"])
	body["username"] = "second"
	problem(t, s.call(t, "", "POST", "/api/auth/register", body), http.StatusUnprocessableEntity)

	for _, body := range []object{{"role": "owner"}, {}, {"role": "user", "expires_in_minutes": 0}, {"role": "user", "expires_in_minutes": 43201}} {
		problem(t, s.call(t, admin.Token, "POST", "/api/auth/invites", body), http.StatusUnprocessableEntity)
	}
}

func TestMeIsWhoActsWhere(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	abroad := s.Tenant(t, "tenant-a", auth.RoleUser).TenantID.String() // its creator has a grant into it
	login := into[tokens](t, s.call(t, s.Admin.Token, "POST", "/api/auth/switch", object{"tenant_id": abroad}), http.StatusOK)
	me := into[object](t, s.call(t, login.Access, "GET", "/api/auth/me", nil), http.StatusOK)
	require.Equal(t, abroad, me["tenant_id"])
	require.Equal(t, s.Admin.TenantID.String(), me["home_tenant_id"])

	home := object{"tenant_id": s.Admin.TenantID.String()}
	login = into[tokens](t, s.call(t, login.Access, "POST", "/api/auth/switch", home), http.StatusOK)
	me = into[object](t, s.call(t, login.Access, "GET", "/api/auth/me", nil), http.StatusOK)
	require.Equal(t, me["home_tenant_id"], me["tenant_id"])
}

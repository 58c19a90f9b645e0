package transport_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/auth"
)

func TestUsersAreManagedByAdmins(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	admin := s.Tenant(t, "tenant-a", auth.RoleAdmin)
	user := s.Invite(t, admin.Principal, "ana", auth.RoleUser)
	for _, r := range []struct {
		method, path string
		body         any
	}{
		{"GET", "/api/users", nil},
		{"GET", "/api/users/" + user.ID, nil},
		{"PUT", "/api/users/" + user.ID, object{"role": "admin"}},
		{"DELETE", "/api/users/" + admin.ID, nil},
		{"POST", "/api/auth/invites", object{"role": "user"}},
		{"POST", "/api/tenants", object{"name": "x"}},
		{"GET", "/api/tenants/" + admin.TenantID.String() + "/grants", nil},
		{"GET", "/api/audit", nil},
	} {
		problem(t, s.call(t, user.Token, r.method, r.path, r.body), http.StatusForbidden)
	}
	w := s.call(t, admin.Token, "PUT", "/api/users/"+user.ID, object{"role": "admin", "is_active": true})
	changed := into[object](t, w, http.StatusOK)
	require.Equal(t, "admin", changed["role"])
	require.Equal(t, changed, into[object](t, s.call(t, admin.Token, "GET", "/api/users/"+user.ID, nil), http.StatusOK))
	s.must(t, user.Token, "GET", "/api/users", nil, http.StatusOK)
}

func TestADeactivatedUserIsStillThereAndComesBack(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	user := s.Invite(t, s.Admin.Principal, "ana", auth.RoleUser)
	s.must(t, s.Admin.Token, "DELETE", "/api/users/"+user.ID, nil, http.StatusNoContent)
	there := into[object](t, s.call(t, s.Admin.Token, "GET", "/api/users/"+user.ID, nil), http.StatusOK)
	require.Equal(t, false, there["is_active"])
	s.must(t, s.Admin.Token, "PUT", "/api/users/"+user.ID, object{"is_active": true}, http.StatusOK)
	s.logIn(t, "ana")
}

func TestNobodyManagesThemselvesAndSomebodyStaysAdmin(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	admin := s.Tenant(t, "tenant-a", auth.RoleAdmin)
	problem(t, s.call(t, admin.Token, "PUT", "/api/users/"+admin.ID, object{"role": "user"}), http.StatusForbidden)
	problem(t, s.call(t, admin.Token, "DELETE", "/api/users/"+admin.ID, nil), http.StatusForbidden)

	visitor := s.Enter(t, s.Admin, admin.TenantID)
	p := problem(t, s.call(t, visitor.Token, "DELETE", "/api/users/"+admin.ID, nil), http.StatusConflict)
	require.Contains(t, p["detail"], "at least one active admin")
	for _, body := range []any{object{"role": "owner"}, object{"username": "x"}, object{"is_active": "no"}, `[]`, `null`} {
		problem(t, s.call(t, visitor.Token, "PUT", "/api/users/"+admin.ID, body), http.StatusUnprocessableEntity)
	}
}

// TestListsArePagedThrough walks each list that has pages, in pages of any size.
func TestListsArePagedThrough(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for i := range 5 {
		s.Invite(t, s.Admin.Principal, fmt.Sprintf("user%d", i), auth.RoleUser)
		s.ingest(t, s.Admin.Token, "A", fmt.Sprintf("pc%d", i), "F.1", `{"a":1}`)
	}
	for path, least := range map[string]int{"/api/users": 6, "/api/hosts": 5, "/api/collections": 5, "/api/audit": 10} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			all := pages[object](t, s, s.Admin.Token, path, "limit=1000")
			require.GreaterOrEqual(t, len(all), least)
			require.Equal(t, all, pages[object](t, s, s.Admin.Token, path, ""))
			for limit := 1; limit <= len(all)+1; limit++ {
				assert.Equal(t, all, pages[object](t, s, s.Admin.Token, path, fmt.Sprintf("limit=%d", limit)))
			}
			for _, bad := range []string{"limit=0", "limit=-1", "limit=1001", "limit=abc", "limit=1e3", "limit=99999999999999999999"} {
				badInput(t, s.call(t, s.Admin.Token, "GET", path+"?"+bad, nil), "limit")
			}
		})
	}
}

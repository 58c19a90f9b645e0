package transport_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/companion"
	"github.com/velocicompanion/velocicompanion/companion/companiontest"
	"github.com/velocicompanion/velocicompanion/store/memory"
)

func TestWhoMakesATenantMayEnterIt(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	w := s.call(t, s.Admin.Token, "POST", "/api/tenants", object{"name": "Müller & Söhne", "description": "a customer"})
	made := into[object](t, w, http.StatusCreated)
	require.Equal(t, "Müller & Söhne", made["name"])
	require.Contains(t, into[[]object](t, s.call(t, s.Admin.Token, "GET", "/api/tenants", nil), http.StatusOK), made)
	id := made["id"].(string)
	require.Equal(t, made, into[object](t, s.call(t, s.Admin.Token, "GET", "/api/tenants/"+id, nil), http.StatusOK))

	login := into[tokens](t, s.call(t, s.Admin.Token, "POST", "/api/auth/switch", object{"tenant_id": id}), http.StatusOK)
	w = s.call(t, login.Access, "POST", "/api/hosts", object{"hostname": "pc1"})
	require.Equal(t, id, into[object](t, w, http.StatusCreated)["tenant_id"])
	require.JSONEq(t, "[]", s.call(t, s.Admin.Token, "GET", "/api/hosts", nil).Body.String(), "home stays empty")
}

func TestTenantsThatCannotBeMade(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for name, body := range map[string]any{
		"no name":     object{},
		"empty name":  object{"name": ""},
		"spaces":      object{"name": "  "},
		"long name":   object{"name": strings.Repeat("x", 201)},
		"line ends":   object{"name": "a\r\nb"},
		"NUL":         object{"name": "x", "description": "\x00"},
		"an id":       object{"name": "x", "id": "1"},
		"no object":   []string{"x"},
		"wrong type":  object{"name": 5},
		"long text":   object{"name": "x", "description": strings.Repeat("x", 2001)},
		"null":        object{"name": nil},
		"not in JSON": `{"name":`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			badInput(t, s.call(t, s.Admin.Token, "POST", "/api/tenants", body))
		})
	}
}

// visit is a server with a tenant, and bob of another tenant, whom a grant lets into it.
type visit struct {
	*server
	host companiontest.User // the tenant's admin
	bob  companiontest.User
}

func newVisit(t *testing.T, cfg companion.Config) *visit {
	t.Helper()
	s := newServerWith(t, memory.New(), cfg)
	return &visit{s, s.Tenant(t, "host", auth.RoleAdmin), s.Tenant(t, "bob", auth.RoleAdmin)}
}

func (v *visit) grants() string { return "/api/tenants/" + v.host.TenantID.String() + "/grants" }

// enter lets bob in with a role and returns his token there.
func (v *visit) enter(t *testing.T, body object) string {
	t.Helper()
	v.must(t, v.host.Token, "POST", v.grants(), body, http.StatusCreated)
	w := v.call(t, v.bob.Token, "POST", "/api/auth/switch", object{"tenant_id": v.host.TenantID.String()})
	return into[tokens](t, w, http.StatusOK).Access
}

// TestGrantsHoldWhileTheyLast is T9.
func TestGrantsHoldWhileTheyLast(t *testing.T) {
	t.Parallel()
	now := time.Now()
	v := newVisit(t, companion.Config{Now: func() time.Time { return now }})
	target := object{"tenant_id": v.host.TenantID.String()}
	problem(t, v.call(t, v.bob.Token, "POST", "/api/auth/switch", target), http.StatusNotFound)

	token := v.enter(t, object{"user_id": v.bob.ID, "role": "user"})
	v.must(t, token, "GET", "/api/hosts", nil, http.StatusOK)
	v.must(t, token, "GET", "/api/users", nil, http.StatusForbidden)
	v.must(t, v.host.Token, "POST", v.grants(), object{"user_id": v.bob.ID, "role": "admin"}, http.StatusCreated)
	v.must(t, token, "GET", "/api/users", nil, http.StatusOK)

	listed := into[[]object](t, v.call(t, v.host.Token, "GET", v.grants(), nil), http.StatusOK)
	require.Len(t, listed, 2, "the tenant's creator and bob")

	v.must(t, v.host.Token, "DELETE", v.grants()+"/"+v.bob.ID, nil, http.StatusNoContent)
	v.must(t, token, "GET", "/api/hosts", nil, http.StatusUnauthorized)
	v.must(t, v.host.Token, "DELETE", v.grants()+"/"+v.bob.ID, nil, http.StatusNotFound)
	problem(t, v.call(t, v.bob.Token, "POST", "/api/auth/switch", target), http.StatusNotFound)
	v.must(t, v.bob.Token, "GET", "/api/hosts", nil, http.StatusOK)

	token = v.enter(t, object{"user_id": v.bob.ID, "role": "user", "expires_at": now.Add(time.Minute)})
	v.must(t, token, "GET", "/api/hosts", nil, http.StatusOK)
	now = now.Add(time.Minute)
	v.must(t, token, "GET", "/api/hosts", nil, http.StatusUnauthorized)
}

func TestGrantsThatCannotBeGiven(t *testing.T) {
	t.Parallel()
	v := newVisit(t, companion.Config{})
	for name, test := range map[string]struct {
		token, path string
		body        object
		status      int
	}{
		"by a stranger":       {v.bob.Token, v.grants(), object{"user_id": v.bob.ID, "role": "user"}, http.StatusNotFound},
		"from outside":        {v.Admin.Token, v.grants(), object{"user_id": v.bob.ID, "role": "user"}, http.StatusForbidden},
		"to oneself":          {v.host.Token, v.grants(), object{"user_id": v.host.ID, "role": "user"}, http.StatusForbidden},
		"to nobody":           {v.host.Token, v.grants(), object{"user_id": v.host.TenantID.String(), "role": "user"}, http.StatusNotFound},
		"to no id":            {v.host.Token, v.grants(), object{"user_id": "bob", "role": "user"}, http.StatusUnprocessableEntity},
		"of no such role":     {v.host.Token, v.grants(), object{"user_id": v.bob.ID, "role": "owner"}, http.StatusUnprocessableEntity},
		"that has expired":    {v.host.Token, v.grants(), object{"user_id": v.bob.ID, "role": "user", "expires_at": time.Now().Add(-time.Hour)}, http.StatusUnprocessableEntity},
		"that ends never":     {v.host.Token, v.grants(), object{"user_id": v.bob.ID, "role": "user", "expires_at": "soon"}, http.StatusUnprocessableEntity},
		"into no such tenant": {v.host.Token, "/api/tenants/x/grants", object{"user_id": v.bob.ID, "role": "user"}, http.StatusNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			problem(t, v.call(t, test.token, "POST", test.path, test.body), test.status)
		})
	}
}

// TestGrantsAreNotTransitive is the rest of T9: an admin by grant neither makes tenants nor goes on from there.
func TestGrantsAreNotTransitive(t *testing.T) {
	t.Parallel()
	v := newVisit(t, companion.Config{})
	third := v.Tenant(t, "third", auth.RoleAdmin)
	token := v.enter(t, object{"user_id": v.bob.ID, "role": "admin"})
	v.must(t, third.Token, "POST", "/api/tenants/"+third.TenantID.String()+"/grants", object{"user_id": v.host.ID, "role": "admin"}, http.StatusCreated)
	for _, elsewhere := range []string{third.TenantID.String(), v.Admin.TenantID.String()} {
		problem(t, v.call(t, token, "POST", "/api/auth/switch", object{"tenant_id": elsewhere}), http.StatusNotFound)
		problem(t, v.call(t, token, "GET", "/api/tenants/"+elsewhere, nil), http.StatusNotFound)
	}
	assert.NotContains(t, v.call(t, token, "GET", "/api/tenants", nil).Body.String(), third.TenantID.String())
}

func TestAnExpiryInTheYear1HasPassedAndIsNotNever(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	guest := s.Tenant(t, "other", auth.RoleAdmin)
	for _, passed := range []string{"0001-01-01T00:00:00Z", "0000-12-31T23:00:00-01:00", "0001-01-01T00:00:00.000000001Z", "2020-01-01T00:00:00Z"} {
		for path, body := range map[string]object{
			"/api/tenants/" + s.Admin.TenantID.String() + "/grants": {"user_id": guest.ID, "role": "admin", "expires_at": passed},
			"/api/tokens": {"name": "push", "scope": "ingest", "expires_at": passed},
		} {
			require.Contains(t, problem(t, s.call(t, s.Admin.Token, "POST", path, body), http.StatusUnprocessableEntity)["detail"], "passed", path)
		}
	}
}

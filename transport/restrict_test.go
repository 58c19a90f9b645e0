package transport_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// withoutNewTenants is what auth.Service.CreateTenant tells a service to do where admins are not to add tenants.
func withoutNewTenants(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && strings.TrimSuffix(r.URL.Path, "/") == "/api/tenants" {
			http.Error(w, "ask the operator for a tenant", http.StatusForbidden)
			return
		}
		h.ServeHTTP(w, r)
	})
}

func TestAServiceCanKeepAdminsFromAddingTenants(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	open, restricted := s.handler, withoutNewTenants(s.handler)
	added := 0
	for _, path := range []string{
		"/api/tenants", "/api/tenants/", "/api/tenants%2F", "/api/tenants%2f", "/api/%74enants", "/api/tenants?",
		"/api%2Ftenants", "/api/tenants//", "/api/tenants/%2F", "//api/tenants", "/api/./tenants", "/api/x/../tenants",
		"/API/tenants", "/api/tenants;x", "/api/tenants%00",
	} {
		post := func(h http.Handler) int {
			return serve(h, request(t, s.Admin.Token, "POST", path, object{"name": "x"})).Code
		}
		if post(open) == http.StatusCreated {
			added++
		}
		assert.NotEqual(t, http.StatusCreated, post(restricted), path)
	}
	require.GreaterOrEqual(t, added, 3, "the spellings that the handler takes")
	list := serve(restricted, request(t, s.Admin.Token, "GET", "/api/tenants", nil))
	require.Len(t, into[[]object](t, list, http.StatusOK), 1+added, "reading goes on")
}

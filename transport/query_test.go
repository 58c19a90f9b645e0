package transport_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAMistypedParameterIsRefusedAndNotPassedOver asks every route with a parameter that none has.
func TestAMistypedParameterIsRefusedAndNotPassedOver(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for _, r := range routes(t, s) {
		p := problem(t, s.call(t, s.Admin.Token, r.Method, r.Path+"?limits=5", nil), http.StatusUnprocessableEntity)
		require.Contains(t, p["detail"], `"limits"`, r.ID)
		for _, known := range r.Params {
			if known.In == "query" {
				require.Contains(t, p["detail"], known.Name, r.ID)
			}
		}
	}
	p := problem(t, s.call(t, s.Admin.Token, "GET", "/api/hosts?os=linux&hostname=web01&Name=x", nil), http.StatusUnprocessableEntity)
	require.Equal(t, `There is no query parameter "Name". There are limit, cursor, name, client_id, os, ip_address, label.`, p["detail"])
	require.Equal(t, []any{
		object{"location": "query.Name", "message": "unknown query parameter"},
		object{"location": "query.hostname", "message": "unknown query parameter"},
	}, p["errors"])
	p = problem(t, s.call(t, s.Admin.Token, "GET", "/api/tenants?"+strings.Repeat("x", 5000), nil), http.StatusUnprocessableEntity)
	require.Equal(t, `There is no query parameter "`+strings.Repeat("x", 100)+`". This route takes none.`, p["detail"])
	for _, damaged := range []string{"name=%zz", "name=a;os=b"} {
		badInput(t, s.call(t, s.Admin.Token, "GET", "/api/hosts?"+damaged, nil), "query")
	}
	require.Equal(t, http.StatusUnauthorized, s.call(t, "", "GET", "/api/hosts?hostname=web01", nil).Code)
}

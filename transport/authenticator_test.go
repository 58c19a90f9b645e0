package transport_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/companion"
	"github.com/velocicompanion/velocicompanion/store/memory"
	"github.com/velocicompanion/velocicompanion/tenancy"
	"github.com/velocicompanion/velocicompanion/transport"
)

// byHeader is the login of a service that embeds us: a header says who it is.
type byHeader struct{ tenant tenancy.ID }

func (a byHeader) Authenticate(_ context.Context, r auth.Request) (auth.Principal, error) {
	p := auth.Principal{UserID: "u-1", Username: "u", Home: a.tenant, Tenant: a.tenant, Role: auth.RoleUser}
	switch r.Header.Get("X-User") {
	case "":
		return auth.Principal{}, fmt.Errorf("%w: no cookie for 10.0.0.1", auth.ErrUnauthenticated)
	case "nowhere":
		p.Tenant = tenancy.ID{}
	case "roleless":
		p.Role = "visitor"
	case "told":
		return auth.Principal{}, huma.Error401Unauthorized("the directory at 10.0.0.1 has no such user")
	case "broken":
		return auth.Principal{}, errors.New("the directory at 10.0.0.1 is down")
	}
	return p, nil
}

// portal is a server over such a login, with its log.
type portal struct {
	server
	log bytes.Buffer
}

// newPortal is one with a tenant in it.
func newPortal(t *testing.T) (s *portal, home tenancy.ID) {
	t.Helper()
	stores := memory.New()
	tenant := tenancy.Tenant{ID: tenancy.New(), Name: "portal"}
	require.NoError(t, stores.Tenants.CreateTenant(t.Context(), tenant))
	s = &portal{}
	c, err := companion.New(stores, companion.Config{
		Authenticator: byHeader{tenant.ID}, Logger: slog.New(slog.NewTextHandler(&s.log, nil)),
	})
	require.NoError(t, err)
	s.handler = transport.New(c, transport.Config{})
	return s, tenant.ID
}

func TestAServiceBringsItsOwnLogin(t *testing.T) {
	t.Parallel()
	s, tenant := newPortal(t)
	host := into[object](t, s.call(t, "", "POST", "/api/hosts", object{"hostname": "pc1"}, "X-User", "ana"), http.StatusCreated)
	require.Equal(t, tenant.String(), host["tenant_id"])
	problem(t, s.call(t, "", "GET", "/api/users", nil, "X-User", "ana"), http.StatusForbidden)
	for _, path := range []string{"/api/auth/login", "/api/auth/register", "/api/auth/refresh", "/api/auth/me", "/api/auth/switch"} {
		problem(t, s.call(t, "", "POST", path, object{}, "X-User", "ana"), http.StatusNotFound)
	}

	for user, status := range map[string]int{
		"": http.StatusUnauthorized, "nowhere": http.StatusServiceUnavailable, "told": http.StatusServiceUnavailable,
		"broken": http.StatusServiceUnavailable,
	} {
		w := s.call(t, "", "GET", "/api/hosts", nil, "X-User", user)
		problem(t, w, status)
		require.NotContains(t, w.Body.String(), "10.0.0.1", "what the login says of itself is for the log")
	}
	require.Equal(t, 3, strings.Count(s.log.String(), "10.0.0.1"), s.log)
}

// TestARoleThatIsUnknownMayDoNothing asks every route for somebody whose role holds no permission.
func TestARoleThatIsUnknownMayDoNothing(t *testing.T) {
	t.Parallel()
	s, tenant := newPortal(t)
	ids := map[string]string{"host_id": "1", "collection_id": "1", "tenant_id": tenant.String(), "user_id": "1"}
	for _, r := range routes(t, &s.server) {
		if r.ID == "health" || r.ID == "list-tenants" || r.ID == "get-tenant" { // of which one sees one's own
			continue
		}
		var body any
		if r.HasBody {
			body = bodies(ids)[r.ID]
		}
		path := strings.NewReplacer("{host_id}", "1", "{collection_id}", "1", "{tenant_id}", tenant.String(), "{user_id}", "1").Replace(r.Path)
		w := s.call(t, "", r.Method, path, body, "X-User", "roleless")
		assert.Equal(t, http.StatusForbidden, w.Code, r.Method+" "+path+": "+w.Body.String())
	}
}

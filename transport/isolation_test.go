package transport_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/auth"
)

// route is an operation of the OpenAPI document as the matrix needs it.
type route struct {
	Method, Path, ID string
	Params           []struct{ Name, In string }
	HasBody          bool
}

// routes reads the routes from the document that the handler serves, so that a new route is in the matrix the day it is
// added.
func routes(t *testing.T, s *server) []route {
	t.Helper()
	document := into[struct {
		Paths map[string]map[string]struct {
			OperationID string
			Parameters  []struct{ Name, In string }
			RequestBody *struct{}
		}
	}](t, s.call(t, "", "GET", "/openapi.json", nil), http.StatusOK)
	var all []route
	for _, path := range slices.Sorted(maps.Keys(document.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(document.Paths[path])) {
			op := document.Paths[path][method]
			all = append(all, route{strings.ToUpper(method), path, op.OperationID, op.Parameters, op.RequestBody != nil})
		}
	}
	require.NotEmpty(t, all)
	return all
}

// bodies holds for each operation with a body one that would be taken, given an id of each kind.
func bodies(id map[string]string) map[string]any {
	return map[string]any{
		"register":        object{"username": "new", "password": "a-good-long-password", "invite": "vci_none"},
		"login":           object{"username": "nobody", "password": "a-good-long-password"},
		"refresh":         object{"refresh_token": "vcr_none"},
		"switch-tenant":   object{"tenant_id": id["tenant_id"]},
		"change-password": object{"current_password": "wrong-wrong", "new_password": "a-good-long-password"},
		"create-invite":   object{"role": "user"},
		"change-user":     object{"role": "admin"},
		"create-tenant":   object{"name": "another"},
		"create-grant":    object{"user_id": id["user_id"], "role": "user"},
		"create-token":    object{"name": "push", "scope": "ingest"},
		"create-host":     object{"hostname": "pc"},
		"ingest":          object{"hostname": "pc", "data": object{"never": "the same " + uuid.NewString()}},
		"look-up-hash":    object{"hash": strings.Repeat("a", 64)},
	}
}

// TestForeignIdsAreLikeUnknownOnes is SECURITY's T5 and T7: to tenant B, an id of tenant A is answered exactly like one
// that nobody has, on every route, for every kind of id, in the path, the query and the body.
func TestForeignIdsAreLikeUnknownOnes(t *testing.T) {
	t.Parallel()
	onEveryStore(t, foreignIdsAreLikeUnknownOnes)
}

func foreignIdsAreLikeUnknownOnes(t *testing.T, s *server) {
	a := s.Tenant(t, "tenant-a", auth.RoleAdmin)
	b := s.Tenant(t, "tenant-b", auth.RoleAdmin)
	collection := s.ingest(t, a.Token, "Windows.System.Pslist", "pc-of-a", "F.A", `{"Name":"secret-of-a.exe"}`)
	host := into[[]object](t, s.call(t, a.Token, "GET", "/api/hosts", nil), http.StatusOK)[0]["id"].(string)
	made := into[object](t, s.call(t, a.Token, "POST", "/api/tokens", object{"name": "push", "scope": "ingest"}), http.StatusCreated)
	foreign := map[string]string{
		"token_id": made["id"].(string),
		"host_id":  host, "collection_id": collection, "tenant_id": a.TenantID.String(), "user_id": a.ID,
		"flow_id": "F.A", "client_id": "pc-of-a", "hostname": "pc-of-a", "artifact": "Windows.System.Pslist", "name": "pc-of-a",
	}
	asked := 0
	for _, r := range routes(t, s) {
		for _, param := range idParams(t, r, foreign) {
			asked++
			random := maps.Clone(foreign)
			random[param] = uuid.NewString()
			one, other := s.ask(t, b.Token, r, param, foreign), s.ask(t, b.Token, r, param, random)
			name := r.Method + " " + r.Path + " with a foreign " + param
			assert.Equal(t, other.Code, one.Code, name)
			assert.Equal(t, anonymous(other.Body.String(), random[param]), anonymous(one.Body.String(), foreign[param]), name)
			assert.Equal(t, comparable(other), comparable(one), name)
			assert.NotContains(t, one.Body.String(), "secret-of-a", name)
			if r.Method == http.MethodGet && strings.Contains(r.Path, "{") {
				assert.Equal(t, http.StatusOK, s.ask(t, a.Token, r, param, foreign).Code, name+", asked by its owner")
			}
		}
	}
	assert.Greater(t, asked, 12)
}

// idParams lists what of a route names something: parameters, and fields of its body.
func idParams(t *testing.T, r route, known map[string]string) []string {
	t.Helper()
	var names []string
	for _, p := range r.Params {
		if p.In == "header" || p.Name == "limit" || p.Name == "cursor" {
			continue
		}
		if _, ok := known[p.Name]; ok {
			names = append(names, p.Name)
		} else {
			require.NotEqual(t, "path", p.In, "%s: the matrix has to learn a new kind of id: %s", r.Path, p.Name)
		}
	}
	if r.HasBody {
		body, ok := bodies(known)[r.ID]
		require.True(t, ok, "the matrix has to learn a body for %s", r.ID)
		for name := range body.(object) {
			if strings.HasSuffix(name, "_id") && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// ask sends the route with ids; of the optional ones only the one in question.
func (s *server) ask(t *testing.T, token string, r route, param string, ids map[string]string) *httptest.ResponseRecorder {
	t.Helper()
	path, query := r.Path, ""
	for _, p := range r.Params {
		switch {
		case p.In == "path":
			path = strings.ReplaceAll(path, "{"+p.Name+"}", ids[p.Name])
		case p.Name == param:
			query = "?" + param + "=" + ids[param]
		}
	}
	if r.HasBody {
		return s.call(t, token, r.Method, path+query, bodies(ids)[r.ID])
	}
	return s.call(t, token, r.Method, path+query, nil)
}

var uuids = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}`)

// anonymous blanks out what has to differ: the id that was asked for, and ids and times that an answer makes anew.
func anonymous(body, id string) string {
	body = strings.ReplaceAll(body, id, "ID")
	body = uuids.ReplaceAllString(body, "UUID")
	return regexp.MustCompile(`\d{4}-\d\d-\d\dT[^"]*`).ReplaceAllString(body, "TIME")
}

func comparable(w *httptest.ResponseRecorder) http.Header {
	h := w.Header().Clone()
	h.Del("X-Request-Id")
	h.Del("Retry-After")
	return h
}

func TestNothingIsListedOfAnotherTenant(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, s *server) {
		a, b := s.Tenant(t, "tenant-a", auth.RoleAdmin), s.Tenant(t, "tenant-b", auth.RoleAdmin)
		s.ingest(t, a.Token, "Only.Of.A", "pc-of-a", "F.A", `{"Name":"secret-of-a.exe"}`)
		for _, r := range routes(t, s) {
			if r.Method != http.MethodGet || strings.Contains(r.Path, "{") {
				continue
			}
			w := s.call(t, b.Token, "GET", r.Path, nil)
			require.Equal(t, http.StatusOK, w.Code, r.Path)
			body := w.Body.String()
			for _, secret := range []string{"Only.Of.A", "pc-of-a", "secret-of-a", "tenant-a", a.ID, a.TenantID.String()} {
				assert.NotContains(t, body, secret, r.Path)
			}
		}
	})
}

func TestEveryRouteNeedsACredentialButTheseFew(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	open := []string{"health", "register", "login", "refresh"}
	for _, r := range routes(t, s) {
		w := s.ask(t, "", r, "", map[string]string{"host_id": "1", "collection_id": "1", "tenant_id": "1", "user_id": "1", "token_id": "1"})
		if slices.Contains(open, r.ID) {
			assert.NotContains(t, w.Body.String(), "Authorization", r.ID)
			continue
		}
		assert.Equal(t, http.StatusUnauthorized, w.Code, r.Method+" "+r.Path)
		assert.Equal(t, "Bearer", w.Header().Get("WWW-Authenticate"), r.Path)
	}
}

func TestACursorOfAnotherTenantIsRefused(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	a, b := s.Tenant(t, "tenant-a", auth.RoleUser), s.Tenant(t, "tenant-b", auth.RoleUser)
	for _, name := range []string{"one", "two", "three"} {
		s.call(t, a.Token, "POST", "/api/hosts", object{"hostname": name})
		s.call(t, b.Token, "POST", "/api/hosts", object{"hostname": name})
	}
	w := s.call(t, a.Token, "GET", "/api/hosts?limit=1", nil)
	next := nextPage(t, w)
	require.NotEmpty(t, next, w.Body.String())
	require.Equal(t, http.StatusOK, s.call(t, a.Token, "GET", "/api/hosts"+next, nil).Code)
	problem(t, s.call(t, b.Token, "GET", "/api/hosts"+next, nil), http.StatusUnprocessableEntity)
	problem(t, s.call(t, a.Token, "GET", "/api/hosts"+next+"&os=linux", nil), http.StatusUnprocessableEntity)
	problem(t, s.call(t, a.Token, "GET", "/api/collections"+next, nil), http.StatusUnprocessableEntity)
}

// TestTheTenantIsNeverTaken is T1: a tenant in a header, a query or a body changes nothing or is refused.
func TestTheTenantIsNeverTaken(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	a, b := s.Tenant(t, "tenant-a", auth.RoleUser), s.Tenant(t, "tenant-b", auth.RoleUser)
	s.call(t, a.Token, "POST", "/api/hosts", object{"hostname": "pc-of-a"})
	id := a.TenantID.String()
	w := s.call(t, b.Token, "GET", "/api/hosts?tenant_id="+id+"&tenant="+id, nil, "X-Tenant-Id", id, "Tenant", id)
	require.JSONEq(t, "[]", w.Body.String())
	for _, body := range []object{
		{"hostname": "x", "tenant_id": id},
		{"hostname": "x", "host_metadata": object{}, "TenantID": id},
	} {
		problem(t, s.call(t, b.Token, "POST", "/api/hosts", body), http.StatusUnprocessableEntity)
	}
	p := problem(t, s.call(t, b.Token, "POST", "/api/ingestion/ingest", object{"hostname": "x", "data": object{}, "tenant_id": id}), http.StatusUnprocessableEntity)
	text, _ := json.Marshal(p)
	require.Contains(t, string(text), "tenant_id")
}

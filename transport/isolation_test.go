package transport_test

import (
	"context"
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
	Params           []parameter
	HasBody          bool
}

type parameter struct {
	Name, In string
	Required bool
}

// routes reads the routes from the document that the handler serves, so that a new route is in the matrix the day it is
// added.
func routes(t *testing.T, s *server) []route {
	t.Helper()
	document := into[struct {
		Paths map[string]map[string]struct {
			OperationID string
			Parameters  []parameter
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
	deletes := func(r route) bool { return r.Method == http.MethodDelete }
	rest := slices.DeleteFunc(slices.Clone(all), deletes)
	return append(rest, slices.DeleteFunc(all, func(r route) bool { return !deletes(r) })...) // asked for before it is gone
}

// bodies holds for each operation with a body one that would be taken, given an id of each kind.
func bodies(id map[string]string) map[string]any {
	return map[string]any{
		"register":        object{"username": "new", "password": "a-good-long-password", "invite": "vci_none"},
		"login":           object{"username": "nobody", "password": "a-good-long-password"},
		"refresh":         object{"refresh_token": "vcr_none"},
		"logout":          object{},
		"switch-tenant":   object{"tenant_id": id["tenant_id"]},
		"change-password": object{"current_password": "wrong-wrong", "new_password": "a-good-long-password"},
		"create-invite":   object{"role": "user"},
		"change-user":     object{"role": "admin"},
		"create-tenant":   object{"name": "another"},
		"create-grant":    object{"user_id": id["user_id"], "role": "user"},
		"create-token":    object{"name": "push", "scope": "ingest"},
		"create-host":     object{"hostname": id["hostname"], "client_id": id["client_id"]},
		"ingest": object{
			"hostname": id["hostname"], "client_id": id["client_id"], "flow_id": id["flow_id"], "artifact": id["artifact"],
			"data": object{"never": "the same " + uuid.NewString()},
		},
		"search": object{
			"tenants": []string{id["tenant_id"]}, "artifacts": []string{id["artifact"]}, "hosts": []string{id["host_id"]},
			"labels": []string{id["label"]}, "collections": []string{id["collection_id"]},
		},
		"stack": object{"tenants": []string{id["tenant_id"]}, "artifact": id["artifact"], "fields": []string{"Name"}, "hosts": []string{id["client_id"]}},
		"diff": object{
			"tenants": []string{id["tenant_id"]}, "artifact": id["artifact"], "key": []string{"Name"}, "hosts": []string{id["host_id"]},
			"labels": []string{id["label"]}, "before": object{"collection_ids": []string{id["collection_id"]}}, "after": object{"hunt_id": id["hunt_id"]},
		},
		"complete": object{
			"tenants": []string{id["tenant_id"]}, "artifacts": []string{id["artifact"]}, "hosts": []string{id["host_id"]},
			"query": "Name: ", "position": 6,
		},
		"sweep": object{"type": "domain-name", "value": "evil.example.com"},
		"create-saved-hunt": object{"name": "rare", "kind": "stack", "question": object{
			"tenants": []string{id["tenant_id"]}, "artifact": id["artifact"], "fields": []string{"Name"},
		}},
		"create-watchlist":   object{"type": "domain-name", "value": "evil.example.com"},
		"rename-watchlist":   object{"name": "another"},
		"replace-indicators": object{"type": "domain-name", "value": "evil.example.com"},
		"look-up-hash":       object{"hash": strings.Repeat("a", 64)},
		"rename-saved-hunt":  object{"name": "renamed"},
	}
}

// namesOf says for each operation what of its path, query and body names something that another tenant may have.
var namesOf = map[string][]string{
	"health": nil, "register": nil, "login": nil, "refresh": nil, "logout": nil, "get-me": nil, "change-password": nil,
	"switch-tenant": {"tenant_id"}, "list-invites": nil, "create-invite": nil, "revoke-invite": {"invite_id"},
	"list-users": nil, "get-user": {"user_id"}, "change-user": {"user_id"}, "deactivate-user": {"user_id"},
	"list-tenants": nil, "create-tenant": nil, "get-tenant": {"tenant_id"},
	"list-grants": {"tenant_id"}, "create-grant": {"tenant_id", "user_id"}, "revoke-grant": {"tenant_id", "user_id"},
	"list-tokens": nil, "create-token": nil, "delete-token": {"token_id"},
	"list-hosts": {"name", "client_id", "os", "ip_address", "label"}, "create-host": {"hostname", "client_id"},
	"get-host": {"host_id"}, "ingest": {"hostname", "client_id", "flow_id", "artifact"},
	"list-collections": {"host_id", "artifact", "flow_id", "hunt_id"}, "get-collection": {"collection_id"},
	"list-rows": {"collection_id", "artifact"}, "stack": {"tenant_id", "artifact", "client_id"},
	"pivot":    {"value", "tenants", "artifacts", "hosts", "labels", "collections", "hunts"},
	"sweep":    {"tenants", "artifacts", "hosts", "labels", "collections", "hunts"},
	"timeline": {"host_id", "tenants", "artifacts", "collections", "hunts"}, "get-artifact": {"artifact", "tenants"},
	"diff": {"tenant_id", "artifact", "host_id", "label", "collection_id", "hunt_id"}, "complete": {"tenant_id", "artifact", "host_id"},
	"list-saved-hunts": nil, "create-saved-hunt": {"tenant_id"}, "get-saved-hunt": {"saved_hunt_id"},
	"run-saved-hunt": {"saved_hunt_id"}, "rename-saved-hunt": {"saved_hunt_id"}, "delete-saved-hunt": {"saved_hunt_id"},
	"list-watchlists": nil, "create-watchlist": {"name"}, "get-watchlist": {"watchlist_id"}, "rename-watchlist": {"watchlist_id"},
	"list-indicators": {"watchlist_id"}, "replace-indicators": {"watchlist_id"}, "delete-watchlist": {"watchlist_id"},
	"list-sightings": {"watchlist_id", "host_id", "indicator"},
	"search":         {"tenant_id", "artifact", "host_id", "label", "collection_id"}, "list-uploads": {"collection_id"}, "list-artifacts": nil, "list-jobs": nil, "get-job": {"job_id"}, "follow-job": {"job_id"}, "cancel-job": {"job_id"},
	"look-up-hash": nil, "list-verdicts": nil, "count-verdicts": nil, "list-audit-events": nil,
}

// plurals are the names of lists in queries, and of what they hold.
var plurals = map[string]string{"tenants": "tenant_id", "artifacts": "artifact", "collections": "collection_id", "hunts": "hunt_id", "hosts": "client_id", "labels": "label"}

// nameless are parameters of queries that name nothing.
var nameless = []string{"limit", "cursor", "from", "to", "query", "order", "untimed", "top", "since", "verdict"}

// toldApart are the names of which a foreign one is answered unlike an unknown one, and why that has to be.
var toldApart = map[string]string{
	"create-grant user_id": "a grant is how a user of another tenant gets in, so that it has to find one by its id",
}

// TestForeignIdsAreLikeUnknownOnes is SECURITY's T7: to tenant B, an id of tenant A is answered exactly like one that
// nobody has, on every route, for every kind of id, in the path, the query and the body. One id at a time is foreign, and
// the others are B's own, so that no other id is what a request is refused for.
func TestForeignIdsAreLikeUnknownOnes(t *testing.T) {
	t.Parallel()
	onEveryStore(t, foreignIdsAreLikeUnknownOnes)
}

func foreignIdsAreLikeUnknownOnes(t *testing.T, s *server) {
	s.Start()
	t.Cleanup(func() { assert.NoError(t, s.Stop(context.Background())) })
	a, b := s.Tenant(t, "tenant-a", auth.RoleAdmin), s.Tenant(t, "tenant-b", auth.RoleAdmin)
	foreign, own := s.furnish(t, a.Token, "of-a"), s.furnish(t, b.Token, "of-b")
	foreign["tenant_id"], foreign["user_id"] = a.TenantID.String(), a.ID
	own["tenant_id"], own["user_id"] = b.TenantID.String(), s.invited(t, b.Token)
	for list, name := range plurals {
		foreign[list], own[list] = foreign[name], own[name]
	}
	guest := s.Tenant(t, "tenant-c", auth.RoleUser).ID
	before := s.lists(t, a.Token, a.TenantID.String())
	for _, r := range routes(t, s) {
		r.requireNamesAreKnown(t)
		mine := maps.Clone(own)
		if strings.HasSuffix(r.ID, "-grant") {
			mine["user_id"] = guest
		}
		for _, name := range namesOf[r.ID] {
			what := r.ID + " " + name
			one, other := maps.Clone(mine), maps.Clone(mine)
			one[name], other[name] = foreign[name], uuid.NewString()
			got, want := s.ask(t, b.Token, r, name, one), s.ask(t, b.Token, r, name, other)
			assert.NotContains(t, anonymous(got.Body.String(), one[name]), "secret-of-a", what)
			if toldApart[what] != "" {
				assert.NotEqual(t, want.Code, got.Code, what+" is an exception no more")
				s.must(t, b.Token, "DELETE", "/api/tenants/"+own["tenant_id"]+"/grants/"+a.ID, nil, http.StatusNoContent)
				continue
			}
			assert.Equal(t, want.Code, got.Code, what)
			assert.Equal(t, anonymous(want.Body.String(), other[name]), anonymous(got.Body.String(), one[name]), what)
			assert.Equal(t, comparable(want), comparable(got), what)
		}
		for _, name := range namesOf[r.ID] {
			w := s.ask(t, b.Token, r, name, mine)
			assert.Less(t, w.Code, 300, "%s with ids of one's own, %s among them: %s", r.ID, name, w.Body)
			if r.Method == http.MethodGet && r.ID != "list-grants" {
				assert.NotEqual(t, "[]", strings.TrimSpace(w.Body.String()), "%s finds nothing by one's own %s", r.ID, name)
			}
			if r.Method == http.MethodDelete {
				break // it is gone
			}
		}
	}
	assert.Equal(t, before, s.lists(t, a.Token, a.TenantID.String()), "nothing of tenant A was changed")
}

// furnish puts into a tenant something under a name of each kind, and returns the names.
func (s *server) furnish(t *testing.T, token, suffix string) map[string]string {
	t.Helper()
	names := map[string]string{
		"hostname": "pc-" + suffix, "name": "pc-" + suffix, "client_id": "C." + suffix, "os": "os-" + suffix,
		"ip_address": "address-" + suffix, "label": "label-" + suffix, "artifact": "Artifact." + suffix,
		"flow_id": "F." + suffix, "hunt_id": "H.hunt-" + suffix,
	}
	host := into[object](t, s.call(t, token, "POST", "/api/hosts", object{
		"hostname": names["hostname"], "client_id": names["client_id"], "os": names["os"], "ip_address": names["ip_address"],
		"labels": []string{names["label"]},
	}), http.StatusCreated)
	names["host_id"] = host["id"].(string)
	made := into[object](t, s.call(t, token, "POST", "/api/tokens", object{"name": "push", "scope": "ingest"}), http.StatusCreated)
	names["token_id"] = made["id"].(string)
	invite := into[object](t, s.call(t, token, "POST", "/api/auth/invites", object{"role": "user"}), http.StatusCreated)
	names["invite_id"] = invite["id"].(string)
	saved := into[object](t, s.call(t, token, "POST", "/api/hunt/saved", object{
		"name": "rare names", "kind": "search", "question": object{"query": "*"},
	}), http.StatusCreated)
	names["saved_hunt_id"] = saved["id"].(string)
	names["indicator"] = "secret-" + suffix + ".example.com"
	names["job_id"] = s.job(t, token, lines, linesTarget(names["artifact"], names["hostname"], "F.job-"+suffix), `{"a":1}`).ID
	s.ingest(t, token, names["artifact"], names["hostname"], "F.hunt-"+suffix+".H", `{"Domain":"`+names["indicator"]+`"}`)
	names["collection_id"] = s.ingest(t, token, names["artifact"], names["hostname"], names["flow_id"], `{"Name":"secret-`+suffix+`.exe"}`)
	upload := `{"vfs_path":"/secret-` + suffix + `","file_size":1,"uploaded_size":1}` + "\n"
	export := zipOf(t,
		file{"client_info.json", `{"client_id":"` + names["client_id"] + `"}`},
		file{"collection_context.json", `{"client_id":"` + names["client_id"] + `","session_id":"` + names["flow_id"] + `"}`},
		file{"uploads.json", upload}, file{"results/" + names["artifact"] + ".json", `{"Name":"secret-` + suffix + `.exe"}`},
	)
	names["value"] = "secret-" + suffix + ".exe"
	out := into[ingested](t, s.call(t, token, "POST", ingestPath, export, "Content-Type", zipType), http.StatusCreated)
	require.Equal(t, names["collection_id"], out.Collections[0].ID)
	watchlist := into[object](t, s.call(t, token, "POST", "/api/watchlists?name=evil", names["indicator"]), http.StatusCreated)
	names["watchlist_id"] = watchlist["id"].(string)
	return names
}

// invited is the id of a further user of a tenant.
func (s *server) invited(t *testing.T, token string) string {
	t.Helper()
	invite := into[object](t, s.call(t, token, "POST", "/api/auth/invites", object{"role": "user"}), http.StatusCreated)["invite"]
	user := object{"username": "invited", "password": "a-good-long-password", "invite": invite}
	return into[object](t, s.call(t, "", "POST", "/api/auth/register", user), http.StatusCreated)["id"].(string)
}

// lists is what a tenant's admin sees of the tenant.
func (s *server) lists(t *testing.T, token, tenant string) string {
	t.Helper()
	var all strings.Builder
	for _, path := range []string{
		"/api/hosts", "/api/users", "/api/collections", "/api/artifacts", "/api/tokens", "/api/auth/invites", "/api/hunt/saved",
		"/api/watchlists", "/api/sightings", "/api/vt/verdicts", "/api/tenants/" + tenant,
		"/api/tenants/" + tenant + "/grants",
	} {
		all.Write(into[json.RawMessage](t, s.call(t, token, "GET", path, nil), http.StatusOK))
	}
	return all.String()
}

// requireNamesAreKnown makes a new route, or a new name on one, fail until the table has it.
func (r route) requireNamesAreKnown(t *testing.T) {
	t.Helper()
	names, ok := namesOf[r.ID]
	require.True(t, ok, "the matrix has to learn what %s names", r.ID)
	for _, p := range r.Params {
		if p.In != "header" && p.In != "cookie" && !slices.Contains(nameless, p.Name) {
			require.Contains(t, names, p.Name, "the matrix has to learn a name of %s", r.ID)
		}
	}
	if r.HasBody {
		require.Contains(t, bodies(nil), r.ID, "the matrix has to learn a body for %s", r.ID)
	}
}

// ask sends the route with ids; of the query only the one in question, and what has to be there.
func (s *server) ask(t *testing.T, token string, r route, param string, ids map[string]string) *httptest.ResponseRecorder {
	t.Helper()
	path, query := r.Path, "?"
	for _, p := range r.Params {
		switch {
		case p.In == "path":
			path = strings.ReplaceAll(path, "{"+p.Name+"}", ids[p.Name])
		case p.Name == param || p.Required && p.In == "query":
			query += p.Name + "=" + ids[p.Name] + "&"
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
	body = regexp.MustCompile(`"(milliseconds|bytes)":\d+`).ReplaceAllString(body, `"${1}":0`)
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
			needs := func(p parameter) bool { return p.Required }
			if r.Method != http.MethodGet || slices.ContainsFunc(r.Params, needs) {
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
		w := s.ask(t, "", r, "", map[string]string{
			"host_id": "1", "collection_id": "1", "tenant_id": "1", "user_id": "1", "token_id": "1", "job_id": "1", "artifact": "1",
			"saved_hunt_id": "1", "watchlist_id": "1", "invite_id": "1",
		})
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
	w := s.call(t, b.Token, "GET", "/api/hosts", nil, "X-Tenant-Id", id, "Tenant", id)
	require.JSONEq(t, "[]", w.Body.String())
	problem(t, s.call(t, b.Token, "GET", "/api/hosts?tenant_id="+id, nil), http.StatusUnprocessableEntity)
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

package transport_test

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/transport"
)

// document is what the tests look at in the OpenAPI document.
type document struct {
	OpenAPI string
	Info    struct{ Title, Version string }
	Paths   map[string]map[string]struct {
		OperationID, Summary string
		Tags                 []string
		Security             []map[string][]string
		RequestBody          *struct {
			Content map[string]struct{ Schema schema }
		}
		Responses map[string]struct {
			Description string
			Content     map[string]struct{ Schema schema }
		}
	}
	Components struct{ Schemas map[string]schema }
}

type schema struct {
	Ref        string `json:"$ref"`
	Items      *schema
	OneOf      []schema
	Properties map[string]schema
}

func openAPI(t *testing.T, s *server) document {
	t.Helper()
	return into[document](t, s.call(t, "", "GET", "/openapi.json", nil), http.StatusOK)
}

// fields are the properties of an object, of the objects in an array, or of the first of several forms.
func (d document) fields(s schema) map[string]schema {
	if len(s.OneOf) > 0 {
		return d.fields(s.OneOf[0])
	}
	if s.Items != nil {
		return d.fields(*s.Items)
	}
	if s.Ref != "" {
		return d.fields(d.Components.Schemas[strings.TrimPrefix(s.Ref, "#/components/schemas/")])
	}
	return s.Properties
}

func TestTheDocumentIsComplete(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.handler = transport.New(s.Companion, transport.Config{Version: "1.2.3"})
	d := openAPI(t, s)
	require.True(t, strings.HasPrefix(d.OpenAPI, "3.1"), d.OpenAPI)
	require.Equal(t, "1.2.3", d.Info.Version)
	ids := map[string]bool{}
	for path, methods := range d.Paths {
		for method, op := range methods {
			name := method + " " + path
			assert.NotEmpty(t, op.Summary, name)
			assert.Len(t, op.Tags, 1, name)
			assert.NotEmpty(t, op.OperationID, name)
			assert.False(t, ids[op.OperationID], name)
			ids[op.OperationID] = true
			succeeds := false
			for status, answer := range op.Responses {
				assert.NotEmpty(t, answer.Description, name+" "+status)
				if status < "3" {
					succeeds = true
					assert.True(t, status == "204" || len(answer.Content) > 0, name+" "+status)
				}
			}
			assert.True(t, succeeds, name)
			if len(op.Security) > 0 {
				assert.Contains(t, op.Responses, "401", name)
			}
			if (method == "post" || method == "put") && op.OperationID != "run-saved-hunt" { // what it asks is kept
				assert.NotNil(t, op.RequestBody, name)
			}
		}
	}
}

// TestAnswersOfMoreThanOneStatusAreDocumented has the operations that answer 200 or 201.
func TestAnswersOfMoreThanOneStatusAreDocumented(t *testing.T) {
	t.Parallel()
	d := openAPI(t, newServer(t))
	for _, path := range []string{"/api/hosts", "/api/ingestion/ingest"} {
		for _, status := range []string{"200", "201"} {
			assert.NotEmpty(t, d.fields(d.Paths[path]["post"].Responses[status].Content["application/json"].Schema), path+" "+status)
		}
	}
}

// TestTheShapesThatClientsRelyOnAreInTheDocument names the fields of requests and answers that must not go away.
func TestTheShapesThatClientsRelyOnAreInTheDocument(t *testing.T) {
	t.Parallel()
	d := openAPI(t, newServer(t))
	for _, shape := range []struct{ operation, status, request, answer string }{
		{"POST /api/auth/register", "201", "username password invite role", "id username role tenant_id is_active created_at"},
		{"POST /api/auth/login", "200", "username password", "access_token token_type expires_in refresh_token"},
		{"POST /api/auth/refresh", "200", "refresh_token", "access_token token_type expires_in refresh_token"},
		{"POST /api/auth/switch", "200", "tenant_id", "access_token token_type expires_in refresh_token"},
		{"POST /api/auth/invites", "201", "role expires_in_minutes", "invite role tenant_id expires_at"},
		{"GET /api/auth/me", "200", "", "id username role tenant_id is_active created_at"},
		{"PUT /api/auth/me", "200", "current_password new_password", "id username"},
		{"GET /api/users", "200", "", "id username role tenant_id is_active created_at"},
		{"PUT /api/users/{user_id}", "200", "role is_active", "id username role tenant_id is_active created_at"},
		{"GET /api/tenants", "200", "", "id name description created_at"},
		{"POST /api/tenants", "201", "name description", "id name description created_at"},
		{"POST /api/tenants/{tenant_id}/grants", "201", "user_id role expires_at", "user_id role expires_at"},
		{"POST /api/hosts", "201", "hostname client_id ip_address os host_metadata labels",
			"id client_id hostname ip_address os tenant_id host_metadata labels created_at last_seen"},
		{"GET /api/hosts", "200", "", "id client_id hostname ip_address os tenant_id host_metadata labels created_at last_seen"},
		{"POST /api/ingestion/ingest", "201", "hostname data client_id artifact flow_id rows", "message host_id collections"},
		{"GET /api/collections", "200", "", "id host_id hostname client_id flow_id hunt_id status artifacts"},
		{"GET /api/collections/{collection_id}", "200", "", "id host_id hostname client_id flow_id hunt_id status artifacts"},
		{"GET /api/artifacts", "200", "", "artifact rows hosts first_seen last_seen"},
		{"POST /api/vt/lookup", "200", "hash", "hash verdict malicious message stats names from_cache fetched_at"},
		{"GET /api/vt/verdicts", "200", "", "hash verdict malicious message stats names from_cache fetched_at"},
		{"GET /api/vt/verdicts/counts", "200", "", "malicious suspicious clean unknown"},
		{"GET /api/audit", "200", "", "id at action target actor request_id"},
	} {
		method, path, _ := strings.Cut(shape.operation, " ")
		op, ok := d.Paths[path][strings.ToLower(method)]
		require.True(t, ok, shape.operation)
		answer := d.fields(op.Responses[shape.status].Content["application/json"].Schema)
		for _, field := range strings.Fields(shape.answer) {
			assert.Contains(t, answer, field, shape.operation)
		}
		for _, field := range strings.Fields(shape.request) {
			assert.Contains(t, d.fields(op.RequestBody.Content["application/json"].Schema), field, shape.operation)
		}
	}
	collection := d.fields(d.Paths["/api/collections"]["get"].Responses["200"].Content["application/json"].Schema)
	for _, field := range []string{"artifact", "expected", "read", "stored", "rejected", "rejections"} {
		assert.Contains(t, d.fields(collection["artifacts"]), field)
	}
	assert.Contains(t, d.Paths["/api/auth/login"]["post"].RequestBody.Content, form)
	assert.Contains(t, d.Paths["/api/collections/{collection_id}/rows"]["get"].Responses["200"].Content, lines)
	for _, contentType := range []string{zipType, lines, "multipart/form-data"} {
		assert.Contains(t, d.Paths[ingestPath]["post"].RequestBody.Content, contentType)
	}
}

func TestTheDocsPageNeedsNothingElse(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	w := s.call(t, "", "GET", "/docs", nil)
	require.Equal(t, http.StatusOK, w.Code)
	require.Equal(t, "text/html; charset=utf-8", w.Header().Get("Content-Type"))
	policy := w.Header().Get("Content-Security-Policy")
	require.Contains(t, policy, "default-src 'none'")
	require.NotContains(t, policy, "unsafe")
	require.Contains(t, policy, "frame-ancestors 'none'")
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin",
	} {
		require.Equal(t, want, w.Header().Get(name))
	}
	require.Equal(t, "default-src 'none'; frame-ancestors 'none'", s.call(t, "", "GET", "/health", nil).Header().Get("Content-Security-Policy"))
	page := w.Body.String()
	require.NotRegexp(t, `(?i)<script|<style|https?://|src=|\son\w+=|url\(|@import`, page)
	for _, match := range regexp.MustCompile(`href="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		require.NotRegexp(t, `^/|:`, match[1], "links are relative")
	}
	style := s.call(t, "", "GET", "/docs.css", nil)
	require.Equal(t, "text/css; charset=utf-8", style.Header().Get("Content-Type"))
	require.NotRegexp(t, `(?i)url\(|@import|https?://`, style.Body.String())
}

func TestTheDocsPageShowsEveryOperation(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	page := html.UnescapeString(s.call(t, "", "GET", "/docs", nil).Body.String())
	for path, methods := range openAPI(t, s).Paths {
		for method, op := range methods {
			require.Contains(t, page, `id="`+op.OperationID+`"`)
			require.Contains(t, page, op.Summary)
			require.Contains(t, page, ">"+strings.ToUpper(method)+"</code> <code>"+path+"</code>")
		}
	}
	for _, id := range regexp.MustCompile(`href="#([^"]*)"`).FindAllStringSubmatch(page, -1) {
		require.Contains(t, page, `id="`+id[1]+`"`)
	}
}

func TestTheDocumentMayBeAskedForAtOnce(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	var all sync.WaitGroup
	for range 10 {
		for _, path := range []string{"/openapi.json", "/docs", "/docs.css"} {
			r := request(t, "", "GET", path, nil)
			all.Go(func() { assert.Equal(t, http.StatusOK, serve(s.handler, r).Code) })
		}
	}
	all.Wait()
}

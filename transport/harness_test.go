package transport_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/companion"
	"github.com/velocicompanion/velocicompanion/companion/companiontest"
	"github.com/velocicompanion/velocicompanion/store"
	"github.com/velocicompanion/velocicompanion/store/memory"
	"github.com/velocicompanion/velocicompanion/store/postgres"
	"github.com/velocicompanion/velocicompanion/store/postgres/pgtest"
	"github.com/velocicompanion/velocicompanion/store/sqlite"
	"github.com/velocicompanion/velocicompanion/transport"
)

// server is the handler over a fixture, with what a test needs to talk to it.
type server struct {
	*companiontest.Fixture
	handler http.Handler
}

// newServer is a server on memory with no settings of its own.
func newServer(t testing.TB) *server {
	t.Helper()
	return newServerWith(t, memory.New(), companion.Config{})
}

func newServerWith(t testing.TB, stores store.Stores, cfg companion.Config) *server {
	t.Helper()
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.NewTextHandler(t.Output(), nil))
	}
	f := companiontest.Over(t, stores, cfg)
	return &server{Fixture: f, handler: transport.New(f.Companion, transport.Config{})}
}

// onEveryStore runs a test once on each of the stores.
func onEveryStore(t *testing.T, test func(t *testing.T, s *server)) {
	t.Helper()
	for name, open := range map[string]func(*testing.T) store.Stores{
		"memory": func(*testing.T) store.Stores { return memory.New() },
		"sqlite": sqliteStores,
		"postgres": func(t *testing.T) store.Stores {
			return pgtest.Open(t, postgres.Config{MaxConns: 4}).Stores()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newServerWith(t, open(t), companion.Config{}))
		})
	}
}

func sqliteStores(t *testing.T) store.Stores {
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "companion.db"), sqlite.Config{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	_, err = db.Migrator().Up(t.Context())
	require.NoError(t, err)
	return db.Stores()
}

// call sends a request; body may be nil, a string, bytes, a reader, or anything that becomes JSON. header are names and
// values in turn.
func (s *server) call(t testing.TB, token, method, target string, body any, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, request(t, token, method, target, body, header...))
	return w
}

func request(t testing.TB, token, method, target string, body any, header ...string) *http.Request {
	t.Helper()
	var reader io.Reader
	contentType := ""
	switch b := body.(type) {
	case nil:
	case string:
		reader = strings.NewReader(b)
	case []byte:
		reader = bytes.NewReader(b)
	case io.Reader:
		reader = b
	default:
		text, err := json.Marshal(b)
		require.NoError(t, err)
		reader, contentType = bytes.NewReader(text), "application/json"
	}
	r := httptest.NewRequestWithContext(t.Context(), method, target, reader)
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return r
}

// into requires a status and decodes the answer.
func into[T any](t *testing.T, w *httptest.ResponseRecorder, status int) T {
	t.Helper()
	require.Equal(t, status, w.Code, w.Body.String())
	require.Contains(t, w.Header().Get("Content-Type"), "json")
	var v T
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &v), w.Body.String())
	return v
}

type object = map[string]any

// problem requires a problem of a status with a text for users, and returns it.
func problem(t *testing.T, w *httptest.ResponseRecorder, status int) object {
	t.Helper()
	p := into[object](t, w, status)
	require.Equal(t, "application/problem+json", w.Header().Get("Content-Type"))
	require.NotEmpty(t, p["detail"])
	require.EqualValues(t, status, p["status"])
	require.Equal(t, http.StatusText(status), p["title"])
	require.Equal(t, "about:blank", p["type"])
	return p
}

// badInput requires a problem that blames the request, with each of some words in it.
func badInput(t *testing.T, w *httptest.ResponseRecorder, words ...string) {
	t.Helper()
	require.GreaterOrEqual(t, w.Code, 400, w.Body.String())
	require.Less(t, w.Code, 500, w.Body.String())
	problem(t, w, w.Code)
	for _, word := range words {
		require.Contains(t, w.Body.String(), word)
	}
}

// pages walks a list from page to page by its links and returns all entries.
func pages[T any](t *testing.T, s *server, token, path, query string) (all []T) {
	t.Helper()
	for next := "?" + query; next != ""; {
		w := s.call(t, token, "GET", path+next, nil)
		page := into[[]T](t, w, http.StatusOK)
		require.False(t, len(all) > 0 && len(page) == 0, "a link leads to an empty page")
		all = append(all, page...)
		next = nextPage(t, w)
	}
	return all
}

// nextPage is where the Link header leads, "" on the last page.
func nextPage(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	link := w.Header().Get("Link")
	if link == "" {
		return ""
	}
	target, ok := strings.CutSuffix(link, `>; rel="next"`)
	require.True(t, ok && strings.HasPrefix(target, "<?"), link)
	return strings.TrimPrefix(target, "<")
}

const lines = "application/x-ndjson"

// ingest sends rows of one artifact of one host as JSON Lines and returns the collection's id.
func (s *server) ingest(t *testing.T, token, artifact, hostname, flow string, rows ...string) string {
	t.Helper()
	w := s.call(t, token, "POST", linesTarget(artifact, hostname, flow), strings.Join(rows, "\n")+"\n", "Content-Type", lines)
	out := into[ingested](t, w, http.StatusCreated)
	require.Len(t, out.Collections, 1)
	return out.Collections[0].ID
}

func linesTarget(artifact, hostname, flow string) string {
	return "/api/ingestion/ingest?" + url.Values{"artifact": {artifact}, "hostname": {hostname}, "flow_id": {flow}}.Encode()
}

// ingested is the answer to an ingest as a client reads it.
type ingested struct {
	Message     string
	HostID      string `json:"host_id"`
	Collections []collection
	Notes       []string
}

type collection struct {
	ID        string
	HostID    string `json:"host_id"`
	Hostname  string
	ClientID  string `json:"client_id"`
	FlowID    string `json:"flow_id"`
	Status    string
	Artifacts []struct {
		Artifact               string
		Expected               *int64
		Read, Stored, Rejected int64
		Rejections             []struct {
			Line   int64
			Reason string
		}
	}
}

// keepsNothing requires that a tenant has no collections, artifacts or hosts.
func (s *server) keepsNothing(t *testing.T, token string) {
	t.Helper()
	for _, path := range []string{"/api/collections", "/api/artifacts", "/api/hosts"} {
		require.JSONEq(t, "[]", s.call(t, token, "GET", path, nil).Body.String(), path)
	}
}

// serve is call for a request that a test made itself.
func serve(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

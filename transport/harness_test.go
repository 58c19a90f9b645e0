package transport_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/companion"
	"github.com/velocicompanion/velocicompanion/companion/companiontest"
	"github.com/velocicompanion/velocicompanion/store/memory"
	"github.com/velocicompanion/velocicompanion/transport"
)

// server is the handler over a fixture, with what a test needs to talk to it.
type server struct {
	*companiontest.Fixture
	handler http.Handler
}

func newServer(t *testing.T) *server {
	t.Helper()
	return newServerWith(t, companion.Config{})
}

func newServerWith(t *testing.T, cfg companion.Config) *server {
	t.Helper()
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.NewTextHandler(t.Output(), nil))
	}
	f := companiontest.Over(t, memory.New(), cfg)
	return &server{Fixture: f, handler: transport.New(f.Companion, transport.Config{})}
}

// call sends a request; body may be nil, a string, bytes, a reader, or anything that becomes JSON. header are names and
// values in turn.
func (s *server) call(t *testing.T, token, method, target string, body any, header ...string) *httptest.ResponseRecorder {
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
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w
}

// into requires a status and decodes the answer.
func into[T any](t *testing.T, w *httptest.ResponseRecorder, status int) T {
	t.Helper()
	require.Equal(t, status, w.Code, w.Body.String())
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
	return p
}

const lines = "application/x-ndjson"

// ingest sends rows of one artifact of one host as JSON Lines and returns the collection's id.
func (s *server) ingest(t *testing.T, token, artifact, hostname, flow string, rows ...string) string {
	t.Helper()
	target := "/api/ingestion/ingest?artifact=" + artifact + "&hostname=" + hostname + "&flow_id=" + flow
	w := s.call(t, token, "POST", target, strings.Join(rows, "\n")+"\n", "Content-Type", lines)
	out := into[struct{ Collections []struct{ ID string } }](t, w, http.StatusCreated)
	require.Len(t, out.Collections, 1)
	return out.Collections[0].ID
}

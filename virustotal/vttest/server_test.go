package vttest_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/virustotal"
	"github.com/velocicompanion/velocicompanion/virustotal/vttest"
)

var sha256 = virustotal.Hash(strings.Repeat("a", 64))

func newServer(t *testing.T) *vttest.Server {
	t.Helper()
	s := vttest.NewServer()
	t.Cleanup(s.Close)
	return s
}

func get(t *testing.T, s *vttest.Server, key string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/files/"+string(sha256), nil)
	require.NoError(t, err)
	if key != "" {
		req.Header.Set("x-apikey", key)
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp, string(body)
}

func TestAnswersHaveTheDocumentedShapes(t *testing.T) {
	t.Parallel()
	known := virustotal.Report{
		SHA256: sha256, Stats: virustotal.Stats{Malicious: 41, Undetected: 29}, Names: []string{"x.exe"}, Size: 7,
		ThreatLabel: "trojan.test/demo", LastAnalyzedAt: time.Unix(1700000000, 0),
	}
	for name, test := range map[string]struct {
		key    string
		known  bool
		fault  vttest.Fault
		status int
		body   string
	}{
		"known": {vttest.Key, true, nil, http.StatusOK, `{"data": {
			"type": "file", "id": "` + string(sha256) + `",
			"links": {"self": "https://www.virustotal.com/api/v3/files/` + string(sha256) + `"},
			"attributes": {
				"sha256": "` + string(sha256) + `", "names": ["x.exe"], "tags": [], "size": 7, "reputation": 0,
				"last_analysis_date": 1700000000, "popular_threat_classification": {"suggested_threat_label": "trojan.test/demo"},
				"last_analysis_stats": {"malicious": 41, "suspicious": 0, "undetected": 29, "harmless": 0, "timeout": 0,
					"confirmed-timeout": 0, "failure": 0, "type-unsupported": 0}}}}`},
		"unknown": {vttest.Key, false, nil, http.StatusNotFound,
			`{"error": {"code": "NotFoundError", "message": "File \"` + string(sha256) + `\" not found"}}`},
		"no key": {"", true, nil, http.StatusUnauthorized,
			`{"error": {"code": "AuthenticationRequiredError", "message": "X-Apikey header is missing"}}`},
		"wrong key": {"other", true, vttest.Unavailable, http.StatusUnauthorized,
			`{"error": {"code": "WrongCredentialsError", "message": "Wrong API key"}}`},
		"quota": {vttest.Key, true, vttest.Quota(time.Minute), http.StatusTooManyRequests,
			`{"error": {"code": "QuotaExceededError", "message": "Quota exceeded"}}`},
		"unavailable": {vttest.Key, true, vttest.Unavailable, http.StatusServiceUnavailable,
			`{"error": {"code": "TransientError", "message": "Transient server error. Retry might work."}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			if test.known {
				s.Add(known)
			}
			s.Always(test.fault)
			resp, body := get(t, s, test.key)
			assert.Equal(t, test.status, resp.StatusCode)
			assert.Equal(t, "application/json", resp.Header.Get("Content-Type"))
			assert.JSONEq(t, test.body, body)
			assert.Equal(t, 1, s.Calls())
		})
	}
}

func TestFaultsComeInOrder(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.Always(vttest.Quota(90 * time.Second))
	s.Next(vttest.Unavailable)
	status := func(key string) int {
		resp, _ := get(t, s, key)
		return resp.StatusCode
	}
	assert.Equal(t, http.StatusUnauthorized, status("other"), "a refused call uses up no fault")
	assert.Equal(t, http.StatusServiceUnavailable, status(vttest.Key))
	resp, _ := get(t, s, vttest.Key)
	assert.Equal(t, "90", resp.Header.Get("Retry-After"))
	s.Always(nil)
	assert.Equal(t, http.StatusNotFound, status(vttest.Key))
	assert.Equal(t, 4, s.Calls())
}

func TestCloseEndsCallsThatAreHeld(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	arrived := make(chan struct{})
	s.Next(func(w http.ResponseWriter, r *http.Request, usual http.HandlerFunc) {
		close(arrived)
		vttest.Held(nil)(w, r, usual)
	})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/files/"+string(sha256), nil)
	require.NoError(t, err)
	req.Header.Set("x-apikey", vttest.Key)
	ended := make(chan error)
	go func() {
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			resp.Body.Close()
		}
		ended <- err
	}()
	<-arrived
	s.Close()
	require.Error(t, <-ended)
}

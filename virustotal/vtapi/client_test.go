package vtapi_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/virustotal"
	"github.com/velocicompanion/velocicompanion/virustotal/vtapi"
	"github.com/velocicompanion/velocicompanion/virustotal/vttest"
)

var (
	noon   = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	sha256 = virustotal.Hash(strings.Repeat("a", 64))
)

func newSource(t *testing.T) *vttest.Server {
	t.Helper()
	s := vttest.NewServer()
	t.Cleanup(s.Close)
	return s
}

func newClient(t *testing.T, key string, cfg vtapi.Config) *vtapi.Client {
	t.Helper()
	cfg.Now = func() time.Time { return noon }
	c, err := vtapi.New(key, cfg)
	require.NoError(t, err)
	return c
}

func TestFileReturnsTheWholeReport(t *testing.T) {
	t.Parallel()
	source := newSource(t)
	want := virustotal.Report{
		MD5:    virustotal.Hash(strings.Repeat("a", 32)),
		SHA1:   virustotal.Hash(strings.Repeat("a", 40)),
		SHA256: sha256,
		Stats: virustotal.Stats{
			Malicious: 41, Suspicious: 2, Undetected: 3, Harmless: 4, Timeout: 5, ConfirmedTimeout: 6, Failure: 7, TypeUnsupported: 8,
		},
		Names:            []string{"x.exe", "y.exe"},
		MeaningfulName:   "x.exe",
		ThreatLabel:      "trojan.test/demo",
		Type:             "Win32 EXE",
		Size:             7,
		Tags:             []string{"peexe"},
		Reputation:       -3,
		FirstSubmittedAt: time.Unix(1600000000, 0).UTC(),
		LastAnalyzedAt:   time.Unix(1700000000, 0).UTC(),
	}
	source.Add(want)
	got, err := newClient(t, vttest.Key, vtapi.Config{BaseURL: source.URL + "/"}).File(t.Context(), sha256)
	require.NoError(t, err)
	assert.Equal(t, want, got)
}

func TestFileSaysWhatWentWrong(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		key   string
		fault vttest.Fault
		want  error
	}{
		"unknown file":     {vttest.Key, nil, virustotal.ErrNotFound},
		"wrong key":        {"wrong-key", nil, virustotal.ErrCredentials},
		"forbidden":        {vttest.Key, status(http.StatusForbidden), virustotal.ErrCredentials},
		"quota":            {vttest.Key, vttest.Quota(0), virustotal.ErrQuota},
		"5xx":              {vttest.Key, vttest.Unavailable, virustotal.ErrUnavailable},
		"malformed":        {vttest.Key, vttest.Malformed, virustotal.ErrForeign},
		"too long":         {vttest.Key, tooLong, virustotal.ErrForeign},
		"bad request":      {vttest.Key, status(http.StatusBadRequest), virustotal.ErrForeign},
		"no content":       {vttest.Key, status(http.StatusNoContent), virustotal.ErrForeign},
		"somebody's 404":   {vttest.Key, status(http.StatusNotFound), virustotal.ErrForeign},
		"redirect to self": {vttest.Key, redirect("/api/v3/files/" + string(sha256)), virustotal.ErrForeign},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			source := newSource(t)
			source.Always(test.fault)
			var log bytes.Buffer
			client := newClient(t, test.key, vtapi.Config{BaseURL: source.URL, Logger: slog.New(slog.NewTextHandler(&log, nil))})
			_, err := client.File(t.Context(), sha256)
			require.ErrorIs(t, err, test.want)
			assert.Equal(t, 1, source.Calls())
			for _, secret := range []string{test.key, "127.0.0.1"} {
				assert.NotContains(t, err.Error(), secret)
			}
			assert.NotContains(t, log.String(), test.key)
		})
	}
}

func status(code int) vttest.Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.HandlerFunc) { w.WriteHeader(code) }
}

func redirect(to string) vttest.Fault {
	return func(w http.ResponseWriter, r *http.Request, _ http.HandlerFunc) {
		http.Redirect(w, r, to, http.StatusFound)
	}
}

// tooLong answers with an object that is well formed and more than is read.
func tooLong(w http.ResponseWriter, _ *http.Request, _ http.HandlerFunc) {
	_, _ = w.Write([]byte(`{"data":{"attributes":{"sha256":"` + string(sha256) + `","type_description":"`))
	_, _ = w.Write(bytes.Repeat([]byte("x"), 8<<20))
	_, _ = w.Write([]byte(`"}}}`))
}

func TestFileRefusesAHashThatIsNone(t *testing.T) {
	t.Parallel()
	source := newSource(t)
	_, err := newClient(t, vttest.Key, vtapi.Config{BaseURL: source.URL}).File(t.Context(), "../users/me")
	require.ErrorIs(t, err, virustotal.ErrInvalidHash)
	assert.Zero(t, source.Calls())
}

func TestFileSaysWhenToAskAgain(t *testing.T) {
	t.Parallel()
	source := newSource(t)
	date := func(w http.ResponseWriter, _ *http.Request, _ http.HandlerFunc) {
		w.Header().Set("Retry-After", noon.Add(time.Hour).Format(http.TimeFormat))
		w.WriteHeader(http.StatusTooManyRequests)
	}
	source.Next(vttest.Quota(90*time.Second), vttest.Quota(0), date)
	client := newClient(t, vttest.Key, vtapi.Config{BaseURL: source.URL})
	for _, want := range []time.Time{noon.Add(90 * time.Second), {}, noon.Add(time.Hour)} {
		_, err := client.File(t.Context(), sha256)
		var quota *virustotal.QuotaError
		require.ErrorAs(t, err, &quota)
		assert.Equal(t, want, quota.RetryAt)
	}
}

// TestAFailedCallIsNotRepeated: only the caller counts calls against a quota.
func TestAFailedCallIsNotRepeated(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]vttest.Fault{"5xx": vttest.Unavailable, "connection": vttest.Disconnect} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			source := newSource(t)
			source.Add(virustotal.Report{SHA256: sha256})
			source.Next(fault)
			client := newClient(t, vttest.Key, vtapi.Config{BaseURL: source.URL})
			_, err := client.File(t.Context(), sha256)
			require.ErrorIs(t, err, virustotal.ErrUnavailable)
			assert.Equal(t, 1, source.Calls())
			_, err = client.File(t.Context(), sha256)
			require.NoError(t, err)
		})
	}
}

func TestFileReportsASourceThatIsNotThere(t *testing.T) {
	t.Parallel()
	source := newSource(t)
	source.Close()
	_, err := newClient(t, vttest.Key, vtapi.Config{BaseURL: source.URL}).File(t.Context(), sha256)
	require.ErrorIs(t, err, virustotal.ErrUnavailable)
	assert.NotContains(t, err.Error(), "127.0.0.1")
}

func TestFileGivesUpWithItsContext(t *testing.T) {
	t.Parallel()
	source := newSource(t)
	ctx, cancel := context.WithCancel(t.Context())
	source.Next(func(w http.ResponseWriter, r *http.Request, usual http.HandlerFunc) {
		cancel()
		vttest.Held(nil)(w, r, usual)
	})
	_, err := newClient(t, vttest.Key, vtapi.Config{BaseURL: source.URL}).File(ctx, sha256)
	require.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, 1, source.Calls())
}

func TestASlowSourceIsHeardInTheEnd(t *testing.T) {
	t.Parallel()
	source := newSource(t)
	source.Add(virustotal.Report{SHA256: sha256})
	release := make(chan struct{})
	source.Next(func(w http.ResponseWriter, r *http.Request, usual http.HandlerFunc) {
		close(release)
		vttest.Held(release)(w, r, usual)
	})
	_, err := newClient(t, vttest.Key, vtapi.Config{BaseURL: source.URL}).File(t.Context(), sha256)
	require.NoError(t, err)
}

// roundTripper is a connection that exists in memory only.
type roundTripper func(*http.Request) *http.Response

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r), nil }

func TestRequestsAreAsDocumented(t *testing.T) {
	t.Parallel()
	var got *http.Request
	transport := roundTripper(func(r *http.Request) *http.Response {
		got = r
		return &http.Response{StatusCode: http.StatusForbidden, Body: http.NoBody}
	})
	client, err := vtapi.New("k", vtapi.Config{HTTPClient: &http.Client{Transport: transport}, UserAgent: "demo/1"})
	require.NoError(t, err)
	_, err = client.File(t.Context(), sha256)
	require.ErrorIs(t, err, virustotal.ErrCredentials)
	assert.Equal(t, "GET https://www.virustotal.com/api/v3/files/"+string(sha256), got.Method+" "+got.URL.String())
	assert.Equal(t, http.Header{"X-Apikey": {"k"}, "Accept": {"application/json"}, "User-Agent": {"demo/1"}}, got.Header)
}

func TestTheKeyDoesNotTravel(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("a request with the key %q reached another host", r.Header.Get("x-apikey"))
	}))
	t.Cleanup(elsewhere.Close)
	source := newSource(t)
	source.Always(redirect(elsewhere.URL))
	followsAll := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return nil }}
	for _, own := range []*http.Client{nil, followsAll} {
		_, err := newClient(t, vttest.Key, vtapi.Config{BaseURL: source.URL, HTTPClient: own}).File(t.Context(), sha256)
		require.ErrorIs(t, err, virustotal.ErrForeign)
	}
	assert.NoError(t, followsAll.CheckRedirect(nil, nil), "what we are handed stays as it was")
}

func TestNewRefusesWhatCannotWork(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"", "two words", "line\nbreak", "schlüssel"} {
		_, err := vtapi.New(key, vtapi.Config{})
		require.ErrorContains(t, err, "API key")
		assert.True(t, key == "" || !strings.Contains(err.Error(), key))
	}
	withUser := url.URL{Scheme: "https", User: url.UserPassword("u", "p"), Host: "host"}
	for _, address := range []string{"www.virustotal.com", "ftp://host", "https://", "https://host?q=1", "https://host#f", "://", withUser.String()} {
		_, err := vtapi.New("k", vtapi.Config{BaseURL: address})
		assert.ErrorContains(t, err, "Config.BaseURL", "%q", address)
	}
}

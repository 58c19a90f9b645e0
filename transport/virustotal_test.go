package transport_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/companion"
	"github.com/velocicompanion/velocicompanion/companion/companiontest"
	"github.com/velocicompanion/velocicompanion/store/memory"
	"github.com/velocicompanion/velocicompanion/transport"
	"github.com/velocicompanion/velocicompanion/virustotal"
	"github.com/velocicompanion/velocicompanion/virustotal/vtapi"
	"github.com/velocicompanion/velocicompanion/virustotal/vttest"
)

var (
	malicious  = virustotal.Hash(strings.Repeat("a", 64))
	clean      = virustotal.Hash(strings.Repeat("b", 64))
	suspicious = virustotal.Hash(strings.Repeat("c", 64))
	unheardOf  = virustotal.Hash(strings.Repeat("d", 64))
)

// newLookups is a server whose VirusTotal knows some files.
func newLookups(t *testing.T) *server {
	t.Helper()
	return withFiles(newServer(t))
}

func withFiles(s *server) *server {
	s.VirusTotalServer.Add(virustotal.Report{
		SHA256: malicious, SHA1: malicious[:40], MD5: malicious[:32], Stats: virustotal.Stats{Malicious: 41, Undetected: 29},
		Names: []string{"x.exe"}, ThreatLabel: "trojan.test/demo", Size: 7, LastAnalyzedAt: time.Unix(1_700_000_000, 0),
	})
	s.VirusTotalServer.Add(virustotal.Report{SHA256: clean, Stats: virustotal.Stats{Undetected: 70}})
	s.VirusTotalServer.Add(virustotal.Report{SHA256: suspicious, Stats: virustotal.Stats{Malicious: 1, Undetected: 69}})
	return s
}

// withKey is a server that asks VirusTotal with a key.
func withKey(t *testing.T, key string) *server {
	t.Helper()
	source := vttest.NewServer()
	t.Cleanup(source.Close)
	client, err := vtapi.New(key, vtapi.Config{BaseURL: source.URL})
	require.NoError(t, err)
	cfg := companion.Config{VirusTotalClient: client}
	cfg.VirusTotal.Backoff = time.Microsecond
	s := newServerWith(t, memory.New(), cfg)
	s.VirusTotalServer = source
	return withFiles(s)
}

const lookupPath = "/api/vt/lookup"

func TestVerdicts(t *testing.T) {
	t.Parallel()
	s := newLookups(t)
	for hash, want := range map[virustotal.Hash]object{
		malicious:  {"verdict": "malicious", "malicious": true},
		suspicious: {"verdict": "suspicious", "malicious": false},
		clean:      {"verdict": "clean", "malicious": false},
		unheardOf:  {"verdict": "unknown", "malicious": nil},
	} {
		t.Run(want["verdict"].(string), func(t *testing.T) {
			t.Parallel()
			got := into[object](t, s.call(t, s.Admin.Token, "POST", lookupPath, object{"hash": hash}), http.StatusOK)
			for field, value := range want {
				assert.Equal(t, value, got[field])
			}
			assert.Contains(t, got, "malicious")
			assert.NotEmpty(t, got["message"])
			assert.NotNil(t, got["names"])
			assert.Equal(t, false, got["from_cache"])
			again := into[object](t, s.call(t, s.Admin.Token, "POST", lookupPath, object{"hash": hash}), http.StatusOK)
			assert.Equal(t, true, again["from_cache"])
			assert.Equal(t, got["fetched_at"], again["fetched_at"])
		})
	}
}

func TestAFileIsKnownUnderAllItsHashesButToOneTenant(t *testing.T) {
	t.Parallel()
	s := newLookups(t)
	a, b := s.Tenant(t, "tenant-a", auth.RoleUser), s.Tenant(t, "tenant-b", auth.RoleUser)
	ask := func(token, hash string) object {
		return into[object](t, s.call(t, token, "POST", lookupPath, object{"hash": hash}), http.StatusOK)
	}
	ask(a.Token, string(malicious))
	for _, hash := range []virustotal.Hash{malicious, malicious[:40], malicious[:32]} {
		require.Equal(t, true, ask(a.Token, "  "+strings.ToUpper(string(hash)))["from_cache"])
	}
	require.Equal(t, false, ask(b.Token, string(malicious))["from_cache"])
	require.Equal(t, 2, s.VirusTotalServer.Calls())
}

func TestEachFileThatWasLookedUpIsListedOnceAndCountedOnce(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, s *server) {
		withFiles(s)
		a, b := s.Tenant(t, "tenant-a", auth.RoleUser), s.Tenant(t, "tenant-b", auth.RoleUser)
		for _, hash := range []virustotal.Hash{clean, malicious, malicious[:32], suspicious, malicious[:40], unheardOf} {
			into[object](t, s.call(t, a.Token, "POST", lookupPath, object{"hash": hash}), http.StatusOK)
		}
		into[object](t, s.call(t, b.Token, "POST", lookupPath, object{"hash": clean}), http.StatusOK)

		hashes := func(query string) (all []any) {
			for _, v := range pages[object](t, s, a.Token, "/api/vt/verdicts", query) {
				all = append(all, v["hash"])
			}
			return all
		}
		all := []any{string(unheardOf), string(suspicious), string(malicious), string(clean)}
		assert.Equal(t, all, hashes("limit=1"))
		assert.Equal(t, all, hashes(""))
		assert.Equal(t, all[2:3], hashes("verdict=malicious"))
		counts := func(token string) object {
			return into[object](t, s.call(t, token, "GET", "/api/vt/verdicts/counts", nil), http.StatusOK)
		}
		assert.Equal(t, object{"malicious": 1.0, "suspicious": 1.0, "clean": 1.0, "unknown": 1.0}, counts(a.Token))
		assert.Equal(t, object{"malicious": 0.0, "suspicious": 0.0, "clean": 1.0, "unknown": 0.0}, counts(b.Token))
		problem(t, s.call(t, a.Token, "GET", "/api/vt/verdicts?verdict=evil", nil), http.StatusUnprocessableEntity)
	})
}

func TestHashesThatAreNoneAreRefusedWithoutACall(t *testing.T) {
	t.Parallel()
	s := newLookups(t)
	for _, body := range []any{
		object{"hash": ""}, object{"hash": "zz"}, object{"hash": strings.Repeat("a", 63)}, object{"hash": strings.Repeat("g", 64)},
		object{"hash": strings.Repeat("a", 64) + "/../x"}, object{"hash": nil}, object{"hash": 5}, object{}, object{"hash": []string{"a"}},
		object{"hash": string(malicious), "key": "x"}, object{"hash": strings.Repeat("a", 100_000)},
	} {
		problem(t, s.call(t, s.Admin.Token, "POST", lookupPath, body), http.StatusUnprocessableEntity)
	}
	require.Zero(t, s.VirusTotalServer.Calls())
}

func TestAHundredAskersMakeOneCall(t *testing.T) {
	t.Parallel()
	s := newLookups(t)
	release := make(chan struct{})
	s.VirusTotalServer.Always(vttest.Held(release))
	answers := make(chan *http.Response, 100)
	var asking, all sync.WaitGroup
	asking.Add(cap(answers))
	for range cap(answers) {
		r := request(t, s.Admin.Token, "POST", lookupPath, object{"hash": malicious})
		all.Go(func() {
			asking.Done()
			answers <- serve(s.handler, r).Result()
		})
	}
	asking.Wait()
	close(release)
	all.Wait()
	close(answers)
	for answer := range answers {
		require.Equal(t, http.StatusOK, answer.StatusCode)
	}
	require.Equal(t, 1, s.VirusTotalServer.Calls())
}

// TestASourceThatFails has for each failure the status and a text that says who has to do what.
func TestASourceThatFails(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		key    string
		faults []vttest.Fault
		status int
		text   string
		calls  int
	}{
		"quota":            {vttest.Key, []vttest.Fault{vttest.Quota(90 * time.Second)}, http.StatusTooManyRequests, "quota", 1},
		"wrong key":        {"other", nil, http.StatusServiceUnavailable, "VT_API_KEY", 1},
		"down":             {vttest.Key, []vttest.Fault{vttest.Unavailable, vttest.Unavailable, vttest.Unavailable}, http.StatusServiceUnavailable, "Try again later", 3},
		"damaged answer":   {vttest.Key, []vttest.Fault{vttest.Malformed}, http.StatusServiceUnavailable, "VT_API_URL", 1},
		"broken off":       {vttest.Key, []vttest.Fault{vttest.Disconnect, vttest.Disconnect, vttest.Disconnect}, http.StatusServiceUnavailable, "Try again later", 3},
		"down and back":    {vttest.Key, []vttest.Fault{vttest.Unavailable, vttest.Disconnect}, http.StatusOK, "", 3},
		"nothing is wrong": {vttest.Key, nil, http.StatusOK, "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := withKey(t, test.key)
			s.VirusTotalServer.Next(test.faults...)
			w := s.call(t, s.Admin.Token, "POST", lookupPath, object{"hash": malicious})
			require.Equal(t, test.status, w.Code, w.Body.String())
			require.Equal(t, test.calls, s.VirusTotalServer.Calls())
			require.NotContains(t, w.Body.String(), "127.0.0.1")
			if test.status != http.StatusOK {
				require.Contains(t, problem(t, w, test.status)["detail"], test.text)
			}
			if test.status == http.StatusTooManyRequests {
				require.Contains(t, []string{"89", "90"}, w.Header().Get("Retry-After"))
			}
		})
	}
}

func TestNoSourceSaysWhatToSet(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c, err := companion.New(memory.New(), companion.Config{
		Secret: []byte("0123456789abcdefghijklmnopqrstuv"), Auth: auth.Config{InsecureFastPasswords: true},
	})
	require.NoError(t, err)
	_, _, err = c.Auth.EnsureAdmin(t.Context(), "first", "admin", companiontest.Password)
	require.NoError(t, err)
	s.handler = transport.New(c, transport.Config{})
	w := s.call(t, s.logIn(t, "admin").Access, "POST", lookupPath, object{"hash": malicious})
	require.Contains(t, problem(t, w, http.StatusServiceUnavailable)["detail"], "VT_API_KEY")
}

func TestASlowSourceIsCutByTheRequest(t *testing.T) {
	t.Parallel()
	s := newLookups(t)
	asked := make(chan struct{})
	s.VirusTotalServer.Always(func(w http.ResponseWriter, r *http.Request, usual http.HandlerFunc) {
		close(asked)
		vttest.Held(nil)(w, r, usual)
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-asked
		cancel()
	}()
	r := request(t, s.Admin.Token, "POST", lookupPath, object{"hash": malicious}).WithContext(ctx)
	problem(t, serve(s.handler, r), http.StatusServiceUnavailable)
}

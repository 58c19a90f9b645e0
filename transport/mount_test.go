package transport_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// mounted are the ways in which a service mounts the handler, each with its prefix.
func mounted(h http.Handler) map[string]http.Handler {
	under := http.NewServeMux()
	under.Handle("/hunt/", http.StripPrefix("/hunt", h))
	deeper := http.NewServeMux()
	deeper.Handle("/a/b/", http.StripPrefix("/a/b", h))
	outer := http.NewServeMux()
	outer.Handle("/v1/", http.StripPrefix("/v1", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		deeper.ServeHTTP(struct{ http.ResponseWriter }{w}, r) // a router's wrapper hides all but the writer itself
	})))
	return map[string]http.Handler{"": h, "/hunt": under, "/v1/a/b": outer}
}

// TestTheHandlerWorksUnderAnyPrefix follows links as a browser does, from where the handler is mounted.
func TestTheHandlerWorksUnderAnyPrefix(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for i := range 3 {
		s.must(t, s.Admin.Token, "POST", "/api/hosts", object{"hostname": string(rune('a' + i))}, http.StatusCreated)
	}
	for prefix, handler := range mounted(s.handler) {
		t.Run("under "+prefix, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(handler)
			defer server.Close()
			client := server.Client()
			client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			get := func(target string) (*http.Response, string) {
				r, err := http.NewRequestWithContext(t.Context(), "GET", target, nil)
				require.NoError(t, err)
				r.Header.Set("Authorization", "Bearer "+s.Admin.Token)
				answer, err := client.Do(r)
				require.NoError(t, err)
				defer answer.Body.Close()
				body, err := io.ReadAll(answer.Body)
				require.NoError(t, err)
				require.Equal(t, http.StatusOK, answer.StatusCode, target)
				return answer, string(body)
			}
			base := server.URL + prefix
			_, page := get(base + "/docs")
			links := regexp.MustCompile(`(?:href|src)="([^"#]+)"`).FindAllStringSubmatch(page, -1)
			require.GreaterOrEqual(t, len(links), 2)
			for _, link := range links {
				get(resolve(t, base+"/docs", link[1]))
			}
			for _, list := range []string{"/api/hosts", "/api/hosts/"} {
				seen, next := 0, base+list+"?limit=1"
				for next != "" {
					answer, body := get(next)
					seen += strings.Count(body, `"hostname"`)
					target, _, more := strings.Cut(strings.TrimPrefix(answer.Header.Get("Link"), "<"), ">")
					if !more {
						break
					}
					next = resolve(t, next, target)
				}
				require.Equal(t, 3, seen)
			}
		})
	}
}

// TestThePageOfTheRoutesHasOneAddress: its links are relative, and lead astray from one with a slash at its end.
func TestThePageOfTheRoutesHasOneAddress(t *testing.T) {
	t.Parallel()
	for prefix, handler := range mounted(newServer(t).handler) {
		w := serve(handler, request(t, "", "GET", prefix+"/docs/", nil))
		require.Equal(t, http.StatusPermanentRedirect, w.Code)
		base := "http://host" + prefix
		require.Equal(t, base+"/docs", resolve(t, base+"/docs/", w.Header().Get("Location")))
	}
}

func resolve(t *testing.T, base, link string) string {
	t.Helper()
	from, err := url.Parse(base)
	require.NoError(t, err)
	to, err := from.Parse(link)
	require.NoError(t, err)
	require.Equal(t, from.Host, to.Host)
	return to.String()
}

// TestPathsAreNeverRedirected asks paths that http.ServeMux would redirect, without the prefix that it does not know.
func TestPathsAreNeverRedirected(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for prefix, handler := range mounted(s.handler) {
		for _, path := range []string{
			"/", "//", "///", "/api", "/api//hosts", "/api/hosts//", "/api/./hosts", "/api/../api/hosts", "/api/hosts/..", "/api/hosts/../../..",
			"/%2e%2e/api/hosts", "/api/%2e/hosts", "/api/hosts%2f%2f", "/api/hosts/%2e%2e", "/nothing", "/docs/x", "/API/hosts", "/api/hosts/a/b",
		} {
			r := request(t, s.Admin.Token, "GET", "/", nil)
			u, err := url.ParseRequestURI(prefix + path)
			require.NoError(t, err)
			r.URL = u
			w := serve(handler, r)
			if prefix != "" && w.Code >= 300 && w.Code < 400 {
				continue // by the service's own router
			}
			assert.Equal(t, http.StatusNotFound, w.Code, prefix+path)
			assert.Empty(t, w.Header().Get("Location"), prefix+path)
		}
	}
	for _, path := range []string{"/api/hosts/", "/api/hosts%2f"} {
		require.Equal(t, http.StatusOK, s.call(t, s.Admin.Token, "GET", path, nil).Code, path)
	}
}

func TestHeadAndOptionsSayWhatARouteTakes(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	server := httptest.NewServer(s.handler)
	defer server.Close()
	for _, r := range routes(t, s) {
		path := regexp.MustCompile(`\{[^}]*\}`).ReplaceAllString(r.Path, "x")
		w := s.call(t, "", "OPTIONS", path, nil)
		require.Equal(t, http.StatusNoContent, w.Code, r.Path)
		require.Contains(t, strings.Split(w.Header().Get("Allow"), ", "), r.Method, r.Path)
		if r.Method != "GET" {
			continue
		}
		ask, err := http.NewRequestWithContext(t.Context(), "HEAD", server.URL+path, nil)
		require.NoError(t, err)
		ask.Header.Set("Authorization", "Bearer "+s.Admin.Token)
		answer, err := server.Client().Do(ask)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		require.Equal(t, s.call(t, s.Admin.Token, "GET", path, nil).Code, answer.StatusCode, r.Path)
	}
	problem(t, s.call(t, s.Admin.Token, "OPTIONS", "/nothing", nil), http.StatusNotFound)
	w := s.call(t, s.Admin.Token, "TRACE", "/api/users/x", nil)
	problem(t, w, http.StatusMethodNotAllowed)
	require.Equal(t, "DELETE, GET, PUT, OPTIONS, HEAD", w.Header().Get("Allow"))
}

package transport_test

import (
	"crypto/tls"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/companion/companiontest"
)

// asBrowser asks for the cookie.
var asBrowser = []string{"X-Refresh", "cookie"}

// loginCookie logs a browser in and returns its cookie and its access token.
func (s *server) loginCookie(t *testing.T) (*http.Cookie, string) {
	t.Helper()
	w := s.call(t, "", "POST", "/api/auth/login", object{"username": "admin", "password": companiontest.Password}, asBrowser...)
	return cookieOf(t, w), into[tokens](t, w, http.StatusOK).Access
}

// cookieOf is the one cookie of an answer, whose JSON has no refresh token.
func cookieOf(t *testing.T, w *httptest.ResponseRecorder) *http.Cookie {
	t.Helper()
	require.NotContains(t, w.Body.String(), "refresh_token")
	require.NotContains(t, w.Body.String(), "vcr_")
	cookies := w.Result().Cookies()
	require.Len(t, cookies, 1, w.Body.String())
	return cookies[0]
}

// withCookie sends a browser's request.
func (s *server) withCookie(t *testing.T, path string, cookie *http.Cookie, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	return s.call(t, "", "POST", path, nil, append(header, "Cookie", cookie.Name+"="+cookie.Value)...)
}

func TestABrowserKeepsItsRefreshTokenWhereNoScriptReadsIt(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	cookie, access := s.loginCookie(t)
	assert.True(t, cookie.HttpOnly)
	assert.Equal(t, http.SameSiteStrictMode, cookie.SameSite)
	assert.Empty(t, cookie.Path, "the folder of the route: see TestTheCookieGoesToNoOtherRouteUnderAnyPrefix")
	assert.Empty(t, cookie.Domain, "this host alone")
	assert.InDelta(t, 14*24*60*60, cookie.MaxAge, 60, "as long as the session")

	next := s.withCookie(t, "/api/auth/refresh", cookie, asBrowser...)
	refreshed := cookieOf(t, next)
	assert.NotEqual(t, cookie.Value, refreshed.Value)
	require.Equal(t, http.StatusOK, s.call(t, into[tokens](t, next, http.StatusOK).Access, "GET", "/api/auth/me", nil).Code)

	home := s.Admin.TenantID.String()
	switched := cookieOf(t, s.call(t, access, "POST", "/api/auth/switch", object{"tenant_id": home}, asBrowser...))
	require.NotEqual(t, refreshed.Value, switched.Value)
	require.Equal(t, http.StatusOK, s.withCookie(t, "/api/auth/refresh", switched, asBrowser...).Code)
}

func TestTheCookieIsSecureWhereThePageCameByTLS(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for name, test := range map[string]struct {
		origin string
		tls    *tls.ConnectionState
		secure bool
	}{
		"plain":             {"http://companion.example", nil, false},
		"TLS":               {"", &tls.ConnectionState{}, true},
		"a proxy ended TLS": {"https://companion.example", nil, true},
	} {
		r := request(t, "", "POST", "/api/auth/login", object{"username": "admin", "password": companiontest.Password}, asBrowser...)
		r.Header.Set("Origin", test.origin)
		r.TLS = test.tls
		assert.Equal(t, test.secure, cookieOf(t, serve(s.handler, r)).Secure, name)
	}
}

// TestACookieWithoutTheHeaderIsNothing is what keeps other sites from using it: they cannot set the header.
func TestACookieWithoutTheHeaderIsNothing(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	cookie, access := s.loginCookie(t)
	w := s.withCookie(t, "/api/auth/refresh", cookie)
	problem(t, w, http.StatusUnauthorized)
	require.Empty(t, w.Header().Get("Set-Cookie"))
	problem(t, s.withCookie(t, "/api/auth/logout", cookie), http.StatusUnauthorized)
	require.Equal(t, http.StatusOK, s.call(t, access, "GET", "/api/auth/me", nil).Code, "the session lives")
	badInput(t, s.withCookie(t, "/api/auth/refresh", cookie, "X-Refresh", "please"), "X-Refresh")

	preflight := request(t, "", "OPTIONS", "/api/auth/refresh", nil, "Origin", "https://evil.example",
		"Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "x-refresh")
	for name := range serve(s.handler, preflight).Header() {
		require.False(t, strings.HasPrefix(name, "Access-Control-"), "another site's preflight is not answered")
	}
	require.Equal(t, http.StatusOK, s.withCookie(t, "/api/auth/refresh", cookie, asBrowser...).Code)
}

func TestAProgramGetsNoCookie(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	w := s.call(t, "", "POST", "/api/auth/login", object{"username": "admin", "password": companiontest.Password})
	login := into[tokens](t, w, http.StatusOK)
	require.Empty(t, w.Header().Values("Set-Cookie"))
	w = s.call(t, "", "POST", "/api/auth/refresh", object{"refresh_token": login.Refresh})
	require.NotEmpty(t, into[tokens](t, w, http.StatusOK).Refresh)
	require.Empty(t, w.Header().Values("Set-Cookie"))
	p := problem(t, s.call(t, "", "POST", "/api/auth/refresh", nil), http.StatusUnauthorized)
	require.Contains(t, p["detail"], "refresh token")
}

// TestTwoTabsThatRefreshAtOnceStayLoggedIn presents one cookie twice, as a browser does before it has the first answer.
func TestTwoTabsThatRefreshAtOnceStayLoggedIn(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, s *server) {
		cookie, _ := s.loginCookie(t)
		one, other := s.withCookie(t, "/api/auth/refresh", cookie, asBrowser...), s.withCookie(t, "/api/auth/refresh", cookie, asBrowser...)
		require.Equal(t, cookieOf(t, one).Value, cookieOf(t, other).Value, "whichever answer comes last")
		for _, tab := range []*httptest.ResponseRecorder{one, other} {
			require.Equal(t, http.StatusOK, s.call(t, into[tokens](t, tab, http.StatusOK).Access, "GET", "/api/auth/me", nil).Code)
		}
		next := cookieOf(t, s.withCookie(t, "/api/auth/refresh", cookieOf(t, one), asBrowser...))

		// The first token again, now that its successor was used as well: one of the two who have it stole it.
		problem(t, s.withCookie(t, "/api/auth/refresh", cookie, asBrowser...), http.StatusUnauthorized)
		problem(t, s.withCookie(t, "/api/auth/refresh", next, asBrowser...), http.StatusUnauthorized)
	})
}

func TestLogoutTakesWhateverTheClientHas(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	cookie, access := s.loginCookie(t)
	w := s.withCookie(t, "/api/auth/logout", cookie, asBrowser...)
	require.Equal(t, http.StatusNoContent, w.Code, w.Body.String())
	gone := cookieOf(t, w)
	require.Equal(t, cookie.Name, gone.Name)
	require.Negative(t, gone.MaxAge)
	require.Empty(t, gone.Value)
	problem(t, s.call(t, access, "GET", "/api/auth/me", nil), http.StatusUnauthorized)
	problem(t, s.withCookie(t, "/api/auth/refresh", cookie, asBrowser...), http.StatusUnauthorized)

	login := s.logIn(t, "admin")
	w = s.call(t, "", "POST", "/api/auth/logout", object{"refresh_token": login.Refresh})
	require.Equal(t, http.StatusNoContent, w.Code)
	require.Empty(t, w.Header().Values("Set-Cookie"))
	problem(t, s.call(t, login.Access, "GET", "/api/auth/me", nil), http.StatusUnauthorized)

	login = s.logIn(t, "admin")
	require.Equal(t, http.StatusNoContent, s.call(t, login.Access, "POST", "/api/auth/logout", nil).Code)
	problem(t, s.call(t, login.Access, "GET", "/api/auth/me", nil), http.StatusUnauthorized)
	problem(t, s.call(t, "", "POST", "/api/auth/logout", nil, asBrowser...), http.StatusUnauthorized)
	require.Equal(t, http.StatusOK, s.call(t, s.Admin.Token, "GET", "/api/auth/me", nil).Code, "another session of the user")
}

func TestAProgramsTokenEndsNoSession(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	made := into[object](t, s.call(t, s.Admin.Token, "POST", "/api/tokens", object{"name": "push", "scope": string(auth.ScopeIngest)}), http.StatusCreated)
	problem(t, s.call(t, made["token"].(string), "POST", "/api/auth/logout", nil), http.StatusForbidden)
}

// TestTheCookieGoesToNoOtherRouteUnderAnyPrefix lets a browser's rules decide where the cookie is sent.
func TestTheCookieGoesToNoOtherRouteUnderAnyPrefix(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for prefix, handler := range mounted(s.handler) {
		server := httptest.NewServer(handler)
		defer server.Close()
		jar, err := cookiejar.New(nil)
		require.NoError(t, err)
		client := &http.Client{Jar: jar}
		post := func(path string, status int) {
			r, err := http.NewRequestWithContext(t.Context(), "POST", server.URL+prefix+path,
				strings.NewReader(`{"username":"admin","password":"`+companiontest.Password+`"}`))
			require.NoError(t, err)
			if path != "/api/auth/login" {
				r.Body = http.NoBody
				r.ContentLength = 0
			}
			r.Header.Set("X-Refresh", "cookie")
			answer, err := client.Do(r)
			require.NoError(t, err)
			require.NoError(t, answer.Body.Close())
			require.Equal(t, status, answer.StatusCode, prefix+path)
		}
		sent := func(path string) int {
			u, err := url.Parse(server.URL + path)
			require.NoError(t, err)
			return len(jar.Cookies(u))
		}
		post("/api/auth/login", http.StatusOK)
		post("/api/auth/refresh", http.StatusOK)
		for _, path := range []string{"/", "/api/hosts", "/api/authors", "/docs", "/elsewhere/api/auth/refresh"} {
			require.Zero(t, sent(prefix+path), prefix+path)
		}
		require.Equal(t, 1, sent(prefix+"/api/auth/refresh"))
		post("/api/auth/logout", http.StatusNoContent)
		require.Zero(t, sent(prefix+"/api/auth/refresh"), "forgotten")
		post("/api/auth/refresh", http.StatusUnauthorized)
	}
}

func TestTheCookieIsInTheDocument(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for _, r := range routes(t, s) {
		takes := map[string]bool{}
		for _, p := range r.Params {
			takes[p.In+" "+p.Name] = true
		}
		sets := slices.Contains([]string{"login", "refresh", "switch-tenant", "logout"}, r.ID)
		reads := slices.Contains([]string{"refresh", "logout"}, r.ID)
		require.Equal(t, sets, takes["header X-Refresh"], r.ID)
		require.Equal(t, reads, takes["cookie vc_refresh"], r.ID)
	}
}

// TestAProgramsTokenIsNoBrowsers holds that a program's token, stolen and sent as a cookie, is not taken a second time.
func TestAProgramsTokenIsNoBrowsers(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	login := object{"username": "admin", "password": companiontest.Password}
	stolen := into[tokens](t, s.call(t, "", "POST", "/api/auth/login", login), http.StatusOK).Refresh
	owners := into[tokens](t, s.call(t, "", "POST", "/api/auth/refresh", object{"refresh_token": stolen}), http.StatusOK)
	problem(t, s.withCookie(t, "/api/auth/refresh", &http.Cookie{Name: "vc_refresh", Value: stolen}, asBrowser...), http.StatusUnauthorized)
	problem(t, s.call(t, owners.Access, "GET", "/api/auth/me", nil), http.StatusUnauthorized)
}

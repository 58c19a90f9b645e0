package transport_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/companion"
	"github.com/velocicompanion/velocicompanion/companion/companiontest"
	"github.com/velocicompanion/velocicompanion/store/memory"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

const form = "application/x-www-form-urlencoded"

// openServer is a server at which anybody may register, in the tenant of its first admin.
func openServer(t *testing.T) *server {
	t.Helper()
	stores := memory.New()
	home := tenancy.New()
	require.NoError(t, stores.Tenants.CreateTenant(t.Context(), tenancy.Tenant{ID: home, Name: "newcomers"}))
	return newServerWith(t, stores, companion.Config{
		Auth: auth.Config{Registration: auth.PolicyOpen, RegistrationTenant: home},
	})
}

type tokens struct {
	Access    string `json:"access_token"`
	Type      string `json:"token_type"`
	ExpiresIn int    `json:"expires_in"`
	Refresh   string `json:"refresh_token"`
}

func (s *server) logIn(t *testing.T, username string) tokens {
	t.Helper()
	w := s.call(t, "", "POST", "/api/auth/login", object{"username": username, "password": companiontest.Password})
	return into[tokens](t, w, http.StatusOK)
}

// TestTheOriginalsClientKeepsWorking walks the way that a client of the original goes.
func TestTheOriginalsClientKeepsWorking(t *testing.T) {
	t.Parallel()
	s := openServer(t)
	w := s.call(t, "", "POST", "/api/auth/register", object{"username": "testuser", "password": "testpass123-longer", "role": "user"})
	user := into[object](t, w, http.StatusCreated)
	require.Equal(t, "testuser", user["username"])
	require.Equal(t, "user", user["role"])
	require.Equal(t, true, user["is_active"])
	require.NotContains(t, strings.ToLower(w.Body.String()), "password")

	credentials := url.Values{
		"grant_type": {"password"}, "username": {"testuser"}, "password": {"testpass123-longer"},
		"scope": {""}, "client_id": {"string"}, "client_secret": {""},
	}
	login := into[tokens](t, s.call(t, "", "POST", "/api/auth/login", credentials.Encode(), "Content-Type", form), http.StatusOK)
	require.Equal(t, "bearer", login.Type)
	require.Equal(t, 30*60, login.ExpiresIn)

	me := into[object](t, s.call(t, login.Access, "GET", "/api/auth/me", nil), http.StatusOK)
	require.Equal(t, user["id"], me["id"])
	for _, path := range []string{"/api/tenants", "/api/tenants/", "/api/hosts", "/api/hosts/"} {
		into[[]object](t, s.call(t, login.Access, "GET", path, nil), http.StatusOK)
	}
	w = s.call(t, login.Access, "POST", "/api/hosts/", object{
		"hostname": "pc1", "ip_address": "10.0.0.5", "os": "windows", "host_metadata": object{"rack": 3},
	})
	host := into[object](t, w, http.StatusCreated)
	require.Equal(t, me["tenant_id"], host["tenant_id"])
	w = s.call(t, login.Access, "POST", "/api/ingestion/ingest/", object{"hostname": "pc1", "data": object{"cpu": 4}})
	require.Equal(t, host["id"], into[object](t, w, http.StatusCreated)["host_id"])
}

func TestLoginTakesFormsAndJSON(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	good := url.Values{"username": {"admin"}, "password": {companiontest.Password}}
	for name, test := range map[string]struct {
		body        any
		contentType string
		status      int
	}{
		"form":                   {good.Encode(), form, http.StatusOK},
		"form with a charset":    {good.Encode(), form + "; charset=utf-8", http.StatusOK},
		"form in capitals":       {good.Encode(), strings.ToUpper(form), http.StatusOK},
		"JSON":                   {object{"username": "admin", "password": companiontest.Password}, "", http.StatusOK},
		"JSON of no stated type": {`{"username":"admin","password":"` + companiontest.Password + `"}`, "", http.StatusOK},
		"name in other case":     {object{"username": "Admin", "password": companiontest.Password}, "", http.StatusOK},
		"a field twice":          {good.Encode() + "&username=other", form, http.StatusBadRequest},
		"an unknown field":       {good.Encode() + "&tenant_id=x", form, http.StatusUnprocessableEntity},
		"no password":            {"username=admin", form, http.StatusUnprocessableEntity},
		"another grant":          {good.Encode() + "&grant_type=client_credentials", form, http.StatusUnprocessableEntity},
		"a damaged form":         {"username=%zz", form, http.StatusBadRequest},
		"XML":                    {"<login/>", "application/xml", http.StatusUnsupportedMediaType},
		"JSON in capitals":       {`{"username":"admin","password":"` + companiontest.Password + `"}`, "Application/JSON", http.StatusOK},
		"nothing":                {nil, "", http.StatusBadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := s.call(t, "", "POST", "/api/auth/login", test.body, headerUnlessEmpty("Content-Type", test.contentType)...)
			if test.status == http.StatusOK {
				require.NotEmpty(t, into[tokens](t, w, test.status).Refresh)
				return
			}
			problem(t, w, test.status)
		})
	}
}

func headerUnlessEmpty(name, value string) []string {
	if value == "" {
		return nil
	}
	return []string{name, value}
}

// TestFailedLoginsLookAlike is P3.
func TestFailedLoginsLookAlike(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	inactive := s.Invite(t, s.Admin.Principal, "inactive", auth.RoleUser)
	w := s.call(t, s.Admin.Token, "DELETE", "/api/users/"+inactive.ID, nil)
	require.Equal(t, http.StatusNoContent, w.Code, w.Body.String())

	wrong := s.call(t, "", "POST", "/api/auth/login", object{"username": "admin", "password": "wrong-wrong-wrong"})
	problem(t, wrong, http.StatusUnauthorized)
	for _, body := range []object{
		{"username": "nobody", "password": "wrong-wrong-wrong"},
		{"username": "inactive", "password": companiontest.Password},
		{"username": "no\x00body\r\n", "password": "wrong-wrong-wrong"},
		{"username": strings.Repeat("x", 10_000), "password": strings.Repeat("x", 10_000)},
	} {
		w := s.call(t, "", "POST", "/api/auth/login", body)
		assert.Equal(t, wrong.Code, w.Code)
		assert.Equal(t, wrong.Body.String(), w.Body.String())
		assert.Equal(t, comparable(wrong), comparable(w))
	}
}

func TestGuessingIsSlowedDown(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for range 200 {
		w := s.call(t, "", "POST", "/api/auth/login", object{"username": "victim", "password": "wrong-wrong-wrong"})
		if w.Code == http.StatusUnauthorized {
			continue
		}
		p := problem(t, w, http.StatusTooManyRequests)
		require.Regexp(t, `^[1-9]\d*$`, w.Header().Get("Retry-After"))
		require.Contains(t, p["detail"], w.Header().Get("Retry-After")+" seconds")
		return
	}
	require.Fail(t, "200 wrong passwords were tried without a pause")
}

// TestRegistrationDecidesRoleAndTenantItself is P5.
func TestRegistrationDecidesRoleAndTenantItself(t *testing.T) {
	t.Parallel()
	s := openServer(t)
	for name, test := range map[string]struct {
		more   object
		status int
	}{
		"an admin":               {object{"role": "admin"}, http.StatusUnprocessableEntity},
		"a tenant":               {object{"tenant_id": s.Admin.TenantID.String()}, http.StatusUnprocessableEntity},
		"active already":         {object{"is_active": true}, http.StatusUnprocessableEntity},
		"a bad name":             {object{"username": "a b\r\n"}, http.StatusUnprocessableEntity},
		"a short password":       {object{"password": "short"}, http.StatusUnprocessableEntity},
		"a long password":        {object{"password": strings.Repeat("x", 73)}, http.StatusUnprocessableEntity},
		"a common password":      {object{"password": "password123"}, http.StatusUnprocessableEntity},
		"an invite that is none": {object{"invite": "vci_none"}, http.StatusUnprocessableEntity},
		"a name that is taken":   {object{"username": "ADMIN"}, http.StatusConflict},
		"nothing else":           {nil, http.StatusCreated},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := object{"username": "newcomer", "password": companiontest.Password}
			for field, value := range test.more {
				body[field] = value
			}
			w := s.call(t, "", "POST", "/api/auth/register", body)
			require.Equal(t, test.status, w.Code, w.Body.String())
		})
	}
}

func TestRegistrationIsByPolicy(t *testing.T) {
	t.Parallel()
	body := object{"username": "newcomer", "password": companiontest.Password}
	p := problem(t, newServer(t).call(t, "", "POST", "/api/auth/register", body), http.StatusForbidden)
	require.Contains(t, p["detail"], "invite")

	closed := newServerWith(t, memory.New(), companion.Config{Auth: auth.Config{Registration: auth.PolicyClosed}})
	p = problem(t, closed.call(t, "", "POST", "/api/auth/register", body), http.StatusForbidden)
	require.Contains(t, p["detail"], "closed")
}

// TestRefreshTokensAreGoodOnce is J4.
func TestRefreshTokensAreGoodOnce(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	first := s.logIn(t, "admin")
	second := into[tokens](t, s.call(t, "", "POST", "/api/auth/refresh", object{"refresh_token": first.Refresh}), http.StatusOK)
	require.Equal(t, http.StatusOK, s.call(t, second.Access, "GET", "/api/auth/me", nil).Code)
	require.NotEqual(t, first.Refresh, second.Refresh)

	p := problem(t, s.call(t, "", "POST", "/api/auth/refresh", object{"refresh_token": first.Refresh}), http.StatusUnauthorized)
	require.Contains(t, p["detail"], "used before")
	for _, ended := range []tokens{first, second} {
		problem(t, s.call(t, ended.Access, "GET", "/api/auth/me", nil), http.StatusUnauthorized)
		problem(t, s.call(t, "", "POST", "/api/auth/refresh", object{"refresh_token": ended.Refresh}), http.StatusUnauthorized)
	}
}

// TestTokensThatAreNotOursAreRefused is J1 and J3 as a client sees them.
func TestTokensThatAreNotOursAreRefused(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	head, rest, _ := strings.Cut(s.Admin.Token, ".")
	claims, signature, _ := strings.Cut(rest, ".")
	forged := "A" + signature[1:]
	if forged == signature {
		forged = "B" + signature[1:]
	}
	for name, value := range map[string]string{
		"other claims":   "Bearer " + head + "." + strings.ToUpper(claims) + "." + signature,
		"forged":         "Bearer " + head + "." + claims + "." + forged,
		"unsigned":       "Bearer eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0." + claims + ".",
		"no JWT":         "Bearer x.y.z",
		"huge":           "Bearer " + strings.Repeat("a", 1<<20),
		"NUL":            "Bearer \x00",
		"empty":          "Bearer ",
		"another scheme": "Basic " + s.Admin.Token,
		"a refresh":      "Bearer " + s.logIn(t, "admin").Refresh,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := s.call(t, "", "GET", "/api/auth/me", nil, "Authorization", value)
			problem(t, w, http.StatusUnauthorized)
			require.Equal(t, "Bearer", w.Header().Get("WWW-Authenticate"))
			require.Less(t, w.Body.Len(), 500)
		})
	}
	r := request(t, s.Admin.Token, "GET", "/api/auth/me", nil)
	r.Header.Add("Authorization", "Bearer other")
	problem(t, serve(s.handler, r), http.StatusUnauthorized)
}

package transport_test

import (
	"maps"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTokensOfPrograms(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	until := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	made := into[object](t, s.call(t, s.Admin.Token, "POST", "/api/tokens",
		object{"name": "push", "scope": "ingest", "expires_at": until}), http.StatusCreated)
	secret := made["token"].(string)
	d := openAPI(t, s)
	documented := d.fields(d.Paths["/api/tokens"]["post"].Responses["201"].Content["application/json"].Schema)
	require.ElementsMatch(t, slices.Collect(maps.Keys(made)), slices.Collect(maps.Keys(documented)))
	listed := into[[]object](t, s.call(t, s.Admin.Token, "GET", "/api/tokens", nil), http.StatusOK)
	require.Len(t, listed, 1)
	require.NotContains(t, listed[0], "token", "it is shown once")
	require.Equal(t, until.Format(time.RFC3339), listed[0]["expires_at"])
	require.Nil(t, listed[0]["last_used_at"])
	for _, shown := range []object{made, listed[0]} {
		require.Equal(t, s.Admin.ID, shown["created_by"])
		require.Equal(t, s.Admin.Username, shown["created_by_username"])
		require.Equal(t, true, shown["created_by_is_active"])
		require.Equal(t, true, shown["usable"])
	}

	s.ingest(t, secret, "A", "pc1", "F.1", `{"a":1}`)
	listed = into[[]object](t, s.call(t, s.Admin.Token, "GET", "/api/tokens", nil), http.StatusOK)
	require.NotNil(t, listed[0]["last_used_at"])
	for _, path := range []string{"/api/hosts", "/api/collections", "/api/auth/me", "/api/tenants", "/api/tokens", "/api/artifacts"} {
		problem(t, s.call(t, secret, "GET", path, nil), http.StatusForbidden)
	}
	require.Equal(t, http.StatusNoContent, s.call(t, s.Admin.Token, "DELETE", "/api/tokens/"+made["id"].(string), nil).Code)
	problem(t, s.call(t, secret, "POST", linesTarget("A", "pc1", "F.1"), `{"a":1}`, "Content-Type", lines), http.StatusUnauthorized)
	problem(t, s.call(t, s.Admin.Token, "DELETE", "/api/tokens/"+made["id"].(string), nil), http.StatusNotFound)
}

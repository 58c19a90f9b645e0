package main

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheServicesOwnLoginOpensTheCompanion(t *testing.T) {
	t.Parallel()
	handler, err := service(t.Context())
	require.NoError(t, err)
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	client := &http.Client{Jar: jar}
	get := func(path string) (int, string) {
		answer, err := client.Get(server.URL + path)
		require.NoError(t, err)
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		return answer.StatusCode, string(body)
	}

	status, _ := get("/hunting/api/hosts")
	require.Equal(t, http.StatusUnauthorized, status)

	_, err = client.PostForm(server.URL+"/login", url.Values{"name": {"ana"}})
	require.NoError(t, err)
	answer, err := client.Post(server.URL+"/hunting/api/ingestion/ingest", "application/json",
		strings.NewReader(`{"hostname":"pc1","artifact":"Custom.Thing","rows":[{"a":1}]}`))
	require.NoError(t, err)
	require.Equal(t, http.StatusCreated, answer.StatusCode)
	status, body := get("/hunting/api/hosts")
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, body, "pc1")

	status, _ = get("/hunting/docs")
	require.Equal(t, http.StatusOK, status)
	status, _ = get("/hunting/api/auth/me")
	require.Equal(t, http.StatusNotFound, status, "the companion's own login is not served")
}

package main

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestHealthAsksTheServerOnThisMachine(t *testing.T) {
	t.Parallel()
	p := start(t, "sqlite://"+filepath.Join(t.TempDir(), "vc.db"))
	_, port, _ := strings.Cut(strings.TrimPrefix(p.url, "http://"), ":")
	for _, addr := range []string{strings.TrimPrefix(p.url, "http://"), ":" + port, "0.0.0.0:" + port} {
		require.NoError(t, healthAt(t, addr))
	}
	sick := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }))
	defer sick.Close()
	require.ErrorContains(t, healthAt(t, sick.Listener.Addr().String()), "503")
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	require.Error(t, healthAt(t, gone.Listener.Addr().String()))
	require.ErrorContains(t, healthAt(t, "nonsense"), "LISTEN_ADDR")
}

// healthAt runs the command as the image does: with the settings of the server beside it.
func healthAt(t *testing.T, addr string) error {
	t.Helper()
	env := map[string]string{"LISTEN_ADDR": addr, "DATABASE_URL": "postgres://companion@database/companion", "SECRET_KEY": "any"}
	return run(t.Context(), []string{"health"}, environment(env), nil, t.Output(), t.Output())
}

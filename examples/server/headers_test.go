package main

import (
	"net/http"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEveryAnswerHoldsBrowsersToAPolicyWithoutInlineCode(t *testing.T) {
	t.Parallel()
	p := start(t, "sqlite://"+filepath.Join(t.TempDir(), "vc.db"))
	for _, path := range []string{"/", "/docs", "/docs.css", "/openapi.json", "/health", "/api/hosts", "/nothing"} {
		answer, err := p.request(t.Context(), http.MethodGet, path, nil)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		policy := answer.Header.Get("Content-Security-Policy")
		require.Contains(t, policy, "default-src 'none'", path)
		require.Contains(t, policy, "frame-ancestors 'none'", path)
		require.NotContains(t, policy, "unsafe", path)
		require.NotContains(t, policy, "*", path)
		require.Equal(t, "nosniff", answer.Header.Get("X-Content-Type-Options"), path)
		require.Equal(t, "same-origin", answer.Header.Get("Cross-Origin-Opener-Policy"), path)
		for _, name := range []string{"Referrer-Policy", "Permissions-Policy"} {
			require.NotEmpty(t, answer.Header.Get(name), path)
		}
	}
}

func TestPagesMayTalkToAnAPIElsewhereAndToNobodyElse(t *testing.T) {
	t.Parallel()
	require.Contains(t, pagePolicy("https://api.example/v1"), "connect-src 'self' https://api.example;")
	for _, here := range []string{"", "/v1", "not a url\n"} {
		require.Contains(t, pagePolicy(here), "connect-src 'self';", here)
	}
}

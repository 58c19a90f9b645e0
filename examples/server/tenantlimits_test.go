package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/companion"
	"github.com/velocicompanion/velocicompanion/companion/companiontest"
	"github.com/velocicompanion/velocicompanion/store/memory"
	"github.com/velocicompanion/velocicompanion/tenancy"
	"github.com/velocicompanion/velocicompanion/transport"
)

func limitsFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "limits.json")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// TestATenantHasTheLimitsOfTheFile sends 1.5 MiB to a tenant that may send 1, to one that may send 2, and to another.
func TestATenantHasTheLimitsOfTheFile(t *testing.T) {
	t.Parallel()
	stores := memory.New()
	before := companiontest.Over(t, stores, companion.Config{})
	small, large := before.Tenant(t, "small", auth.RoleUser), before.Tenant(t, "large", auth.RoleUser)
	s, err := readSettings(environment(map[string]string{
		"INGEST_MAX_BODY_MIB": "3",
		"INGEST_TENANT_LIMITS": limitsFile(t, fmt.Sprintf(`{%q: {"INGEST_MAX_BODY_MIB": 1}, %q: {"INGEST_MAX_BODY_MIB": 2, "INGEST_MAX_RATIO": 9}}`,
			small.TenantID, large.TenantID)),
	}), false)
	require.NoError(t, err)
	after := companiontest.Over(t, stores, companion.Config{Ingest: s.ingest})
	handler := transport.New(after.Companion, transport.Config{})
	body := strings.Repeat(`{"text":"`+strings.Repeat("x", 1<<19)+`"}`+"\n", 3)
	for token, status := range map[string]int{
		small.Token: http.StatusRequestEntityTooLarge, large.Token: http.StatusCreated, after.Admin.Token: http.StatusCreated,
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, ingestPath, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-ndjson")
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		require.Equal(t, status, w.Code, w.Body.String())
	}
}

func TestWrongLimitsOfATenantAreNamed(t *testing.T) {
	t.Parallel()
	id := tenancy.New().String()
	for want, text := range map[string]string{
		"is not as {": "[]", "limits.json is not as {": `{"` + id + `": {"INGEST_MAX_RATIO": "many"}}`,
		`"INGEST_MAX_AT_ONCE" limits no single tenant`: `{"` + id + `": {"INGEST_MAX_AT_ONCE": 1}}`,
		"INGEST_MAX_RATIO: 0 is not":                   `{"` + id + `": {"INGEST_MAX_RATIO": 0}}`,
		"INGEST_MAX_BODY_MIB: 8796093022208 is above":  `{"` + id + `": {"INGEST_MAX_BODY_MIB": 8796093022208}}`,
		"INGEST_TENANT_LIMITS: tenancy":                `{"nobody": {}}`,
	} {
		_, err := readSettings(environment(map[string]string{"INGEST_TENANT_LIMITS": limitsFile(t, text)}), false)
		require.ErrorContains(t, err, want)
	}
	_, err := readSettings(environment(map[string]string{"INGEST_TENANT_LIMITS": "/does/not/exist"}), false)
	require.ErrorContains(t, err, "INGEST_TENANT_LIMITS")
}

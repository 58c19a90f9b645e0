package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/companion/companiontest"
	"github.com/velocicompanion/velocicompanion/transport"
)

var update = flag.Bool("update", false, "write ui/openapi.json anew")

func TestTheUIIsTypedByTheAPIAsItIs(t *testing.T) {
	t.Parallel()
	answer := httptest.NewRecorder()
	handler := transport.New(companiontest.New(t).Companion, transport.Config{})
	handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/openapi.json", nil))
	require.Equal(t, http.StatusOK, answer.Code)
	var document bytes.Buffer
	require.NoError(t, json.Indent(&document, answer.Body.Bytes(), "", " "))
	if *update {
		require.NoError(t, os.WriteFile("ui/openapi.json", document.Bytes(), 0o644))
	}
	kept, err := os.ReadFile("ui/openapi.json")
	require.NoError(t, err)
	require.JSONEq(t, string(kept), document.String(), "the API changed: run `make ui`, mend what it finds, and commit")
}

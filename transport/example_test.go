package transport_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/virustotal"
)

// documented is what the document says of an operation.
type documented struct {
	Description string
	Responses   map[string]any
}

// status is the one of its answers that is no problem.
func (d documented) status() int {
	if _, made := d.Responses["201"]; made {
		return http.StatusCreated
	}
	return http.StatusOK
}

func TestTheExamplesOfTheDocumentAreTrue(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	u := s.Tenant(t, "tenant", auth.RoleUser)
	sshd := `{"Name":"sshd","Exe":"/usr/sbin/sshd","Username":"daemon","CreateTime":"2026-06-01T08:00:00Z"}`
	s.ingest(t, u.Token, "Linux.Sys.Pslist", "web01", "F.MONDAY.H", sshd)
	s.ingest(t, u.Token, "Linux.Sys.Pslist", "web01", "F.TUESDAY.H", strings.ReplaceAll(sshd, "06-01", "06-02")+"\n"+
		`{"Name":"kworkerds","Exe":"/var/tmp/kworkerds","Username":"root","CreateTime":"2026-06-02T03:12:00Z"}`)
	s.must(t, u.Token, "POST", "/api/watchlists?name=Earlier", "/var/tmp/kworkerds", http.StatusCreated)
	s.VirusTotalServer.Add(virustotal.Report{SHA256: beacon, Stats: virustotal.Stats{Malicious: 41, Undetected: 29}})
	s.must(t, u.Token, "POST", lookupPath, object{"hash": beacon}, http.StatusOK)
	hosts := into[[]struct{ ID string }](t, s.call(t, u.Token, "GET", "/api/hosts", nil), http.StatusOK)
	document := into[struct {
		Paths map[string]map[string]documented
	}](t, s.call(t, "", "GET", "/openapi.json", nil), http.StatusOK)
	asked := 0
	for path, operations := range document.Paths {
		for _, op := range operations {
			_, example, found := strings.Cut(op.Description, " Example: ")
			if !found {
				continue
			}
			asked++
			request, answer, found := strings.Cut(strings.ReplaceAll(example, "{host_id}", hosts[0].ID), " answers with ")
			require.True(t, found, path)
			parts := strings.SplitN(request, " ", 3)
			var body any
			switch {
			case len(parts) == 3 && strings.HasPrefix(parts[2], "{"):
				require.NoError(t, json.Unmarshal([]byte(parts[2]), &body), path)
			case len(parts) == 3:
				body = []byte(parts[2])
			}
			var want any
			require.NoError(t, json.Unmarshal([]byte(answer), &want), path)
			w := s.call(t, u.Token, parts[0], parts[1], body)
			requirePart(t, path, want, into[any](t, w, op.status()))
		}
	}
	assert.GreaterOrEqual(t, asked, 12)
}

// requirePart requires that all of want is in got: of objects the members there are, of arrays the first elements.
func requirePart(t *testing.T, where string, want, got any) {
	t.Helper()
	switch want := want.(type) {
	case map[string]any:
		require.IsType(t, want, got, where)
		for name, value := range want {
			requirePart(t, where+" "+name, value, got.(map[string]any)[name])
		}
	case []any:
		require.IsType(t, want, got, where)
		require.GreaterOrEqual(t, len(got.([]any)), len(want), where)
		for i, value := range want {
			requirePart(t, where, value, got.([]any)[i])
		}
	default:
		require.Equal(t, want, got, where)
	}
}

package transport_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestUploadedFilesOfACollectionAreListed(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, s *server) {
		content := readSample(t, "db01.corp.example-C.9ea32b8485cedac1-F.DC28ASM1FNVD8.zip")
		out := into[ingested](t, s.call(t, s.Admin.Token, "POST", ingestPath, content, "Content-Type", zipType), http.StatusCreated)
		path := "/api/collections/" + out.Collections[0].ID
		account := into[object](t, s.call(t, s.Admin.Token, "GET", path, nil), http.StatusOK)
		assert.Equal(t, object{"listed": 13.0, "expected": 13.0}, object(account["uploads"].(map[string]any)))

		type upload struct {
			Path, SHA256 string
			Size         int64
		}
		paged := pages[upload](t, s, s.Admin.Token, path+"/uploads", "limit=5")
		require.Len(t, paged, 13)
		assert.Equal(t, upload{"/etc/crontab", "2da6929c30925df6d73cfc92293952baf633ca88acd7751707eefa684ba8dcd1", 1042}, paged[0])
		all := s.call(t, s.Admin.Token, "GET", path+"/uploads", nil, "Accept", lines)
		assert.Equal(t, 13, strings.Count(all.Body.String(), "\n"))

		problem(t, s.call(t, s.Admin.Token, "GET", rowsTarget(out.Collections[0].ID, "uploads()"), nil), http.StatusNotFound)
		assert.NotContains(t, s.call(t, s.Admin.Token, "GET", "/api/artifacts", nil).Body.String(), "uploads()")
	})
}

func TestACollectionWithoutUploadsHasNone(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	path := "/api/collections/" + s.ingest(t, s.Admin.Token, "A", "pc1", "F.1", `{"a":null}`, `{"a":1}`)
	account := into[object](t, s.call(t, s.Admin.Token, "GET", path, nil), http.StatusOK)
	assert.Nil(t, account["uploads"])
	assert.EqualValues(t, 1, account["artifacts"].([]any)[0].(map[string]any)["null_rows"])
	require.JSONEq(t, "[]", s.call(t, s.Admin.Token, "GET", path+"/uploads", nil).Body.String())
}

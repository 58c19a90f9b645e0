package transport_test

import (
	"log/slog"
	"net/http"
	"testing"

	"github.com/velocicompanion/velocicompanion/companion"
	"github.com/velocicompanion/velocicompanion/store/memory"
)

// FuzzRequest sends anything to a route with a body and one with a query: whatever comes, it is not the server's fault.
func FuzzRequest(f *testing.F) {
	s := newServerWith(f, memory.New(), companion.Config{Logger: slog.New(slog.DiscardHandler)})
	f.Add("application/json", "", `{"hostname":"pc1","data":{}}`, "limit=1")
	f.Add("application/json", "gzip", `{"hostname":"pc1","artifact":"A","rows":[{}]}`, "cursor=AAAA")
	f.Add(lines, "zstd", "{}\n}", "artifact=A&hostname=pc1&name=%00")
	f.Add(form, "identity", "username=a&password=b&username=%zz", "label=%ff&os=;")
	f.Add("multipart/form-data; boundary=x", "", "--x\r\nContent-Disposition: form-data; name=file\r\n\r\nPK\r\n--x--", "")
	f.Add(zipType, "", "PK\x05\x06", "limit=-1&cursor")
	f.Fuzz(func(t *testing.T, contentType, encoding, body, query string) {
		for _, path := range []string{ingestPath, "/api/auth/login", "/api/hosts", "/api/auth/me"} {
			for _, method := range []string{"POST", "PUT", "GET"} {
				r := request(t, s.Admin.Token, method, path, body, "Content-Type", contentType, "Content-Encoding", encoding)
				r.URL.RawQuery = query
				if w := serve(s.handler, r); w.Code >= http.StatusInternalServerError {
					t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
				}
			}
		}
	})
}

package transport_test

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/auth"
)

// bad is a request to ingest that cannot be kept.
type bad struct {
	target, contentType, encoding string
	body                          any
	status                        int
	words                         []string // that the problem has to say
}

// TestBadInputIsRefusedWithItsPlaceAndLeavesNothing sends what nobody should, and looks afterwards whether something of
// it was kept.
func TestBadInputIsRefusedWithItsPlaceAndLeavesNothing(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	all := map[string]bad{}
	for _, group := range []map[string]bad{badBodies(t), badZips(t), badForms(t), badDocuments(), badLines()} {
		maps.Copy(all, group)
	}
	for name, test := range all {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			user := s.Tenant(t, strings.Map(letter, name), auth.RoleUser)
			header := headerUnlessEmpty("Content-Type", test.contentType)
			header = append(header, headerUnlessEmpty("Content-Encoding", test.encoding)...)
			w := s.call(t, user.Token, "POST", test.target, test.body, header...)
			badInput(t, w, test.words...)
			require.Equal(t, test.status, w.Code, w.Body.String())
			require.Less(t, w.Body.Len(), 5000)
			s.keepsNothing(t, user.Token)
		})
	}
}

// letter makes names of users of names of tests.
func letter(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
		return r
	}
	return '-'
}

const (
	unprocessable = http.StatusUnprocessableEntity
	tooLarge      = http.StatusRequestEntityTooLarge
	unsupported   = http.StatusUnsupportedMediaType
)

func badBodies(t *testing.T) map[string]bad {
	good := []byte(strings.Repeat(`{"a":1}`+"\n", 1000))
	target := linesTarget("A", "pc1", "F.1")
	squeezed, standard := gzipped(t, good), zstded(t, good)
	return map[string]bad{
		"no body, no type":     {target, "", "", nil, unsupported, []string{"Content-Type"}},
		"empty lines":          {target, lines, "", "", unprocessable, []string{"no row"}},
		"empty zip":            {ingestPath, zipType, "", "", unprocessable, []string{"empty"}},
		"empty document":       {ingestPath, "application/json", "", "", unprocessable, nil},
		"empty form":           {ingestPath, "multipart/form-data; boundary=x", "", "", unprocessable, []string{"form"}},
		"empty gzip":           {target, lines, "gzip", "", unprocessable, []string{"gzip"}},
		"unknown type":         {ingestPath, "application/x-nope", "", "x", unsupported, []string{"application/zip"}},
		"two types":            {ingestPath, zipType + ", " + lines, "", "x", unsupported, nil},
		"a type that is none":  {ingestPath, ";;;\"", "", "x", unsupported, nil},
		"lines said to be zip": {ingestPath, zipType, "", good, unprocessable, []string{"no zip"}},
		"zip said to be lines": {target, lines, "", export(t, file{"results/A.json", "{}"}), unprocessable, []string{"line 1"}},
		"unknown encoding":     {target, lines, "br", good, unsupported, []string{"gzip, zstd"}},
		"two encodings":        {target, lines, "gzip, gzip", squeezed, unsupported, []string{"gzip, zstd"}},
		"gzip cut short":       {target, lines, "gzip", squeezed[:len(squeezed)-9], unprocessable, []string{"cut short"}},
		"zstd cut short":       {target, lines, "zstd", standard[:len(standard)-3], unprocessable, []string{"cut short"}},
		"no gzip":              {target, lines, "gzip", good, unprocessable, []string{"gzip"}},
		"no zstd":              {target, lines, "zstd", good, unprocessable, []string{"zstd"}},
		"gzip bomb":            {target, lines, "gzip", gzipped(t, []byte(zeros)), tooLarge, []string{"times its size"}},
	}
}

// zeros is a row, many times, that hardly takes any room when it is compressed.
var zeros = strings.Repeat(`{"a":"`+strings.Repeat("0", 1<<20)+`"}`+"\n", 33)

func badZips(t *testing.T) map[string]bad {
	row := strings.Repeat(`{"Name":"svchost.exe"}`+"\n", 1000)
	good := export(t, file{"results/A.json", row})
	cases := map[string][]byte{
		"truncated":            good[:len(good)/2],
		"two glued together":   append(bytes.Clone(good), good...),
		"no results":           zipOf(t, file{"client_info.json", `{"client_id":"C.1"}`}),
		"nothing in it":        zipOf(t),
		"bad zip in zip":       zipOf(t, file{"good.zip", string(good)}, file{"inner.zip", string(good[:len(good)/2])}),
		"parent folders":       zipOf(t, file{"../../etc/passwd", "x"}),
		"parent folders too":   zipOf(t, file{"../collection_context.json", `{"client_id":"C.1"}`}, file{"../results/A.json", row}),
		"absolute names":       zipOf(t, file{"/collection_context.json", `{"client_id":"C.1"}`}, file{"/results/A.json", row}),
		"results elsewhere":    export(t, file{"results/../../A.json", row}),
		"a result twice":       export(t, file{"results/A.json", row}, file{"results/%41.json", row}),
		"no host":              zipOf(t, file{"results/A.json", row}),
		"a broken context":     zipOf(t, file{"collection_context.json", "{"}, file{"results/A.json", row}),
		"a list for a context": zipOf(t, file{"collection_context.json", "[]"}, file{"client_info.json", `{"client_id":"C.1"}`}, file{"results/A.json", row}),
		"an artifact with NUL": export(t, file{"results/a%00b.json", row}),
		"only bad rows":        export(t, file{"results/A.json", "}\n"}),
		"a bomb":               export(t, file{"results/Bomb.json", zeros}),
	}
	words := map[string]string{
		"truncated": "cut short", "two glued together": "one zip at a time", "a result twice": "twice",
		"a broken context": "collection_context.json", "a list for a context": "is no JSON object", "bad zip in zip": "inner.zip", "no host": "hostname", "only bad rows": "line 1",
	}
	statuses := map[string]int{"a bomb": tooLarge}
	out := map[string]bad{}
	for name, content := range cases {
		out["zip: "+name] = bad{ingestPath, zipType, "", content, cmp.Or(statuses[name], unprocessable), []string{words[name]}}
	}
	return out
}

func badForms(t *testing.T) map[string]bad {
	archive := string(export(t, file{"results/A.json", "{}\n"}))
	other, otherType := multipartOf(t, file{"upload", archive})
	good, goodType := multipartOf(t, file{"file", archive})
	text, textType := multipartOf(t, file{"file", "hello"})
	tenant, tenantType := multipartOf(t, file{"file", archive}, file{"tenant_id", "01a1"})
	twice, twiceType := multipartOf(t, file{"file", archive}, file{"file", archive})
	return map[string]bad{
		"form: no part file":      {ingestPath, otherType, "", other, unprocessable, []string{`no part \"file\"`}},
		"form: cut short":         {ingestPath, goodType, "", good[:len(good)/2], unprocessable, []string{"cut short"}},
		"form: cut in the header": {ingestPath, goodType, "", good[:80], unprocessable, []string{"cut short"}},
		"form: no end":            {ingestPath, goodType, "", good[:len(good)-4], unprocessable, []string{"cut short"}},
		"form: no zip":            {ingestPath, textType, "", text, unprocessable, []string{"no zip"}},
		"form: two files":         {ingestPath, twiceType, "", twice, unprocessable, []string{"one at a time"}},
		"form: a tenant":          {ingestPath, tenantType, "", tenant, unprocessable, []string{"tenant_id"}},
		"form: no boundary":       {ingestPath, "multipart/form-data", "", good, unprocessable, []string{"boundary"}},
		"form: another boundary":  {ingestPath, "multipart/form-data; boundary=x", "", good, unprocessable, nil},
		"form: damaged gzip":      {ingestPath, goodType, "gzip", gzipped(t, good)[:100], unprocessable, []string{"gzip"}},
	}
}

func badDocuments() map[string]bad {
	deep := strings.Repeat(`{"a":`, 10_000) + "1" + strings.Repeat("}", 10_000)
	cases := map[string]string{
		"garbage":             `{`,
		"an array":            `[]`,
		"a text":              `"hello"`,
		"null":                `null`,
		"unknown field":       `{"hostname":"pc1","data":{},"more":1}`,
		"tenant":              `{"tenant_id":"x","hostname":"pc1","data":{}}`,
		"hostname is a count": `{"hostname":5,"data":{}}`,
		"data is an array":    `{"hostname":"pc1","data":[]}`,
		"rows is an object":   `{"hostname":"pc1","artifact":"A","rows":{}}`,
		"rows are numbers":    `{"hostname":"pc1","artifact":"A","rows":[1,2]}`,
		"no rows":             `{"hostname":"pc1","artifact":"A","rows":[]}`,
		"both":                `{"hostname":"pc1","artifact":"A","rows":[{}],"data":{}}`,
		"neither":             `{"hostname":"pc1"}`,
		"no host":             `{"artifact":"A","rows":[{}]}`,
		"no artifact":         `{"hostname":"pc1","rows":[{}]}`,
		"a field twice":       `{"hostname":"pc1","hostname":"pc2","data":{}}`,
		"trailing garbage":    `{"hostname":"pc1","data":{}}}`,
		"two documents":       `{"hostname":"pc1","data":{}}{"hostname":"pc2","data":{}}`,
		"cut short":           `{"hostname":"pc1","artifact":"A","rows":[{"a":1},{"a":`,
		"deep data":           `{"hostname":"d","data":` + deep + `}`,
		"deep rows":           `{"hostname":"d","artifact":"A","rows":[` + deep + `]}`,
		"invalid UTF-8":       "{\"hostname\":\"pc1\",\"data\":{\"a\":\"\xff\"}}",
		"name in bad UTF-8":   "{\"hostname\":\"\xff\",\"data\":{}}",
		"nothing but bytes":   "{\"hostname\": \"\xff\"}",
		"client in bad UTF-8": "{\"client_id\":\"\xff\",\"data\":{}}",
		"flow in bad UTF-8":   "{\"hostname\":\"pc1\",\"flow_id\":\"\xff\",\"data\":{}}",
		"field in bad UTF-8":  "{\"\xff\":\"pc1\",\"data\":{}}",
		"hostname is huge":    `{"hostname":1e999}`,
		"NUL in the name":     `{"hostname":"a\u0000b","data":{}}`,
		"long name":           `{"hostname":"` + strings.Repeat("x", 513) + `","data":{}}`,
		"very long name":      `{"hostname":"` + strings.Repeat("x", 1<<20) + `","data":{}}`,
	}
	words := map[string]string{
		"unknown field": "more", "tenant": "tenant_id", "hostname is a count": "hostname", "data is an array": "data",
		"name in bad UTF-8": "hostname", "nothing but bytes": "hostname", "hostname is huge": "hostname",
		"client in bad UTF-8": "client_id", "flow in bad UTF-8": "flow_id", "field in bad UTF-8": "name of a field",
		"a field twice": "hostname", "deep rows": "line 1", "rows are numbers": "line 2",
	}
	out := map[string]bad{}
	for name, text := range cases {
		out["document: "+name] = bad{ingestPath, "application/json", "", text, unprocessable, []string{words[name]}}
	}
	return out
}

func badLines() map[string]bad {
	long := strings.Repeat("x", 513)
	out := map[string]bad{
		"lines: a row of 64 MiB": {linesTarget("A", "pc1", ""), lines, "", hugeRow(""), unprocessable, []string{"line 1", "longer than"}},
		"lines: deep": {linesTarget("A", "pc1", ""), lines, "", strings.Repeat(`{"a":`, 10_000) + "1" + strings.Repeat("}", 10_000),
			unprocessable, []string{"line 1", "nested"}},
		"lines: invalid UTF-8": {linesTarget("A", "pc1", ""), lines, "", "{\"a\":\"\xff\"}\n", unprocessable, []string{"line 1", "UTF-8"}},
		"lines: one }":         {linesTarget("A", "pc1", ""), lines, "", "\n\n}\n", unprocessable, []string{"line 3"}},
		"lines: CSV":           {linesTarget("A", "pc1", ""), lines, "", "a,b\n1,2\n", unprocessable, []string{"line 1", "line 2"}},
	}
	for name, query := range map[string]string{
		"no artifact": "hostname=pc1", "no host": "artifact=A", "empty names": "artifact=&hostname=",
		"NUL in the artifact": "artifact=a%00b&hostname=pc1", "NUL in the host": "artifact=A&hostname=%00", "NUL in the flow": "artifact=A&hostname=pc1&flow_id=%00",
		"invalid UTF-8 in the artifact": "artifact=%ff&hostname=pc1", "invalid UTF-8 in the host": "artifact=A&hostname=%ff",
		"CR and LF in the artifact": "artifact=a%0d%0ab&hostname=pc1",
		"long artifact":             "hostname=pc1&artifact=" + long, "long host": "artifact=A&hostname=" + long,
		"long client id": "artifact=A&client_id=" + long, "long flow": "artifact=A&hostname=pc1&flow_id=" + long,
	} {
		out["lines: "+name] = bad{ingestPath + "?" + query, lines, "", "{}\n", unprocessable, nil}
	}
	return out
}

// hugeRow streams a row of 64 MiB, and good ones around it when more is given, without holding it.
func hugeRow(more string) io.Reader {
	block := strings.Repeat("x", 1<<20)
	parts := []io.Reader{strings.NewReader(more + `{"a":"`)}
	for range 64 {
		parts = append(parts, strings.NewReader(block))
	}
	return io.MultiReader(append(parts, strings.NewReader(`"}`+"\n"+more))...)
}

func TestABodyOfTwoTypesIsOfNone(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for _, path := range []string{linesTarget("A", "pc1", ""), "/api/hosts"} {
		r := request(t, s.Admin.Token, "POST", path, `{"hostname":"pc1"}`)
		r.Header["Content-Type"] = []string{lines, "application/json; charset=utf-8"}
		problem(t, serve(s.handler, r), unsupported)
		r.Header["Content-Type"] = []string{"application/json; charset=utf-8", lines}
		problem(t, serve(s.handler, r), unsupported)
	}
}

func TestAHugeRowAmongGoodOnesIsCounted(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	w := s.call(t, s.Admin.Token, "POST", linesTarget("A", "pc1", "F.1"), hugeRow(`{"a":1}`+"\n"), "Content-Type", lines)
	a := into[ingested](t, w, http.StatusCreated).Collections[0].Artifacts[0]
	require.Equal(t, []int64{3, 2, 1}, []int64{a.Read, a.Stored, a.Rejected})
	require.EqualValues(t, 2, a.Rejections[0].Line)
}

// TestPathsAndQueriesMayHoldAnything asks every route with texts that are no ids: a 4xx or an answer, and the same on
// every store.
func TestPathsAndQueriesMayHoldAnything(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, s *server) {
		values := []string{"x", "%00", "%ff", "%0d%0aX-Injected:%201", "%27%3B--", "%2e%2e%2fx", "-1", strings.Repeat("x", 4000),
			"00000000-0000-0000-0000-000000000000", "ZZZZZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZZZZZZZZZ"}
		asked := 0
		for _, r := range routes(t, s) {
			for _, p := range r.Params {
				if p.In == "header" || p.In == "cookie" {
					continue
				}
				for _, value := range values {
					ids := map[string]string{"host_id": "1", "collection_id": "1", "tenant_id": "1", "user_id": s.Admin.ID, p.Name: value}
					w := s.ask(t, s.Admin.Token, r, p.Name, ids)
					what := fmt.Sprintf("%s %s with %s=%.20s: %s", r.Method, r.Path, p.Name, value, w.Body)
					require.Less(t, w.Code, 500, what)
					require.Empty(t, w.Header().Get("X-Injected"), what)
					if p.In == "path" {
						require.GreaterOrEqual(t, w.Code, 400, what)
					}
					if w.Code >= 400 {
						problem(t, w, w.Code)
					}
					asked++
				}
			}
		}
		require.Greater(t, asked, 100)
	})
}

func TestCursorsThatAreNotOursAreRefused(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for i := range 3 {
		s.ingest(t, s.Admin.Token, "A", fmt.Sprintf("pc%d", i), "F.1", `{"a":1}`)
	}
	for _, path := range []string{"/api/hosts", "/api/collections", "/api/users", "/api/audit"} {
		for _, cursor := range []string{"x", "%00", "%ff", "AAAA", strings.Repeat("A", 40), strings.Repeat("A", 1025), s.Admin.ID} {
			badInput(t, s.call(t, s.Admin.Token, "GET", path+"?cursor="+cursor, nil), "cursor")
		}
	}
	next := nextPage(t, s.call(t, s.Admin.Token, "GET", "/api/hosts?limit=1", nil))
	badInput(t, s.call(t, s.Admin.Token, "GET", "/api/hosts"+strings.Replace(next, "cursor=", "cursor=A", 1), nil), "cursor")
	require.Equal(t, http.StatusOK, s.call(t, s.Admin.Token, "GET", "/api/hosts"+next, nil).Code)
}

func TestRefusalsAreSentencesWithASubject(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	detail := func(w *httptest.ResponseRecorder) any {
		t.Helper()
		return problem(t, w, http.StatusUnprocessableEntity)["detail"]
	}
	require.Equal(t, "The body is no zip.", detail(s.call(t, s.Admin.Token, "POST", ingestPath, "hello", "Content-Type", zipType)))
	named := zipOf(t, file{"F.1.zip", "hello"})
	require.Equal(t, `"F.1.zip": is no zip.`, detail(s.call(t, s.Admin.Token, "POST", ingestPath, named, "Content-Type", zipType)))
	require.Equal(t, `"current_password" is wrong.`, detail(s.call(t, s.Admin.Token, "PUT", "/api/auth/me",
		object{"current_password": "wrong-wrong", "new_password": "a-good-long-password"})))
	require.Equal(t, `"expires_at" has passed.`, detail(s.call(t, s.Admin.Token, "POST", "/api/tokens",
		object{"name": "push", "scope": "ingest", "expires_at": "2020-01-01T00:00:00Z"})))
}

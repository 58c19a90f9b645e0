package transport_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/ingest/velociraptor"
	"github.com/velocicompanion/velocicompanion/transport"
)

const (
	ingestPath = "/api/ingestion/ingest"
	zipType    = "application/zip"
)

// samples are files of a real server, with the rows in each counted by somebody else: by "client id|flow|artifact".
func samples(t *testing.T) (all []struct {
	Path, Form string
	Counts     map[string]int64
}) {
	t.Helper()
	require.NoError(t, json.Unmarshal(readSample(t, "manifest.json"), &all))
	require.NotEmpty(t, all)
	return all
}

func readSample(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "ingest", "velociraptor", "testdata", name))
	require.NoError(t, err)
	return content
}

// TestFlowExportsComeBackAsTheyWere holds every sample against its manifest and, row by row, against what is in the zip.
func TestFlowExportsComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, s *server) {
		checked := 0
		for _, sample := range samples(t) {
			if sample.Form != "flow export zip, json" || strings.HasSuffix(sample.Path, "_sparse.zip") { // a flow that is there already
				continue
			}
			content := readSample(t, sample.Path)
			out := into[ingested](t, s.call(t, s.Admin.Token, "POST", ingestPath, content, "Content-Type", zipType), http.StatusCreated)
			require.Len(t, out.Collections, 1)
			c := out.Collections[0]
			require.Equal(t, "complete", c.Status)
			require.Equal(t, out.HostID, c.HostID)
			counts := map[string]int64{}
			for _, a := range c.Artifacts {
				counts[c.ClientID+"|"+c.FlowID+"|"+a.Artifact] = a.Stored
				want := member(t, content, "results/"+strings.ReplaceAll(a.Artifact, "/", "%2F")+".json")
				assert.Equal(t, want, s.allRows(t, s.Admin.Token, c.ID, a.Artifact), sample.Path+" "+a.Artifact)
				checked++
			}
			assert.Equal(t, sample.Counts, counts, sample.Path)

			again := into[ingested](t, s.call(t, s.Admin.Token, "POST", ingestPath, content, "Content-Type", zipType), http.StatusOK)
			require.Equal(t, "duplicate", again.Collections[0].Status)
			require.Equal(t, c.ID, again.Collections[0].ID)
		}
		require.Greater(t, checked, 10)
	})
}

// member is the text of a file in a zip.
func member(t *testing.T, content []byte, name string) string {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	require.NoError(t, err)
	text, err := archive.Open(name)
	require.NoError(t, err)
	var out bytes.Buffer
	_, err = out.ReadFrom(text)
	require.NoError(t, err)
	return out.String()
}

// allRows is everything of an artifact, as JSON Lines.
func (s *server) allRows(t *testing.T, token, collection, artifact string) string {
	t.Helper()
	w := s.call(t, token, "GET", rowsTarget(collection, artifact), nil, "Accept", lines)
	require.Equal(t, http.StatusOK, w.Code, w.Body.String())
	require.Equal(t, lines, w.Header().Get("Content-Type"))
	return w.Body.String()
}

func rowsTarget(collection, artifact string) string {
	return "/api/collections/" + collection + "/rows?artifact=" + url.QueryEscape(artifact)
}

// file is a member of a zip that a test makes.
type file struct{ name, content string }

func zipOf(t *testing.T, files ...file) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range files {
		member, err := w.Create(f.name)
		require.NoError(t, err)
		_, err = member.Write([]byte(f.content))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return out.Bytes()
}

// export is a small flow export with some results.
func export(t *testing.T, results ...file) []byte {
	t.Helper()
	return zipOf(t, append([]file{
		{"client_info.json", `{"client_id":"C.1","hostname":"pc1"}`},
		{"collection_context.json", `{"client_id":"C.1","session_id":"F.1"}`},
	}, results...)...)
}

func gzipped(t *testing.T, content []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := w.Write(content)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return out.Bytes()
}

func zstded(t *testing.T, content []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	require.NoError(t, err)
	return w.EncodeAll(content, nil)
}

// multipartOf is a form with some parts, and its Content-Type.
func multipartOf(t *testing.T, parts ...file) (body []byte, contentType string) {
	t.Helper()
	var out bytes.Buffer
	w := multipart.NewWriter(&out)
	for _, p := range parts {
		part, err := w.CreateFormFile(p.name, "../../"+p.name)
		require.NoError(t, err)
		_, err = part.Write([]byte(p.content))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return out.Bytes(), w.FormDataContentType()
}

// formOf is a form with a file of some name.
func formOf(t *testing.T, name, content string) (body []byte, contentType string) {
	t.Helper()
	body, contentType = multipartOf(t, file{"file", content})
	return bytes.Replace(body, []byte(`filename="../../file"`), []byte(`filename="`+name+`"`), 1), contentType
}

// TestEveryFormOfInputKeepsTheSameRows sends the same two rows in every form there is.
func TestEveryFormOfInputKeepsTheSameRows(t *testing.T) {
	t.Parallel()
	const rows = `{"b":1,"a":18446744073709551615}` + "\n" + `{"a":"\u0000","a":1e+300}` + "\n"
	const document = `{"rows":[{"b":1,"a":18446744073709551615},{"a":"\u0000","a":1e+300}],"flow_id":"F.1","artifact":"A","hostname":"pc1"}`
	archive := export(t, file{"results/A.json", rows})
	form, formType := multipartOf(t, file{"note", "hello"}, file{"file", string(archive)})
	linesForm, linesFormType := formOf(t, "A.jsonl", rows)
	jsonForm, jsonFormType := formOf(t, "A.json", rows)
	zipForm, zipFormType := formOf(t, "A.json", string(archive))
	target := linesTarget("A", "pc1", "F.1")
	for name, test := range map[string]struct {
		target, contentType, encoding string
		body                          []byte
	}{
		"lines":             {target, lines, "", []byte(rows)},
		"lines by id":       {"/api/ingestion/ingest/?artifact=A&client_id=C.1&flow_id=F.1", lines, "", []byte(rows)},
		"lines, no end":     {target, lines + "; charset=utf-8", "identity", []byte(strings.TrimSpace(rows))},
		"lines, CRLF":       {target, lines, "", []byte("\xef\xbb\xbf" + strings.ReplaceAll(rows, "\n", "\r\n"))},
		"lines, gzip":       {target, lines, "gzip", gzipped(t, []byte(rows))},
		"lines, zstd":       {target, lines, "ZSTD", zstded(t, []byte(rows))},
		"lines as JSON":     {target, "application/json", "", []byte(rows)},
		"lines in a form":   {target, linesFormType, "", linesForm},
		"JSON in a form":    {target, jsonFormType, "", jsonForm},
		"zip named as JSON": {ingestPath, zipFormType, "", zipForm},
		"document":          {ingestPath, "application/json", "", []byte(document)},
		"document, gzip":    {ingestPath, "Application/JSON", "gzip", gzipped(t, []byte(document))},
		"zip":               {ingestPath, zipType, "", archive},
		"zip, zstd":         {ingestPath, zipType, "zstd", zstded(t, archive)},
		"multipart":         {ingestPath, formType, "", form},
		"multipart, gzip":   {ingestPath, formType, "gzip", gzipped(t, form)},
		"zip of some size":  {ingestPath, zipType, "", padded(t, rows)},
		"form of some size": {ingestPath, formType, "", bytes.ReplaceAll(form, archive, padded(t, rows))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			header := []string{"Content-Type", test.contentType}
			if test.encoding != "" {
				header = append(header, "Content-Encoding", test.encoding)
			}
			out := into[ingested](t, s.call(t, s.Admin.Token, "POST", test.target, test.body, header...), http.StatusCreated)
			require.Len(t, out.Collections, 1)
			require.Equal(t, "F.1", out.Collections[0].FlowID)
			require.Equal(t, "2 rows of 1 collections are kept.", out.Message)
			require.Equal(t, rows, s.allRows(t, s.Admin.Token, out.Collections[0].ID, "A"))
			again := into[ingested](t, s.call(t, s.Admin.Token, "POST", test.target, test.body, header...), http.StatusOK)
			require.Equal(t, "duplicate", again.Collections[0].Status)
		})
	}
}

// padded is an export that is too large to be held in memory.
func padded(t *testing.T, rows string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for name, content := range map[string]string{
		"client_info.json": `{"client_id":"C.1","hostname":"pc1"}`, "results/A.json": rows,
		"collection_context.json": `{"client_id":"C.1","session_id":"F.1"}`, "uploads/big": strings.Repeat("x", 3<<20),
	} {
		member, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		require.NoError(t, err)
		_, err = member.Write([]byte(content))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return out.Bytes()
}

func TestTheOriginalsDocumentBecomesARowAndMetadata(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	w := s.call(t, s.Admin.Token, "POST", ingestPath, `{"hostname":"pc1","data":{"cpu":4,"ram":"16 GB"}}`, "Content-Type", "application/json")
	out := into[ingested](t, w, http.StatusCreated)
	host := into[object](t, s.call(t, s.Admin.Token, "GET", "/api/hosts/"+out.HostID, nil), http.StatusOK)
	require.Equal(t, "pc1", host["hostname"])
	require.Equal(t, object{"cpu": 4.0, "ram": "16 GB"}, host["host_metadata"])
	c := out.Collections[0]
	require.Equal(t, `{"cpu":4,"ram":"16 GB"}`+"\n", s.allRows(t, s.Admin.Token, c.ID, c.Artifacts[0].Artifact))
}

func TestGoodRowsAreKeptAndBadOnesCounted(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, s *server) {
		body := `{"a":1}` + "\n}\n" + `{"a":18446744073709551615,"a":2,"s":"\u0000"}` + "\n[1]\n\xff\n"
		out := into[ingested](t, s.call(t, s.Admin.Token, "POST", linesTarget("A", "pc1", "F.1"), body, "Content-Type", lines), http.StatusCreated)
		c := out.Collections[0]
		require.Equal(t, "partial", c.Status)
		a := c.Artifacts[0]
		require.Equal(t, []int64{5, 2, 3}, []int64{a.Read, a.Stored, a.Rejected})
		for i, line := range []int64{2, 4, 5} {
			require.Equal(t, line, a.Rejections[i].Line)
			require.NotEmpty(t, a.Rejections[i].Reason)
		}
		require.Equal(t, `{"a":1}`+"\n"+`{"a":18446744073709551615,"a":2,"s":"\u0000"}`+"\n", s.allRows(t, s.Admin.Token, c.ID, "A"))
		again := into[collection](t, s.call(t, s.Admin.Token, "GET", "/api/collections/"+c.ID, nil), http.StatusOK)
		require.Equal(t, c, again)
	})
}

func TestALongerExportOfAFlowReplacesTheShorter(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	short := s.ingest(t, s.Admin.Token, "A", "pc1", "F.1", `{"a":1}`)
	long := s.ingest(t, s.Admin.Token, "A", "pc1", "F.1", `{"a":1}`, `{"a":2}`)
	require.Equal(t, short, long)
	require.Equal(t, "{\"a\":1}\n{\"a\":2}\n", s.allRows(t, s.Admin.Token, long, "A"))
	w := s.call(t, s.Admin.Token, "POST", linesTarget("A", "pc1", "F.1"), `{"a":1}`, "Content-Type", lines)
	require.NotEmpty(t, into[ingested](t, w, http.StatusOK).Notes)
}

func TestRowsThatAreNotKeptAreNotSaidToBe(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	export := func(status int, a, b string) object {
		t.Helper()
		content := zipOf(t,
			file{"collection_context.json", `{"client_id":"C.1","session_id":"F.1"}`}, file{"client_info.json", `{"client_id":"C.1"}`},
			file{"results/A.json", a}, file{"results/B.json", b})
		return into[object](t, s.call(t, s.Admin.Token, "POST", ingestPath, content, "Content-Type", zipType), status)
	}
	export(http.StatusCreated, "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n", "{\"b\":1}\n")
	const others = "{\"a\":9}\n{\"a\":null}\n"
	out := export(http.StatusOK, others, "{\"b\":1}\n")
	require.Equal(t, "Nothing was added. The rows of 1 artifacts were not kept, because more of the same flow were there: see notes.", out["message"])
	shorter := out["collections"].([]any)[0].(object)["artifacts"].([]any)[0].(object)
	require.Equal(t, "shorter", shorter["outcome"])
	require.EqualValues(t, 2, shorter["read"])
	require.EqualValues(t, 0, shorter["stored"])
	require.Contains(t, out["notes"].([]any)[0], "2 rows that came are not kept")

	out = export(http.StatusCreated, others, "{\"b\":1}\n{\"b\":2}\n")
	require.Equal(t, "2 rows of 1 collections are kept. The rows of 1 artifacts were not kept, because more of the same flow were there: see notes.", out["message"])
}

func TestOneFlowSentManyTimesAtOnceIsOneCollection(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, s *server) {
		content := readSample(t, "db01.corp.example-C.9ea32b8485cedac1-F.DC28ASM1FNVD8.zip")
		statuses := make([]int, 50)
		var all sync.WaitGroup
		for i := range statuses {
			r := request(t, s.Admin.Token, "POST", ingestPath, content, "Content-Type", zipType)
			all.Go(func() { statuses[i] = serve(s.handler, r).Code })
		}
		all.Wait()
		created := 0
		for _, status := range statuses {
			require.Contains(t, []int{http.StatusOK, http.StatusCreated}, status)
			if status == http.StatusCreated {
				created++
			}
		}
		require.Equal(t, 1, created)
		require.Len(t, into[[]object](t, s.call(t, s.Admin.Token, "GET", "/api/collections", nil), http.StatusOK), 1)
		require.Len(t, into[[]object](t, s.call(t, s.Admin.Token, "GET", "/api/hosts", nil), http.StatusOK), 1)
	})
}

func TestTheAnswerAccountsForThisDeliveryAlone(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	const target = "/api/ingestion/ingest?artifact=A&hostname=pc1&flow_id=F.1"
	type account struct {
		Status    string
		Artifacts []struct {
			Read, Stored, Rejected int
			Outcome                string
		}
	}
	send := func(status int, body string) (account, []string) {
		out := into[struct {
			Collections []account
			Notes       []string
		}](t, s.call(t, s.Admin.Token, "POST", target, body, "Content-Type", lines), status)
		require.Len(t, out.Collections, 1)
		require.Len(t, out.Collections[0].Artifacts, 1)
		return out.Collections[0], out.Notes
	}
	first, _ := send(http.StatusCreated, "{\"a\":1}\n{\"a\":2}\n")
	require.Equal(t, "added", first.Artifacts[0].Outcome)
	damaged, _ := send(http.StatusOK, "{\"a\":1}\n}\n{\"a\":2}\n")
	require.Equal(t, "duplicate", damaged.Status)
	require.Equal(t, 3, damaged.Artifacts[0].Read)
	require.Equal(t, 1, damaged.Artifacts[0].Rejected)
	other, notes := send(http.StatusCreated, "{\"a\":3}\n{\"a\":4}\n")
	require.Equal(t, "replaced", other.Artifacts[0].Outcome)
	require.Len(t, notes, 1)
}

// TestLockedArchives opens one with a header, a field of the form before or behind the file, and a key.
func TestLockedArchives(t *testing.T) {
	t.Parallel()
	locked := readSample(t, "Collection-jump01.corp.example-2026-11-23T18_39_09Z_locked.zip")
	send := func(s *server, body any, header ...string) *httptest.ResponseRecorder {
		return s.call(t, s.Admin.Token, "POST", ingestPath, body, header...)
	}
	s := newServer(t)
	require.Contains(t, problem(t, send(s, locked, "Content-Type", zipType), unprocessable)["detail"], "password")
	wrong := send(s, locked, "Content-Type", zipType, "X-Container-Password", "s3cr3t")
	require.Contains(t, problem(t, wrong, unprocessable)["detail"], "password is wrong")
	require.NotContains(t, wrong.Body.String(), "s3cr3t")
	s.keepsNothing(t, s.Admin.Token)
	into[ingested](t, send(s, locked, "Content-Type", zipType, "X-Container-Password", "infected"), http.StatusCreated)

	for _, order := range [][]file{
		{{"password", "infected"}, {"file", string(locked)}}, {{"file", string(locked)}, {"password", "infected"}},
	} {
		body, form := multipartOf(t, order...)
		into[ingested](t, send(newServer(t), body, "Content-Type", form), http.StatusCreated)
	}

	forOwner := readSample(t, "Collection-jump01.corp.example-2026-11-23T18_39_13Z-x509.zip")
	require.Contains(t, problem(t, send(s, forOwner, "Content-Type", zipType), unprocessable)["detail"], "key")
	key, err := velociraptor.ParseKey([]byte("-----BEGIN PRIVATE KEY-----\n" + string(readSample(t, "x509-dev.key.der.b64")) + "\n-----END PRIVATE KEY-----\n"))
	require.NoError(t, err)
	s.handler = transport.New(s.Companion, transport.Config{ContainerKeys: []*rsa.PrivateKey{key}})
	into[ingested](t, send(s, forOwner, "Content-Type", zipType), http.StatusCreated)
	used := s.audit(t, s.Admin.Token)[1]
	require.Equal(t, "key.used", used.Action, "the server's key is every tenant's, so that the trail says who had it used")
	require.Len(t, used.Target, 64)
}

// TestTablesThatSayWhereTheyAreFrom needs no more than their type.
func TestTablesThatSayWhereTheyAreFrom(t *testing.T) {
	t.Parallel()
	for contentType, body := range map[string]string{
		lines:              `{"n":1,"ClientId":"C.1","_Source":"A"}` + "\n" + `{"n":2,"ClientId":"C.2","_Source":"A"}`,
		"application/json": ` [{"n":1,"ClientId":"C.1","_Source":"A"}][{"n":2,"ClientId":"C.2","_Source":"A"}]`,
		"text/csv":         "n,ClientId,_Source\n1,C.1,A\n2,C.2,A\n",
	} {
		s := newServer(t)
		out := into[ingested](t, s.call(t, s.Admin.Token, "POST", ingestPath, body, "Content-Type", contentType), http.StatusCreated)
		require.Len(t, out.Collections, 2, contentType)
		for i, c := range out.Collections {
			require.Equal(t, fmt.Sprintf("C.%d", i+1), c.ClientID)
			require.Equal(t, fmt.Sprintf(`{"n":%d}`+"\n", i+1), s.allRows(t, s.Admin.Token, c.ID, "A"))
		}
		w := s.call(t, s.Admin.Token, "POST", ingestPath+"?artifact=A", "n\n1\n", "Content-Type", "text/csv")
		require.Contains(t, problem(t, w, unprocessable)["detail"], "give hostname or client_id")
	}
}

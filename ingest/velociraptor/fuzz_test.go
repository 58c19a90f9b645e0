package velociraptor_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/ingest/velociraptor"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// limits are small, so that fuzzing reaches them, but for the depth, which is the one of encoding/json.
var limits = ingest.Config{
	MaxRowBytes: 10_000, MaxDepth: 10_000, MaxDecompressedBytes: 1 << 20, MaxArchiveEntries: 50, MaxBufferBytes: 20_000,
}

// ingestOnce ingests into a tenant of its own and returns what is kept with all of its rows. An error has to be an
// InputError, and then nothing is kept.
func (h *harness) ingestOnce(t *testing.T, r ingest.Reader) (kept []ingest.Collection, rows [][]string) {
	own := *h
	own.tenant = tenancy.New()
	require.NoError(t, h.stores.Tenants.CreateTenant(context.Background(), tenancy.Tenant{ID: own.tenant, Name: "fuzz"}))
	defer func() { require.NoError(t, h.stores.Tenants.DeleteTenant(context.Background(), own.tenant)) }()
	report, err := own.Ingest(context.Background(), own.tenant, r)
	if err != nil {
		var input *ingest.InputError
		require.ErrorAs(t, err, &input)
		artifacts, err := own.Artifacts(context.Background(), own.tenant)
		require.NoError(t, err)
		require.Empty(t, artifacts)
		return nil, nil
	}
	last := make(map[string]ingest.Collection) // one that rows came to under two names of its host is there twice
	for _, c := range report.Collections {
		last[c.Collection.ID] = c.Collection
	}
	for _, c := range report.Collections {
		if !reflect.DeepEqual(c.Collection, last[c.Collection.ID]) {
			continue
		}
		stored := make(map[string]int) // an artifact may have come in parts
		for _, r := range c.Collection.Results {
			stored[r.Artifact] += int(r.Stored)
			require.Equal(t, r.Read, r.Stored+r.Rejected)
		}
		for artifact, n := range stored {
			result := own.rows(t, c.Collection, artifact)
			require.Len(t, result, n)
			for _, row := range result {
				require.True(t, json.Valid([]byte(row)) && !strings.Contains(row, "\n"), "%q", row)
			}
			rows = append(rows, result)
		}
		kept = append(kept, c.Collection)
	}
	return kept, rows
}

// FuzzJSONLines holds reading lines to splitting the whole text and asking encoding/json.
func FuzzJSONLines(f *testing.F) {
	h := newHarness(f, limits)
	for _, text := range []string{
		"{\"a\":1}\n}\n{\"a\":18446744073709551615,\"a\":2,\"s\":\"\\u0000\"}\r\n\r\n{}", "\xEF\xBB\xBF{}\n", "{}\r", "{\"a\":\"\xff\"}\n{}",
		strings.Repeat("[", 100), strings.Repeat("x", 20_000) + "\n{}",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var want []string
		for line := range strings.SplitSeq(strings.TrimPrefix(string(text), "\xEF\xBB\xBF"), "\n") {
			line = strings.TrimSuffix(line, "\r")
			if len(line) <= limits.MaxRowBytes && utf8.ValidString(line) && json.Valid([]byte(line)) &&
				strings.HasPrefix(strings.TrimLeft(line, " \t\r"), "{") {
				want = append(want, line)
			}
		}
		_, rows := h.ingestOnce(t, linesOf(string(text)))
		if len(want) == 0 {
			require.Empty(t, rows)
			return
		}
		require.Equal(t, [][]string{want}, rows)
	})
}

// FuzzDocument holds reading documents to encoding/json: a document that is kept without rejections is JSON, and its
// rows are those that it decodes to.
func FuzzDocument(f *testing.F) {
	h := newHarness(f, limits)
	for _, text := range []string{
		`{"hostname":"pc2","data":{"cpu":4}}`, `{"rows":[{"a":1},{"a":"]},{"}, {"b":[{}]}],"artifact":"A","client_id":"C.1","flow_id":"F.1"}`,
		`{"hostname":"h","artifact":"A","rows":[{"a":1},5,{"a":tru}]}`, `{"hostname":"h","tenant_id":"x"}`, `[`, `{"\u0068ostname":"h","data":{ }}`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		kept, rows := h.ingestOnce(t, document(text))
		if len(kept) == 0 || kept[0].Status != ingest.Complete {
			return
		}
		var want struct {
			Data json.RawMessage
			Rows []json.RawMessage
		}
		require.NoError(t, json.Unmarshal([]byte(text), &want))
		if want.Data != nil {
			want.Rows = append(want.Rows, want.Data)
		}
		require.Len(t, rows[0], len(want.Rows))
		for i, row := range want.Rows {
			if bytes.IndexByte(row, '\n') >= 0 {
				var compact bytes.Buffer
				require.NoError(t, json.Compact(&compact, row))
				row = compact.Bytes()
			}
			require.Equal(t, string(row), rows[0][i])
		}
	})
}

// FuzzArchive holds reading archives to: an InputError that leaves nothing, or rows that are JSON.
func FuzzArchive(f *testing.F) {
	h := newHarness(f, limits)
	f.Add(readSample(f, "web01-types-csv-and-json.zip"))
	f.Add(good(f))
	unchecked := func(h *zip.FileHeader) { h.CRC32 = 0 } // so that changed contents are read
	f.Add(rawZip(f, unchecked, flowFiles("", "C.1", "F.1", file{"A.json", "{}\n"}, file{"B%2FC.json", "}\n{}"})...))
	f.Add(rawZip(f, unchecked, append(flowFiles("h-C.1/", "C.1", "F.1.H", file{"A.json", "{}\n"}), file{"hunt_info.json", `{"hunt_id":"H.1"}`})...))
	f.Add(rawZip(f, unchecked, file{"collection_context.json", `{"client_id":"C.1","query_stats":[{"names_with_response":["A"],"result_rows":9}]}`},
		file{"results/B.json", "{}"}))
	f.Add(rawZip(f, unchecked, file{"hunt_info.json", `{"hunt_id":"H.1"}`},
		file{"results/All A.csv", "n,FlowId,ClientId,Fqdn\n1,F.1.H,C.1,pc1\n"}, file{"results/All B.json", `{"FlowId":"F.1.H","ClientId":"C.1","Fqdn":"p"}`}))
	f.Add(rawZip(f, unchecked, fullHunt()[:7]...))
	f.Add(rawZip(f, unchecked, file{`.\x\hunt_info.json`, "{}"}, file{"./x/results/All A.json", `{"FlowId":"F.1.H","ClientId":"C.1","Fqdn":"p"}`},
		file{"x/__MACOSX/._A.json", ""}, file{"x/zip", string(zipOf(f))}))
	f.Add(rawZip(f, unchecked, file{"inner.zip", string(zipOf(f, flowFiles("", "C.1", "F.1", file{"A.json", "{}\n"})...))}))
	f.Add(readSample(f, "Collection-jump01.corp.example-2026-11-23T18_39_09Z_locked.zip"))
	f.Fuzz(func(t *testing.T, content []byte) {
		h.ingestOnce(t, &velociraptor.Archive{
			File: bytes.NewReader(content), Size: int64(len(content)), Hostname: "pc1", Password: "infected",
		})
	})
}

// FuzzTable holds reading tables of each form to: an InputError that leaves nothing, or rows that are JSON.
func FuzzTable(f *testing.F) {
	h := newHarness(f, limits)
	for form, texts := range map[velociraptor.Form][]string{
		velociraptor.JSONLines:  {`{"n":1,"FlowId":"F.1.H","ClientId":"C.1","_OrgId":"root","Fqdn":"pc1"}` + "\n}\n" + `{"n":2,"ClientId":"C.2","_ts":1,"_Source":"A"}`},
		velociraptor.JSONArrays: {"[\n {\"a\": 1,\n \"ClientId\":\"C.1\",\"_Source\": \"A\"}\n][]", `[{},5,{"a":tru}]`},
		velociraptor.CSV: {
			"a,b,ClientId,_Source\n1,\"x\ny\",C.1,A\n2,3\n\"q\"x,1,2\n", "a,FlowId,ClientId,Fqdn\n\"{\n \"\"a\"\": 1\n}\",F.1.H,C.1,pc\nb,FlowId,ClientId,Fqdn\nbase64:AP9B,F,C,p\n",
		},
	} {
		for _, text := range texts {
			f.Add(int(form), text)
		}
	}
	f.Fuzz(func(t *testing.T, form int, text string) {
		if form < int(velociraptor.JSONLines) || form > int(velociraptor.CSV) {
			return
		}
		h.ingestOnce(t, &velociraptor.Table{Body: strings.NewReader(text), Form: velociraptor.Form(form), Artifact: "A"})
		h.ingestOnce(t, &velociraptor.Table{Body: strings.NewReader(text), Form: velociraptor.Form(form), Hostname: "pc1"})
	})
}

// FuzzPush holds reading what servers push to the same.
func FuzzPush(f *testing.F) {
	h := newHarness(f, limits)
	row := `{"n":1,"Artifact":"A","Hostname":"pc1","timestamp":"x","ClientId":"C.1","FlowId":"F.1","Organization":"\u003croot\u003e"}`
	f.Add(int(velociraptor.ElasticBulk), `{ "index" : {"_id" : "-1"} }`+"\n"+row+"\n"+`{"create":{}}`+"\n"+row)
	f.Add(int(velociraptor.SplunkHEC), "\x10")
	f.Add(int(velociraptor.SplunkHEC), `{"time":1.0,"event":`+row+"}\r\n\r\n{\"event\":{}}")
	f.Add(int(velociraptor.LogScale), `[{"events":[{"attributes":`+row+`},{}],"tags":{"ClientId":"C.1","Artifact":"A"}}]`)
	f.Fuzz(func(t *testing.T, protocol int, text string) {
		if protocol < int(velociraptor.ElasticBulk) || protocol > int(velociraptor.LogScale) {
			return
		}
		h.ingestOnce(t, &velociraptor.Push{Body: strings.NewReader(text), Protocol: velociraptor.Protocol(protocol)})
	})
}

package velociraptor_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/ingest/velociraptor"
)

func document(text string) *velociraptor.Document {
	return &velociraptor.Document{Body: strings.NewReader(text)}
}

func TestDocumentOfTheOriginal(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	c := h.kept(t, document(`{"hostname":"pc2","data":{"cpu": 4,"disks":["a","b"]}}`))
	assert.Equal(t, "pc2", c.Hostname)
	assert.Equal(t, []string{`{"cpu": 4,"disks":["a","b"]}`}, h.rows(t, c, velociraptor.DataArtifact))
	assert.Equal(t, map[string]json.RawMessage{"cpu": json.RawMessage(`4`), "disks": json.RawMessage(`["a","b"]`)}, h.host(t, c).Metadata)
}

func TestDocumentWithAnArtifactTellsNothingOfTheHost(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	c := h.kept(t, document(`{"data":{"cpu":4},"artifact":"My.Artifact","client_id":"C.1","flow_id":"F.1"}`))
	assert.Equal(t, []string{"C.1", "F.1", "My.Artifact"}, []string{c.ClientID, c.FlowID, c.Results[0].Artifact})
	assert.Empty(t, h.host(t, c).Metadata)
}

func TestDocumentDataTooLargeForMetadataIsKeptAsARow(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	c := h.kept(t, document(`{"hostname":"pc2","data":{"a":"`+strings.Repeat("x", 2<<20)+`"}}`))
	assert.Equal(t, int64(1), c.Results[0].Stored)
	assert.Empty(t, h.host(t, c).Metadata)
}

func TestDocumentRowsInAnyOrderOfFields(t *testing.T) {
	t.Parallel()
	rows := `"rows" : [ {"a": 1} , {"b":"]},{[\"\\"},` + "\n{\n\t\"c\": 18446744073709551615,\n\t\"c\": 2\n}]"
	names := ` "hostname":"pc1", "artifact" : "A\/B","flow_id":"F.1"`
	for name, text := range map[string]string{
		"names first": "{" + names + "," + rows + "}\n", "rows first": " {" + rows + "," + names + " }",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHarness(t, ingest.Config{})
			c := h.kept(t, &velociraptor.Document{Body: iotest.HalfReader(strings.NewReader(text))})
			assert.Equal(t, []string{"pc1", "F.1"}, []string{c.Hostname, c.FlowID})
			assert.Equal(t, []string{`{"a": 1}`, `{"b":"]},{[\"\\"}`, `{"c":18446744073709551615,"c":2}`}, h.rows(t, c, "A/B"))
		})
	}
}

func TestDocumentLargerThanMemoryIsReadFromAFile(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	var text strings.Builder
	text.WriteString(`{"rows":[`)
	var want []string
	for i := range 40_000 {
		want = append(want, fmt.Sprintf(`{"i":%d,"pad":"%s"}`, i, strings.Repeat("x", i%100)))
	}
	text.WriteString(strings.Join(want, ",\n") + `],"artifact":"A","hostname":"pc1"}`)
	require.Greater(t, text.Len(), 2<<20)
	c := h.kept(t, document(text.String()))
	assert.Equal(t, want, h.rows(t, c, "A"))
}

func TestDocumentCountsBadRows(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{MaxRowBytes: 100})
	long := `{"a":"` + strings.Repeat("x", 1<<20) + `"}`
	c := h.kept(t, document(`{"hostname":"h","artifact":"A","rows":[{"a":1},5,"s",null,[{}],`+long+`,{"a":tru},{"a":2}]}`))
	r := c.Results[0]
	assert.Equal(t, []int64{8, 2, 6}, []int64{r.Read, r.Stored, r.Rejected})
	assert.Equal(t, []int64{2, 3, 4, 5, 6, 7}, []int64{
		r.Rejections[0].Line, r.Rejections[1].Line, r.Rejections[2].Line, r.Rejections[3].Line, r.Rejections[4].Line, r.Rejections[5].Line})
	assert.Equal(t, "longer than 100 bytes", r.Rejections[4].Reason)
}

// TestJSONThatIsNoDocumentMayBeRows holds for lines that were sent as JSON, as the GUI calls them.
func TestJSONThatIsNoDocumentMayBeRows(t *testing.T) {
	t.Parallel()
	named := velociraptor.Table{Artifact: "A", ClientID: "C.1"}
	for text, rows := range map[string]velociraptor.Table{
		`{"Pid":1}` + "\n" + `{"Pid":2}`:                                named,
		`{"hostname":5,"Pid":1}` + "\n" + `{"data":"x"}` + "\n}":        named,
		"{\n \"Pid\": 1\n}\n{\n \"Pid\": 2\n}\n":                        named,
		`{"n":1,"ClientId":"C.1"}` + "\n" + `{"ClientId":"C.1"}` + "\n": {Artifact: "A"},
	} {
		h := newHarness(t, ingest.Config{})
		h.kept(t, &velociraptor.Document{Body: strings.NewReader(text), Rows: rows})
		assert.Equal(t, map[string]int64{"C.1||A": 2}, h.totals(t), text)
	}
	h := newHarness(t, ingest.Config{})
	c := h.kept(t, &velociraptor.Document{Body: strings.NewReader("{\n \"Pid\": 1}"), Rows: named})
	assert.Equal(t, []string{`{"Pid":1}`}, h.rows(t, c, "A"))
	err := newHarness(t, ingest.Config{}).refused(t, &velociraptor.Document{Body: strings.NewReader(`{"data":{}} {}`), Rows: named})
	assert.ErrorContains(t, err, "the JSON is broken")
}

func TestDocumentRefusesWhatIsNoSuchDocument(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		``:                                "cut short",
		`[]`:                              "has to be a JSON object",
		`"x"`:                             "has to be a JSON object",
		`{`:                               "cut short",
		`{}`:                              "give hostname or client_id",
		`{"hostname":"h"}`:                `one of "data", an object, and "rows"`,
		`{"data":{}}`:                     "give hostname or client_id",
		`{"hostname":"h","rows":[{}]}`:    `give "artifact"`,
		`{"hostname":"h","data":5}`:       `"data" has to be an object`,
		`{"hostname":"h","data":[]}`:      `"data" has to be an object`,
		`{"hostname":"h","data":null}`:    `"data" has to be an object`,
		`{"hostname":5,"data":{}}`:        `"hostname" has to be a text`,
		`{"hostname":"\ud800","data":{}}`: `"hostname" has to be a text`,
		`{"flow_id":{},"data":{}}`:        `"flow_id" has to be a text`,
		`{"hostname":"h","artifact":"A","rows":{}}`:                                                     `"rows" has to be an array`,
		`{"hostname":"h","artifact":"A","rows":[]}`:                                                     `"rows" has no row`,
		`{"hostname":"h","artifact":"A","rows":[5]}`:                                                    "line 1: not a JSON object",
		`{"hostname":"h","data":{},"rows":[{}]}`:                                                        `one of "data", an object, and "rows"`,
		`{"hostname":"h","data":{},"data":{}}`:                                                          `"data" is there twice`,
		`{"hostname":"h","data":{},"hostname":"i"}`:                                                     `"hostname" is there twice`,
		`{"hostname":"h","data":{},"tenant_id":"x"}`:                                                    `"tenant_id" is not allowed`,
		`{"hostname":"h","data":{},"ten\u0061nt_id":"x"}`:                                               `"tenant_id" is not allowed`,
		`{"hostname":"h","data":{},"x":{"y":1}}`:                                                        `"x" is not known`,
		`{"hostname":"h","data":{}} {}`:                                                                 "the JSON is broken: '{' at byte 27",
		`{"hostname":"h","data":{}`:                                                                     "cut short",
		`{"hostname":"h","data":{},}`:                                                                   "the JSON is broken",
		`{"hostname":"h" "data":{}}`:                                                                    "the JSON is broken",
		`{"hostname","data":{}}`:                                                                        "the JSON is broken",
		`{"hostname":"h","artifact":"A","rows":[{} {}]}`:                                                "the JSON is broken",
		`{"hostname":"h","artifact":"A","rows":[{},]}`:                                                  "the JSON is broken",
		`{"hostname":"h","artifact":"A","rows":[{},,{}]}`:                                               "the JSON is broken",
		`{"hostname":"h","artifact":"A","rows":[{}}}`:                                                   "the JSON is broken",
		"{\"hostname\":\"\xff\",\"data\":{}}":                                                           `"hostname" has to be a text`,
		`{"hostname":"` + strings.Repeat("x", 5000) + `"}`:                                              "at most 4096 bytes",
		`{"` + strings.Repeat("x", 5000) + `":1}`:                                                       "at most 4096 bytes",
		`{"hostname":"h\u0000","data":{}}`:                                                              "NUL",
		`{"hostname":"d","data":` + strings.Repeat(`{"a":`, 10_000) + "1" + strings.Repeat("}", 10_001): "nested more than 512",
		`{"hostname":"d","data":{"a":"` + strings.Repeat("x", 20<<20) + `"}}`:                           "longer than 16777216 bytes",
	} {
		name := text[:min(len(text), 60)]
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.ErrorContains(t, newHarness(t, ingest.Config{}).refused(t, document(text)), want)
		})
	}
}

func TestDocumentPassesErrorsOfTheBodyOn(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	broken := errors.New("connection lost")
	_, err := h.Ingest(t.Context(), h.tenant, &velociraptor.Document{Body: iotest.ErrReader(broken)})
	require.ErrorIs(t, err, broken)
}

package velociraptor

import (
	"context"
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/store/memory"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// gathered is a sink that remembers what it was given.
type gathered struct {
	rows []string
	bad  []ingest.Rejection
}

func (g *gathered) Row(_ int64, raw []byte) error {
	g.rows = append(g.rows, string(raw))
	return nil
}

func (g *gathered) Reject(line int64, reason string) {
	g.bad = append(g.bad, ingest.Rejection{Line: line, Reason: reason})
}

func (g *gathered) RejectLong(line int64) { g.Reject(line, "long") }

// table reads a CSV in an ingest, and returns what came of it.
func table(t *testing.T, text string, d dialect, cfg ingest.Config) (g gathered, err error) {
	stores, tenant := memory.New(), tenancy.New()
	require.NoError(t, stores.Tenants.CreateTenant(t.Context(), tenancy.Tenant{ID: tenant, Name: "t"}))
	s, err := ingest.New(stores.Collections, stores.Hosts, cfg)
	require.NoError(t, err)
	_, _ = s.Ingest(t.Context(), tenant, inBatch(func(b *ingest.Batch) error {
		err = readCSV(b, &g, strings.NewReader(text), d)
		return err
	}))
	return g, err
}

type inBatch func(*ingest.Batch) error

func (f inBatch) ReadInto(_ context.Context, b *ingest.Batch) error { return f(b) }

func TestCellsOfBothDialects(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		cell                 string
		exported, downloaded string
	}{
		{"", `""`, `""`},
		{"x", `"x"`, `"x"`},
		{"1", `1`, `1`},
		{"-1.5", `-1.5`, `-1.5`},
		{"18446744073709551615", `18446744073709551615`, `18446744073709551615`},
		{"1e+300", `1e+300`, `1e+300`},
		{"007", `"007"`, `"007"`},
		{"10.0.0.1", `"10.0.0.1"`, `"10.0.0.1"`},
		{"2026-11-23T18:27:32Z", `"2026-11-23T18:27:32Z"`, `"2026-11-23T18:27:32Z"`},
		{"-", `"-"`, `"-"`},
		{"true", `true`, `true`},
		{"null", `"null"`, `"null"`},
		{`{"a":[1,"x"]}`, `{"a":[1,"x"]}`, `{"a":[1,"x"]}`},
		{"{\n \"a\": 1\n}", `{"a":1}`, `{"a":1}`},
		{"{x", `"{x"`, `"{x"`},
		{" 1", `" 1"`, `"1"`},
		{" {x", `" {x"`, `"{x"`},
		{"base64:QUI=", `"base64:QUI="`, `"AB"`},
		{"base64:AP9B", `"base64:AP9B"`, `"base64:AP9B"`},
		{"base64:!", `"base64:!"`, `"base64:!"`},
		{"\t=cmd|calc", `"=cmd|calc"`, `"=cmd|calc"`},
		{"\tx", `"\tx"`, `"\tx"`},
		{"<b>&", `"\u003cb\u003e\u0026"`, `"\u003cb\u003e\u0026"`},
	} {
		assert.Equal(t, test.exported, string(appendCell(nil, test.cell, exported)), test.cell)
		assert.Equal(t, test.downloaded, string(appendCell(nil, test.cell, downloaded)), test.cell)
	}
}

func TestTablesAreReadRecordByRecord(t *testing.T) {
	t.Parallel()
	g, err := table(t, "\xef\xbb\xbfa,b,b\n1,\"x\ny\",z\n2,3\n\"q\"x,1,2\n4,,\n", exported, ingest.Config{})
	require.NoError(t, err)
	assert.Equal(t, []string{`{"a":1,"b":"x\ny","b":"z"}`, `{"a":4,"b":"","b":""}`}, g.rows)
	require.Len(t, g.bad, 2)
	assert.Equal(t, ingest.Rejection{Line: 4, Reason: "it has 2 cells where the header names 3"}, g.bad[0])
	assert.EqualValues(t, 5, g.bad[1].Line)
	assert.Contains(t, g.bad[1].Reason, "no CSV")
}

// TestTablesThatSpreadsheetsSave holds that they are the rows that were downloaded.
func TestTablesThatSpreadsheetsSave(t *testing.T) {
	t.Parallel()
	wide := func(text string, order binary.AppendByteOrder) string {
		var out []byte
		for _, unit := range utf16.Encode([]rune("\ufeff" + text)) {
			out = order.AppendUint16(out, unit)
		}
		return string(out)
	}
	want := []string{`{"a;b":"x;ü","c":"1,5"}`, `{"a;b":"😀","c":2}`}
	semicolons, tabs := "\"a;b\";c\r\n\"x;ü\";1,5\r\n😀;2\r\n", "a;b\tc\r\nx;ü\t1,5\r\n😀\t2\r\n"
	for name, text := range map[string]string{
		"commas": "a;b,c\nx;ü,\"1,5\"\n😀,2\n", "semicolons": semicolons, "byte order mark": "\ufeff" + semicolons,
		"sep": "sep=;\r\n" + semicolons, "quoted sep": "\ufeff\"sep=;\"\r\n" + semicolons, "sep of tabs": "sep=\t\n" + tabs,
		"sep of commas": "sep=,\na;b,c\nx;ü,\"1,5\"\n😀,2", "bars": "sep=|\na;b|c\nx;ü|1,5\n😀|2\n",
		"UTF-16 little": wide(semicolons, binary.LittleEndian), "UTF-16 big": wide(semicolons, binary.BigEndian),
	} {
		g, err := table(t, text, downloaded, ingest.Config{})
		require.NoError(t, err, name)
		assert.Equal(t, want, g.rows, name)
	}
	g, err := table(t, wide("a\tb\r\nx\t1\r\n\ty\r\n", binary.LittleEndian), downloaded, ingest.Config{})
	require.NoError(t, err)
	assert.Equal(t, []string{`{"a":"x","b":1}`, `{"a":"","b":"y"}`}, g.rows)
	g, err = table(t, "sep=;\na;b\n1\n\"q\"x;1\n", downloaded, ingest.Config{})
	require.NoError(t, err)
	require.Len(t, g.bad, 2)
	assert.Equal(t, []int64{3, 4}, []int64{g.bad[0].Line, g.bad[1].Line}, "the lines of the file")
	g, err = table(t, "a;b,c\n1,2\n", exported, ingest.Config{})
	require.NoError(t, err)
	assert.Equal(t, []string{`{"a;b":1,"c":2}`}, g.rows)
}

func TestTablesThatAreNoTextAreRefused(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"a\xff,b\n1,2\n": "line 1: the header is neither UTF-8", "a\x00,\x00b\x00\n\x001\x00": "neither UTF-8",
		"sep=x\naxb\n": `line 1: its cells are separated by "x"`, "{\"a\":1}\n": "line 1: the header is no CSV",
	} {
		_, err := table(t, text, downloaded, ingest.Config{})
		assert.ErrorContains(t, err, want, text)
	}
	_, err := table(t, "a\xff,b\n1,2\n", exported, ingest.Config{})
	assert.ErrorContains(t, err, "neither UTF-8")
}

// TestHeadersThatComeAgain holds that only in a table of several hosts, where the last columns are the server's, a record
// like the header is taken for one.
func TestHeadersThatComeAgain(t *testing.T) {
	t.Parallel()
	text := strings.Join([]string{
		"a,FlowId,ClientId,Fqdn", "1,F.1.H,C.1,pc1", "a,FlowId,ClientId,Fqdn", "2,F.1.H,C.2,pc2", "b,c,FlowId,ClientId,Fqdn", "3,4,F.1.H,C.3,pc3",
	}, "\n")
	stores, tenant := memory.New(), tenancy.New()
	require.NoError(t, stores.Tenants.CreateTenant(t.Context(), tenancy.Tenant{ID: tenant, Name: "t"}))
	s, err := ingest.New(stores.Collections, stores.Hosts, ingest.Config{})
	require.NoError(t, err)
	report, err := s.Ingest(t.Context(), tenant, &Table{Body: strings.NewReader(text), Form: CSV, Artifact: "A"})
	require.NoError(t, err)
	require.Len(t, report.Collections, 3)
	for i, want := range []string{`{"a":1}`, `{"a":2}`, `{"b":3,"c":4}`} {
		c := report.Collections[i].Collection
		assert.Zero(t, c.Results[0].Rejected)
		for row, err := range s.Rows(t.Context(), tenant, c.ID, "A", 0) {
			require.NoError(t, err)
			assert.Equal(t, want, string(row))
		}
	}

	g, err := table(t, "Name,FlowId\nfoo,x\nName,FlowId\n\xff,y\n\"bar,z\nq,r\n", exported, ingest.Config{})
	require.NoError(t, err)
	assert.Equal(t, []string{`{"Name":"foo","FlowId":"x"}`, `{"Name":"Name","FlowId":"FlowId"}`}, g.rows)
	require.Len(t, g.bad, 2)
	assert.Equal(t, ingest.Rejection{Line: 4, Reason: "invalid UTF-8"}, g.bad[0])
	assert.Contains(t, g.bad[1].Reason, "the lines to 6")
}

func TestARecordWithoutEndIsNotHeld(t *testing.T) {
	t.Parallel()
	_, err := table(t, "a\n\""+strings.Repeat("x\n", 1<<20), exported, ingest.Config{MaxRowBytes: 1 << 20})
	var input *ingest.InputError
	require.ErrorAs(t, err, &input)
	assert.ErrorContains(t, err, "a quotation mark may be missing")
	_, err = table(t, strings.Repeat("a,", 10_001)+"\n", exported, ingest.Config{})
	assert.ErrorContains(t, err, "more than 10000 columns")
}

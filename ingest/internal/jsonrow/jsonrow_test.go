package jsonrow_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/ingest/internal/jsonrow"
)

const depth = 512

var accepted = []string{
	`{}`, " {\t}\r\n", `{"":null}`, `{"a":1,"a":2}`, `{"n":18446744073709551615,"h":1e+300,"m":-0.0E-7}`,
	`{"s":"\u0000\"\\\/\b\f\n\r\t"}`, `{"lone":"\ud800"}`, "{\"repl\":\"\uFFFD\",\"cyr\":\"файл\",\"del\":\"\x7f\"}",
	`{"a":[],"b":[1,{"c":[true,false,null]}]}`, `{"Col With Space":"x","Col.With.Dots":"y"}`,
	`{"CommandLine":"C:\\Windows\\System32\\svchost.exe -k netsvcs -p","Hash":{"MD5":"d41d8cd98f00b204e9800998ecf8427e"}}`,
}

func TestCheckTakesWhatVelociraptorWrites(t *testing.T) {
	t.Parallel()
	for _, row := range accepted {
		assert.NoError(t, jsonrow.Check([]byte(row), depth), row)
	}
}

func TestCheckSaysWhereAndWhy(t *testing.T) {
	t.Parallel()
	for row, want := range map[string]string{
		``:                            `not a JSON object at byte 0`,
		"  ":                          `not a JSON object at byte 2`,
		`}`:                           `not a JSON object at byte 0`,
		`[1]`:                         `not a JSON object at byte 0`,
		`null`:                        `not a JSON object at byte 0`,
		`{"a":1}{"a":2}`:              `something follows the object at byte 7`,
		`{"a":1,}`:                    `'}' where a key was expected at byte 7`,
		`{"a"1}`:                      `'1' where ':' was expected at byte 4`,
		`{"a":1 "b":2}`:               `'"' where ',' or '}' was expected at byte 7`,
		`{"a":[1}`:                    `'}' where ',' or ']' was expected at byte 7`,
		`{"a":[1,]}`:                  `']' where a value was expected at byte 8`,
		`{"a":tru}`:                   `'t' where a value was expected at byte 5`,
		`{"a":01}`:                    `'1' where ',' or '}' was expected at byte 6`,
		`{"a":-}`:                     `'}' where a digit was expected at byte 6`,
		`{"a":1.}`:                    `'}' where a digit was expected at byte 7`,
		`{"a":1e}`:                    `'}' where a digit was expected at byte 7`,
		`{"a":+1}`:                    `'+' where a value was expected at byte 5`,
		`{"a":`:                       `ends where a value was expected at byte 5`,
		`{"a":"`:                      `ends inside a string at byte 6`,
		`{"a":"\`:                     `ends inside a string at byte 7`,
		`{"a":"\x"}`:                  `'x' where an escape was expected at byte 7`,
		`{"a":"\u00g0"}`:              `'g' where a hexadecimal digit was expected at byte 10`,
		"{\"a\":\"12345678\n\"}":      `'\n' inside a string at byte 14`,
		"{\"a\":\"\x00\"}":            `'\x00' inside a string at byte 6`,
		"{\"a\":\"x\xffy\"}":          `invalid UTF-8 at byte 7`,
		"{\"a\":\"\xed\xa0\x80\"}":    `invalid UTF-8 at byte 6`,
		"\uFEFF{}":                    `not a JSON object at byte 0`,
		`{"a":NaN}`:                   `'N' where a value was expected at byte 5`,
		"{\v}":                        `'\v' where a key was expected at byte 1`,
		`{"a":1}` + "\x00":            `something follows the object at byte 7`,
		strings.Repeat(`{"a":`, 1000): `nested more than 512 deep at byte 2560`,
	} {
		err := jsonrow.Check([]byte(row), depth)
		require.Error(t, err, row)
		assert.Equal(t, want, err.Error(), row)
		var syntax *jsonrow.SyntaxError
		assert.ErrorAs(t, err, &syntax)
	}
}

func TestCheckCountsTheRowAsTheFirstLevel(t *testing.T) {
	t.Parallel()
	row := []byte(`{"a":[{"b":1}]}`)
	assert.NoError(t, jsonrow.Check(row, 3))
	assert.Error(t, jsonrow.Check(row, 2))
}

// FuzzCheck holds Check to encoding/json for objects in valid UTF-8 that do not nest too deep.
func FuzzCheck(f *testing.F) {
	for _, row := range accepted {
		f.Add([]byte(row))
		f.Add([]byte(row[:len(row)/2]))
	}
	f.Add([]byte("}"))
	f.Add([]byte("{\"a\":\"\xff\"}"))
	f.Fuzz(func(t *testing.T, row []byte) {
		trimmed := strings.TrimLeft(string(row), " \t\r\n")
		want := json.Valid(row) && utf8.Valid(row) && strings.HasPrefix(trimmed, "{") && nesting(row) <= 8
		require.Equal(t, want, jsonrow.Check(row, 8) == nil, "%q", row)
	})
}

// nesting is how deep valid JSON nests.
func nesting(text []byte) int {
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	deepest, now := 0, 0
	for {
		token, err := decoder.Token()
		if err != nil {
			return deepest
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			now++
			deepest = max(deepest, now)
		case json.Delim('}'), json.Delim(']'):
			now--
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	row := []byte(`{"_Source":"Windows.System.Pslist","ClientId":"C.0000000000001eef","Fqdn":"WIN-00001.corp.example.com",` +
		`"FlowId":"F.CH00000001AB","Pid":7204,"Ppid":19044,"TokenIsElevated":true,"Name":"svchost.exe","CommandLine":` +
		`"C:\\Windows\\System32\\svchost.exe -k netsvcs -p -s svc81 /session 887","Exe":"C:\\Windows\\System32\\svchost.exe",` +
		`"TokenInfo":{"IsElevated":false,"User":"NT AUTHORITY\\SYSTEM","SID":"S-1-5-18"},"Hash":{"MD5":"` +
		strings.Repeat("a", 32) + `","SHA1":"` + strings.Repeat("b", 40) + `","SHA256":"` + strings.Repeat("c", 64) +
		`"},"Authenticode":{"Filename":"C:\\Windows\\System32\\svchost.exe","ProgramName":"Microsoft Windows",` +
		`"PublisherLink":null,"Trusted":"trusted"},"Username":"NT AUTHORITY\\SYSTEM","WorkingSetSize":98081581}`)
	b.SetBytes(int64(len(row)))
	b.ReportAllocs()
	for b.Loop() {
		if err := jsonrow.Check(row, depth); err != nil {
			b.Fatal(err)
		}
	}
}

func ExampleCheck() {
	fmt.Println(jsonrow.Check([]byte(`{"Pid":4,"Name":"System"}`), 512))
	fmt.Println(jsonrow.Check([]byte(`}`), 512))
	// Output:
	// <nil>
	// not a JSON object at byte 0
}

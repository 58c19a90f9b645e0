package kql_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/companion/hunt/kql"
)

// token returns text as a row has it.
func token(t testing.TB, text string) []byte {
	out, err := json.Marshal(text)
	require.NoError(t, err)
	return out
}

func predicate(t testing.TB, text string) kql.Predicate {
	f, ok := parse(t, text).Expr.(kql.Field)
	require.True(t, ok, text)
	return f.Value
}

func TestValuesMatch(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		query string
		match []string
		not   []string
	}{
		{"mimikatz", []string{`"mimikatz"`, `"x MimiKatz.exe"`, `"\u006dimikatz"`, `"a\nmimikatz"`}, []string{`"mimi"`, `"mimi\nkatz"`, `null`, `7`, `{}`}},
		{"nfoo", []string{`"nfoo"`}, []string{`"\nfoo"`, `"\\u006efoo"`}},
		{`"\temp\\"`, []string{`"C:\\Temp\\x"`, `"C:\u005cTemp\\x"`}, []string{`"C:\\Temp"`, `"\temp"`, `"C:/Temp/"`}},
		{`"/"`, []string{`"a/b"`, `"a\/b"`, `"a\u002fb"`}, []string{`"ab"`}},
		{`""`, []string{`"x"`, `""`, `1`}, []string{`null`, `[]`}},
		{"ЖУК", []string{`"жук"`, `"x Жук"`, `"\u0436\u0423к"`}, []string{`"жу"`}},
		{"k", []string{`"K"`, `"k"`}, []string{"\"\u212a\""}},
		{"\u212a", []string{"\"\u212a\""}, []string{`"k"`}},
		{"😀", []string{`"\ud83d\ude00"`, `"😀"`}, []string{`"\ud83d"`, `"\ud83dx"`}},
		{"true", []string{`true`, `"True story"`}, []string{`false`}},
		{"12", []string{`3124`, `"a12"`}, []string{`21`}},
		{"pow*enc", []string{`"xPOWershell -ENCx"`, `"powenc"`}, []string{`"enc pow"`, `"pow"`}},
		{"Name: cmd.exe", []string{`"cmd.exe"`, `"CMD.EXE"`, `"cmd\u002eexe"`}, []string{`"cmd.exe "`, `"xcmd.exe"`, `"cmdxexe"`, `null`}},
		{"Name: *", []string{`"x"`, `""`, `0`, `false`}, []string{`null`, `{}`, `[]`}},
		{"Name: null", []string{`null`}, []string{`"null"`, `{}`, `""`}},
		{`Name: "null"`, []string{`"null"`}, []string{`null`}},
		{`Name: ""`, []string{`""`}, []string{`null`, `" "`, `[]`}},
		{"Name: tmux server", []string{`"tmux server"`, `"TMUX Server"`}, []string{`"tmux"`, `"tmux  server"`}},
		{"Name: sys*", []string{`"SYSTEM"`, `"sys"`}, []string{`"xsys"`, `null`}},
		{"Name: *sys", []string{`"xSys"`}, []string{`"sysx"`}},
		{"Name: a*b*c", []string{`"aXbXc"`, `"abc"`, `"abbcc"`}, []string{`"acb"`, `"abcd"`, `"ab"`}},
		{"Name: a*a", []string{`"aa"`, `"aba"`}, []string{`"a"`}},
		{`Name: a\*b`, []string{`"a*b"`}, []string{`"axb"`}},
		{`Path: C:\Users\\*\AppData`, []string{`"C:\\Users\\bob\\AppData"`, `"c:\\users\\\\appdata"`}, []string{`"C:\\Users\\AppData"`}},
		{"Pid: 100", []string{`100`, `100.0`, `1e2`, `"100"`}, []string{`101`, `"100.0"`, `1000`}},
		{"Pid: 18446744073709551615", []string{`18446744073709551615`}, []string{`18446744073709551614`, `18446744073709551616`}},
		{`Pid: "100"`, []string{`100`, `"100"`}, []string{`100.0`}},
		{"Pid: -0", []string{`0`, `-0`, `0.0e5`}, []string{`1`, `true`, `false`, `null`}},
		{"Pid >= 100", []string{`100`, `100.5`, `"0100"`, `1e300`, `18446744073709551616`}, []string{`99`, `-100`, `"abc"`, `"99"`, `null`, `true`}},
		{"Pid < 0.5", []string{`-1`, `0`, `4.9e-1`, `-1e300`, `"-3"`}, []string{`0.5`, `5e-1`, `1`}},
		{"Pid > -2", []string{`-1.5`, `0`}, []string{`-2`, `-2.5`, `-20`}},
		{"T > 2026-06-01", []string{`"2026-06-02"`, `"2026-06-02T00:00:00Z"`, `"2027-01-01T00:00:00+01:00"`}, []string{`"2026-06-01"`, `"2026-06-01T23:59:59Z"`, `"x"`, `20260701`}},
		{"T <= 2026-06-01", []string{`"2026-06-01T23:59:59.999Z"`, `"2026-05-01"`}, []string{`"2026-06-02T00:00:00Z"`}},
		{"T >= 2026-06-01T12:00:00Z", []string{`"2026-06-01T14:00:00+02:00"`, `"2026-06-01 12:00:00"`, `"2026-06-01T12:00:00.5Z"`}, []string{`"2026-06-01T12:00:00+02:00"`, `"2026-06-01T11:59:59.999999999Z"`, `"2026-02-30T12:00:00Z"`}},
		{`T < "2026-06-01 12:00"`, []string{`"2026-06-01T11:59:59Z"`}, []string{`"2026-06-01T12:00:01Z"`}},
		{"Name >= m", []string{`"M"`, `"north"`, `"z"`}, []string{`"LIMA"`, `"a"`, `1`, `null`}},
		{"Raddr: 10.0.0.0/8", []string{`"10.1.2.3"`, `"10.1.2.3:443"`, `"::ffff:10.0.0.1"`, `"10.2.0.0/16"`, `"[::ffff:10.0.0.1]:80"`}, []string{`"11.0.0.1"`, `"10.0"`, `"x10.0.0.1"`, `10.5`}},
		{"Raddr: ::1", []string{`"::1"`, `"0000:0000:0000:0000:0000:0000:0000:0001"`, `"[::1]:80"`}, []string{`"::2"`, `"1"`}},
		{"Raddr: fe80::/10", []string{`"fe80::1%eth0"`, `"FE80::2"`}, []string{`"2001:db8::1"`}},
		{"Raddr: 203.0.113.66", []string{`"203.0.113.66"`, `"203.0.113.66:4443"`}, []string{`"203.0.113.6"`, `"1203.0.113.66"`}},
		{`Raddr: "203.0.113.66"`, []string{`"203.0.113.66"`}, []string{`"203.0.113.66:4443"`}},
		{"A: 10.0.0.300/8", []string{`"10.0.0.300/8"`}, []string{`"10.0.0.3"`}},
		{`C ~ /^a.+z$/`, []string{`"abz"`, `"ABZ"`}, []string{`"az"`, `"abzx"`, `null`}},
		{`C ~ /(?-i)ABC/`, []string{`"xABC"`}, []string{`"abc"`}},
		{`C ~ /\d\\x/`, []string{`"1\\x"`}, []string{`"1x"`}},
		{`C ~ //`, []string{`""`, `1`}, []string{`null`}},
	} {
		p := predicate(t, c.query)
		for _, value := range c.match {
			assert.True(t, p.Match([]byte(value)), "%s: %s", c.query, value)
		}
		for _, value := range c.not {
			assert.False(t, p.Match([]byte(value)), "%s: %s", c.query, value)
		}
		assertSought(t, p, slices.Concat(c.not, c.match, c.not))
	}
}

// assertSought holds Seek to finding all tokens that match, in their order.
func assertSought(t testing.TB, p kql.Predicate, tokens []string) {
	var want, got []string
	for _, token := range tokens {
		if p.Match([]byte(token)) {
			want = append(want, token)
		}
	}
	text := []byte(strings.Join(tokens, "\n") + "\n")
	if kql.Seek(p, text, func(start, end int) {
		if p.Match(text[start:end]) {
			got = append(got, string(text[start:end]))
		}
	}) {
		assert.Equal(t, want, got, "%s in %s", p, text)
	}
}

func TestSeekingLooksAtFewTokens(t *testing.T) {
	t.Parallel()
	text := []byte(`"C:\\users"` + "\n" + `"C:\\Users\\Mimikatz\u002eexe"` + "\n" + `"mimi\nkatz"` + "\n")
	for query, want := range map[string]int{"mimikatz": 1, "users": 2, "Name: mimi*": 2, "none": 1} {
		sought := 0
		assert.True(t, kql.Seek(predicate(t, query), text, func(int, int) { sought++ }), query)
		assert.Equal(t, want, sought, query)
	}
}

func TestLongTextsMatchLikeShortOnes(t *testing.T) {
	t.Parallel()
	long := strings.Repeat(`a\`, 4000) + "Ж needle"
	for _, query := range []string{"needle", "ж", "C: *needle", "C: a*ж*e", `C ~ /needle$/`, "C: " + kql.Quote(long), "C >= a"} {
		assert.True(t, predicate(t, query).Match(token(t, long)), query)
		assert.False(t, predicate(t, query).Match(token(t, long[:7990]+"C")) && query != "C >= a", query)
	}
}

func TestNeedlesLieInWhatMatches(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		"Mimikatz": "mimikatz", "Name: CMD.exe": "cmd.exe", "Name: a*longest*b": "longest", "pow*x": "pow",
		"Pid: 100": "", "Raddr: 10.0.0.1": "", "Pid >= 1": "", "C ~ /abc/": "", "Name: *": "", "Name: null": "", `Pid: "100"`: "100",
	} {
		assert.Equal(t, want, predicate(t, query).Needle(), query)
	}
}

func TestMatchingCommonTextsAllocatesNothing(t *testing.T) {
	value := token(t, `C:\Windows\System32\svchost.exe -k netsvcs -p -s Schedule`)
	for _, query := range []string{"schedul", "schedulx", "C: *netsvcs*x", "C: svchost.exe", "C: 1.2.3.4", "C >= 5", "C >= a", "C > 2026-01-01", "C: null", "C: *"} {
		p := predicate(t, query)
		assert.Zero(t, testing.AllocsPerRun(100, func() { p.Match(value) }), query)
	}
}

// lines returns command lines as a dictionary has them.
func lines(t testing.TB) (tokens [][]byte) {
	for i := range 4000 {
		tokens = append(tokens, token(t, fmt.Sprintf(`C:\Windows\System32\svchost.exe -k netsvcs%d -p -s "Schedule %x" --type=renderer /prefetch:%d`, i, i*7919, i%9)))
	}
	return tokens
}

func BenchmarkMatch(b *testing.B) {
	tokens := lines(b)
	for name, query := range map[string]string{
		"substring": "mimikatz", "substring of letters": "encoded", "path": `"\temp\evil"`, "whole": "C: powershell.exe",
		"prefix": `C: *\\powershell.exe*-enc*`, "regexp": `C ~ /-enc[a-z]* [a-z0-9+]{20}/`, "number": "C > 100", "network": "C: 10.0.0.0/8",
	} {
		p := predicate(b, query)
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				for _, token := range tokens {
					p.Match(token)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(tokens)), "ns/token")
		})
	}
}

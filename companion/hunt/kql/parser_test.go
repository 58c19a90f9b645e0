package kql_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/companion/hunt/kql"
)

func parse(t testing.TB, text string) *kql.Query {
	q, err := kql.Parse(text)
	require.NoError(t, err, text)
	return q
}

func TestQueriesMeanWhatTheGrammarSays(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                              `*`,
		"  ":                            `*`,
		"*":                             `*`,
		"not *":                         `not *`,
		"mimikatz":                      `"mimikatz"`,
		"mimikatz lsass":                `("mimikatz" and "lsass")`,
		`"lsass dump" -enc`:             `("lsass dump" and "-enc")`,
		"*mimi*":                        `"mimi"`,
		"pow*enc":                       `*: *pow*enc*`,
		"http://evil.example/x":         `"http://evil.example/x"`,
		`C:\Temp`:                       `"C:\\Temp"`,
		"fe80::1":                       `"fe80::1"`,
		"a or b and c":                  `("a" or ("b" and "c"))`,
		"not a and b":                   `(not "a" and "b")`,
		"not (a or b)":                  `not ("a" or "b")`,
		"not not a":                     `not not "a"`,
		"A AND B Or c":                  `(("A" and "B") or "c")`,
		`"and" or "not"`:                `("and" or "not")`,
		"android or notes":              `("android" or "notes")`,
		"Name:x":                        `Name: x`,
		"Name : x":                      `Name: x`,
		"Name: tmux server":             `Name: tmux server`,
		"Name: tmux  server or b":       `(Name: tmux  server or "b")`,
		`Name: "powershell.exe"`:        `Name: "powershell.exe"`,
		`Name: "a\"b\\c\d"`:             `Name: "a\"b\\c\\d"`,
		`"Entry Location": x`:           `"Entry Location": x`,
		"Name: (a or b)":                `(Name: a or Name: b)`,
		"Name: (a and not b)":           `(Name: a and not Name: b)`,
		"Name: (a or (b and c*))":       `(Name: a or (Name: b and Name: c*))`,
		"not Name: (a or b)":            `not (Name: a or Name: b)`,
		"Name: *":                       `Name: *`,
		`Name: "*"`:                     `Name: "*"`,
		`Name: \*`:                      `Name: \*`,
		"exists Hash.SHA256":            `Hash.SHA256: *`,
		"exists Hash and a":             `(Hash: * and "a")`,
		"Hash.*: 7c4a*":                 `Hash.*: 7c4a*`,
		"*: null":                       `*: null`,
		`Path: C:\Windows\System32\\*`:  `Path: C\:\\Windows\\System32\\*`,
		"Time: 2026-06-01T10:00:00Z":    `Time: 2026-06-01T10\:00\:00Z`,
		"Pid >= 100":                    `Pid >= 100`,
		"Pid>=100 and Pid<  200":        `(Pid >= 100 and Pid < 200)`,
		`Time > "2026-06-01 10:00"`:     `Time > "2026-06-01 10:00"`,
		`Name ~ /^a\/b.*[ "]c/`:         `Name ~ "^a/b.*[ \"]c"`,
		`Name~/\\x/ or b`:               `(Name ~ "\\\\x" or "b")`,
		`Name ~ "\\d+"`:                 `Name ~ "\\d+"`,
		"PROGRA~1":                      `"PROGRA~1"`,
		"Raddr: 10.0.0.0/8":             `Raddr: 10.0.0.0/8`,
		"Raddr: (::1 or fe80::/10)":     `(Raddr: \:\:1 or Raddr: fe80\:\:/10)`,
		"a and b and c":                 `("a" and "b" and "c")`,
		"((((a))))":                     `"a"`,
		"{4D36E972}":                    `"{4D36E972}"`,
		"Имя: Ж*":                       `Имя: Ж*`,
		"Network Info.MAC: x or y":      "",
		"Command: -e \"x y\"":           "",
		`Name: tmux "server" or Pid: 1`: "",
	} {
		q, err := kql.Parse(text)
		if want == "" {
			assert.Error(t, err, text)
			continue
		}
		if assert.NoError(t, err, text) {
			assert.Equal(t, want, q.String(), text)
			assert.Equal(t, want, parse(t, q.String()).String(), "the form it is printed in means the same")
		}
	}
}

func TestWhatOnlyBeginsLikeADateIsComparedAsATextWhereThatIsMeant(t *testing.T) {
	t.Parallel()
	for _, value := range []string{`"2026-06"`, `"2026-13-01"`, "2026", "20260601", "2026-", "2026-x", "2026-060", "1234-5678", "12345-01", "10-06-2026", "2026-06x"} {
		_, err := kql.Parse("T > " + value)
		assert.NoError(t, err, value)
	}
	for _, value := range []string{"2026-6-1", "2026-02-30", "2026-06-01T25:00", "2026-06-01Tx", "2026-06-01 10", "2026-06-"} {
		_, err := kql.Parse("T > " + value)
		assert.ErrorContains(t, err, "a text in quotes", value)
	}
	_, err := kql.Parse("T: 2026-06*")
	assert.NoError(t, err, "only comparisons know dates")
}

func TestSyntaxErrorsSayWhereAndWhatWasExpected(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Name: (a or":       `at column 12: expected a value or "(", found the end`,
		"Name: (a":          `at column 9: expected "and", "or" or ")", found the end`,
		"Name:":             `at column 6: expected a value or "(", found the end`,
		"Name: and":         `at column 7: expected a value or "(", found "and"`,
		"(a or b":           `at column 8: expected "and", "or" or ")", found the end`,
		"a or b)":           `at column 7: expected "and", "or" or the end, found ")"`,
		"a or":              `at column 5: expected a field, a text, "not" or "(", found the end`,
		"not":               `at column 4: expected a field, a text, "not" or "(", found the end`,
		"exists":            `at column 7: expected a field, found the end`,
		"mimikatz Pid: 1":   `at column 10: expected "and", "or" or the end, found "Pid"`,
		"Name: a b: c":      `at column 10: expected "and", "or" or the end, found ":"`,
		"a (b)":             `at column 3: expected "and", "or" or the end, found "("`,
		"Path: a (x86)":     `at column 9: expected "and", "or" or the end, found "("`,
		`Name: "a`:          `at column 9: expected the '"' that ends the text from column 7, found the end`,
		"Name ~ a":          `at column 8: expected a regular expression, such as /a+b/, found "a"`,
		"Name ~ /a":         `at column 10: expected the end of the regular expression from column 8, found the end`,
		"Name ~ /(a/":       `at column 8: expected a regular expression (missing closing )), found "/"`,
		`Name ~ /(a)\1/`:    `at column 8: expected a regular expression (invalid escape sequence), found "/"`,
		"T < 2026-06":       "at column 5: expected a date (2026-06-01), a time (2026-06-01T10:30, 2026-06-01T10:30:05.25+02:00), or a text in quotes, found \"2026-06\"",
		"T > 2026-13-01":    "at column 5: expected a date (2026-06-01), a time (2026-06-01T10:30, 2026-06-01T10:30:05.25+02:00), or a text in quotes, found \"2026-13-01\"",
		"Pid > 1*":          `at column 7: expected a value without *, found "1*"`,
		"Pid >":             `at column 6: expected a value, found the end`,
		"Имя: (":            `at column 7: expected a value or "(", found the end`,
		"a and \xff":        `at column 7: expected UTF-8, found "\xff"`,
		`: x`:               `at column 1: expected a field, a text, "not" or "(", found ":"`,
		"a < ":              `at column 5: expected a value, found the end`,
		"Name: a\nor\nb: <": `at column 15: expected a value or "(", found "<"`,
	} {
		_, err := kql.Parse(text)
		var syntax *kql.SyntaxError
		if assert.ErrorAs(t, err, &syntax, text) {
			assert.Equal(t, "kql: "+want, err.Error(), text)
			assert.LessOrEqual(t, syntax.Offset, len(text))
		}
	}
}

func TestQueriesAreBounded(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("(", kql.MaxDepth)
	parse(t, deep+"a"+strings.Repeat(")", kql.MaxDepth))
	parse(t, strings.Repeat("not ", kql.MaxDepth)+"a")
	parse(t, strings.Repeat("a or ", kql.MaxClauses-1)+"a")
	parse(t, strings.Repeat(" ", kql.MaxBytes))
	parse(t, "a ~ /"+strings.Repeat("b", kql.MaxPatternBytes)+"/")
	for what, text := range map[string]string{
		"parentheses": deep + "(a))" + strings.Repeat(")", kql.MaxDepth-1),
		"nots":        strings.Repeat("not ", kql.MaxDepth+1) + "a",
		"values":      "a: " + deep + "(not a))" + strings.Repeat(")", kql.MaxDepth-1),
		"clauses":     strings.Repeat("a or ", kql.MaxClauses) + "a",
		"words":       strings.Repeat("a ", kql.MaxClauses+1),
		"bytes":       strings.Repeat(" ", kql.MaxBytes+1),
		"pattern":     "a ~ /" + strings.Repeat("b", kql.MaxPatternBytes+1) + "/",
		"repetitions": "a ~ /(.{40}){40}/",
		"classes":     `a ~ /[\pL\pN]{900}/`,
	} {
		_, err := kql.Parse(text)
		var syntax *kql.SyntaxError
		assert.ErrorAs(t, err, &syntax, what)
	}
}

func TestQuotedTextIsTakenAsItIs(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "a b", `C:\Windows\`, `say "x"`, `\"`, "*", "and", "(a: b)", "a\nb", "файл"} {
		f, ok := parse(t, kql.Quote("a."+text)+": "+kql.Quote(text)).Expr.(kql.Field)
		require.True(t, ok, text)
		assert.True(t, f.Name.Match("a."+text), text)
		assert.True(t, f.Value.Match(token(t, text)), text)
		assert.False(t, f.Value.Match(token(t, text+"x")), text)
	}
}

func TestNamesMeanColumnsAndWhatLiesBeneath(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, match, not string }{
		{"Name", "Name,name,NAME,Name.x,name.x.y", "Names,xName,a.Name,Nam"},
		{"Hash.SHA256", "Hash.SHA256,hash.sha256", "Hash,SHA256,Hash.MD5,Hash.SHA2567"},
		{"Hash", "Hash,Hash.MD5,Hash.a.b", "Hashes,a.Hash"},
		{"Hash.*", "Hash.MD5,Hash.a.b", "Hash,Hashes.a"},
		{"*Path", "Path,OSPath,a.Path,OSPath.x", "Paths"},
		{"*time*", "CreateTime,Timestamp,a.mtime.b", "Name"},
		{"a*b*c", "abc,a.b.c,axxbxxc.d", "ab,acb"},
		{`a\*b`, "a*b", "axb"},
		{`"a*b"`, "a*b", "axb"},
		{`"Laddr.IP"`, "Laddr.IP", "Laddr"},
		{"*", "a,a.b,", "-"},
		{"Ключ", "КЛЮЧ,ключ.x", "к"},
	} {
		f, ok := parse(t, c.name+": x").Expr.(kql.Field)
		require.True(t, ok, c.name)
		for path := range strings.SplitSeq(c.match, ",") {
			assert.True(t, f.Name.Match(path), "%s: %s", c.name, path)
		}
		for path := range strings.SplitSeq(c.not, ",") {
			assert.Equal(t, f.Name.Any(), f.Name.Match(path), "%s: %s", c.name, path)
		}
	}
	assert.False(t, kql.Name{}.Match("x"))
}

package kql_test

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/companion/hunt/kql"
)

// FuzzParse holds parsing to: a *SyntaxError that lies in the text, or a query that prints to one that means the same; and
// matching to: what matches has the needle.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"", `Name: "powershell.exe" and CommandLine: *-enc* and not Username: *SYSTEM`, "a or (b and not c)", "Pid >= 1e3",
		`x ~ /a\/b{2}/`, "Raddr: (10.0.0.0/8 or ::1)", `"a\"b": tmux  ser*`, "exists Hash.*", "T < 2026-06-01T10:00:00+02:00", "a: (", "http://x PROGRA~1 fe80::1",
	} {
		f.Add(text, "-Enc\n\\u 2026-06-02", 5)
	}
	f.Fuzz(func(t *testing.T, text, value string, cursor int) {
		if c, err := kql.Complete(text, cursor); err == nil {
			require.LessOrEqual(t, c.From, utf8.RuneCountInString(text))
		}
		q, err := kql.Parse(text)
		if err != nil {
			var syntax *kql.SyntaxError
			require.ErrorAs(t, err, &syntax)
			require.True(t, 0 <= syntax.Offset && syntax.Offset <= len(text))
			require.LessOrEqual(t, syntax.Column, syntax.Offset+1)
			return
		}
		printed := q.String()
		if len(printed) <= kql.MaxBytes {
			again, err := kql.Parse(printed)
			require.NoError(t, err, printed)
			require.Equal(t, printed, again.String())
		}
		token, err := json.Marshal(value)
		require.NoError(t, err)
		walk(q.Expr, func(field kql.Field) {
			assertSought(t, field.Value, []string{"7", string(token), `"\u0061"`, string(token)})
			for _, token := range [][]byte{token, []byte("-12.5e3"), []byte("true"), []byte("null"), []byte("{}")} {
				if needle := field.Value.Needle(); field.Value.Match(token) && needle != "" {
					require.True(t, predicate(t, kql.Quote(needle)).Match(token), "%q in %s", needle, token)
				}
			}
		})
	})
}

func walk(expr kql.Expr, visit func(kql.Field)) {
	switch e := expr.(type) {
	case kql.And:
		for _, part := range e {
			walk(part, visit)
		}
	case kql.Or:
		for _, part := range e {
			walk(part, visit)
		}
	case kql.Not:
		walk(e.Expr, visit)
	case kql.Field:
		visit(e)
	}
}

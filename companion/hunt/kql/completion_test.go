package kql_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/companion/hunt/kql"
)

func TestCompletionSaysWhatCanStandAtTheCursor(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{ // the cursor is at |
		"|":                     "names 0 ",
		"Na|":                   "names 0 Na",
		"Na|me: x":              "names 0 Na",
		"Name |":                "operators connectives 5 ",
		"Name: |":               "values of Name 6 ",
		"Name:|":                "values of Name 5 ",
		"Name: po|wer":          "values of Name 6 po",
		`Name: "pow er|`:        "values of Name 6 pow er",
		`Name: "a\\b\"|`:        `values of Name 6 a\b"`,
		"Name: tmux ser|":       "values of Name 6 tmux ser",
		"Name: tmux |":          "connectives 11 ",
		`Name: "x" |`:           "connectives 10 ",
		"Name: (a or b|":        "values of Name 12 b",
		"Name: (a |":            "connectives 9 ",
		"Name: (a) |":           "connectives 10 ",
		"Name: x and |":         "names 12 ",
		"Name: x and not Ha|":   "names 16 Ha",
		"Name: x and (Pa|":      "names 13 Pa",
		"exists Ha|":            "names 7 Ha",
		`"Entry Loc|`:           "names 0 Entry Loc",
		`"Entry Location": si|`: `values of "Entry Location" 18 si`,
		"Pid >= 1|":             "values of Pid 7 1",
		"Имя: Ж|ук":             "values of Имя 5 Ж",
		"Name ~ /a|":            " 7 ",
		"a b|":                  "names 2 b",
		"a or b) c|":            "error",
		"Name: a b: c|":         "error",
	} {
		before, after, _ := strings.Cut(text, "|")
		c, err := kql.Complete(before+after, len([]rune(before)))
		if want == "error" {
			var syntax *kql.SyntaxError
			assert.ErrorAs(t, err, &syntax, text)
			continue
		}
		require.NoError(t, err, text)
		var kinds []string
		for kind, is := range map[string]bool{"names": c.Names, "values of " + c.Field.String(): c.Values} {
			if is {
				kinds = append(kinds, kind)
			}
		}
		if c.Operators {
			kinds = append(kinds, "operators")
		}
		if c.Connectives {
			kinds = append(kinds, "connectives")
		}
		typed := c.Typed
		if strings.HasPrefix(want, " ") {
			typed = ""
		}
		assert.Equal(t, want, strings.Join(kinds, " ")+" "+strconv.Itoa(c.From)+" "+typed, text)
	}
}

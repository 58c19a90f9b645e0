package hunt_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/companion/hunt"
	"github.com/velocicompanion/velocicompanion/companion/hunt/kql"
)

func TestAnArtifactIsDescribedColumnByColumn(t *testing.T) {
	t.Parallel()
	f := newFleet(t, hunt.Config{})
	f.rows(t, "a", "F.1", "X", `{"Name":"p","N":1,"L":[1,1,2]}`, `{"Name":"p","N":null}`, `{"Name":"\u0070","O":{}}`)
	f.rows(t, "b", "F.2", "X", `{"Name":"q","N":"1"}`, `{"Name":"p","O":{"x":true}}`)
	d, err := f.Artifact(t.Context(), f.scope(), "X", 2)
	require.NoError(t, err)
	assert.EqualValues(t, 5, d.Rows)
	assert.EqualValues(t, 2, d.Hosts)
	assert.True(t, d.Complete)
	top := func(value string, rows, hosts int64) hunt.TopValue {
		return hunt.TopValue{Value: json.RawMessage(value), Rows: rows, Hosts: hosts}
	}
	columns := make(map[string]hunt.ColumnDetail)
	for _, c := range d.Columns {
		columns[c.Path] = c
	}
	assert.Equal(t, hunt.ColumnDetail{Path: "Name", Types: []string{"string"}, Rows: 5, Distinct: 2, Top: []hunt.TopValue{top(`"p"`, 4, 2), top(`"q"`, 1, 1)}}, columns["Name"])
	assert.Equal(t, []string{"null", "number", "string"}, columns["N"].Types)
	assert.EqualValues(t, 3, columns["N"].Distinct, "1 is not the text 1")
	assert.EqualValues(t, 3, columns["N"].Rows)
	assert.Equal(t, hunt.ColumnDetail{Path: "L", Types: []string{"number"}, Rows: 1, Distinct: 2, Top: []hunt.TopValue{top(`1`, 1, 1), top(`2`, 1, 1)}}, sortedTop(columns["L"]))
	assert.Equal(t, []string{"empty"}, columns["O"].Types)
	assert.Equal(t, []string{"boolean"}, columns["O.x"].Types)
	_, err = f.Artifact(t.Context(), f.scope(), "Y", 2)
	assert.ErrorIs(t, err, hunt.ErrNotFound)
}

func sortedTop(c hunt.ColumnDetail) hunt.ColumnDetail {
	if len(c.Top) == 2 && string(c.Top[0].Value) > string(c.Top[1].Value) {
		c.Top[0], c.Top[1] = c.Top[1], c.Top[0]
	}
	return c
}

func TestAnArtifactWithMoreValuesThanAreCountedSaysSo(t *testing.T) {
	t.Parallel()
	f := newFleet(t, hunt.Config{MaxGroups: 100})
	f.rows(t, "a", "F.1", "X", `{"A":1,"B":1}`, `{"A":2,"B":1}`, `{"A":3,"B":1}`)
	d, err := f.Artifact(t.Context(), f.scope(), "X", 10)
	require.NoError(t, err)
	assert.False(t, d.Complete)
	assert.NotEmpty(t, d.Reason)
	assert.True(t, d.Columns[0].More)
	assert.EqualValues(t, 2, d.Columns[0].Distinct)
	assert.EqualValues(t, 3, d.Columns[0].Rows)
	assert.False(t, d.Columns[1].More)
}

func TestAnArtifactWhoseKeysAreDataIsDescribedWithinBounds(t *testing.T) {
	t.Parallel()
	f := newFleet(t, hunt.Config{MaxGroups: 400, Workers: 1})
	var rows []string
	for row := range 11 {
		var members []string
		for i := range 1000 {
			members = append(members, fmt.Sprintf(`"k%d_%d":1`, row, i))
		}
		rows = append(rows, "{"+strings.Join(members, ",")+"}")
	}
	f.rows(t, "a", "F.1", "X", rows...)
	d, err := f.Artifact(t.Context(), f.scope(), "X", 1)
	require.NoError(t, err)
	assert.False(t, d.Complete)
	assert.NotEmpty(t, d.Reason)
	assert.Len(t, d.Columns, 10_000)
	values := int64(0)
	for _, c := range d.Columns {
		values += c.Distinct
	}
	assert.EqualValues(t, 400, values)
}

func TestQueriesAreCompleted(t *testing.T) {
	t.Parallel()
	f := newFleet(t, hunt.Config{})
	f.rows(t, "a", "F.1", "X", `{"Name":"powershell.exe","Entry Location":"x","Hash":{"SHA256":"a"}}`, `{"Name":"pow\"er","OtherName":7,"Mixed":[-1.5e3,"7"]}`)
	f.rows(t, "b", "F.2", "Y", `{"Name":"powershell.exe"}`, `{"Name":"cmd.exe","Only":null}`, `{"Name":"winpow"}`)
	for query, want := range map[string]string{ // the cursor is at |
		"Na|":                       "Name OtherName",
		"en|":                       `"Entry Location"`,
		"not (Hash|":                "Hash.SHA256",
		"Name: |":                   `"powershell.exe" "cmd.exe" "pow\"er" "winpow"`,
		"Name: pow| or Name: x":     `"powershell.exe" "pow\"er" "winpow"`,
		`Name: "cmd.e|`:             `"cmd.exe"`,
		"OtherName: |":              "7",
		"OtherName > |":             "7",
		`OtherName > "|`:            "7",
		"Mixed: |":                  `-1.5e3 "7"`,
		"Only: |":                   "",
		"Name |":                    ": >= <= > < ~ and or",
		"Name: x |":                 "and or",
		`"Entry Location": (x or |`: `"x"`,
	} {
		before, after, _ := strings.Cut(query, "|")
		q := hunt.Complete{Scope: f.scope(), Position: len(before), Limit: 10}
		q.Query = before + after
		c, err := f.Complete(t.Context(), q)
		require.NoError(t, err, query)
		var texts []string
		for _, s := range c.Suggestions {
			texts = append(texts, s.Text)
			if s.Kind == "field" || s.Kind == "value" {
				_, err := kql.Parse(before[:c.From] + s.Text + strings.Repeat(")", strings.Count(before, "(")))
				assert.NoError(t, err, "a suggestion can be put in: %s", s.Text)
			}
		}
		assert.Equal(t, want, strings.Join(texts, " "), query)
		assert.True(t, c.Complete)
	}
	q := hunt.Complete{Scope: f.scope(), Position: 9, Limit: 10}
	q.Query = "(a or b))"
	_, err := f.Complete(t.Context(), q)
	var syntax *kql.SyntaxError
	assert.ErrorAs(t, err, &syntax)
	q.Query, q.Position, q.Artifacts = "O", 1, []string{"Y"}
	c, err := f.Complete(t.Context(), q)
	require.NoError(t, err)
	assert.Equal(t, "Only", c.Suggestions[0].Text, "of the artifacts of the scope")
	assert.Len(t, c.Suggestions, 1)
}

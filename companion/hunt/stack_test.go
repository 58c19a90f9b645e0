package hunt_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/companion/hunt"
)

// crossed is a row with so many values in each of the columns a, b and c.
func crossed(t testing.TB, values int) string {
	row := make(map[string][]string)
	for i := range values {
		for _, column := range []string{"a", "b", "c"} {
			row[column] = append(row[column], fmt.Sprint(column, i))
		}
	}
	text, err := json.Marshal(row)
	require.NoError(t, err)
	return string(text)
}

func TestARowOfVeryManyCombinationsIsNotCountedAndTheAnswerSaysSo(t *testing.T) {
	t.Parallel()
	f := newFleet(t, hunt.Config{})
	f.rows(t, "a", "F.1", "X", crossed(t, 3000), crossed(t, 16), `{"a":"a0","b":"b0","c":"c0"}`, `{"a":1}`)
	stack := func(fields ...string) hunt.StackAnswer {
		answer, err := f.Stack(t.Context(), hunt.Stack{Scope: f.scope(), Artifact: "X", Fields: fields, Order: hunt.Common, Limit: 1})
		require.NoError(t, err)
		return answer
	}
	all := stack("a", "b", "c")
	assert.False(t, all.Complete)
	assert.Contains(t, all.Reason, "4096 combinations")
	assert.EqualValues(t, 16*16*16, all.Distinct)
	assert.EqualValues(t, 2, all.Values[0].Rows)
	assert.EqualValues(t, 1, all.Missing)
	one := stack("a")
	assert.True(t, one.Complete)
	assert.EqualValues(t, 3001, one.Distinct)
}

func TestAMistypedFieldIsNamedWithTheOneThatIsMostLikeIt(t *testing.T) {
	t.Parallel()
	f := newFleet(t, hunt.Config{})
	f.rows(t, "a", "F.1", "X", `{"Name":"x","CommandLine":"y","Hash":{"MD5":1,"SHA256":2}}`, `{"Name":"z"}`)
	for field, want := range map[string][]hunt.UnknownField{
		"Name": nil, "name": {{"name", "Name"}}, "Nmae": {{"Nmae", "Name"}}, "CommadLine": {{"CommadLine", "CommandLine"}}, "SHA256": {{"SHA256", "Hash.SHA256"}},
		"Hash.SHA265": {{"Hash.SHA265", "Hash.SHA256"}}, "Hash": {{"Hash", "Hash.MD5"}}, "Quite.Else": {{"Quite.Else", ""}}, "x": {{"x", ""}},
	} {
		answer, err := f.Stack(t.Context(), hunt.Stack{Scope: f.scope(), Artifact: "X", Fields: []string{"CommandLine", field}, Limit: 1})
		require.NoError(t, err)
		require.Equal(t, want, answer.Unknown, field)
		require.EqualValues(t, 2, answer.Missing+answer.Distinct, field)
	}
	answer, err := f.Stack(t.Context(), hunt.Stack{Scope: f.scope(), Artifact: "None", Fields: []string{"x"}, Limit: 1})
	require.NoError(t, err)
	require.Empty(t, answer.Unknown)
}

func TestAValueThatARowHasSeveralTimesIsCountedOnceInIt(t *testing.T) {
	t.Parallel()
	f := newFleet(t, hunt.Config{})
	f.rows(t, "a", "F.1", "X", `{"a":[`+strings.Repeat(`1,2,`, 100_000)+`1]}`)
	answer, err := f.Stack(t.Context(), hunt.Stack{Scope: f.scope(), Artifact: "X", Fields: []string{"a"}, Limit: 10})
	require.NoError(t, err)
	require.Len(t, answer.Values, 2)
	assert.EqualValues(t, 1, answer.Values[0].Rows)
	assert.EqualValues(t, 1, answer.Values[1].Rows)
}

package jsonrow

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSplitAndJoinGiveTheRowBack(t *testing.T) {
	t.Parallel()
	for row, want := range map[string][]string{
		`{}`:                                 nil,
		` { } `:                              nil,
		`{"a":1}`:                            {"a"},
		`{"a":{"b":[1,{"c":"}"}]},"d":"\""}`: {"a", "d"},
		`{"a":1,"a":2,"":null}`:              {"a", "a", ""},
		`{"k\"":1}`:                          {`k\"`},
	} {
		members, err := Split([]byte(row), 8)
		require.NoError(t, err, row)
		var keys []string
		for _, m := range members {
			keys = append(keys, string(m.Key))
		}
		assert.Equal(t, want, keys, row)
		if row[0] != ' ' {
			assert.Equal(t, row, string(Join(nil, members)))
		}
	}
	for _, row := range []string{``, `}`, `[]`, `{"a"}`, `{"a":}`, `{"a":1`, `{"a":1,}`, `{,}`, `{"a":1 "b":2}`, `{a:1}`} {
		_, err := Split([]byte(row), 8)
		require.Error(t, err, row)
	}
}

func TestTextOfAMember(t *testing.T) {
	t.Parallel()
	members, err := Split([]byte(`{"ClientId":"C.1","n":1,"e":"\u0041"}`), 8)
	require.NoError(t, err)
	assert.True(t, members[0].Is("ClientId"))
	text, ok := members[0].Text()
	assert.True(t, ok)
	assert.Equal(t, "C.1", text)
	_, ok = members[1].Text()
	assert.False(t, ok, "a number")
	text, ok = members[2].Text()
	assert.True(t, ok)
	assert.Equal(t, "A", text)
}

func TestAllNull(t *testing.T) {
	t.Parallel()
	for row, want := range map[string]bool{
		`{}`: true, ` { } `: true, `{"a":null}`: true, `{"Computer Info":null,"Network Info":null}`: true,
		` { "a\"" : null , "b" :	null } `: true,
		`{"a":"null"}`:                    false, `{"a":null,"b":0}`: false, `{"a":[null]}`: false, `{"a":{}}`: false, `{"a":null,"b":"","c":null}`: false,
	} {
		require.NoError(t, Check([]byte(row), 8))
		assert.Equal(t, want, AllNull([]byte(row)), row)
	}
}

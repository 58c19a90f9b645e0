package jsonrow_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/ingest/internal/jsonrow"
)

func TestOneTextIsOneHoweverItIsEscaped(t *testing.T) {
	t.Parallel()
	for want, written := range map[string][]string{
		`{"a":"\u0026\u003c\u003e\u2028"}`:     {"{\"a\": \"&<>\u2028\"}", `{"\u0061":"\u0026\u003C\u003E\u2028"}`, `{"a":"\u0026<\u003e\u2028"}`},
		`{"a":"/\\\"\n\b\u0000"}`:              {`{"a":"\/\u005c\u0022\u000A\u0008\u0000"}`, ` {"a" : "/\\\"\n\b\u0000" } `},
		`{"a":"ö😀"}`:                           {`{"a":"\u00f6\uD83D\ude00"}`, `{"a":"ö😀"}`},
		`{"a":"\ud83d"}`:                       {`{"a":"\uD83D"}`},
		`{"a":"\ude00\ud83d!"}`:                {`{"a":"\uDE00\uD83D!"}`},
		`{"a":"\ud83d😀"}`:                      {`{"a":"\ud83d\ud83d\ude00"}`, `{"a":"\uD83D😀"}`},
		`{"a":"�"}`:                            {`{"a":"\ufffd"}`},
		`{"a":[1.0,{"b":null}],"a":"\\u0026"}`: {`{"a": [1.0, {"b": null}], "a": "\\u0026"}`},
	} {
		for _, row := range written {
			require.NoError(t, jsonrow.Check([]byte(row), depth))
			assert.Equal(t, want, string(jsonrow.AppendCanonical(nil, []byte(row))), row)
		}
		assert.Equal(t, want, string(jsonrow.AppendCanonical(nil, []byte(want))), "as it is")
	}
}

// FuzzAppendCanonical holds that what is canonical has the same meaning, and is so already.
func FuzzAppendCanonical(f *testing.F) {
	for _, row := range accepted {
		f.Add([]byte(row))
	}
	f.Add([]byte(`{"a":"\ud83d\ude00\ud83d\u0026"}`))
	f.Fuzz(func(t *testing.T, row []byte) {
		if jsonrow.Check(row, depth) != nil {
			return
		}
		canonical := jsonrow.AppendCanonical(nil, row)
		require.NoError(t, jsonrow.Check(canonical, depth))
		require.Equal(t, canonical, jsonrow.AppendCanonical(nil, canonical))
		var before, after any
		if json.Unmarshal(row, &before) == nil {
			require.NoError(t, json.Unmarshal(canonical, &after))
			require.Equal(t, before, after)
		}
	})
}

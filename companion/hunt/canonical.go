package hunt

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/velocicompanion/velocicompanion/ingest/chunk"
)

// canonical returns a column whose tokens are written in one way: equal texts have one code. Numbers stay as they are
// written.
func canonical(column *chunk.Column) *chunk.Column {
	if !slices.ContainsFunc(column.Tokens, unusual) {
		return column
	}
	out := &chunk.Column{Path: column.Path, Starts: column.Starts, Codes: make([]uint32, len(column.Codes))}
	places := make(map[string]uint32, len(column.Tokens))
	now := make([]uint32, len(column.Tokens))
	for i, token := range column.Tokens {
		if unusual(token) {
			token = rewritten(token)
		}
		place, ok := places[string(token)]
		if !ok {
			place = uint32(len(out.Tokens))
			places[string(token)] = place
			out.Tokens = append(out.Tokens, token)
		}
		now[i] = place
	}
	for i, code := range column.Codes {
		out.Codes[i] = now[code]
	}
	return out
}

// escapes are the letters behind a backslash in the one way of writing a text, and what they stand for.
const (
	escapes = `"\nrtbf`
	escaped = "\"\\\n\r\t\b\f"
)

// unusual reports whether a token has escapes that are not the one way of writing what they stand for.
func unusual(token []byte) bool {
	for {
		i := bytes.IndexByte(token, '\\')
		if i < 0 || i+1 == len(token) {
			return false
		}
		if strings.IndexByte(escapes, token[i+1]) < 0 {
			return true
		}
		token = token[i+2:]
	}
}

// rewritten returns a JSON text in the one way of writing it. One with a lone surrogate stays as it is, because there is no
// other way to write it.
func rewritten(token []byte) []byte {
	var text string
	if json.Unmarshal(token, &text) != nil || strings.ContainsRune(text, '\uFFFD') {
		return token
	}
	out := append(make([]byte, 0, len(token)), '"')
	for i := range len(text) {
		b := text[i]
		if place := strings.IndexByte(escaped, b); place >= 0 {
			out = append(out, '\\', escapes[place])
		} else if b < ' ' {
			const digits = "0123456789abcdef"
			out = append(out, '\\', 'u', '0', '0', digits[b>>4], digits[b&15])
		} else {
			out = append(out, b)
		}
	}
	return append(out, '"')
}

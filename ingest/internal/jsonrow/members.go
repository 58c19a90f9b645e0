package jsonrow

import (
	"bytes"
	"encoding/json"
)

// Member is one key of an object with its value.
type Member struct {
	// Key is as it is written, without its quotation marks: escapes are not undone.
	Key []byte
	// Value is as it is written.
	Value []byte
	// text is both, with what is between them.
	text []byte
}

// Split returns the members of a row in their order; keys may occur twice. They share the row's memory. The error is a
// *SyntaxError, which may be another one than Check's.
func Split(row []byte, maxDepth int) ([]Member, error) { return AppendMembers(nil, row, maxDepth) }

// AppendMembers is Split for many rows: it adds the members to those that are there. With an error it returns what it began
// with, which may be used again.
func AppendMembers(before []Member, row []byte, maxDepth int) ([]Member, error) {
	s := scanner{text: row, maxDepth: maxDepth}
	i := s.space(0)
	if i == len(row) || row[i] != '{' {
		s.fail(i, "not a JSON object")
		return before, s.err
	}
	members := before
	for i++; ; i++ {
		i = s.space(i)
		if i < len(row) && row[i] == '}' && len(members) == len(before) {
			return members, nil
		}
		if i >= len(row) || row[i] != '"' {
			s.unexpected(i, "a key")
			return before, s.err
		}
		start := i
		if i = s.str(i + 1); i < 0 {
			return before, s.err
		}
		key := row[start+1 : i-1]
		if i = s.space(i); i >= len(row) || row[i] != ':' {
			s.unexpected(i, "':'")
			return before, s.err
		}
		from := s.space(i + 1)
		if i = s.value(from, 1); i < 0 {
			return before, s.err
		}
		members = append(members, Member{Key: key, Value: row[from:i], text: row[start:i]})
		if i = s.space(i); i >= len(row) || row[i] != ',' {
			break
		}
	}
	if i >= len(row) || row[i] != '}' {
		s.unexpected(i, "',' or '}'")
		return before, s.err
	}
	return members, nil
}

// AllNull reports whether a row that Check takes holds nothing but nulls, if it holds anything.
func AllNull(row []byte) bool {
	s := scanner{text: row}
	i := s.space(0)
	for row[i] != '}' {
		key := s.space(i + 1)
		if row[key] == '}' {
			break
		}
		i = s.space(s.space(s.str(key+1)) + 1)
		if row[i] != 'n' {
			return false
		}
		i = s.space(i + len("null"))
	}
	return true
}

// Join appends the object that has the members to out.
func Join(out []byte, members []Member) []byte {
	out = append(out, '{')
	for i, m := range members {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, m.text...)
	}
	return append(out, '}')
}

// Is reports whether the key of m is name, which has no characters that JSON escapes.
func (m Member) Is(name string) bool { return string(m.Key) == name }

// Text is the value of m where that is a string.
func (m Member) Text() (text string, ok bool) {
	if len(m.Value) < 2 || m.Value[0] != '"' {
		return "", false
	}
	if bytes.IndexByte(m.Value, '\\') < 0 {
		return string(m.Value[1 : len(m.Value)-1]), true
	}
	return text, json.Unmarshal(m.Value, &text) == nil
}

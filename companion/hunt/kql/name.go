package kql

import (
	"strings"
)

// Name says which columns a field is about. The zero Name is about none.
type Name struct {
	parts []string // folded; a wildcard between each two
	text  string   // as a query has it
}

// everywhere is the name of what is asked for without one.
var everywhere = Name{parts: []string{"", ""}, text: "*"}

func newName(parts []string, quoted bool) Name {
	n := Name{text: asWord(parts)}
	if quoted {
		n.text = Quote(parts[0])
	}
	for _, part := range parts {
		n.parts = append(n.parts, foldString(part))
	}
	return n
}

// Any reports whether the name matches every path.
func (n Name) Any() bool { return len(n.parts) == 2 && n.parts[0] == "" && n.parts[1] == "" }

// Match reports whether the name is about the column with this path: it names the column, or an object or array that
// the column lies in.
func (n Name) Match(path string) bool {
	if len(n.parts) == 0 {
		return false
	}
	if n.Any() {
		return true
	}
	path = foldString(path)
	for end := len(path); end > 0; end = strings.LastIndexByte(path[:end], '.') {
		if matchParts(n.parts, path[:end]) {
			return true
		}
	}
	return path == "" && matchParts(n.parts, path)
}

// String returns the name as it stands in a query.
func (n Name) String() string { return n.text }

// matchParts reports whether text is the parts in their order with anything between them. Both are folded.
func matchParts[T string | []byte](parts []string, text T) bool {
	first, last := parts[0], parts[len(parts)-1]
	if len(parts) == 1 {
		return string(text) == first
	}
	if len(text) < len(first)+len(last) || string(text[:len(first)]) != first || string(text[len(text)-len(last):]) != last {
		return false
	}
	middle := text[len(first) : len(text)-len(last)]
	for _, part := range parts[1 : len(parts)-1] {
		i := index(middle, part)
		if i < 0 {
			return false
		}
		middle = middle[i+len(part):]
	}
	return true
}

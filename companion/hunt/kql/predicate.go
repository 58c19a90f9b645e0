package kql

import (
	"bytes"
	"net/netip"
	"strings"
)

// Predicate is what a value has to be.
type Predicate interface {
	// Match reports whether a value is it. The token is a JSON scalar as it stands in a row, or an empty object or array.
	// Safe for concurrent use.
	Match(token []byte) bool
	// Needle is a text, in small letters, that lies in the text of every value that matches; "" when there is none.
	Needle() string
	// String returns the predicate as it stands in a query behind a name.
	String() string
}

// contains matches the texts that have the needle in them.
type contains struct {
	needle
	source string
}

func (c contains) Match(token []byte) bool { return c.in(token) }
func (c contains) Needle() string          { return c.folded }
func (c contains) String() string          { return c.source }

// equals matches the one text; and, where the query has it without quotes, what else it means.
type equals struct {
	needle
	ascii  bool
	number decimal // valid where the text is a number without quotes
	where  netip.Prefix
	source string
}

func newEquals(text string, quoted bool) equals {
	e := equals{needle: newNeedle(text), source: ": " + Quote(text)}
	e.ascii = isASCII(e.folded)
	if !quoted {
		e.number = parseDecimal([]byte(text))
		e.where = parseNetwork(text)
		e.source = ": " + asWord([]string{text})
	}
	return e
}

func (e equals) Match(token []byte) bool {
	text, escaped, ok := inner(token)
	switch {
	case !ok:
		return false
	case escaped || !e.ascii:
		return (e.where.IsValid() || e.mayBeIn(token)) && e.matchText(text)
	case len(text) == len(e.folded) && equalFolded(text, e.folded):
		return true
	case e.number.valid && token[0] != '"':
		n := parseDecimal(token)
		return n.valid && e.number.compare(n) == 0
	}
	return e.where.IsValid() && inNetwork(e.where, text)
}

// matchText is Match for a text that has escapes, or may not be ASCII.
//
//go:noinline
func (e equals) matchText(text []byte) bool {
	var scratch, folded [scratchBytes]byte
	text = appendUnescaped(scratch[:0], text)
	return string(appendFolded(folded[:0], text)) == e.folded || e.where.IsValid() && inNetwork(e.where, text)
}

func (e equals) Needle() string {
	if e.number.valid || e.where.IsValid() {
		return ""
	}
	return e.folded
}

func (e equals) String() string { return e.source }

// like matches the texts that are its parts in their order, with anything between them.
type like struct {
	parts   []string // folded, at least two
	longest needle
	source  string
}

func newLike(parts []string, source string) like {
	l := like{source: source}
	for _, part := range parts {
		l.parts = append(l.parts, foldString(part))
	}
	longest := ""
	for _, part := range l.parts {
		if len(part) > len(longest) {
			longest = part
		}
	}
	l.longest = newNeedle(longest)
	return l
}

func (l like) Match(token []byte) bool {
	return l.longest.mayBeIn(token) && l.matchText(token)
}

//go:noinline
func (l like) matchText(token []byte) bool {
	var scratch, folded [scratchBytes]byte
	text, ok := textOf(token, scratch[:])
	return ok && matchParts(l.parts, appendFolded(folded[:0], text))
}

func (l like) Needle() string { return l.longest.folded }
func (l like) String() string { return l.source }

// null matches the JSON null.
type null struct{}

func (null) Match(token []byte) bool { return string(token) == "null" }
func (null) Needle() string          { return "" }
func (null) String() string          { return ": null" }

// present matches everything that has a text.
type present struct{}

func (present) Match(token []byte) bool { _, _, ok := inner(token); return ok }
func (present) Needle() string          { return "" }
func (present) String() string          { return ": *" }

// operator is a comparison.
type operator string

// holds reports whether the operator is true of something that compares so with its right side.
func (o operator) holds(order int) bool {
	return order < 0 && o[0] == '<' || order > 0 && o[0] == '>' || order == 0 && len(o) == 2
}

// compare matches what is on one side of a number, a time or a text.
type compare struct {
	op     operator
	number decimal
	span   span
	text   string // folded
	source string
}

func newCompare(op operator, text string, quoted bool) compare {
	c := compare{op: op, text: foldString(text), source: " " + string(op) + " " + Quote(text)}
	if !quoted {
		c.number = parseDecimal([]byte(text))
		c.source = " " + string(op) + " " + asWord([]string{text})
	}
	c.span = parseSpan([]byte(text))
	return c
}

func (c compare) Match(token []byte) bool {
	var scratch, folded [scratchBytes]byte
	text, ok := textOf(token, scratch[:])
	switch {
	case !ok:
		return false
	case c.number.valid:
		n := parseDecimal(text)
		return n.valid && c.op.holds(n.compare(c.number))
	case c.span.valid():
		t := parseSpan(text)
		return t.valid() && c.op.holds(t.compare(c.span))
	}
	return c.op.holds(bytes.Compare(appendFolded(folded[:0], text), []byte(c.text)))
}

func (c compare) Needle() string { return "" }
func (c compare) String() string { return c.source }

// literal is a text of a query: its parts have a wildcard between each two.
type literal struct {
	parts  []string
	quoted bool
}

func (l literal) source() string {
	if l.quoted {
		return Quote(l.parts[0])
	}
	return asWord(l.parts)
}

// whole returns what a value behind a colon means.
func (l literal) whole() Predicate {
	switch {
	case l.quoted:
		return newEquals(l.parts[0], true)
	case len(l.parts) == 1 && strings.EqualFold(l.parts[0], "null"):
		return null{}
	case len(l.parts) == 1:
		return newEquals(l.parts[0], false)
	case len(l.parts) == 2 && l.parts[0]+l.parts[1] == "":
		return present{}
	}
	return newLike(l.parts, ": "+l.source())
}

// anywhere returns what a text without a name means: the parts lie somewhere in a value.
func (l literal) anywhere() Predicate {
	parts := l.parts
	for len(parts) > 1 && parts[0] == "" {
		parts = parts[1:]
	}
	for len(parts) > 1 && parts[len(parts)-1] == "" {
		parts = parts[:len(parts)-1]
	}
	if len(parts) == 1 {
		return contains{newNeedle(parts[0]), Quote(parts[0])}
	}
	parts = append(append([]string{""}, parts...), "")
	return newLike(parts, ": "+asWord(parts))
}

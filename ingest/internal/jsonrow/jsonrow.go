// Package jsonrow tells whether a row is one JSON object, strictly and in a single pass, before it is kept as it came,
// and where in it its scalars are.
//
// It looks at form only: numbers of any size, escapes of any kind and keys that occur twice are fine, because
// Velociraptor writes them and a row is never taken apart and put together again.
package jsonrow

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"unicode/utf8"
)

// SyntaxError says where a row stops being acceptable, and why.
type SyntaxError struct {
	// Offset counts the bytes before the place.
	Offset int
	Reason string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("%s at byte %d", e.Reason, e.Offset) }

// Check returns nil when row is exactly one JSON object in valid UTF-8, with white space around it or not, whose
// objects and arrays nest at most maxDepth deep, the row itself being the first. Otherwise the error is a *SyntaxError.
func Check(row []byte, maxDepth int) error { return Walk(row, maxDepth, nil) }

// Visitor is told of what is in a row, in order.
type Visitor interface {
	// Key is told a key as it is written, with its quotation marks, before what belongs to it; End, after that.
	Key(key []byte)
	End()
	// Leaf is told where a scalar is, or an empty object or array. The row itself is none.
	Leaf(start, end int)
}

// Walk is Check, and tells v what it comes across until the row stops being acceptable. v may be nil.
func Walk(row []byte, maxDepth int, v Visitor) error {
	s := scanner{text: row, maxDepth: maxDepth, visitor: v}
	if !utf8.Valid(row) {
		s.fail(firstInvalid(row), "invalid UTF-8")
		return s.err
	}
	i := s.space(0)
	if i == len(row) || row[i] != '{' {
		s.fail(i, "not a JSON object")
		return s.err
	}
	if i = s.value(i, 0); i < 0 {
		return s.err
	}
	if i = s.space(i); i < len(row) {
		s.fail(i, "something follows the object")
		return s.err
	}
	return nil
}

func firstInvalid(text []byte) int {
	i := 0
	for i < len(text) {
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		i += size
	}
	return i
}

// scanner walks over text. Its methods take the place where something begins and return the place behind it, or -1
// after they set err.
type scanner struct {
	text     []byte
	maxDepth int
	visitor  Visitor
	err      *SyntaxError
}

func (s *scanner) fail(at int, reason string) int {
	s.err = &SyntaxError{Offset: at, Reason: reason}
	return -1
}

// unexpected fails with what is at a place where something else had to be.
func (s *scanner) unexpected(at int, wanted string) int {
	if at >= len(s.text) {
		return s.fail(len(s.text), "ends where "+wanted+" was expected")
	}
	r, _ := utf8.DecodeRune(s.text[at:])
	return s.fail(at, fmt.Sprintf("%q where %s was expected", r, wanted))
}

func (s *scanner) space(i int) int {
	for i < len(s.text) && s.text[i] <= ' ' {
		switch s.text[i] {
		case ' ', '\t', '\n', '\r':
			i++
		default:
			return i
		}
	}
	return i
}

// value scans the value that begins at i, inside of depth objects and arrays.
func (s *scanner) value(i, depth int) int {
	if i >= len(s.text) {
		return s.unexpected(i, "a value")
	}
	switch c := s.text[i]; c {
	case '"':
		return s.leaf(i, s.str(i+1))
	case '{', '[':
		if depth == s.maxDepth {
			return s.fail(i, fmt.Sprintf("nested more than %d deep", s.maxDepth))
		}
		if c == '{' {
			return s.object(i+1, depth+1)
		}
		return s.array(i+1, depth+1)
	case 't':
		return s.leaf(i, s.literal(i, "true"))
	case 'f':
		return s.leaf(i, s.literal(i, "false"))
	case 'n':
		return s.leaf(i, s.literal(i, "null"))
	}
	return s.leaf(i, s.number(i))
}

// leaf tells of a value that ends at end, unless that is -1.
func (s *scanner) leaf(i, end int) int {
	if s.visitor != nil && end >= 0 {
		s.visitor.Leaf(i, end)
	}
	return end
}

// object scans what follows a '{'.
func (s *scanner) object(i, depth int) int {
	start := i - 1
	if i = s.space(i); i < len(s.text) && s.text[i] == '}' {
		if depth > 1 {
			s.leaf(start, i+1)
		}
		return i + 1
	}
	for {
		if i >= len(s.text) || s.text[i] != '"' {
			return s.unexpected(i, "a key")
		}
		key := i
		if i = s.str(i + 1); i < 0 {
			return i
		}
		if s.visitor != nil {
			s.visitor.Key(s.text[key:i])
		}
		if i = s.space(i); i >= len(s.text) || s.text[i] != ':' {
			return s.unexpected(i, "':'")
		}
		if i = s.value(s.space(i+1), depth); i < 0 {
			return i
		}
		if s.visitor != nil {
			s.visitor.End()
		}
		if i = s.space(i); i >= len(s.text) || s.text[i] != ',' {
			break
		}
		i = s.space(i + 1)
	}
	if i >= len(s.text) || s.text[i] != '}' {
		return s.unexpected(i, "',' or '}'")
	}
	return i + 1
}

// array scans what follows a '['.
func (s *scanner) array(i, depth int) int {
	start := i - 1
	if i = s.space(i); i < len(s.text) && s.text[i] == ']' {
		return s.leaf(start, i+1)
	}
	for {
		if i = s.value(i, depth); i < 0 {
			return i
		}
		if i = s.space(i); i >= len(s.text) || s.text[i] != ',' {
			break
		}
		i = s.space(i + 1)
	}
	if i >= len(s.text) || s.text[i] != ']' {
		return s.unexpected(i, "',' or ']'")
	}
	return i + 1
}

// str scans what follows an opening quotation mark, most of it eight bytes at a time.
func (s *scanner) str(i int) int {
	for {
		for i+8 <= len(s.text) {
			if m := special(binary.LittleEndian.Uint64(s.text[i:])); m != 0 {
				i += bits.TrailingZeros64(m) / 8
				break
			}
			i += 8
		}
		if i >= len(s.text) {
			return s.fail(len(s.text), "ends inside a string")
		}
		switch c := s.text[i]; {
		case c == '"':
			return i + 1
		case c == '\\':
			if i = s.escape(i + 1); i < 0 {
				return i
			}
		case c < ' ':
			return s.fail(i, fmt.Sprintf("%q inside a string", c))
		default:
			i++
		}
	}
}

// special marks the bytes of v, the top bit of each, that are quotation marks, backslashes or control characters.
// Only the lowest mark is certain: a borrow can mark a byte above it.
func special(v uint64) uint64 {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	quote, backslash := v^('"'*ones), v^('\\'*ones)
	return (((quote - ones) &^ quote) | ((backslash - ones) &^ backslash) | ((v - ' '*ones) &^ v)) & tops
}

// escape scans what follows a backslash.
func (s *scanner) escape(i int) int {
	if i >= len(s.text) {
		return s.fail(i, "ends inside a string")
	}
	switch s.text[i] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 1
	case 'u':
		for n := 1; n <= 4; n++ {
			if i+n >= len(s.text) || !isHex(s.text[i+n]) {
				return s.unexpected(i+n, "a hexadecimal digit")
			}
		}
		return i + 5
	}
	return s.unexpected(i, "an escape")
}

func isHex(c byte) bool {
	return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f'
}

func isDigit(c byte) bool { return c-'0' <= 9 }

func (s *scanner) literal(i int, word string) int {
	if len(s.text)-i < len(word) || string(s.text[i:i+len(word)]) != word {
		return s.unexpected(i, "a value")
	}
	return i + len(word)
}

func (s *scanner) number(i int) int {
	if s.text[i] == '-' {
		i++
	} else if !isDigit(s.text[i]) {
		return s.unexpected(i, "a value")
	}
	if i < len(s.text) && s.text[i] == '0' {
		i++
	} else {
		i = s.digits(i)
	}
	if i >= 0 && i < len(s.text) && s.text[i] == '.' {
		i = s.digits(i + 1)
	}
	if i >= 0 && i < len(s.text) && s.text[i]|0x20 == 'e' {
		i++
		if i < len(s.text) && (s.text[i] == '+' || s.text[i] == '-') {
			i++
		}
		i = s.digits(i)
	}
	return i
}

// digits scans at least one digit.
func (s *scanner) digits(i int) int {
	if i >= len(s.text) || !isDigit(s.text[i]) {
		return s.unexpected(i, "a digit")
	}
	for i < len(s.text) && isDigit(s.text[i]) {
		i++
	}
	return i
}

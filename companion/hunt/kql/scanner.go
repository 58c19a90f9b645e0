package kql

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// scanner goes through the text of a query. What ends a word depends on where it stands, so there are no tokens: the
// parser says what it wants to see.
type scanner struct {
	text string
	at   int
}

func (s *scanner) rest() string { return s.text[s.at:] }
func (s *scanner) done() bool   { return s.at == len(s.text) }

func (s *scanner) space() {
	s.at = len(s.text) - len(strings.TrimLeftFunc(s.rest(), unicode.IsSpace))
}

// skip passes over mark when it is next.
func (s *scanner) skip(mark string) bool {
	if !strings.HasPrefix(s.rest(), mark) {
		return false
	}
	s.at += len(mark)
	return true
}

// keywords cannot be words without quotes.
var keywords = []string{"and", "or", "not", "exists"}

// keyword passes over one of the keywords when it is next.
func (s *scanner) keyword(word string) bool {
	if !s.isNext(word) {
		return false
	}
	s.at += len(word)
	return true
}

func (s *scanner) isNext(word string) bool {
	rest := s.rest()
	if len(rest) < len(word) || !strings.EqualFold(rest[:len(word)], word) {
		return false
	}
	next, _ := utf8.DecodeRuneInString(rest[len(word):])
	return len(rest) == len(word) || unicode.IsSpace(next) || strings.ContainsRune(`()"`, next)
}

func (s *scanner) keywordIsNext() bool {
	for _, word := range keywords {
		if s.isNext(word) {
			return true
		}
	}
	return false
}

// place is where a word stands, which says what ends it.
type place int

const (
	inName  place = iota // where a colon, or a ~ with a pattern behind it, ends the word
	inValue              // where neither does
	inMore               // in a text of several words, behind the first: where a colon ends it
)

// word reads a word that may be empty. Its parts have a wildcard between each two.
func (s *scanner) word(where place) (parts []string) {
	var part strings.Builder
	for start := s.at; !s.done(); {
		r, size := utf8.DecodeRuneInString(s.rest())
		switch {
		case unicode.IsSpace(r) || strings.ContainsRune(`()"<>`, r):
			return append(parts, part.String())
		case r == ':' && where != inValue:
			length := s.colonInWord(start)
			if length == 0 {
				return append(parts, part.String())
			}
			part.WriteString(s.rest()[:length])
			s.at += length
			continue
		case r == '~' && where == inName && s.at > start && s.patternFollows():
			return append(parts, part.String())
		case r == '*':
			parts = append(parts, part.String())
			part.Reset()
			s.at++
			continue
		case r == '\\' && s.at+1 < len(s.text) && strings.IndexByte(specials, s.text[s.at+1]) >= 0:
			s.at++
			r, size = rune(s.text[s.at]), 1
		}
		part.WriteRune(r)
		s.at += size
	}
	return append(parts, part.String())
}

// colonInWord returns how many characters from a colon on belong to the word that began at start: in a::b, http://a
// and C:\a the colon does not end it.
func (s *scanner) colonInWord(start int) int {
	rest := s.rest()
	switch {
	case strings.HasPrefix(rest, "::"):
		return len("::")
	case strings.HasPrefix(rest, "://") && s.at > start:
		return len("://")
	case strings.HasPrefix(rest, `:\`) && s.at == start+1 && unicode.IsLetter(rune(s.text[start])):
		return len(":")
	}
	return 0
}

// patternFollows reports whether the ~ that is next has a pattern behind it.
func (s *scanner) patternFollows() bool {
	after := strings.TrimLeftFunc(s.rest()[1:], unicode.IsSpace)
	return strings.HasPrefix(after, "/") || strings.HasPrefix(after, `"`)
}

// quoted reads a text in quotes. It returns false, and has read the rest, where the second quote is missing.
func (s *scanner) quoted() (string, bool) { return s.between('"', `"\`) }

// slashed reads a pattern between slashes, likewise.
func (s *scanner) slashed() (string, bool) { return s.between('/', "/") }

// between reads what stands between two marks, the first of which is next. A backslash before one of escaped stands for
// that character; before any other it stays. In a pattern it stays with what it is before.
func (s *scanner) between(mark byte, escaped string) (string, bool) {
	var text strings.Builder
	for s.at++; !s.done(); s.at++ {
		c := s.text[s.at]
		if c == mark {
			s.at++
			return text.String(), true
		}
		if c == '\\' && s.at+1 < len(s.text) {
			next := s.text[s.at+1]
			switch {
			case strings.IndexByte(escaped, next) >= 0:
				s.at++
				c = next
			case mark == '/':
				s.at++
				text.WriteByte(c)
				c = next
			}
		}
		text.WriteByte(c)
	}
	return text.String(), false
}

// found says what is next, for an error.
func (s *scanner) found() string {
	if s.done() {
		return "the end"
	}
	word := s.rest()
	if i := strings.IndexFunc(word, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(`()"<>:`, r) }); i > 0 {
		word = word[:i]
	} else if i == 0 {
		_, size := utf8.DecodeRuneInString(word)
		word = word[:size]
	}
	const most = 40
	if len(word) > most {
		word = strings.ToValidUTF8(word[:most], "") + "…"
	}
	return fmt.Sprintf("%q", word)
}

// fail returns an error about what is next.
func (s *scanner) fail(expected string) *SyntaxError {
	return &SyntaxError{
		Offset: s.at, Column: utf8.RuneCountInString(s.text[:s.at]) + 1, Expected: expected, Found: s.found(),
	}
}

// column returns the column of a place, in digits.
func (s *scanner) column(at int) string { return strconv.Itoa(utf8.RuneCountInString(s.text[:at]) + 1) }

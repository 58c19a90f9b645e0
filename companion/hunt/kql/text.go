package kql

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// scratchBytes is the length up to which a text is worked on without allocating.
const scratchBytes = 1024

// inner returns what is between the quotes of a string token, and any other scalar as it is; escaped tells whether
// escapes are in it. null and empty objects and arrays have no text.
func inner(token []byte) (text []byte, escaped, ok bool) {
	if len(token) == 0 {
		return nil, false, false
	}
	switch token[0] {
	case '"':
		if len(token) < 2 {
			return nil, false, false
		}
		text = token[1 : len(token)-1]
		return text, bytes.IndexByte(text, '\\') >= 0, true
	case 'n', '{', '[':
		return nil, false, false
	}
	return token, false, true
}

// textOf returns the text of a token. Where it has to be made, that is done in scratch or in new memory.
func textOf(token, scratch []byte) (text []byte, ok bool) {
	text, escaped, ok := inner(token)
	if !escaped {
		return text, ok
	}
	return appendUnescaped(scratch[:0], text), true
}

// appendUnescaped appends what a JSON string says. Half surrogate pairs become U+FFFD, as in encoding/json.
func appendUnescaped(dst, text []byte) []byte {
	for {
		i := bytes.IndexByte(text, '\\')
		if i < 0 || i+1 == len(text) {
			return append(dst, text...)
		}
		dst = append(dst, text[:i]...)
		c := text[i+1]
		text = text[i+2:]
		switch c {
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'u':
			var r rune
			r, text = unescapeRune(text)
			dst = utf8.AppendRune(dst, r)
		default:
			dst = append(dst, c)
		}
	}
}

// unescapeRune reads the four digits behind \u, and the second half of a surrogate pair when there is one.
func unescapeRune(text []byte) (rune, []byte) {
	r := hex4(text)
	if r < 0 {
		return unicode.ReplacementChar, text
	}
	text = text[4:]
	if !utf16.IsSurrogate(r) {
		return r, text
	}
	if len(text) >= 6 && text[0] == '\\' && text[1] == 'u' {
		if pair := utf16.DecodeRune(r, hex4(text[2:])); pair != unicode.ReplacementChar {
			return pair, text[6:]
		}
	}
	return unicode.ReplacementChar, text
}

func hex4(text []byte) rune {
	if len(text) < 4 {
		return -1
	}
	var r rune
	for _, c := range text[:4] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return -1
		}
		r = r<<4 | rune(c)
	}
	return r
}

// foldRune is the one idea of case: the small letter. What is not ASCII stays so (the Kelvin sign is no k), so that
// ASCII is found in UTF-8 byte by byte.
func foldRune(r rune) rune {
	if small := unicode.ToLower(r); small >= utf8.RuneSelf || r < utf8.RuneSelf {
		return small
	}
	return r
}

func foldByte(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func foldString(text string) string {
	if isASCII(text) {
		return strings.ToLower(text)
	}
	return string(appendFolded(nil, []byte(text)))
}

// appendFolded appends text in small letters. Bytes that are no UTF-8 stay.
func appendFolded(dst, text []byte) []byte {
	for i := 0; i < len(text); {
		if text[i] < utf8.RuneSelf {
			dst = append(dst, foldByte(text[i]))
			i++
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError {
			dst = append(dst, text[i:i+size]...)
		} else {
			dst = utf8.AppendRune(dst, foldRune(r))
		}
		i += size
	}
	return dst
}

// equalFolded reports whether text is folded but for case. folded is ASCII, of the same length.
func equalFolded[T string | []byte](text []byte, folded T) bool {
	for i, c := range text {
		if c != folded[i] && foldByte(c) != folded[i] {
			return false
		}
	}
	return true
}

func isASCII[T string | []byte](text T) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// index is strings.Index for either kind of text.
func index[T string | []byte](text T, part string) int {
	switch text := any(text).(type) {
	case string:
		return strings.Index(text, part)
	case []byte:
		return bytes.Index(text, []byte(part))
	}
	return -1
}

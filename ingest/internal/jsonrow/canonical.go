package jsonrow

import (
	"unicode/utf16"
	"unicode/utf8"
)

// AppendCanonical adds to dst what is the same for all ways in which programs write the same row that [Check] takes: without white
// space that means nothing, and with the escapes that Velociraptor writes. Numbers, and the order of keys, stay as they are.
func AppendCanonical(dst, row []byte) []byte {
	for i := 0; i < len(row); {
		switch c := row[i]; c {
		case ' ', '\t', '\n', '\r':
			i++
		case '"':
			dst = append(dst, c)
			i++
			for row[i] != '"' {
				var r rune
				r, i = character(row, i)
				dst = appendCharacter(dst, r)
			}
			dst = append(dst, '"')
			i++
		default:
			dst = append(dst, c)
			i++
		}
	}
	return dst
}

// character is what is written at a place in a string, half a surrogate pair by itself as such, and the place behind it.
func character(text []byte, i int) (rune, int) {
	if text[i] != '\\' {
		r, size := utf8.DecodeRune(text[i:])
		return r, i + size
	}
	switch c := text[i+1]; c {
	case 'b':
		return '\b', i + 2
	case 'f':
		return '\f', i + 2
	case 'n':
		return '\n', i + 2
	case 'r':
		return '\r', i + 2
	case 't':
		return '\t', i + 2
	case 'u':
		first, behind := codeUnit(text[i+2:]), i+len(`\u0000`)
		if utf16.IsSurrogate(first) && text[behind] == '\\' && text[behind+1] == 'u' {
			if r := utf16.DecodeRune(first, codeUnit(text[behind+2:])); r != utf8.RuneError {
				return r, behind + len(`\u0000`)
			}
		}
		return first, behind
	default:
		return rune(c), i + 2
	}
}

// codeUnit is what four hexadecimal digits say.
func codeUnit(digits []byte) (unit rune) {
	for _, c := range digits[:4] {
		unit <<= 4
		if isDigit(c) {
			unit |= rune(c - '0')
		} else {
			unit |= rune(c|0x20) - 'a' + 10
		}
	}
	return unit
}

const hexDigits = "0123456789abcdef"

// appendCharacter adds a character of a string as encoding/json writes it, but for half a surrogate pair, which that does not
// know.
func appendCharacter(dst []byte, r rune) []byte {
	switch r {
	case '"', '\\':
		return append(dst, '\\', byte(r))
	case '\b':
		return append(dst, `\b`...)
	case '\f':
		return append(dst, `\f`...)
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	case '<', '>', '&', '\u2028', '\u2029':
	default:
		if r >= ' ' && !utf16.IsSurrogate(r) {
			return utf8.AppendRune(dst, r)
		}
	}
	return append(dst, '\\', 'u', hexDigits[r>>12], hexDigits[r>>8&0xf], hexDigits[r>>4&0xf], hexDigits[r&0xf])
}

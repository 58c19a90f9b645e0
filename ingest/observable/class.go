package observable

import "strings"

// class is a set of properties that a byte has.
type class uint16

const (
	digit class = 1 << iota
	hexadecimal
	letter
	wordMark  // what may stand between letters and digits of a word: . - _
	colon     //
	separator // of paths: / and \
	blank     // white space, control characters and quotes
	local     // what a mail address may have before its @
	pathStop  // what a path in a text has not
	urlStop   // what a URL has not
	opening   // what may stand before a path, beside blanks
	inProgram // what the path of a program may have, though it is a pathStop
)

const word = digit | letter | wordMark

var classes = func() (table [256]class) {
	for b := range 256 {
		c := byte(b)
		switch {
		case c >= '0' && c <= '9':
			table[b] = digit | hexadecimal | local
		case c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F':
			table[b] = letter | hexadecimal | local
		case c >= 'g' && c <= 'z' || c >= 'G' && c <= 'Z':
			table[b] = letter | local
		case c == '.' || c == '-' || c == '_':
			table[b] = wordMark | local
		case c == '+' || c == '%':
			table[b] = local
		case c == ':':
			table[b] = colon
		case c == '/' || c == '\\':
			table[b] = separator
			if c == '\\' {
				table[b] |= urlStop
			}
		case c <= ' ' || c == '"' || c == '\'' || c == '`' || c == 0x7f:
			table[b] = blank | pathStop | urlStop
		case c == '<' || c == '>' || c == '|':
			table[b] = pathStop | urlStop
		case c == '^' || c == '{' || c == '}':
			table[b] = urlStop
		case c == ';' || c == ',' || c == '&' || c == '*' || c == '?' || c == '(' || c == ')':
			table[b] = pathStop
		}
		if strings.IndexByte("=(<>,;|&@[", c) >= 0 {
			table[b] |= opening
		}
		if strings.IndexByte(" ()&", c) >= 0 {
			table[b] |= inProgram
		}
	}
	return table
}()

// all reports whether text is not empty and every byte of it has one of the properties.
func all(text []byte, properties class) bool {
	for _, b := range text {
		if classes[b]&properties == 0 {
			return false
		}
	}
	return len(text) > 0
}

// appendLower appends text with the letters of ASCII in lower case.
func appendLower(dst, text []byte) []byte {
	for _, b := range text {
		if b >= 'A' && b <= 'Z' {
			b += 'a' - 'A'
		}
		dst = append(dst, b)
	}
	return dst
}

// hasFold reports whether text begins with prefix, which is in lower case, in any case.
func hasFold(text []byte, prefix string) bool {
	if len(text) < len(prefix) {
		return false
	}
	for i := range len(prefix) {
		b := text[i]
		if b >= 'A' && b <= 'Z' {
			b += 'a' - 'A'
		}
		if b != prefix[i] {
			return false
		}
	}
	return true
}

package observable

import (
	"bytes"
	"net/url"
	"slices"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// names are mapped as browsers map what is typed, and may have the _ of services.
var names = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false))

// appendASCII appends a text with the domain in it, of a URL or a mail address too, in its xn-- form.
func appendASCII(dst, text []byte) []byte {
	start, end := 0, len(text)
	if i := bytes.Index(text, []byte("://")); i >= 0 {
		start = i + len("://")
	}
	if i := bytes.IndexAny(text[start:], `/\?#`); i >= 0 {
		end = start + i
	}
	if i := bytes.LastIndexByte(text[start:end], '@'); i >= 0 {
		start += i + 1
	}
	if i := bytes.LastIndexByte(text[start:end], ':'); i >= 0 {
		end = start + i
	}
	name, err := names.ToASCII(string(text[start:end]))
	if err != nil || isASCII(text[start:end]) {
		return append(dst, text...)
	}
	return slices.Concat(dst, text[:start], []byte(name), text[end:])
}

func isASCII(text []byte) bool {
	return bytes.IndexFunc(text, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}

// fileURL returns the path that a URL with the scheme file is of.
func fileURL(text []byte) (path []byte, ok bool) {
	const scheme = "file://"
	if !hasFold(text, scheme) {
		return nil, false
	}
	name := string(text[len(scheme):])
	if plain, err := url.PathUnescape(name); err == nil {
		name = plain
	}
	if rest := []byte(name); hasFold(rest, "localhost/") {
		name = name[len("localhost"):]
	}
	switch {
	case len(name) < 2:
		return nil, false
	case hasDrive([]byte(name[1:])):
		name = name[1:]
	case name[0] != '/':
		name = `\\` + name
	}
	return appendPath(nil, []byte(name))
}

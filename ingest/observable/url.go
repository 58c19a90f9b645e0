package observable

import "bytes"

// maxURL bounds what is taken for a URL. Longer ones, which carry data, are not looked for.
const maxURL = 8192

var defaultPorts = map[string]string{"http": ":80", "https": ":443", "ftp": ":21"}

// appendURL appends the normal form of a URL and says where in it its host lies. ok is false when text has no scheme or
// no host.
func appendURL(dst, text []byte) (out []byte, host span, ok bool) {
	scheme, rest, found := bytes.Cut(text, []byte("://"))
	if !found || len(scheme) < 2 || len(scheme) > 12 || len(text) > maxURL || classes[scheme[0]]&letter == 0 || !all(scheme, letter|digit) {
		return dst, span{}, false
	}
	out = appendLower(dst, scheme)
	port := defaultPorts[string(out[len(dst):])]
	out = append(out, "://"...)
	rest, _, _ = bytes.Cut(rest, []byte{'#'})
	authority := rest
	if i := bytes.IndexAny(rest, "/?"); i >= 0 {
		authority = rest[:i]
	}
	rest = rest[len(authority):]
	if i := bytes.LastIndexByte(authority, '@'); i >= 0 {
		out, authority = append(out, authority[:i+1]...), authority[i+1:]
	}
	name := hostOf(authority)
	if len(name) == 0 || !all(name, word|colon) && name[0] != '[' {
		return dst, span{}, false
	}
	host.start = len(out)
	out = appendLower(out, bytes.TrimSuffix(name, []byte{'.'}))
	host.end = len(out)
	if after := authority[len(name):]; len(after) > 1 && string(after) != port {
		if !all(after[1:], digit) {
			return dst, span{}, false
		}
		out = append(out, after...)
	}
	if len(rest) == 0 || rest[0] != '/' {
		out = append(out, '/')
	}
	return append(out, rest...), host, true
}

// hostOf returns the host of an authority without a user: what stands before the port.
func hostOf(authority []byte) []byte {
	if len(authority) > 0 && authority[0] == '[' {
		return authority[:bytes.IndexByte(authority, ']')+1]
	}
	if i := bytes.IndexByte(authority, ':'); i >= 0 {
		return authority[:i]
	}
	return authority
}

// urlEnd returns where a URL in a text ends that is at its host at i: before white space and what no URL has, and
// without the marks that end a sentence.
func urlEnd(text []byte, i int) int {
	start, limit := i, min(len(text), i+maxURL)
	for i < limit && classes[text[i]]&urlStop == 0 {
		i++
	}
	for i > start && endsSentence(text[start:i]) {
		i--
	}
	return i
}

// endsSentence reports whether the last byte of a URL belongs to the text around it: a mark, or a bracket that the URL
// does not open.
func endsSentence(url []byte) bool {
	switch url[len(url)-1] {
	case '.', ',', ';', ':', '!', '?', '*':
		return true
	case ')':
		return bytes.IndexByte(url, '(') < 0
	case ']':
		return bytes.IndexByte(url, '[') < 0
	}
	return false
}

// span is a piece of a text.
type span struct{ start, end int }

package observable

import (
	"bytes"
	_ "embed"
	"strings"
)

// The top-level domains that there are or were, and the special ones that networks use inside.
//
//go:embed tlds.txt
var tldList string

const specialTLDs = "alt bit corp example home i2p internal invalid lan local localdomain onion test"

var tlds = func() map[string]bool {
	set := map[string]bool{}
	for _, tld := range strings.Fields(tldList + " " + specialTLDs) {
		set[tld] = true
	}
	return set
}()

// Top-level domains that in a text about a machine are nearly always the ending of a file's name.
var fileEndings = map[string]bool{
	"cab": true, "md": true, "mk": true, "mov": true, "pl": true, "pm": true, "ps": true, "py": true, "rs": true, "sh": true, "so": true,
	"target": true, "zip": true,
}

const maxDomain = 253

// domain reports whether text, which is in lower case and has no dot at its end, has the form of a domain name of two
// labels or more.
func domain(text []byte) bool {
	if len(text) > maxDomain || !all(text, word) || bytes.IndexByte(text, '.') < 0 {
		return false
	}
	for label := range bytes.SplitSeq(text, []byte{'.'}) {
		if len(label) == 0 || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' || bytes.IndexByte(label[1:], '_') >= 0 {
			return false
		}
	}
	return !all(topLevel(text), digit)
}

func topLevel(domain []byte) []byte { return domain[bytes.LastIndexByte(domain, '.')+1:] }

// appendDomain appends the normal form of a domain name whose top-level domain is a known one. ok is false when text is
// none; certain says that it is no file's name either.
func appendDomain(dst, text []byte) (out []byte, ok, certain bool) {
	text = bytes.TrimSuffix(text, []byte{'.'})
	if len(text) > maxDomain {
		return dst, false, false
	}
	top := appendLower(dst, topLevel(text)) // most are the endings of files
	if !tlds[string(top[len(dst):])] {
		return dst, false, false
	}
	out = appendLower(dst, text)
	name := out[len(dst):]
	if !domain(name) {
		return dst, false, false
	}
	return out, true, !fileEndings[string(topLevel(name))]
}

// appendAnyDomain appends the normal form of a name that stands where domains do, whatever its top-level domain.
func appendAnyDomain(dst, text []byte) (out []byte, ok bool) {
	text = bytes.TrimSuffix(text, []byte{'.'})
	if len(text) > maxDomain {
		return dst, false
	}
	out = appendLower(dst, text)
	if !domain(out[len(dst):]) {
		return dst, false
	}
	return out, true
}

// appendEmail appends the normal form of a mail address and says where in it the domain begins.
func appendEmail(dst, text []byte) (out []byte, host int, ok bool) {
	before, after, found := bytes.Cut(text, []byte{'@'})
	if !found || len(before) > 64 || !all(before, local) {
		return dst, 0, false
	}
	out = append(appendLower(dst, before), '@')
	host = len(out)
	if out, ok = appendAnyDomain(out, after); !ok {
		return dst, 0, false
	}
	return out, host, true
}

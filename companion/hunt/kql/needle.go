package kql

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// needle is a text to be found in tokens, in any case. Tokens are searched as they stand, with their escapes: for the
// longest run of the text that no escape but \u and \/ can hide. Only what may have it is unescaped and searched again.
type needle struct {
	folded string
	run    string // the part of folded that is searched for; "" where none can be
	whole  bool   // run is all of folded
	// rare is the place in run of a byte that is seldom met, small and large the two cases of it.
	rare         int
	small, large byte
}

func newNeedle(text string) needle {
	n := needle{folded: foldString(text)}
	for _, run := range strings.FieldsFunc(n.folded, func(r rune) bool { return r < ' ' || r >= utf8.RuneSelf || strings.ContainsRune(`"\`, r) }) {
		if len(run) > len(n.run) {
			n.run = run
		}
	}
	n.whole = n.run == n.folded
	for i := range len(n.run) {
		if commonness(n.run[i]) < commonness(n.run[n.rare]) {
			n.rare = i
		}
	}
	if n.run != "" {
		n.small = n.run[n.rare]
		n.large = strings.ToUpper(n.run)[n.rare]
	}
	return n
}

// common has the characters of command lines, paths and messages from the commonest on.
const common = "e itsorna\\cldmp.u0h1wgf2-:,3y/b5v46x879k_=;"

// commonness grows with how often a byte is met. Letters have to be looked for in two cases.
func commonness(c byte) int {
	if i := strings.IndexByte(common, c); i >= 0 {
		return len(common) - i
	}
	return 0
}

// in reports whether a token's text has the needle.
func (n *needle) in(token []byte) bool {
	text, escaped, ok := inner(token)
	switch {
	case !ok:
		return false
	case n.folded == "":
		return true
	case n.run != "" && !n.runIn(text):
		if !escaped || !hides(text) {
			return false
		}
	case n.whole && !escaped:
		return true
	}
	return n.inText(text, escaped)
}

// inText looks for all of the needle in a text without its escapes. It is a function of its own because its memory would
// have to be cleared for each token.
//
//go:noinline
func (n *needle) inText(text []byte, escaped bool) bool {
	var scratch, folded [scratchBytes]byte
	if escaped {
		text = appendUnescaped(scratch[:0], text)
	}
	return bytes.Contains(appendFolded(folded[:0], text), []byte(n.folded))
}

// mayBeIn reports false only where the text of the token does not have the needle.
func (n *needle) mayBeIn(token []byte) bool {
	return n.run == "" || n.runIn(token) || hides(token)
}

// hides reports whether text has escapes that can hide a run.
func hides(text []byte) bool {
	return hiding(text, `\u`) >= 0 || hiding(text, `\/`) >= 0
}

// hiding returns where the escape first is in text, or -1.
func hiding(text []byte, escape string) int {
	for at := 0; ; {
		i := bytes.Index(text[at:], []byte(escape))
		if i < 0 {
			return -1
		}
		at += i + 1 // behind its backslash, which is none of an escape where another one escapes it
		if before := text[:at]; (len(before)-len(bytes.TrimRight(before, `\`)))%2 == 1 {
			return at - 1
		}
	}
}

// runIn reports whether text has the run, in any case.
func (n *needle) runIn(text []byte) bool {
	return n.runAround(n.small, text) >= 0 || n.large != n.small && n.runAround(n.large, text) >= 0
}

// runAround returns where the run first stands in text with this case of its rare byte, or -1: it looks for that byte and
// then around it.
func (n *needle) runAround(rare byte, text []byte) int {
	starts := len(text) - len(n.run) + 1 // places where the run can begin
	if starts <= 0 {
		return -1
	}
	rares := text[n.rare : n.rare+starts]
	for at := 0; ; at++ {
		i := bytes.IndexByte(rares[at:], rare)
		if i < 0 {
			return -1
		}
		at += i
		if equalFolded(text[at:at+len(n.run)], n.run) {
			return at
		}
	}
}

package kql

import (
	"regexp"
	"regexp/syntax"
)

// matches matches the texts in which a pattern is found.
type matches struct {
	pattern *regexp.Regexp
	source  string // as it was written
}

func (m matches) Match(token []byte) bool {
	text, ok := textOf(token, nil)
	return ok && m.pattern.Match(text)
}

func (m matches) Needle() string { return "" }

func (m matches) String() string { return " ~ " + Quote(m.source) }

// newMatches compiles a pattern. When it cannot be, expected says what would have been right.
func newMatches(pattern string) (m matches, expected string) {
	if len(pattern) > MaxPatternBytes {
		return m, "a shorter regular expression"
	}
	tree, err := syntax.Parse(pattern, syntax.Perl|syntax.FoldCase)
	if err != nil {
		return m, "a regular expression (" + err.(*syntax.Error).Code.String() + ")"
	}
	if steps(tree) > MaxPatternSteps {
		return m, "a regular expression with fewer repetitions"
	}
	compiled, err := regexp.Compile("(?i)" + pattern)
	if err != nil {
		return m, "a regular expression"
	}
	return matches{compiled, pattern}, ""
}

// steps is about how many instructions a pattern compiles to. Go bounds what {n} can multiply to, so it is no overflow.
func steps(tree *syntax.Regexp) int {
	n := 1
	for _, sub := range tree.Sub {
		n += steps(sub)
	}
	switch tree.Op {
	case syntax.OpLiteral:
		n += len(tree.Rune)
	case syntax.OpCharClass:
		n += len(tree.Rune) / 32
	case syntax.OpRepeat:
		n *= max(tree.Min, tree.Max, 1)
	}
	return n
}

package kql

import "bytes"

// Seek calls each with where tokens begin and end that p may match, of a text of tokens with a '\n' behind each: all that it
// does match, in their order, and few others. It is false where p cannot be sought, and has to be asked of every token.
func Seek(p Predicate, text []byte, each func(start, end int)) bool {
	var n needle
	switch p := p.(type) {
	case contains:
		n = p.needle
	case equals:
		if !p.number.valid && !p.where.IsValid() {
			n = p.needle
		}
	case like:
		n = p.longest
	}
	if n.run == "" {
		return false
	}
	// Next are the places of what is looked for, len(text) where there is none any more.
	finds := [...]func(text []byte) int{
		func(text []byte) int { return n.runAround(n.small, text) },
		func(text []byte) int { return n.runAround(n.large, text) },
		func(text []byte) int { return hiding(text, `\u`) },
		func(text []byte) int { return hiding(text, `\/`) },
	}
	next := [...]int{-1, -1, -1, -1}
	if n.small == n.large {
		next[1] = len(text)
	}
	for at := 0; at < len(text); {
		first := len(text)
		for i, find := range finds {
			if next[i] < at {
				if next[i] = find(text[at:]); next[i] < 0 {
					next[i] = len(text)
				} else {
					next[i] += at
				}
			}
			first = min(first, next[i])
		}
		if first == len(text) {
			break
		}
		start := at + bytes.LastIndexByte(text[at:first], '\n') + 1
		end := first + bytes.IndexByte(text[first:], '\n')
		each(start, end)
		at = end + 1
	}
	return true
}

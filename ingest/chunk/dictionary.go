package chunk

import (
	"bytes"
	"encoding/hex"
	"strconv"
)

// dictionary is the distinct tokens of a column, as they are kept: they are taken apart only when all of them are asked for.
type dictionary struct {
	n        int
	text     []byte  // with a '\n' behind each; or nil
	hexes    []byte  // the bytes of strings of hexadecimal digits; or nil
	size     int     // how many of hexes are of one
	integers []int64 // or nil
}

// dictionary reads what appendTokens wrote.
func (r *reader) dictionary() *dictionary {
	d := &dictionary{n: r.count(maxValues)}
	if d.n == 0 {
		r.fail("a column without tokens")
	}
	switch encoding := r.byte(); {
	case r.err != nil:
	case encoding == tokensText:
		d.text = r.lines(d.n)
	case encoding == tokensHex:
		if d.size = r.count(len(r.rest)); d.size == 0 || d.n > len(r.rest)/d.size {
			r.fail("it is cut short")
		}
		d.hexes = r.bytes(d.n * d.size)
	case encoding == tokensIntegers:
		d.integers = r.sorted(d.n)
	default:
		r.fail("encoding of tokens is not known")
	}
	return d
}

// lines reads a section of n texts with a '\n' behind each.
func (r *reader) lines(n int) []byte {
	text := r.section()
	if n == 0 || bytes.Count(text, newline) != n || text[len(text)-1] != '\n' {
		r.fail("number of tokens")
		return nil
	}
	return text
}

var newline = []byte{'\n'}

// split takes n texts apart.
func split(text []byte, n int) [][]byte {
	tokens := make([][]byte, n)
	for i := range tokens {
		end := bytes.IndexByte(text, '\n')
		tokens[i] = text[:end:end]
		text = text[end+1:]
	}
	return tokens
}

// tokens returns all tokens.
func (d *dictionary) tokens() [][]byte {
	if d.text != nil {
		return split(d.text, d.n)
	}
	tokens := make([][]byte, d.n)
	text := make([]byte, 0, d.n*(2*d.size+8))
	for i := range tokens {
		start := len(text)
		text = d.appendToken(text, uint32(i))
		tokens[i] = text[start:len(text):len(text)]
	}
	return tokens
}

// appendToken adds one token.
func (d *dictionary) appendToken(dst []byte, code uint32) []byte {
	switch {
	case d.hexes != nil:
		dst = append(dst, '"')
		dst = hex.AppendEncode(dst, d.hexes[int(code)*d.size:(int(code)+1)*d.size])
		return append(dst, '"')
	case d.integers != nil:
		return strconv.AppendInt(dst, d.integers[code], 10)
	}
	text := skipLines(d.text, int(code))
	return append(dst, text[:bytes.IndexByte(text, '\n')]...)
}

// skipLines returns what is behind the first n lines of text, which has more. It counts them many at a time.
func skipLines(text []byte, n int) []byte {
	const step = 256
	for n > 0 && len(text) > step {
		counted := bytes.Count(text[:step], newline)
		if counted >= n {
			break
		}
		n -= counted
		text = text[step:]
	}
	for ; n > 0; n-- {
		text = text[bytes.IndexByte(text, '\n')+1:]
	}
	return text
}

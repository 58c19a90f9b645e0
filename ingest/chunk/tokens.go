package chunk

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strconv"
)

// How the distinct tokens of a column are written.
const (
	tokensText     = 0 // with a '\n' behind each
	tokensHex      = 1 // strings of lower-case hexadecimal digits, all of one even length: as bytes
	tokensIntegers = 2 // integers of 64 bits, in ascending order
)

// appendTokens adds the distinct tokens of a column, and returns the codes by which they are then known.
func (c *Codec) appendTokens(dst []byte, tokens [][]byte, codes []uint32) ([]byte, []uint32) {
	dst = appendCount(dst, len(tokens))
	if out, ok := appendHexes(dst, tokens); ok {
		return out, codes
	}
	if values := integers(tokens); values != nil {
		values, places := sortedValues(values)
		dst = append(dst, tokensIntegers)
		return c.appendSorted(dst, values), sortedCodes(codes, places)
	}
	text := append(bytes.Join(tokens, []byte{'\n'}), '\n')
	return c.appendSection(append(dst, tokensText), text), codes
}

// appendHexes adds tokens as bytes, or reports that they are not hexadecimal and of one length.
func appendHexes(dst []byte, tokens [][]byte) ([]byte, bool) {
	n := len(tokens[0]) - 2
	if n < 8 || n%2 != 0 {
		return dst, false
	}
	dst = slices.Grow(appendCount(append(dst, tokensHex), n/2), len(tokens)*n/2)
	for _, token := range tokens {
		if len(token) != n+2 || token[0] != '"' {
			return dst, false
		}
		seen := byte(0)
		for digits := token[1 : n+1]; len(digits) > 1; digits = digits[2:] {
			high, low := digitValues[digits[0]], digitValues[digits[1]]
			seen |= high | low
			dst = append(dst, high<<4|low)
		}
		if seen > 0xf {
			return dst, false
		}
	}
	return dst, true
}

// digitValues are the values of the lower-case hexadecimal digits, and more than those for what is none.
var digitValues = func() (values [256]byte) {
	for b := range values {
		values[b] = 0xff
	}
	for value, digit := range []byte("0123456789abcdef") {
		values[digit] = byte(value)
	}
	return values
}()

// integers returns tokens as numbers, or nil unless each is one just as it would be written again.
func integers(tokens [][]byte) []int64 {
	if TypeOf(tokens[0]) != Number {
		return nil
	}
	values := make([]int64, len(tokens))
	var again [20]byte
	for i, token := range tokens {
		v, err := strconv.ParseInt(string(token), 10, 64)
		if err != nil || string(strconv.AppendInt(again[:0], v, 10)) != string(token) {
			return nil
		}
		values[i] = v
	}
	return values
}

// sortedValues returns different values in ascending order, and the place that each had.
func sortedValues(values []int64) ([]int64, []int) {
	places := make([]int, len(values))
	for i := range places {
		places[i] = i
	}
	slices.SortFunc(places, func(a, b int) int {
		if values[a] < values[b] {
			return -1
		}
		return 1
	})
	sorted := make([]int64, len(values))
	for i, from := range places {
		sorted[i] = values[from]
	}
	return sorted, places
}

// appendSorted adds ascending values: the first, zigzag, and then what each is more than the one before it.
func (c *Codec) appendSorted(dst []byte, values []int64) []byte {
	data := binary.AppendVarint(nil, values[0])
	for i, v := range values[1:] {
		data = binary.AppendUvarint(data, uint64(v)-uint64(values[i]))
	}
	return c.appendSection(dst, data)
}

// sorted reads n ascending values.
func (r *reader) sorted(n int) []int64 {
	in := reader{codec: r.codec, rest: r.section()}
	if r.err != nil || n == 0 || n > len(in.rest) {
		r.fail("too few values")
		return nil
	}
	values := make([]int64, n)
	first, size := binary.Varint(in.rest)
	in.bytes(max(size, 0))
	values[0] = first
	for i := range values[1:] {
		values[i+1] = int64(uint64(values[i]) + in.uvarint())
	}
	if err := in.end(); err != nil || size <= 0 {
		r.fail("values are cut short")
	}
	return values
}

package hunt

import "math/bits"

// bitset is a set of rows of a chunk.
type bitset []uint64

func newBitset(rows int) bitset { return make(bitset, (rows+63)/64) }

// allRows is the set of the first rows.
func allRows(rows int) bitset {
	b := newBitset(rows)
	for i := range b {
		b[i] = ^uint64(0)
	}
	if rest := rows % 64; rest > 0 {
		b[len(b)-1] = 1<<rest - 1
	}
	return b
}

func (b bitset) add(row int) { b[row/64] |= 1 << (row % 64) }

func (b bitset) count() (n int) {
	for _, word := range b {
		n += bits.OnesCount64(word)
	}
	return n
}

func (b bitset) empty() bool {
	for _, word := range b {
		if word != 0 {
			return false
		}
	}
	return true
}

// each calls f with the rows of the set in their order.
func (b bitset) each(f func(row int)) {
	for i, word := range b {
		for ; word != 0; word &= word - 1 {
			f(i*64 + bits.TrailingZeros64(word))
		}
	}
}

func (b bitset) union(other bitset) {
	for i := range b {
		b[i] |= other[i]
	}
}

func (b bitset) without(other bitset) {
	for i := range b {
		b[i] &^= other[i]
	}
}

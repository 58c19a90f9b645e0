package chunk

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"math/bits"
	"slices"
	"unicode"
	"unicode/utf8"
)

// Index says what is in the columns of a chunk, so that those need not be read which cannot answer a question.
type Index struct {
	Columns []ColumnIndex // sorted by path
}

// ColumnIndex is what an Index says of a column.
type ColumnIndex struct {
	Path string
	// Types are the kinds of JSON there are, Distinct is how many distinct tokens.
	Types    Types
	Distinct int
	// Bytes has a bit for each byte that occurs in the texts of the values, upper-case letters of ASCII as lower-case
	// ones; see MayContain.
	Bytes [4]uint64
	// Observables are the hashes of the observables in the column, sorted; see [View.Index].
	Observables []uint32
}

// Types is a set of kinds of JSON values.
type Types uint8

// The kinds of JSON values that can be in a column. Empty is an object or array without anything in it.
const (
	Null Types = 1 << iota
	Bool
	Number
	String
	Empty
)

// TypeOf returns the kind of a token.
func TypeOf(token []byte) Types {
	if len(token) == 0 {
		return Empty
	}
	switch token[0] {
	case '"':
		return String
	case 'n':
		return Null
	case 't', 'f':
		return Bool
	case '{', '[':
		return Empty
	}
	return Number
}

// MayContain reports whether a value of the column can contain text in whatever case. text has to be lower-case.
func (c *ColumnIndex) MayContain(text []byte) bool {
	for _, b := range text {
		if b >= utf8.RuneSelf { // cases of other letters differ in their bytes
			if c.Bytes[2]|c.Bytes[3] == 0 {
				return false
			}
		} else if c.Bytes[b/64]&(1<<(b%64)) == 0 {
			return false
		}
	}
	return true
}

// Find returns what the index says of a column, or nil where there is no such column.
func (x *Index) Find(path string) *ColumnIndex {
	i, found := x.find(path)
	if !found {
		return nil
	}
	return &x.Columns[i]
}

func (x *Index) find(path string) (int, bool) {
	return slices.BinarySearchFunc(x.Columns, path, func(c ColumnIndex, path string) int { return cmp.Compare(c.Path, path) })
}

// index computes the index of columns, which are sorted.
func (c *Codec) index(columns []*Column) *Index {
	x := &Index{Columns: make([]ColumnIndex, len(columns))}
	var hashes []uint32
	for i, column := range columns {
		var seen byteSet
		of := ColumnIndex{Path: column.Path, Distinct: len(column.Tokens)}
		hashes = hashes[:0]
		for _, token := range column.Tokens {
			of.Types |= TypeOf(token)
			seen.add(token)
		}
		if c.cfg.Observables != nil {
			hashes = c.cfg.Observables(hashes, column.Path, column.Tokens)
		}
		of.Bytes = seen.bits()
		slices.Sort(hashes)
		of.Observables = append(of.Observables, slices.Compact(hashes)...)
		x.Columns[i] = of
	}
	return x
}

// byteSet says which bytes occur.
type byteSet [256]bool

// add adds the text of a token, and its escapes as they stand.
func (s *byteSet) add(token []byte) {
	if token[0] == '"' {
		token = token[1 : len(token)-1]
	}
	unusual := false
	for _, b := range token {
		s[b] = true
		unusual = unusual || b == '\\' || b >= utf8.RuneSelf
	}
	if !unusual {
		return
	}
	for i := 0; i < len(token); i++ {
		if token[i] >= utf8.RuneSelf || token[i] == '\\' && i+1 < len(token) && token[i+1] != '\\' {
			s.addUnusual(token)
			return
		}
		if token[i] == '\\' {
			i++
		}
	}
}

// addUnusual adds what escapes and letters beyond ASCII stand for.
func (s *byteSet) addUnusual(text []byte) {
	var plain string
	if json.Unmarshal(slices.Concat([]byte{'"'}, text, []byte{'"'}), &plain) != nil {
		plain = string(text)
	}
	for _, r := range plain {
		for folded := unicode.SimpleFold(r); folded != r; folded = unicode.SimpleFold(folded) {
			s.addRune(folded)
		}
		s.addRune(r)
	}
}

func (s *byteSet) addRune(r rune) {
	for _, b := range utf8.AppendRune(nil, r) {
		s[b] = true
	}
}

// bits returns the set with letters in lower case.
func (s *byteSet) bits() (set [4]uint64) {
	for b, there := range s {
		if there {
			if 'A' <= b && b <= 'Z' {
				b += 'a' - 'A'
			}
			set[b/64] |= 1 << (b % 64)
		}
	}
	return set
}

// appendLooks adds what columns look like.
func (c *Codec) appendLooks(dst []byte, x *Index) []byte {
	var looks []byte
	for _, column := range x.Columns {
		looks = append(appendCount(looks, len(column.Path)), column.Path...)
		looks = appendCount(append(looks, byte(column.Types)), column.Distinct)
		looks = appendByteSet(looks, column.Bytes)
	}
	return c.appendSection(appendCount(dst, len(x.Columns)), looks)
}

// appendObservables adds the content of the block of observables.
func appendObservables(dst []byte, x *Index) []byte {
	for _, column := range x.Columns {
		dst = appendCount(dst, len(column.Observables))
		last := uint32(0)
		for _, hash := range column.Observables {
			dst = appendCount(dst, int(hash-last))
			last = hash
		}
	}
	return dst
}

// appendByteSet adds the bytes of a set that are not 0, after 32 bits that say which these are.
func appendByteSet(dst []byte, set [4]uint64) []byte {
	var all [32]byte
	for i, word := range set {
		binary.LittleEndian.PutUint64(all[8*i:], word)
	}
	var mask uint32
	for i, b := range all {
		if b != 0 {
			mask |= 1 << i
		}
	}
	dst = binary.LittleEndian.AppendUint32(dst, mask)
	for _, b := range all {
		if b != 0 {
			dst = append(dst, b)
		}
	}
	return dst
}

// looks reads what appendLooks wrote.
func (r *reader) looks() *Index {
	n := r.count(maxColumns)
	looks := reader{rest: r.section()}
	x := &Index{Columns: make([]ColumnIndex, n)}
	for i := range x.Columns {
		x.Columns[i] = ColumnIndex{
			Path: shared(looks.bytes(looks.count(maxPathBytes))), Types: Types(looks.byte()),
			Distinct: looks.count(maxValues), Bytes: looks.byteSet(),
		}
		if i > 0 && x.Columns[i-1].Path >= x.Columns[i].Path {
			looks.fail("columns are not in order")
		}
	}
	if err := looks.end(); err != nil {
		r.fail("what columns look like")
	}
	return x
}

// observables reads what appendObservables wrote.
func (r *reader) observables(x *Index) {
	for i := range x.Columns {
		x.Columns[i].Observables = r.hashes()
	}
}

func (r *reader) byteSet() (set [4]uint64) {
	mask := r.bytes(4)
	if mask == nil {
		return set
	}
	which := binary.LittleEndian.Uint32(mask)
	for _, b := range r.bytes(bits.OnesCount32(which)) {
		i := bits.TrailingZeros32(which)
		which &^= 1 << i
		set[i/8] |= uint64(b) << (8 * (i % 8))
	}
	return set
}

func (r *reader) hashes() []uint32 {
	n := r.count(len(r.rest))
	if n == 0 {
		return nil
	}
	hashes := make([]uint32, n)
	last := uint64(0)
	for i := range hashes {
		last += r.uvarint()
		if last > 1<<32-1 {
			r.fail("a hash is too large")
			return nil
		}
		hashes[i] = uint32(last)
	}
	return hashes
}

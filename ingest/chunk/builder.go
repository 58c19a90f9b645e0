// Package chunk is the format in which rows are kept: a chunk is consecutive rows of one artifact of one collection,
// stored as named blocks of bytes. Stores keep the blocks and know nothing of what is in them.
//
// A chunk is kept by column, so that a question reads no more than it asks for: rows are put together again exactly. Rows
// that would need too many columns together are put into several chunks; where they have so little in common that columns
// would be larger, a chunk is kept as rows, and so are all of before there were columns.
//
// # The rows block
//
// Column [RowsColumn] holds every row of a chunk that is kept as rows, which has no other block. Its first byte says how
// the rest is kept:
//
//	1  the rows, joined by '\n'
//	2  the same, compressed as zstd frames (RFC 8878) with their size and checksum
//
// A row is JSON without line ends, so nothing has to be escaped, and a chunk has at least one row.
//
// # Columns
//
// A leaf is a scalar in a row, or an empty object or array, just as it is written; the row itself is none. What is left of
// the row when its leaves are taken out is its shape: white space, keys and their order. The column of a leaf is named by
// its path: the keys that lead to it, unescaped and joined by '.', of which only the characters within the first 1000 bytes
// count. An array adds nothing to the path. So a row may have several values in a column, which are in the order of the row.
//
// Every block but the rows' is
//
//	1           one byte, the version; 3 for the index
//	rows        how many rows the chunk has
//	…           see below
//	checksum    CRC-32C of all that precedes it, 4 bytes, little-endian
//
// Numbers are unsigned LEB128 unless it says otherwise; signed ones are zigzag. A section is one byte 1 for plain or 2 for
// a zstd frame, the length of what follows, and the bytes.
//
// The block [ShapesColumn] is the number of shapes, a section with their texts, each with a '\n' behind it and a NUL in the
// place of each leaf, and codes: the shape of each row.
//
// The block of a column, see [ColumnName], is the number of tokens; one byte and the tokens, as
//
//	0  a section with the tokens, each with a '\n' behind it
//	1  a number n, and n bytes for each token: it is a string of 2n lower-case hexadecimal digits
//	2  a section with ascending integers: the first, signed, and of each other one how much more it is
//
// then 0 where each row has one value, otherwise the number of values and codes: how many values each row has; and at last
// codes: the place among the tokens of each value.
//
// Codes are one byte and
//
//	0  nothing: each is 0
//	1  nothing: they are 0, 1, 2, …
//	2  one byte, the width of a code in bits, and the codes, beginning with the lowest bit of the first byte
//	3  a section with the lowest bytes of all, then their second bytes, and so on
//
// The block [TimesColumn] is the number of different times; a section with them, as integers above, in microseconds since
// 1970, the least 64-bit integer where there is none; and codes: the time of each row. It is empty where no row has one.
//
// The block [ObservablesColumn] is for each column, sorted by path, the number of hashes of observables, the first of those,
// and of each other one how much more it is.
//
// The block [IndexColumn] is the number of columns; a section that has for each, sorted by path, the length of the path, the
// path, one byte of [Types], the number of tokens, and the set of bytes of [ColumnIndex] as a mask of 32 bits, little-endian,
// of which of its 32 bytes follow; and for the shapes, the times, the observables and each column a number: 0 where they
// have a block of their own, and otherwise one more than the bytes that follow, which are what would be between the number
// of rows and the checksum of that block. So small ones are kept, because a block costs a store more than its bytes: of a
// chunk of few rows there is hardly another block.
//
// In its version 2 the index is the same, but names of files that could be domains, and the domains in columns named
// hostname, are not among the observables. In its version 1 the observables follow the columns instead, as they are in their
// own block now, and all others have blocks; that of the times only where a row has one.
package chunk

import (
	"bytes"
	"cmp"
	"sync"
)

// The names of blocks that are not columns.
const (
	RowsColumn        = ""
	ShapesColumn      = "shapes"
	TimesColumn       = "times"
	ObservablesColumn = "observables"
	IndexColumn       = "index"
)

// ColumnName is the name of the block of the column of a path.
func ColumnName(path string) string { return columnMark + path }

// columnMark tells the names of columns from the others.
const columnMark = "."

// A chunk is full when it has this many rows, or this many bytes of them. The row that fills it may go past MaxBytes,
// by at most MaxRowBytes.
const (
	MaxRows     = 4096
	MaxBytes    = 4 << 20
	MaxRowBytes = 64 << 20
)

// A chunk is kept by column within these limits. A row that is beyond them alone is a chunk that is kept as rows.
const (
	maxColumns    = 4096
	maxPathBytes  = 1000
	maxValues     = 1 << 20
	maxShapeBytes = 1 << 20
)

// No further row is added to a chunk that has so many values, or so many columns times rows: where each row has columns of
// its own, memory goes by that.
const (
	manyValues = maxValues / 2
	manyCells  = 1 << 22
)

// Block is the bytes of one column of a chunk.
type Block struct {
	Column string
	Data   []byte
}

// Builder gathers the rows of one chunk. The zero value is ready to use.
type Builder struct {
	text []byte // the rows, each with a '\n' behind it
	rows int
}

// Append adds a row, which must not hold a line end nor be longer than MaxRowBytes; a full builder takes none. It keeps a
// copy.
func (b *Builder) Append(row []byte) {
	b.text = append(b.text, row...)
	b.text = append(b.text, '\n')
	b.rows++
}

// Reset empties the builder and keeps its memory for other rows.
func (b *Builder) Reset() { b.text, b.rows = b.text[:0], 0 }

// Rows is how many rows there are.
func (b *Builder) Rows() int { return b.rows }

// RawBytes is the size of the rows without line ends.
func (b *Builder) RawBytes() int { return len(b.text) - b.rows }

// Memory is how many bytes the builder holds on to.
func (b *Builder) Memory() int { return cap(b.text) }

// Full reports whether the chunk should be built before another row is appended.
func (b *Builder) Full() bool { return b.rows >= MaxRows || len(b.text) >= MaxBytes }

// Text returns the rows, each with a '\n' behind it. It is valid until the next Append or Reset.
func (b *Builder) Text() []byte { return b.text }

// Built is a chunk to be stored.
type Built struct {
	Blocks []Block
	// Rows is how many of the builder's rows it has, and RawBytes their size without line ends.
	Rows     int
	RawBytes int
	// MinTime and MaxTime bound the times of the rows, in microseconds since 1970. Both are NoTime where no row has one.
	MinTime, MaxTime int64
}

// Build returns the chunks of the rows, in their order: one, unless they are too unlike one another. There has to be a
// row.
func (b *Builder) Build(c *Codec, from Source) []Built {
	s, ok := c.shredders.Get().(*shredder)
	if !ok {
		s = newShredder(true)
	}
	defer c.shredders.Put(s)
	var all []Built
	for text := b.text; len(text) > 0; {
		n, byColumn := s.take(text)
		if byColumn {
			all = append(all, c.byColumn(from, s, n))
		} else {
			all = append(all, c.asRows(from, text[:n]))
		}
		text = text[n:]
		s.reset()
	}
	return all
}

// byColumn makes a chunk of rows that were taken apart, and had so many bytes with their line ends.
func (c *Codec) byColumn(from Source, s *shredder, size int) Built {
	columns := s.sorted()
	var index *Index
	var indexing sync.WaitGroup
	indexing.Go(func() { index = c.index(columns) }) // it takes about as long as the rest
	times := c.times(from, s.rows, columns)
	contents := make([]content, firstColumn, firstColumn+len(columns))
	contents[shapesPlace] = c.content(ShapesColumn, s.rows, func(dst []byte) []byte { return c.appendShapes(dst, s.shapes, s.codes) })
	contents[timesPlace] = c.content(TimesColumn, s.rows, func(dst []byte) []byte { return c.appendTimes(dst, times) })
	for _, column := range columns {
		add := func(dst []byte) []byte { return c.appendColumn(dst, column, s.rows) }
		contents = append(contents, c.content(ColumnName(column.Path), s.rows, add))
	}
	indexing.Wait()
	contents[observablesPlace] = c.content(ObservablesColumn, s.rows, func(dst []byte) []byte { return appendObservables(dst, index) })
	c.pack(contents)
	blocks := []Block{{Column: IndexColumn, Data: c.appendIndex(nil, index, contents, s.rows)}}
	for _, of := range contents {
		if !of.packed {
			blocks = append(blocks, Block{Column: of.name, Data: appendSum(of.block)})
		}
	}
	return newBuilt(blocks, s.rows, size, times)
}

// asRows makes a chunk of rows that are kept as they are.
func (c *Codec) asRows(from Source, text []byte) Built {
	size := len(text)
	text = text[:size-1]
	lines := bytes.Split(text, []byte{'\n'})
	v := View{codec: c, from: from, rows: len(lines), lines: lines}
	times, err := v.Times()
	if err != nil { // what is not JSON has no times
		times = nil
	}
	return newBuilt([]Block{{Column: RowsColumn, Data: c.compress(text)}}, len(lines), size, times)
}

func newBuilt(blocks []Block, rows, size int, times []int64) Built {
	built := Built{Blocks: blocks, Rows: rows, RawBytes: size - rows}
	built.MinTime, built.MaxTime = span(times)
	return built
}

func byPath(a, b *Column) int { return cmp.Compare(a.Path, b.Path) }

// Package chunk is the format in which rows are kept: a chunk is consecutive rows of one artifact of one collection,
// stored as named blocks of bytes. Stores keep the blocks and know nothing of what is in them.
//
// # The rows block
//
// Column [RowsColumn] holds every row of the chunk, exactly and in order. Its first byte says how the rest is kept:
//
//	1  the rows, joined by '\n'
//	2  the same, compressed as zstd frames (RFC 8878) with their size and checksum
//
// A row is JSON without line ends, so nothing has to be escaped, and a chunk has at least one row.
package chunk

// RowsColumn is the name of the column that holds whole rows.
const RowsColumn = ""

// A chunk is full when it has this many rows, or this many bytes of them. The row that fills it may go past MaxBytes,
// by at most MaxRowBytes.
const (
	MaxRows     = 4096
	MaxBytes    = 4 << 20
	MaxRowBytes = 64 << 20
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

// Append adds a row, which must not hold a line end nor be longer than MaxRowBytes. It keeps a copy.
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

// Build returns the blocks of the chunk. There has to be a row.
func (b *Builder) Build(c *Codec) []Block {
	return []Block{{Column: RowsColumn, Data: c.compress(b.text[:len(b.text)-1])}}
}

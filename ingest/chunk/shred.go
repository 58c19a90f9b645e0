package chunk

import (
	"bytes"
	"errors"
	"hash/maphash"
	"slices"

	"github.com/velocicompanion/velocicompanion/ingest/internal/jsonrow"
)

// maxDepth is how deep rows may nest: as deep as encoding/json follows.
const maxDepth = 10_000

// leafMark stands in the text of a shape for each leaf. No JSON has such a byte.
const leafMark = 0

// errUnlike says that a row cannot be kept by column together with those before it.
var errUnlike = errors.New("chunk: a row not fit for the columns")

// maxComputed is how many columns are computed of rows that are not kept by column. What has a path beyond those is in the
// column of the empty path: whoever asks for any column finds it.
const maxComputed = 1 << 16

// shredder takes rows apart into columns and, where it is to keep them, shapes.
type shredder struct {
	limited bool // to what a chunk is kept by column for; otherwise shapes are not kept
	seed    maphash.Seed
	rows    int
	values  int
	columns []*columnBuilder
	byPath  map[string]int
	slots   []slot // the tokens of all columns
	spare   []slot // for when they are too few
	used    int

	shapes    []*shape
	byText    map[string]int
	shapeSize int
	codes     []uint32 // the shape of each row
	places    []int    // of the leaves of a row that is compared with a shape

	// Of the row that is walked:
	paths
	row    []byte
	text   []byte
	done   int // up to here the row is in text
	leaves []int
}

// columnBuilder is a column that grows.
type columnBuilder struct {
	Column
	last   uint32   // the code of the value before
	starts []uint32 // memory for Starts
}

// shape is what rows have in common.
type shape struct {
	text    []byte
	parts   [][]byte // text, without the marks
	columns []int    // of the leaves
}

// slot is a place of the hash table from columns and tokens to codes.
type slot struct {
	hash   uint32
	column uint32 // counted from 1; 0 where the slot is free
	code   uint32
}

const minSlots = 1 << 10

func newShredder(limited bool) *shredder {
	s := &shredder{limited: limited, seed: maphash.MakeSeed(), slots: make([]slot, minSlots)}
	s.byPath, s.byText = make(map[string]int), make(map[string]int)
	return s
}

// A shredder that had more than so many values or columns does not keep its memory for another chunk.
const (
	maxKeptValues  = 1 << 18
	maxKeptColumns = 1 << 9
)

// reset empties a shredder and keeps its memory, unless that is much.
func (s *shredder) reset() {
	if s.values > maxKeptValues || len(s.columns) > maxKeptColumns {
		*s = *newShredder(s.limited)
		return
	}
	for _, c := range s.columns {
		clear(c.Tokens) // they hold on to the rows
		c.Tokens, c.Codes, c.last = c.Tokens[:0], c.Codes[:0], 0
		if c.Starts != nil {
			c.starts, c.Starts = c.Starts[:0], nil
		}
	}
	clear(s.byPath)
	clear(s.byText)
	clear(s.shapes)
	s.columns, s.shapes, s.codes = s.columns[:0], s.shapes[:0], s.codes[:0]
	s.rows, s.values, s.used, s.shapeSize, s.row = 0, 0, 0, 0, nil
	s.slots = s.slots[:minSlots]
	clear(s.slots)
}

// take takes as many of rows, each with a '\n' behind it, apart as are put into one chunk. It returns how many bytes of them
// those are, and whether they are to be kept by column.
func (s *shredder) take(rows []byte) (n int, byColumn bool) {
	n, err := s.shred(rows)
	if err != nil && n > 0 { // without what was begun of the row behind them
		s.reset()
		_, err = s.shred(rows[:n])
	}
	if err != nil {
		return bytes.IndexByte(rows, '\n') + 1, false
	}
	return n, s.shapeSize <= 256+n/2
}

// shred takes rows apart until they are enough for a chunk, and returns how many bytes of them it took apart. errUnlike
// when the row behind those is to be in another.
func (s *shredder) shred(rows []byte) (n int, err error) {
	for n < len(rows) && s.values < manyValues && len(s.columns)*s.rows < manyCells {
		end := n + bytes.IndexByte(rows[n:], '\n')
		row := rows[n:end:end]
		if last := len(s.codes); last == 0 || !s.alike(row, int(s.codes[last-1])) {
			if err := s.walk(row); err != nil {
				return n, err
			}
		}
		if s.values > maxValues {
			return n, errUnlike
		}
		s.rows++
		n = end + 1
	}
	return n, nil
}

// alike takes a row apart as one of a shape, or reports that it has another one.
func (s *shredder) alike(row []byte, code int) bool {
	like := s.shapes[code]
	s.places = s.places[:0]
	at := 0
	for i, part := range like.parts {
		if len(row)-at < len(part) || string(row[at:at+len(part)]) != string(part) {
			return false
		}
		at += len(part)
		if i == len(like.columns) {
			break
		}
		end := leafEnd(row, at)
		if end <= at {
			return false
		}
		s.places = append(s.places, at, end)
		at = end
	}
	if at != len(row) {
		return false
	}
	for i, column := range like.columns {
		s.add(column, row[s.places[2*i]:s.places[2*i+1]])
	}
	s.codes = append(s.codes, uint32(code))
	return true
}

// leafEnd returns where the leaf that begins at i ends, or something that is not behind i where none begins. The row is
// JSON.
func leafEnd(row []byte, i int) int {
	if i == len(row) {
		return -1
	}
	switch row[i] {
	case '"':
		for end := i + 1; ; end++ {
			n := bytes.IndexByte(row[end:], '"')
			if n < 0 {
				return -1
			}
			end += n
			if !escaped(row[i+1 : end]) {
				return end + 1
			}
		}
	case '{', '[':
		end := i + 1
		for end < len(row) && (row[end] == ' ' || row[end] == '\t' || row[end] == '\r') {
			end++
		}
		if end < len(row) && row[end] == row[i]+2 {
			return end + 1
		}
		return -1
	}
	for end := i; end < len(row); end++ {
		switch row[end] {
		case ',', '}', ']', ' ', '\t', '\r':
			return end
		}
	}
	return -1
}

// escaped reports whether what follows text in a string is escaped.
func escaped(text []byte) bool {
	n := len(text)
	for n > 0 && text[n-1] == '\\' {
		n--
	}
	return (len(text)-n)%2 == 1
}

// walk takes a row of any shape apart.
func (s *shredder) walk(row []byte) error {
	s.row, s.text, s.done, s.leaves = row, s.text[:0], 0, s.leaves[:0]
	s.path, s.ends, s.err = s.path[:0], s.ends[:0], nil
	if err := jsonrow.Walk(row, maxDepth, s); err != nil || s.err != nil {
		return errUnlike
	}
	if !s.limited {
		return nil
	}
	s.text = append(s.text, row[s.done:]...)
	code, known := s.byText[string(s.text)]
	if !known {
		if s.shapeSize += len(s.text); s.shapeSize > maxShapeBytes {
			return errUnlike
		}
		code = len(s.shapes)
		text := bytes.Clone(s.text)
		s.shapes = append(s.shapes, &shape{
			text: text, parts: bytes.Split(text, []byte{leafMark}), columns: append([]int(nil), s.leaves...),
		})
		s.byText[string(text)] = code
	}
	s.codes = append(s.codes, uint32(code))
	return nil
}

// Leaf makes shredder a jsonrow.Visitor.
func (s *shredder) Leaf(start, end int) {
	if s.err != nil {
		return
	}
	column, known := s.byPath[string(s.path)]
	if !known {
		if s.limited && len(s.columns) == maxColumns {
			s.err = errUnlike
			return
		}
		column = s.column()
	}
	s.add(column, s.row[start:end:end])
	if s.limited {
		s.text = append(append(s.text, s.row[s.done:start]...), leafMark)
		s.leaves = append(s.leaves, column)
		s.done = end
	}
}

// column returns the column of a path that has none yet.
func (s *shredder) column() int {
	path := string(s.path)
	if len(s.columns) >= maxComputed {
		path = ""
	}
	column, known := s.byPath[path]
	if !known {
		column = len(s.columns)
		s.addColumn(path)
	}
	return column
}

// addColumn begins a column, in the memory of one of a chunk before where there is any.
func (s *shredder) addColumn(path string) {
	s.byPath[path] = len(s.columns)
	if len(s.columns) < cap(s.columns) {
		s.columns = s.columns[:len(s.columns)+1]
	} else {
		s.columns = append(s.columns, nil)
	}
	last := &s.columns[len(s.columns)-1]
	if *last == nil {
		*last = &columnBuilder{}
	}
	(*last).Path = path
}

// add adds a value of the current row to a column.
func (s *shredder) add(column int, token []byte) {
	c := s.columns[column]
	s.values++
	if c.Starts != nil || len(c.Codes) != s.rows {
		c.begin(s.rows)
	}
	if len(c.Tokens) == 0 || string(c.Tokens[c.last]) != string(token) {
		c.last = s.code(column, token)
	}
	c.Codes = append(c.Codes, c.last)
}

// sorted ends the columns and returns them in the order of their paths.
func (s *shredder) sorted() []*Column {
	columns := make([]*Column, len(s.columns))
	for i, c := range s.columns {
		c.finish(s.rows)
		columns[i] = &c.Column
	}
	slices.SortFunc(columns, byPath)
	return columns
}

// begin makes sure that values which are added are of the row.
func (c *columnBuilder) begin(row int) {
	if c.Starts == nil {
		if c.Starts = c.starts; c.Starts == nil {
			c.Starts = make([]uint32, 0, max(row+1, 64))
		}
		for i := range len(c.Codes) {
			c.Starts = append(c.Starts, uint32(i))
		}
	}
	for len(c.Starts) <= row {
		c.Starts = append(c.Starts, uint32(len(c.Codes)))
	}
}

// finish ends a column of so many rows.
func (c *columnBuilder) finish(rows int) {
	if c.Starts != nil || len(c.Codes) != rows {
		c.begin(rows)
	}
}

// code returns the code of a token in a column, a new one where it is new.
func (s *shredder) code(column int, token []byte) uint32 {
	hash := uint32(maphash.Bytes(s.seed, token)) ^ uint32(column)*0x9e3779b1
	c := s.columns[column]
	i := int(hash) & (len(s.slots) - 1)
	for ; s.slots[i].column != 0; i = (i + 1) & (len(s.slots) - 1) {
		at := s.slots[i]
		if at.hash == hash && int(at.column) == column+1 && string(c.Tokens[at.code]) == string(token) {
			return at.code
		}
	}
	code := uint32(len(c.Tokens))
	c.Tokens = append(c.Tokens, token)
	s.slots[i] = slot{hash, uint32(column) + 1, code}
	if s.used++; 2*s.used > len(s.slots) {
		s.grow()
	}
	return code
}

// grow doubles the hash table.
func (s *shredder) grow() {
	old := s.slots
	if s.slots = s.spare; cap(s.slots) < 2*len(old) {
		s.slots = make([]slot, 2*len(old))
	}
	s.slots, s.spare = s.slots[:2*len(old)], old
	clear(s.slots)
	for _, entry := range old {
		if entry.column == 0 {
			continue
		}
		i := int(entry.hash) & (len(s.slots) - 1)
		for s.slots[i].column != 0 {
			i = (i + 1) & (len(s.slots) - 1)
		}
		s.slots[i] = entry
	}
}

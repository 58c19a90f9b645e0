package chunk

import (
	"bytes"
	"fmt"
	"strings"
)

// View is a chunk that is read. What it returns is shared: it is not to be modified. A View is for use by one goroutine.
type View struct {
	codec   *Codec
	from    Source
	rows    int
	blocks  map[string][]byte
	lines   [][]byte               // where the chunk is kept as rows
	columns map[string]*Column     // where they come from the rows
	lates   map[string]*lateColumn // where they come from blocks
	all     []*Column              // sorted; where they come from the rows
	index   *Index                 // where it comes from the rows
	shapes  *shapes
	head    *Head
}

// View reads a chunk from whichever of its blocks are given, and may be given others later; what is asked of it is read
// from the blocks only then. When the RowsColumn block is among them everything is computed from it. ErrCorrupt when it is
// not the block of so many rows.
func (c *Codec) View(from Source, rows int, blocks []Block) (*View, error) {
	if rows < 1 || rows > MaxRows {
		return nil, fmt.Errorf("%w: it has %d rows", ErrCorrupt, rows)
	}
	v := &View{codec: c, from: from, rows: rows}
	return v, v.Add(blocks...)
}

// ViewOf reads a chunk of which the head is known.
func (c *Codec) ViewOf(from Source, head *Head) *View {
	return &View{codec: c, from: from, rows: head.rows, head: head}
}

// Add gives further blocks of the chunk.
func (v *View) Add(blocks ...Block) error {
	for _, b := range blocks {
		if v.blocks == nil {
			v.blocks = make(map[string][]byte, len(blocks))
		}
		v.blocks[b.Column] = b.Data
		if b.Column != RowsColumn {
			continue
		}
		text, err := v.codec.decompress(b.Data)
		if err != nil {
			return err
		}
		v.lines = bytes.Split(text, []byte{'\n'})
		if len(v.lines) != v.rows {
			return fmt.Errorf("%w: it has %d rows instead of %d", ErrCorrupt, len(v.lines), v.rows)
		}
	}
	return nil
}

// Rows is how many rows there are.
func (v *View) Rows() int { return v.rows }

// Missing returns which of the named blocks are still to be given: those that the chunk may have, that were not given, and
// whose content is not in a block that was. It needs the index.
func (v *View) Missing(names []string) (missing []string, err error) {
	if v.lines != nil {
		return nil, nil
	}
	head, err := v.Head()
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if _, given := v.blocks[name]; given {
			continue
		}
		place := head.place(name)
		if place < 0 || head.contents != nil && head.contents[place] != nil || head.whole && place == observablesPlace {
			continue
		}
		missing = append(missing, name)
	}
	return missing, nil
}

// MissingForRows returns which blocks are still to be given for AppendRow. It needs the index.
func (v *View) MissingForRows() ([]string, error) {
	if v.lines != nil {
		return nil, nil
	}
	head, err := v.Head()
	if err != nil {
		return nil, err
	}
	names := []string{ShapesColumn}
	for _, column := range head.index.Columns {
		names = append(names, ColumnName(column.Path))
	}
	return v.Missing(names)
}

// Current reports whether the chunk is kept as it would be if it were built now, as far as the index tells, which it needs.
func (v *View) Current() (bool, error) {
	if v.lines != nil {
		return false, nil
	}
	head, err := v.Head()
	return err == nil && head.version == indexVersion, err
}

// Head returns the head, for other views of the chunk. It needs the index; of a chunk that is kept as rows there is none.
func (v *View) Head() (*Head, error) {
	if v.head != nil {
		return v.head, nil
	}
	block, ok := v.blocks[IndexColumn]
	if !ok {
		return nil, missing(IndexColumn)
	}
	head, err := v.codec.Head(v.rows, block)
	if err != nil {
		return nil, err
	}
	v.head = head
	return head, nil
}

func missing(name string) error { return fmt.Errorf("%w: the block %q is missing", ErrCorrupt, name) }

// place is where the index holds the content of a block, or -1 where the chunk has none of the name.
func (h *Head) place(name string) int {
	switch name {
	case ShapesColumn:
		return shapesPlace
	case TimesColumn:
		return timesPlace
	case ObservablesColumn:
		return observablesPlace
	}
	if path, ok := strings.CutPrefix(name, columnMark); ok {
		if i, found := h.index.find(path); found {
			return firstColumn + i
		}
	}
	return -1
}

// content returns a reader of what is in a block, or nil where neither the block nor one that holds it was given.
func (v *View) content(name string) (*reader, error) {
	if data, ok := v.blocks[name]; ok {
		return v.codec.reader(data, v.rows, blockVersion), nil
	}
	if _, ok := v.blocks[IndexColumn]; !ok && v.head == nil {
		return nil, nil
	}
	head, err := v.Head()
	if err != nil {
		return nil, err
	}
	if place := head.place(name); place >= 0 && head.contents != nil && head.contents[place] != nil {
		return &reader{codec: v.codec, rest: head.contents[place]}, nil
	}
	return nil, nil
}

// fromRows computes the columns of a chunk that is kept as rows.
func (v *View) fromRows() error {
	if v.all != nil {
		return nil
	}
	s := newShredder(false)
	for _, row := range v.lines {
		if err := s.walk(row); err != nil {
			return fmt.Errorf("%w: a row is not JSON", ErrCorrupt)
		}
		s.rows++
	}
	v.all, v.columns = s.sorted(), make(map[string]*Column)
	for _, column := range v.all {
		v.columns[column.Path] = column
	}
	return nil
}

// Column returns a column, or nil when there is none of the path or what holds it was not given.
func (v *View) Column(path string) (*Column, error) {
	if v.lines != nil {
		err := v.fromRows()
		return v.columns[path], err
	}
	c, err := v.values(path)
	if c == nil || err != nil {
		return nil, err
	}
	c.readTokens()
	return &c.Column, nil
}

// Codes returns a column of which the Tokens may be nil, and is nil where that of Column is.
func (v *View) Codes(path string) (*Column, error) {
	if v.lines != nil {
		return v.Column(path)
	}
	c, err := v.values(path)
	if c == nil || err != nil {
		return nil, err
	}
	return &c.Column, nil
}

// Text returns the tokens of a column as they are kept where they are kept as one text: in the order of Column, with a '\n'
// behind each. Otherwise it is nil, as it is where there is no column. It costs less than Column, which costs no more for it.
func (v *View) Text(path string) ([]byte, error) {
	if v.lines != nil {
		return nil, nil
	}
	c, err := v.late(path)
	if c == nil || err != nil {
		return nil, err
	}
	return c.words.text, nil
}

// late returns a column with its dictionary, or nil where there is none.
func (v *View) late(path string) (*lateColumn, error) {
	if c, ok := v.lates[path]; ok {
		return c, nil
	}
	r, err := v.content(ColumnName(path))
	if r == nil || err != nil {
		return nil, err
	}
	c := &lateColumn{words: r.dictionary(), rest: r, Column: Column{Path: path}}
	if r.err != nil {
		return nil, r.err
	}
	if v.lates == nil {
		v.lates = make(map[string]*lateColumn)
	}
	v.lates[path] = c
	return c, nil
}

// values returns a column with its values, or nil where there is none.
func (v *View) values(path string) (*lateColumn, error) {
	c, err := v.late(path)
	if c == nil || err != nil {
		return nil, err
	}
	if err := c.readValues(v.rows); err != nil {
		delete(v.lates, path)
		return nil, err
	}
	return c, nil
}

// Columns returns the paths of all columns, sorted. It needs the index.
func (v *View) Columns() ([]string, error) {
	index, err := v.Index()
	if err != nil {
		return nil, err
	}
	paths := make([]string, len(index.Columns))
	for i, column := range index.Columns {
		paths[i] = column.Path
	}
	return paths, nil
}

// Index returns the index. It needs its block, and for the observables also ObservablesColumn where that is missing:
// without it they are nil.
func (v *View) Index() (*Index, error) {
	if v.lines != nil {
		if err := v.fromRows(); err != nil {
			return nil, err
		}
		if v.index == nil {
			v.index = v.codec.index(v.all)
		}
		return v.index, nil
	}
	head, err := v.Head()
	if err != nil {
		return nil, err
	}
	if head.whole {
		return head.index, nil
	}
	r, err := v.content(ObservablesColumn)
	if err != nil {
		return nil, err
	}
	if r != nil {
		if head, err = head.with(r); err != nil {
			return nil, err
		}
		v.head = head
	}
	return head.index, nil
}

// Times returns for each row its time in microseconds since 1970, NoTime where it has none; nil when no row has one, or
// what holds them was not given.
func (v *View) Times() ([]int64, error) {
	if v.lines != nil {
		if err := v.fromRows(); err != nil {
			return nil, err
		}
		return v.codec.times(v.from, v.rows, v.all), nil
	}
	r, err := v.content(TimesColumn)
	if r == nil || err != nil {
		return nil, err
	}
	return readTimes(r, v.rows)
}

func (v *View) readShapes() error {
	if v.shapes != nil {
		return nil
	}
	r, err := v.content(ShapesColumn)
	if err != nil {
		return err
	}
	if r == nil {
		return missing(ShapesColumn)
	}
	v.shapes, err = readShapes(r, v.rows)
	return err
}

// AppendRow adds a row, exactly as it came in. It needs the shapes and all columns; see MissingForRows.
func (v *View) AppendRow(dst []byte, row int) ([]byte, error) {
	if v.lines != nil {
		return append(dst, v.lines[row]...), nil
	}
	if err := v.readShapes(); err != nil {
		return nil, err
	}
	shape := &v.shapes.list[v.shapes.codes[row]]
	for i, leaf := range shape.leaves {
		column, err := v.values(leaf.path)
		if err != nil {
			return nil, err
		}
		if column == nil {
			return nil, missing(ColumnName(leaf.path))
		}
		values := column.Values(row)
		if leaf.value >= len(values) {
			return nil, fmt.Errorf("%w: the column %q has too few values", ErrCorrupt, leaf.path)
		}
		dst = column.appendToken(append(dst, shape.parts[i]...), values[leaf.value])
	}
	return append(dst, shape.parts[len(shape.leaves)]...), nil
}

package chunk

import (
	"bytes"
	"fmt"
	"slices"
)

// View is a chunk that is read. What it returns is shared: it is not to be modified. A View is for use by one goroutine.
type View struct {
	codec    *Codec
	artifact string
	rows     int
	blocks   map[string][]byte
	lines    [][]byte // where the chunk is kept as rows
	columns  map[string]*Column
	all      []*Column // sorted; where they come from the rows
	shapes   *shapes
}

// View reads a chunk of an artifact from whichever of its blocks are given; what is asked of it later is read from the
// blocks only then. When the RowsColumn block is among them everything is computed from it. ErrCorrupt when it is not the
// block of so many rows.
func (c *Codec) View(artifact string, rows int, blocks []Block) (*View, error) {
	if rows < 1 || rows > MaxRows {
		return nil, fmt.Errorf("%w: it has %d rows", ErrCorrupt, rows)
	}
	v := &View{
		codec: c, artifact: artifact, rows: rows, blocks: make(map[string][]byte, len(blocks)), columns: make(map[string]*Column),
	}
	for _, b := range blocks {
		v.blocks[b.Column] = b.Data
	}
	if data, ok := v.blocks[RowsColumn]; ok {
		text, err := c.decompress(data)
		if err != nil {
			return nil, err
		}
		v.lines = bytes.Split(text, []byte{'\n'})
		if len(v.lines) != rows {
			return nil, fmt.Errorf("%w: it has %d rows instead of %d", ErrCorrupt, len(v.lines), rows)
		}
	}
	return v, nil
}

// Rows is how many rows there are.
func (v *View) Rows() int { return v.rows }

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

// Column returns a column, or nil when there is none of the path or its block was not given.
func (v *View) Column(path string) (*Column, error) {
	if v.lines != nil {
		err := v.fromRows()
		return v.columns[path], err
	}
	if column, ok := v.columns[path]; ok {
		return column, nil
	}
	data, ok := v.blocks[ColumnName(path)]
	if !ok {
		return nil, nil
	}
	column, err := v.codec.readColumn(path, data, v.rows)
	if err != nil {
		return nil, err
	}
	v.columns[path] = column
	return column, nil
}

// Columns returns the paths of all columns, sorted. It needs the block of shapes or the index.
func (v *View) Columns() ([]string, error) {
	paths := []string{}
	if _, ok := v.blocks[ShapesColumn]; ok && v.lines == nil {
		if err := v.readShapes(); err != nil {
			return nil, err
		}
		for _, shape := range v.shapes.list {
			for _, leaf := range shape.leaves {
				if leaf.value == 0 {
					paths = append(paths, leaf.path)
				}
			}
		}
		slices.Sort(paths)
		return slices.Compact(paths), nil
	}
	index, err := v.Index()
	if err != nil {
		return nil, err
	}
	for _, column := range index.Columns {
		paths = append(paths, column.Path)
	}
	return paths, nil
}

// Index returns the index. It needs its block.
func (v *View) Index() (*Index, error) {
	if v.lines != nil {
		if err := v.fromRows(); err != nil {
			return nil, err
		}
		return v.codec.index(v.all), nil
	}
	data, err := v.block(IndexColumn)
	if err != nil {
		return nil, err
	}
	return v.codec.readIndex(data, v.rows)
}

// block returns a block that is there in every chunk that is kept by column.
func (v *View) block(name string) ([]byte, error) {
	data, ok := v.blocks[name]
	if !ok {
		return nil, fmt.Errorf("%w: the block %q is missing", ErrCorrupt, name)
	}
	return data, nil
}

// Times returns for each row its time in microseconds since 1970, NoTime where it has none; nil when no row has one, or
// the block was not given.
func (v *View) Times() ([]int64, error) {
	if v.lines != nil {
		if err := v.fromRows(); err != nil {
			return nil, err
		}
		return v.codec.times(v.artifact, v.rows, v.all), nil
	}
	data, ok := v.blocks[TimesColumn]
	if !ok {
		return nil, nil
	}
	return v.codec.readTimes(data, v.rows)
}

func (v *View) readShapes() error {
	if v.shapes != nil {
		return nil
	}
	data, err := v.block(ShapesColumn)
	if err != nil {
		return err
	}
	v.shapes, err = v.codec.readShapes(data, v.rows)
	return err
}

// AppendRow adds a row, exactly as it came in. It needs the blocks of the shapes and of all columns.
func (v *View) AppendRow(dst []byte, row int) ([]byte, error) {
	if v.lines != nil {
		return append(dst, v.lines[row]...), nil
	}
	if err := v.readShapes(); err != nil {
		return nil, err
	}
	shape := &v.shapes.list[v.shapes.codes[row]]
	for i, leaf := range shape.leaves {
		column, err := v.Column(leaf.path)
		if err != nil {
			return nil, err
		}
		if column == nil {
			return nil, fmt.Errorf("%w: the block of the column %q is missing", ErrCorrupt, leaf.path)
		}
		values := column.Values(row)
		if leaf.value >= len(values) {
			return nil, fmt.Errorf("%w: the column %q has too few values", ErrCorrupt, leaf.path)
		}
		dst = append(append(dst, shape.parts[i]...), column.Tokens[values[leaf.value]]...)
	}
	return append(dst, shape.parts[len(shape.leaves)]...), nil
}

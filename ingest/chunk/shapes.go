package chunk

import (
	"bytes"

	"github.com/velocicompanion/velocicompanion/ingest/internal/jsonrow"
)

// appendShapes adds the content of the block of shapes.
func (c *Codec) appendShapes(dst []byte, shapes []*shape, codes []uint32) []byte {
	dst = appendCount(dst, len(shapes))
	var text []byte
	for _, s := range shapes {
		text = append(append(text, s.text...), '\n')
	}
	return c.appendCodes(c.appendSection(dst, text), codes)
}

// shapes are how rows are put together again.
type shapes struct {
	list  []rowShape
	codes []uint32 // of each row
}

// rowShape is a shape that was read.
type rowShape struct {
	parts  [][]byte // of its text, one more than there are leaves
	leaves []leaf
}

// leaf says which value of a row belongs to a place in a shape.
type leaf struct {
	path  string
	value int // counted among those that the row has in the column
}

// readShapes reads what appendShapes wrote.
func readShapes(r *reader, rows int) (*shapes, error) {
	n := r.count(rows)
	text := r.lines(n)
	s := &shapes{codes: r.codes(rows, n)}
	if err := r.end(); err != nil {
		return nil, err
	}
	for _, text := range split(text, n) {
		read := rowShape{parts: bytes.Split(text, []byte{leafMark})}
		var v shapeVisitor
		// Any scalar does to see what is around the leaves.
		err := jsonrow.Walk(bytes.ReplaceAll(text, []byte{leafMark}, []byte{'0'}), maxDepth, &v)
		if err != nil || v.err != nil || len(v.leaves) != len(read.parts)-1 {
			r.fail("a shape is not one")
			return nil, r.err
		}
		read.leaves = v.leaves
		s.list = append(s.list, read)
	}
	return s, nil
}

// shapeVisitor gathers the leaves of a shape.
type shapeVisitor struct {
	paths
	leaves []leaf
	seen   map[string]int
}

func (v *shapeVisitor) Leaf(int, int) {
	if v.seen == nil {
		v.seen = make(map[string]int)
	}
	path := string(v.path)
	v.leaves = append(v.leaves, leaf{path, v.seen[path]})
	v.seen[path]++
}

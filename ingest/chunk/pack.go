package chunk

import (
	"cmp"
	"slices"
)

// packBytes is how much the small blocks of a chunk may come to that are kept in the block of its index. A store's cost of
// a block is that of some hundred bytes, and every question reads the index.
const packBytes = 4 << 10

// The places of the contents of blocks that the index may hold; those of columns follow in the order of their paths.
const (
	shapesPlace = iota
	timesPlace
	observablesPlace
	firstColumn
)

// content is what is in a block, between its head and its checksum.
type content struct {
	name   string
	block  []byte // up to the checksum
	head   int    // how long the head is
	packed bool
}

// content makes the content of a block of a chunk of so many rows.
func (c *Codec) content(name string, rows int, add func(dst []byte) []byte) content {
	block := appendHead(nil, blockVersion, rows)
	return content{name: name, head: len(block), block: add(block)}
}

func (c content) size() int { return len(c.block) - c.head }

// pack chooses the smallest contents.
func (c *Codec) pack(contents []content) {
	bySize := make([]*content, len(contents))
	for i := range contents {
		bySize[i] = &contents[i]
	}
	slices.SortStableFunc(bySize, func(a, b *content) int { return cmp.Compare(a.size(), b.size()) })
	left := c.packBytes
	for _, of := range bySize {
		if left -= of.size(); left < 0 {
			return
		}
		of.packed = true
	}
}

// appendIndex adds the block of the index, with the contents that are packed.
func (c *Codec) appendIndex(dst []byte, x *Index, contents []content, rows int) []byte {
	dst = c.appendLooks(appendHead(dst, indexVersion, rows), x)
	for _, of := range contents {
		if !of.packed {
			dst = appendCount(dst, 0)
			continue
		}
		dst = append(appendCount(dst, 1+of.size()), of.block[of.head:]...)
	}
	return appendSum(dst)
}

package chunk

import "unique"

// Head is what is known of a chunk from the block of its index, read once for any number of views. It is not modified and
// safe for concurrent use.
type Head struct {
	rows     int
	version  byte
	block    []byte
	index    *Index
	contents [][]byte // that the block holds, by their places; nil for the others and in an index of version 1
	whole    bool     // the index has its observables
}

// Head reads the block of the index of a chunk of so many rows, and keeps it. ErrCorrupt when it is not that.
func (c *Codec) Head(rows int, block []byte) (*Head, error) {
	r := c.reader(block, rows, indexVersion)
	h := &Head{rows: rows, block: block, index: r.looks(), version: r.version}
	if r.version == blockVersion {
		r.observables(h.index)
		h.whole = true
		return h, r.end()
	}
	h.contents = make([][]byte, firstColumn+len(h.index.Columns))
	for i := range h.contents {
		if size := r.count(1 + len(r.rest)); size > 0 {
			h.contents[i] = r.bytes(size - 1)
		}
	}
	if err := r.end(); err != nil {
		return nil, err
	}
	if packed := h.contents[observablesPlace]; packed != nil {
		return h, h.addObservables(&reader{codec: c, rest: packed})
	}
	return h, nil
}

func (h *Head) addObservables(r *reader) error {
	r.observables(h.index)
	h.whole = true
	return r.end()
}

// with returns the head with the observables that r reads.
func (h *Head) with(r *reader) (*Head, error) {
	whole := *h
	whole.index = &Index{Columns: append([]ColumnIndex(nil), h.index.Columns...)}
	return &whole, whole.addObservables(r)
}

// Observables reads an ObservablesColumn of a chunk of so many rows: the hashes of each column, in the order of the index.
// ErrCorrupt when it is not that.
func (c *Codec) Observables(rows int, block []byte) (hashes [][]uint32, err error) {
	r := c.reader(block, rows, blockVersion)
	for len(r.rest) > 0 {
		hashes = append(hashes, r.hashes())
	}
	return hashes, r.end()
}

// Index returns the index; its observables are nil unless whole.
func (h *Head) Index() (x *Index, whole bool) { return h.index, h.whole }

// Bytes is about how much memory the head takes.
func (h *Head) Bytes() int {
	const column, content = 120, 24
	size := cap(h.block) + column*len(h.index.Columns) + content*len(h.contents)
	for i := range h.index.Columns {
		size += 4 * len(h.index.Columns[i].Observables)
	}
	return size
}

// shared returns a path that chunks have in common, once for all of them.
func shared(path []byte) string { return unique.Make(string(path)).Value() }

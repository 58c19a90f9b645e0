package hunt

import (
	"math/bits"
	"slices"

	"github.com/velocicompanion/velocicompanion/ingest/chunk"
	"github.com/velocicompanion/velocicompanion/ingest/observable"
)

// watched is what a question looks for: things with a number from 0, each of which one or more observables are.
type watched struct {
	numbers map[observable.Observable][]int
	hashes  []uint32 // of the observables, sorted
	bits    []uint64 // one bit for each of the first bits of a hash, so that most others are told apart at once
}

// watchedShift leaves 22 bits of a hash: 512 KiB, of which 100,000 observables set one bit in 40.
const watchedShift = 10

func newWatched(things [][]observable.Observable) *watched {
	w := &watched{numbers: make(map[observable.Observable][]int), bits: make([]uint64, 1<<(32-watchedShift-6))}
	for number, all := range things {
		for _, o := range all {
			if !slices.Contains(w.numbers[o], number) {
				w.numbers[o] = append(w.numbers[o], number)
			}
			h := o.Hash()
			w.hashes = append(w.hashes, h)
			w.bits[h>>watchedShift/64] |= 1 << (h >> watchedShift % 64)
		}
	}
	slices.Sort(w.hashes)
	w.hashes = slices.Compact(w.hashes)
	return w
}

func (w *watched) mayHave(hash uint32) bool {
	if w.bits[hash>>watchedShift/64]&(1<<(hash>>watchedShift%64)) == 0 {
		return false
	}
	_, found := slices.BinarySearch(w.hashes, hash)
	return found
}

// mayHaveAny reports whether one of the hashes, which are sorted, may be of something that is looked for: each of few
// things is looked up in the hashes, and otherwise each of the hashes in the things.
func (w *watched) mayHaveAny(hashes []uint32) bool {
	if len(w.hashes)*bits.Len(uint(len(hashes))) >= len(hashes) {
		return slices.ContainsFunc(hashes, w.mayHave)
	}
	return slices.ContainsFunc(w.hashes, func(hash uint32) bool {
		_, found := slices.BinarySearch(hashes, hash)
		return found
	})
}

// pick returns the columns of a chunk with this index that can hold what is looked for.
func (w *watched) pick(x *chunk.Index) (paths []string, ok bool) {
	for i := range x.Columns {
		if w.mayHaveAny(x.Columns[i].Observables) {
			paths = append(paths, x.Columns[i].Path)
		}
	}
	return paths, len(paths) > 0
}

// find returns the rows of a chunk that hold each thing, by its number.
func (w *watched) find(p part, f *observable.Finder) (map[int]bitset, error) {
	x, err := p.view.Index()
	if err != nil {
		return nil, chunkError(&p.ref, err)
	}
	paths, _ := w.pick(x)
	found := make(map[int]bitset)
	for _, path := range paths {
		column, err := p.view.Column(path)
		if err != nil {
			return nil, chunkError(&p.ref, err)
		}
		if column != nil {
			w.findIn(column, p.rows, f, found)
		}
	}
	return found, nil
}

func (w *watched) findIn(column *chunk.Column, rows bitset, f *observable.Finder, found map[int]bitset) {
	hits := make(map[uint32][]int)
	for code, token := range column.Tokens {
		f.Find(column.Path, token, func(kind observable.Kind, value []byte) {
			if w.mayHave(observable.Hash(kind, value)) {
				if numbers := w.numbers[observable.Observable{Kind: kind, Value: string(value)}]; numbers != nil {
					hits[uint32(code)] = append(hits[uint32(code)], numbers...)
				}
			}
		})
	}
	if len(hits) == 0 {
		return
	}
	rows.each(func(row int) {
		for _, code := range column.Values(row) {
			for _, number := range hits[code] {
				if found[number] == nil {
					found[number] = newBitset(len(rows) * 64)
				}
				found[number].add(row)
			}
		}
	})
}

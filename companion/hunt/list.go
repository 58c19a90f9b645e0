package hunt

// list is a slice that can become very long: it grows without moving, and leaves nothing behind.
type list[T any] struct {
	blocks [][]T // of listBlock each; the last may have fewer
	n      int
}

const listBlock = 4096

func (l *list[T]) add(v T) {
	if l.n%listBlock == 0 {
		var next []T // the first of what may stay short
		if l.n > 0 {
			next = make([]T, 0, listBlock)
		}
		l.blocks = append(l.blocks, next)
	}
	last := &l.blocks[len(l.blocks)-1]
	*last = append(*last, v)
	l.n++
}

func (l *list[T]) at(i int) *T { return &l.blocks[i/listBlock][i%listBlock] }

// all yields the values in their order.
func (l *list[T]) all(yield func(T) bool) {
	for _, block := range l.blocks {
		for _, v := range block {
			if !yield(v) {
				return
			}
		}
	}
}

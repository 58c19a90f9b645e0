package hunt

import (
	"fmt"
	"sync/atomic"
)

// memory is how much questions may still take, all together, for what they count.
type memory struct{ left atomic.Int64 }

func newMemory(bytes int64) *memory {
	m := new(memory)
	m.left.Store(bytes)
	return m
}

// allowance is what one question took of the memory. Its workers share it.
type allowance struct {
	of    *memory
	taken atomic.Int64
	short atomic.Bool // there was not enough
}

// take takes so many bytes. False where there are not so many.
func (a *allowance) take(bytes int64) bool {
	if a.of == nil { // bounded otherwise
		return true
	}
	if a.of.left.Add(-bytes) < 0 {
		a.of.left.Add(bytes)
		a.short.Store(true)
		return false
	}
	a.taken.Add(bytes)
	return true
}

// giveBack gives all of it back, when the question has its answer.
func (a *allowance) giveBack() {
	if a.of != nil {
		a.of.left.Add(a.taken.Swap(0))
	}
}

// notAll says why an answer does not have all of something, of which one question may tell so many apart.
func (s *Service) notAll(t *tally, what string, most int) string {
	if t.memory.short.Load() {
		return fmt.Sprintf("The %s take more than the %d MiB of memory there are for all questions; the others are not counted.",
			what, s.cfg.CountBytes>>20)
	}
	return fmt.Sprintf("There are more than %d %s; the others are not counted.", most, what)
}

// room is what a worker has taken of an allowance and not used. It takes ever more than it needs.
type room struct {
	of         *allowance
	left, step int64
}

const maxRoomStep = 256 << 10

// use uses so many bytes. False where there are not so many.
func (r *room) use(bytes int64) bool {
	if r.left < bytes {
		r.step = min(max(2*r.step, 1<<10), maxRoomStep)
		more := max(bytes, r.step)
		if !r.of.take(more) {
			return false
		}
		r.left += more
	}
	r.left -= bytes
	return true
}

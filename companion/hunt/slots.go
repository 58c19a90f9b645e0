package hunt

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/velocicompanion/velocicompanion/tenancy"
)

// slots bounds how many are at work at once, so that no tenant keeps the others out: one that has nothing at work waits
// for nobody, and what comes free goes to the tenant that has the fewest.
type slots struct {
	most int // but for the first of each tenant

	mu      sync.Mutex
	taken   int
	held    map[tenancy.ID]int // of taken, by tenant; none is zero
	waiting []*waiter          // who came first is first
}

type waiter struct {
	tenant tenancy.ID
	ready  chan struct{} // closed when it has its slot
}

func newSlots(most int) *slots { return &slots{most: most, held: make(map[tenancy.ID]int)} }

// take waits for a slot, which is to be given back, or for the end of ctx. ErrBusy after maxWait; with zero it waits as
// long as it takes.
func (s *slots) take(ctx context.Context, tenant tenancy.ID, maxWait time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if maxWait > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, maxWait, ErrBusy)
		defer cancel()
	}
	w := &waiter{tenant, make(chan struct{})}
	s.mu.Lock()
	s.waiting = append(s.waiting, w)
	s.admit()
	s.mu.Unlock()
	select {
	case <-w.ready:
		return nil
	case <-ctx.Done():
		if s.leave(w) {
			return context.Cause(ctx)
		}
		return nil
	}
}

// leave gives up waiting; false where the slot came at that moment.
func (s *slots) leave(w *waiter) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.Index(s.waiting, w)
	if i < 0 {
		return false
	}
	s.waiting = slices.Delete(s.waiting, i, i+1)
	return true
}

func (s *slots) give(tenant tenancy.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken--
	if s.held[tenant]--; s.held[tenant] == 0 {
		delete(s.held, tenant)
	}
	s.admit()
}

// admit lets go on who may. It is called with the mutex held.
func (s *slots) admit() {
	for len(s.waiting) > 0 {
		next := 0
		for i, w := range s.waiting {
			if s.held[w.tenant] < s.held[s.waiting[next].tenant] {
				next = i
			}
		}
		w := s.waiting[next]
		if s.held[w.tenant] > 0 && s.taken >= s.most {
			return
		}
		s.waiting = slices.Delete(s.waiting, next, next+1)
		s.taken++
		s.held[w.tenant]++
		close(w.ready)
	}
}

package virustotal

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"

	"github.com/velocicompanion/velocicompanion/tenancy"
)

// flights lets look-ups of one hash in one tenant that come at the same time share one answer. A tenant never shares
// with another, so neither an answer nor its timing tells of anyone else.
type flights struct {
	mu      sync.Mutex
	running map[flightKey]*flight
}

type flightKey struct {
	tenant tenancy.ID
	hash   Hash
}

type flight struct {
	waiting int // guarded by flights.mu
	cancel  context.CancelFunc
	done    chan struct{} // closed when answer and err are set
	answer  Answer
	err     error
}

// do returns what find returns for key, running it at most once at a time. find's ctx has the values of the first
// caller's and ends when no caller waits any more; the last one to give up waits for find to return.
func (f *flights) do(ctx context.Context, key flightKey, find func(context.Context) (Answer, error)) (Answer, error) {
	fl := f.join(ctx, key, find)
	select {
	case <-fl.done:
		f.leave(key, fl)
		return fl.answer, fl.err
	case <-ctx.Done():
		f.leave(key, fl)
		return Answer{}, ctx.Err()
	}
}

func (f *flights) join(ctx context.Context, key flightKey, find func(context.Context) (Answer, error)) *flight {
	f.mu.Lock()
	defer f.mu.Unlock()
	if fl := f.running[key]; fl != nil {
		fl.waiting++
		return fl
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	fl := &flight{waiting: 1, cancel: cancel, done: make(chan struct{})}
	f.running[key] = fl
	go func() {
		defer close(fl.done)
		fl.answer, fl.err = survive(ctx, find)
		f.mu.Lock()
		f.forget(key, fl)
		f.mu.Unlock()
	}()
	return fl
}

// survive makes an error of a panic in find, a Client's or a Store's: nobody above this goroutine could recover it, and it
// would end the whole process.
func survive(ctx context.Context, find func(context.Context) (Answer, error)) (answer Answer, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("virustotal: a look-up panicked: %v\n%s", cause, debug.Stack())
		}
	}()
	return find(ctx)
}

func (f *flights) leave(key flightKey, fl *flight) {
	f.mu.Lock()
	fl.waiting--
	last := fl.waiting == 0
	if last {
		f.forget(key, fl)
	}
	f.mu.Unlock()
	if last {
		fl.cancel()
		<-fl.done
	}
}

// forget makes the next caller start anew. f.mu is held.
func (f *flights) forget(key flightKey, fl *flight) {
	if f.running[key] == fl {
		delete(f.running, key)
	}
}

// Package background has work that goes on between calls, and comes to its end with the program.
package background

import (
	"context"
	"sync"
)

// Work is what goes on in goroutines of its own. It is safe for concurrent use, but that nothing may begin once Stop was
// called.
type Work struct {
	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup
}

// New returns work of which nothing has begun. Who made it calls Stop.
func New() *Work {
	ctx, cancel := context.WithCancel(context.Background())
	return &Work{ctx: ctx, cancel: cancel}
}

// Context ends when the work is to be given up.
func (w *Work) Context() context.Context { return w.ctx }

// Go begins a part of the work.
func (w *Work) Go(part func()) { w.running.Go(part) }

// Stop waits for the work to end. When ctx ends first, the work is given up, and the error of ctx returned once it has
// ended all the same. It may be called again.
func (w *Work) Stop(ctx context.Context) error {
	defer w.cancel()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		w.running.Wait()
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
	}
	w.cancel()
	<-ended
	return ctx.Err()
}

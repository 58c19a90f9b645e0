package hunt

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/velocicompanion/velocicompanion/ingest/background"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

const (
	// tenantsAtOnce is how many tenants are matched at once. They share the workers of Config.Workers with questions.
	tenantsAtOnce = 2
	// lookEvery is how often all tenants are looked at: for what another process left, and for what failed.
	lookEvery = time.Minute
	// patience is how long saving a watchlist waits for it to be matched.
	patience = 2 * time.Second
)

// Watch has watchlists matched with what is ingested. Between Start and Stop it does that in the background; before Start
// whoever ingests or saves a list waits for it, and after Stop it is left for the next process. What is due is in the
// stores, so that nothing is missed when a process dies. It is safe for concurrent use.
type Watch struct {
	service  *Service
	work     *background.Work
	stopping chan struct{}

	mu      sync.Mutex
	state   watchState
	waiting []turn
	running []tenancy.ID
}

type watchState int

const (
	watchIdle watchState = iota // before Start
	watchOpen
	watchStopped
)

// turn is a tenant that is to be matched. done is closed when it was.
type turn struct {
	tenant tenancy.ID
	done   chan struct{}
}

func newWatch(s *Service) *Watch {
	return &Watch{service: s, work: background.New(), stopping: make(chan struct{})}
}

// Start matches in the background from now on, beginning with what is due in the tenants that d names. After Stop, and the
// second time, it does nothing.
func (w *Watch) Start(d Directory) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.state != watchIdle {
		return
	}
	w.state = watchOpen
	w.work.Go(func() { w.lookAround(d) })
}

// Stop lets nothing begin any more and waits for what is due to be matched. When ctx ends first, that is broken off and
// left for the next Start. It may be called again, and without Start.
func (w *Watch) Stop(ctx context.Context) {
	w.mu.Lock()
	if w.state != watchStopped {
		close(w.stopping)
	}
	w.state = watchStopped
	w.mu.Unlock()
	_ = w.work.Stop(ctx)
}

// Notice says that something was ingested in a tenant. It returns at once when Start was called, and otherwise when it is
// matched. Whatever goes wrong with that is logged, and tried again later.
func (w *Watch) Notice(ctx context.Context, tenant tenancy.ID) {
	w.mu.Lock()
	state := w.state
	if state == watchOpen {
		w.push(tenant)
	}
	w.mu.Unlock()
	if state == watchIdle {
		w.match(ctx, tenant)
	}
}

// wait is Notice, but that it is patient.
func (w *Watch) wait(ctx context.Context, tenant tenancy.ID) {
	w.mu.Lock()
	state, done := w.state, (<-chan struct{})(nil)
	if state == watchOpen {
		done = w.push(tenant)
	}
	w.mu.Unlock()
	switch state {
	case watchIdle:
		w.match(ctx, tenant)
	case watchOpen:
		enough := time.NewTimer(patience)
		defer enough.Stop()
		select {
		case <-done:
		case <-enough.C:
		case <-ctx.Done():
		}
	}
}

// lookAround pushes all tenants with watchlists, now and then again.
func (w *Watch) lookAround(d Directory) {
	again := time.NewTicker(lookEvery)
	defer again.Stop()
	for {
		ctx := w.work.Context()
		tenants, err := d.Watching(ctx)
		if err != nil && ctx.Err() == nil {
			w.service.cfg.Logger.ErrorContext(ctx, "hunt: which tenants have watchlists", "error", err)
		}
		w.mu.Lock()
		for _, tenant := range tenants {
			w.push(tenant)
		}
		w.mu.Unlock()
		select {
		case <-again.C:
		case <-w.stopping:
			return
		}
	}
}

// push lets a tenant wait for its turn, if it does not already. It is called with the mutex held.
func (w *Watch) push(tenant tenancy.ID) <-chan struct{} {
	for _, t := range w.waiting {
		if t.tenant == tenant {
			return t.done
		}
	}
	t := turn{tenant, make(chan struct{})}
	w.waiting = append(w.waiting, t)
	if len(w.running) < tenantsAtOnce && !slices.Contains(w.running, tenant) {
		w.begin()
	}
	return t.done
}

// begin takes the first that waits and is not at it already, and a goroutine that goes on with the next. It is called with
// the mutex held.
func (w *Watch) begin() {
	i := slices.IndexFunc(w.waiting, func(t turn) bool { return !slices.Contains(w.running, t.tenant) })
	if i < 0 {
		return
	}
	t := w.waiting[i]
	w.waiting = slices.Delete(w.waiting, i, i+1)
	w.running = append(w.running, t.tenant)
	w.work.Go(func() {
		w.match(w.work.Context(), t.tenant)
		close(t.done)
		w.mu.Lock()
		defer w.mu.Unlock()
		w.running = slices.DeleteFunc(w.running, func(id tenancy.ID) bool { return id == t.tenant })
		w.begin()
	})
}

// match makes a log entry of what goes wrong, a panic too: hostile rows must not end the process.
func (w *Watch) match(ctx context.Context, tenant tenancy.ID) {
	err := func() (err error) {
		defer func() {
			if cause := recover(); cause != nil {
				err = fmt.Errorf("hunt: matching panicked: %v", cause)
			}
		}()
		return w.service.Match(ctx, tenant)
	}()
	if err != nil && ctx.Err() == nil {
		w.service.cfg.Logger.ErrorContext(ctx, "hunt: watchlists are not matched", "tenant", tenant, "error", err)
	}
}

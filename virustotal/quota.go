package virustotal

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/velocicompanion/velocicompanion/tenancy"
)

// QuotaError is an ErrQuota that says when to ask again.
type QuotaError struct {
	// RetryAt is zero where a Client's source did not say; the errors of [Service.Lookup] always have it.
	RetryAt time.Time
}

func (e *QuotaError) Error() string {
	if e.RetryAt.IsZero() {
		return ErrQuota.Error()
	}
	return fmt.Sprintf("%v: ask again after %s", ErrQuota, e.RetryAt.UTC().Format(time.RFC3339))
}

func (e *QuotaError) Unwrap() error { return ErrQuota }

// gate decides when the source may be called. It pauses instead of burning: once the source or a tenant's quota said
// no, nothing is called or counted until there is a point in asking, and nobody new waits for a turn.
type gate struct {
	store   Store
	quota   int           // calls of one tenant in a day; 0 for no limit
	limiter *rate.Limiter // nil for no limit
	now     func() time.Time

	mu       sync.Mutex
	closed   time.Time     // the source wants no calls before
	refusals time.Duration // the last pause that we had to choose ourselves; 0 after a success
	tenants  map[tenancy.ID]*turnstile
}

// turnstile is one tenant's way through the gate. There is one for each tenant that ever asked: few, and small.
type turnstile struct {
	turn   chan struct{} // holds a token while one call of the tenant waits for the limiter
	closed time.Time     // the tenant's quota is used up until then; guarded by gate.mu
}

func newGate(store Store, cfg Config) *gate {
	g := &gate{store: store, quota: cfg.DailyQuota, now: cfg.Now, tenants: make(map[tenancy.ID]*turnstile)}
	if cfg.CallsPerMinute > 0 {
		g.limiter = rate.NewLimiter(rate.Every(time.Minute/time.Duration(cfg.CallsPerMinute)), 1)
	}
	return g
}

// pass returns when the tenant may make one call, which it has then spent. The error is a *QuotaError, ctx's or the
// store's.
func (g *gate) pass(ctx context.Context, tenant tenancy.ID) error {
	t := g.turnstile(tenant)
	if g.limiter != nil {
		if err := g.wait(ctx, t); err != nil {
			return err
		}
	}
	return g.spend(ctx, tenant, t)
}

func (g *gate) turnstile(tenant tenancy.ID) *turnstile {
	g.mu.Lock()
	defer g.mu.Unlock()
	t := g.tenants[tenant]
	if t == nil {
		t = &turnstile{turn: make(chan struct{}, 1)}
		g.tenants[tenant] = t
	}
	return t
}

// open returns a *QuotaError while the tenant has to pause. It is asked after each wait, since what others were told
// meanwhile holds for those who waited too.
func (g *gate) open(t *turnstile) error {
	now := g.now()
	g.mu.Lock()
	defer g.mu.Unlock()
	if until := later(g.closed, t.closed); now.Before(until) {
		return &QuotaError{RetryAt: until}
	}
	return nil
}

// wait lets each tenant queue with one call at a time, so that one with many look-ups does not hold up the others.
func (g *gate) wait(ctx context.Context, t *turnstile) error {
	select {
	case t.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-t.turn }()
	if err := g.open(t); err != nil {
		return err
	}
	return g.limiter.Wait(ctx)
}

func (g *gate) spend(ctx context.Context, tenant tenancy.ID, t *turnstile) error {
	if err := g.open(t); err != nil || g.quota == 0 {
		return err
	}
	now := g.now().UTC()
	ok, err := g.store.Spend(ctx, tenant, now.Format(time.DateOnly), g.quota)
	if err != nil {
		return fmt.Errorf("virustotal: counting a call: %w", err)
	}
	if ok {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	t.closed = midnight(now)
	return &QuotaError{RetryAt: t.closed}
}

// heed takes note of how a call ended, and returns err, with the time to ask again when it is an ErrQuota.
//
// Where the source does not say when, the pause is a minute, and twice as long each time that it is refused again, but
// never past the next midnight UTC, when daily quotas begin anew.
func (g *gate) heed(err error) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !errors.Is(err, ErrQuota) {
		if err == nil || errors.Is(err, ErrNotFound) {
			g.refusals = 0
		}
		return err
	}
	now := g.now().UTC()
	var said *QuotaError
	switch {
	case errors.As(err, &said) && said.RetryAt.After(now):
		g.closed = later(g.closed, earlier(said.RetryAt.UTC(), now.Add(24*time.Hour)))
	case !now.Before(g.closed):
		g.refusals = max(time.Minute, 2*g.refusals)
		g.closed = earlier(now.Add(g.refusals), midnight(now))
	}
	return &QuotaError{RetryAt: g.closed}
}

func midnight(t time.Time) time.Time { return t.Truncate(24 * time.Hour).Add(24 * time.Hour) }

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

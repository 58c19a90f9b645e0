package ingest

import (
	"context"
	"sync"

	"golang.org/x/sync/semaphore"

	"github.com/velocicompanion/velocicompanion/tenancy"
)

// LongRow is how many bytes a row may have before it counts as a long one, of which few are in memory at once.
const LongRow = 1 << 20

// limits is what all ingests of a service share, so that their memory is bounded by the Config.
type limits struct {
	shared      share
	maxLongRows int

	mu      sync.Mutex
	tenants map[tenancy.ID]*tenantShare
}

// share is how much there may be at once.
type share struct{ ingests, longRows *semaphore.Weighted }

// tenantShare is what one tenant may take of what there is.
type tenantShare struct {
	share
	users int // ingests that run or wait
}

func newShare(ingests, longRows int) share {
	return share{semaphore.NewWeighted(int64(ingests)), semaphore.NewWeighted(int64(longRows))}
}

func newLimits(cfg Config) *limits {
	return &limits{
		shared: newShare(cfg.MaxIngests, cfg.MaxLongRows), maxLongRows: cfg.MaxLongRows, tenants: make(map[tenancy.ID]*tenantShare),
	}
}

type turnKey struct {
	service *Service
	tenant  tenancy.ID
}

// Admit waits for the turn of an ingest, as Ingest does, before anything of its input is taken in: an input that has to be
// spooled is not to fill the disk while it has none. In the context that it returns, Ingest goes on at once. leave is to be
// called when all is done. ErrBusy after Config.MaxWait.
func (s *Service) Admit(ctx context.Context, tenant tenancy.ID) (admitted context.Context, leave func(), err error) {
	if err := tenant.Check(); err != nil {
		return nil, nil, err
	}
	cfg, err := s.cfg.of(tenant)
	if err != nil {
		return nil, nil, err
	}
	_, background := progressOf(ctx)
	p, err := s.limits.enter(ctx, tenant, cfg, background)
	if err != nil {
		return nil, nil, err
	}
	return context.WithValue(ctx, turnKey{s, tenant}, p), p.leave, nil
}

// turn returns the place that ctx was admitted to, or waits for one; leave is to be called when the ingest is done.
func (s *Service) turn(ctx context.Context, tenant tenancy.ID) (p *place, leave func(), err error) {
	if p, ok := ctx.Value(turnKey{s, tenant}).(*place); ok {
		return p, func() {}, nil
	}
	ctx, leave, err = s.Admit(ctx, tenant)
	if err != nil {
		return nil, nil, err
	}
	return ctx.Value(turnKey{s, tenant}).(*place), leave, nil
}

// enter waits for a tenant's turn, in the background as long as it takes. The tenant's own limit comes first, so that what
// waits for it is in nobody's way; and the first ingest of a tenant waits for nobody, so that others cannot keep it out.
// Whoever entered has to call leave on what it returns.
func (l *limits) enter(ctx context.Context, tenant tenancy.ID, cfg Config, background bool) (*place, error) {
	if !background {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, cfg.MaxWait, ErrBusy)
		defer cancel()
	}
	own, first := l.use(tenant, cfg)
	p := &place{limits: l, tenant: tenant, own: own, first: first}
	wait := func() error { return acquire(ctx, own.ingests, l.shared.ingests) }
	if first {
		wait = func() error {
			if own.ingests.TryAcquire(1) {
				return nil
			}
			return own.ingests.Acquire(ctx, 1)
		}
	}
	if wait() != nil {
		l.unuse(tenant)
		return nil, context.Cause(ctx)
	}
	return p, nil
}

func (l *limits) use(tenant tenancy.ID, cfg Config) (own *tenantShare, first bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	own, ok := l.tenants[tenant]
	if !ok {
		own = &tenantShare{share: newShare(cfg.MaxTenantIngests, (l.maxLongRows+1)/2)}
		l.tenants[tenant] = own
	}
	own.users++
	return own, own.users == 1
}

func (l *limits) unuse(tenant tenancy.ID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	own := l.tenants[tenant]
	if own.users--; own.users == 0 {
		delete(l.tenants, tenant)
	}
}

// place is what one ingest has of the limits.
type place struct {
	limits *limits
	tenant tenancy.ID
	own    *tenantShare
	first  bool // of the tenant: it is not counted among all

	mu       sync.Mutex
	longRows int64
}

// takeLongRow waits until there is memory for one more long row.
func (p *place) takeLongRow(ctx context.Context) error {
	if err := acquire(ctx, p.own.longRows, p.limits.shared.longRows); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.longRows++
	return nil
}

// freeLongRows gives back the memory of as many long rows.
func (p *place) freeLongRows(n int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.longRows -= n
	p.limits.shared.longRows.Release(n)
	p.own.longRows.Release(n)
}

// leave gives back everything.
func (p *place) leave() {
	p.freeLongRows(p.longRows)
	if !p.first {
		p.limits.shared.ingests.Release(1)
	}
	p.own.ingests.Release(1)
	p.limits.unuse(p.tenant)
}

// acquire takes one of each, or none and returns why ctx ended.
func acquire(ctx context.Context, first, second *semaphore.Weighted) error {
	if !first.TryAcquire(1) && first.Acquire(ctx, 1) != nil {
		return context.Cause(ctx)
	}
	if !second.TryAcquire(1) && second.Acquire(ctx, 1) != nil {
		first.Release(1)
		return context.Cause(ctx)
	}
	return nil
}

// LongRow is to be called by a [Reader] before it holds more than [LongRow] bytes of one row, and may be called again
// while it does. It waits until that much memory is free, and takes it back when the row is stored or rejected.
func (b *Batch) LongRow() error {
	if b.longRow {
		return nil
	}
	if err := b.place.takeLongRow(b.ctx); err != nil {
		return err
	}
	b.longRow = true
	return nil
}

package ingest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/velocicompanion/velocicompanion/hosts"
	"github.com/velocicompanion/velocicompanion/ingest/chunk"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// Service takes collections in and reads them back. It is safe for concurrent use, holds no goroutines between calls but
// those of Jobs, and need not be closed.
type Service struct {
	// Jobs runs ingests in the background once it is started.
	Jobs *Jobs

	store     Store
	inventory hosts.Store
	cfg       Config
	codec     *chunk.Codec
	limits    *limits
}

// New returns a Service that keeps collections in store and finds their hosts in inventory. The error names the
// argument or the field of cfg that is wrong.
func New(store Store, inventory hosts.Store, cfg Config) (*Service, error) {
	if store == nil {
		return nil, errors.New("ingest: the store is nil")
	}
	if inventory == nil {
		return nil, errors.New("ingest: the inventory is nil")
	}
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	codec, err := NewCodec()
	if err != nil {
		return nil, err
	}
	return &Service{
		Jobs: newJobs(cfg), store: store, inventory: inventory, cfg: cfg, codec: codec, limits: newLimits(cfg),
	}, nil
}

// Reader is a form of input.
type Reader interface {
	// ReadInto writes the rows that the input holds, and where they come from, to b, and returns when there are no
	// more. Errors that b gives are to be returned; what is wrong with the input is an [*InputError].
	ReadInto(ctx context.Context, b *Batch) error
}

// Ingest keeps what r reads, all in one step, and reports what is kept now. On any error, and when ctx ends, nothing
// of it is kept, but for what a commit that then failed told an inventory of another backend than the collections'. The one
// exception is a part of a flow of which it was to be found out what others have of it, when the store fails: its rows are
// kept, and some may be there twice until it is brought again. See [Merge].
// An input that cannot be kept, and one in which no row could be, is an [*InputError]. Where many run already it waits
// its turn: see [Config].
func (s *Service) Ingest(ctx context.Context, tenant tenancy.ID, r Reader) (Report, error) {
	if err := tenant.Check(); err != nil {
		return Report{}, err
	}
	cfg, err := s.cfg.of(tenant)
	if err != nil {
		return Report{}, err
	}
	p, leave, err := s.turn(ctx, tenant)
	if err != nil {
		return Report{}, err
	}
	defer leave()
	progress, _ := progressOf(ctx)
	progress.begun.Store(true)
	in := intake{tenant, p, cfg, progress}
	var collections []Collection
	b, merged, err := s.keep(ctx, in, r, func(ctx context.Context, b *Batch) (_ []Collection, err error) {
		collections, err = s.resolve(ctx, tenant, b)
		return collections, err
	})
	if err != nil {
		return Report{}, err
	}
	if err := s.settle(ctx, in, collections, merged); err != nil {
		return Report{}, err
	}
	for _, m := range merged {
		s.noteUncompared(ctx, tenant, b, m)
	}
	s.tell(ctx, tenant, merged)
	if len(collections) == 1 {
		if note := s.namesakes(ctx, tenant, b.collections[0].Origin.Host, collections[0]); note != "" {
			b.Note(note)
		}
	}
	return newReport(collections, merged, b.notes), nil
}

// intake is what one ingest has to keep to.
type intake struct {
	tenant   tenancy.ID
	place    *place
	cfg      Config
	progress *Progress
}

// keep reads r and commits the collections that collect makes of what was read, all or nothing.
func (s *Service) keep(
	ctx context.Context, in intake, r Reader, collect func(context.Context, *Batch) ([]Collection, error),
) (b *Batch, merged []Merged, err error) {
	stageID, now := newID(), s.cfg.Now()
	if err := s.store.OpenStage(ctx, in.tenant, stageID, now, now.Add(s.cfg.StageLease)); err != nil {
		return nil, nil, fmt.Errorf("ingest: open a stage: %w", err)
	}
	committed := false
	defer func() {
		if !committed {
			s.dropStage(ctx, in.tenant, stageID)
		}
	}()
	if b, err = s.read(ctx, in, stageID, r); err != nil {
		return nil, nil, err
	}
	if err := s.keepNames(ctx, in.tenant, b); err != nil {
		return nil, nil, err
	}
	merged, err = s.store.CommitStage(ctx, in.tenant, stageID, func(ctx context.Context) ([]Collection, error) {
		return collect(ctx, b)
	})
	if err != nil {
		return nil, nil, stageError("commit", err)
	}
	committed = true
	return b, latest(merged), nil
}

// latest says of a collection that came several times what is kept of it after the last.
func latest(merged []Merged) []Merged {
	last := make(map[string]Collection)
	for _, m := range merged {
		last[m.Collection.ID] = m.Collection
	}
	for i := range merged {
		merged[i].Collection = last[merged[i].Collection.ID]
	}
	return merged
}

// tell tells of what a commit changed.
func (s *Service) tell(ctx context.Context, tenant tenancy.ID, merged []Merged) {
	var changed []Collection
	for _, m := range merged {
		if m.Changed {
			changed = append(changed, m.Collection)
		}
	}
	if s.cfg.Committed != nil && len(changed) > 0 {
		s.cfg.Committed(ctx, tenant, changed)
	}
}

// read lets r fill a batch, while another goroutine builds the chunks that get full and stores them.
func (s *Service) read(ctx context.Context, in intake, stageID string, r Reader) (*Batch, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	b := &Batch{
		ctx: ctx, cfg: in.cfg, place: in.place, progress: in.progress, full: make(chan fullChunk, 1), free: make(chan chunk.Builder, 2),
	}
	var keeper sync.WaitGroup
	var keepErr error
	keeper.Go(func() {
		keepErr = s.keepChunks(ctx, in.tenant, stageID, b)
		cancel(keepErr)
	})
	finish := sync.OnceFunc(func() {
		close(b.full)
		keeper.Wait()
	})
	defer finish()
	defer cancel(nil)

	err := r.ReadInto(ctx, b)
	if err == nil {
		err = b.flush()
	}
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			return nil, cause
		}
		return nil, err
	}
	if finish(); keepErr != nil {
		return nil, keepErr
	}
	return b, b.check()
}

// dropTimeout bounds how long clearing a stage away may take after its ingest failed.
const dropTimeout = 30 * time.Second

// dropStage clears a stage away even when ctx has ended. Where that fails its lease ends it.
func (s *Service) dropStage(ctx context.Context, tenant tenancy.ID, stageID string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), dropTimeout)
	defer cancel()
	if err := s.store.DropStage(ctx, tenant, stageID); err != nil {
		s.cfg.Logger.WarnContext(ctx, "ingest: stage left to expire", "tenant", tenant, "stage", stageID, "error", err)
	}
}

// newID returns a UUID of version 7. Those made one after the other sort in that order.
func newID() string { return uuid.Must(uuid.NewV7()).String() }

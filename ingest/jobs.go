package ingest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/velocicompanion/velocicompanion/ingest/background"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// JobState says how far a job is.
type JobState string

// The states there are. The last three are final.
const (
	// JobWaiting: as many ingests run as may run at once.
	JobWaiting JobState = "waiting"
	JobRunning JobState = "running"
	// JobDone: Report says what is kept. JobFailed: Err says why nothing is. JobCancelled: nothing is, because somebody
	// cancelled it or the program stopped.
	JobDone      JobState = "done"
	JobFailed    JobState = "failed"
	JobCancelled JobState = "cancelled"
)

// Ended reports whether s is final.
func (s JobState) Ended() bool { return s == JobDone || s == JobFailed || s == JobCancelled }

// Job is an ingest in the background, as it was when it was asked for.
type Job struct {
	// ID is a UUID of version 7. Owner is who began it, in the words of whoever called Begin.
	ID    string
	Owner string
	State JobState
	// CreatedAt is when it began, and EndedAt when it ended or the zero time.
	CreatedAt time.Time
	EndedAt   time.Time
	// Size is how many bytes the input has, Bytes how many of them were read; Rows and Entries are those of [Progress].
	Size, Bytes, Rows, Entries int64
	Report                     Report
	Err                        error
}

// Jobs runs ingests in the background, each in a goroutine of its own, and remembers what came of them. It knows only
// those that this process began: they end with it, and what has not ended by then is kept in no part. Jobs are a tenant's
// own: an id of another tenant is [ErrNotFound] like one that does not exist. It is safe for concurrent use.
type Jobs struct {
	cfg  Config
	work *background.Work

	mu      sync.Mutex
	open    bool // between Start and Stop
	tenants map[tenancy.ID][]*job
}

// job is a Job while it runs. What is not set once is guarded by the mutex of Jobs.
type job struct {
	Job
	progress *Progress
	cancel   context.CancelFunc
	ended    chan struct{}
}

func newJobs(cfg Config) *Jobs {
	return &Jobs{cfg: cfg, work: background.New(), tenants: make(map[tenancy.ID][]*job)}
}

// Start lets jobs begin. After Stop it does nothing.
func (j *Jobs) Start() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.open = j.work.Context().Err() == nil
}

// Open reports whether jobs can begin: Start was called and Stop was not.
func (j *Jobs) Open() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.open
}

// Stop lets no job begin any more, waits for those there are to end, and cancels them when ctx ends: then it returns its
// error once they have cleaned up. It may be called again, and without Start.
func (j *Jobs) Stop(ctx context.Context) error {
	j.mu.Lock()
	j.open = false
	j.mu.Unlock()
	if err := j.work.Stop(ctx); err != nil {
		return fmt.Errorf("ingest: jobs were cancelled: %w", err)
	}
	return nil
}

// Begin begins a job. work is called in a goroutine, whatever it returns is what came of the job; it passes its context
// on to [Service.Ingest]. ErrBusy where there are too many jobs or none can begin.
func (j *Jobs) Begin(
	tenant tenancy.ID, owner string, size int64, work func(context.Context, *Progress) (Report, error),
) (Job, error) {
	if err := tenant.Check(); err != nil {
		return Job{}, err
	}
	cfg, err := j.cfg.of(tenant)
	if err != nil {
		return Job{}, err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.open || !j.room(tenant, cfg.MaxTenantJobs) {
		return Job{}, ErrBusy
	}
	ctx, cancel := context.WithCancel(j.work.Context())
	begun := &job{
		Job:      Job{ID: newID(), Owner: owner, Size: size, CreatedAt: j.cfg.Now()},
		progress: &Progress{}, cancel: cancel, ended: make(chan struct{}),
	}
	j.tenants[tenant] = append(j.tenants[tenant], begun)
	j.work.Go(func() {
		defer cancel()
		report, err := guard(Background(ctx, begun.progress), begun.progress, work)
		j.end(ctx, tenant, begun, report, err)
	})
	return begun.look(), nil
}

// room reports whether one more job may begin.
func (j *Jobs) room(tenant tenancy.ID, most int) bool {
	all := 0
	for _, jobs := range j.tenants {
		all += unfinished(jobs)
	}
	return all < j.cfg.MaxJobs && unfinished(j.tenants[tenant]) < most
}

func unfinished(jobs []*job) (n int) {
	for _, one := range jobs {
		if !one.State.Ended() {
			n++
		}
	}
	return n
}

// guard makes an error of a panic: hostile input must not end the process.
func guard(ctx context.Context, p *Progress, work func(context.Context, *Progress) (Report, error)) (report Report, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("ingest: a job panicked: %v", cause)
		}
	}()
	return work(ctx, p)
}

func (j *Jobs) end(ctx context.Context, tenant tenancy.ID, of *job, report Report, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	of.EndedAt = j.cfg.Now()
	switch {
	case err == nil:
		of.State, of.Report = JobDone, report
	case ctx.Err() != nil:
		of.State = JobCancelled
	default:
		of.State, of.Err = JobFailed, err
	}
	close(of.ended)
	j.forget(tenant)
}

// forget drops the oldest jobs of a tenant that ended: so that there are not too many, and that their reports do not take
// more memory than the largest one may.
func (j *Jobs) forget(tenant tenancy.ID) {
	ended, collections := 0, 0
	kept := slices.Clone(j.tenants[tenant])
	slices.Reverse(kept)
	kept = slices.DeleteFunc(kept, func(one *job) bool {
		if !one.State.Ended() {
			return false
		}
		ended++
		collections += len(one.Report.Collections)
		return ended > 1 && (ended > j.cfg.MaxTenantJobs || collections > j.cfg.MaxCollections)
	})
	slices.Reverse(kept)
	j.tenants[tenant] = kept
}

// look is the job as it is now.
func (o *job) look() Job {
	seen := o.Job
	seen.Bytes, seen.Rows, seen.Entries = min(o.progress.Bytes(), o.Size), o.progress.Rows(), o.progress.Entries()
	switch {
	case seen.State == JobDone:
		seen.Bytes = seen.Size
	case seen.State.Ended():
	case o.progress.Begun():
		seen.State = JobRunning
	default:
		seen.State = JobWaiting
	}
	return seen
}

// List returns the jobs of a tenant, newest first.
func (j *Jobs) List(tenant tenancy.ID) (all []Job) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, one := range slices.Backward(j.tenants[tenant]) {
		all = append(all, one.look())
	}
	return all
}

// Job returns a job as it is now, and a channel that is closed when it ends. ErrNotFound where there is none.
func (j *Jobs) Job(tenant tenancy.ID, id string) (Job, <-chan struct{}, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, one := range j.tenants[tenant] {
		if one.ID == id {
			return one.look(), one.ended, nil
		}
	}
	return Job{}, nil, ErrNotFound
}

// Cancel ends a job, waits until it has, forgets it, and returns it: what was done before it could be ended stays done.
// ErrNotFound where there is none.
func (j *Jobs) Cancel(ctx context.Context, tenant tenancy.ID, id string) (Job, error) {
	j.mu.Lock()
	for _, one := range j.tenants[tenant] {
		if one.ID == id {
			one.cancel()
		}
	}
	j.mu.Unlock()
	_, ended, err := j.Job(tenant, id)
	if err != nil {
		return Job{}, err
	}
	select {
	case <-ended:
	case <-ctx.Done():
		return Job{}, ctx.Err()
	}
	last, _, err := j.Job(tenant, id)
	j.mu.Lock()
	defer j.mu.Unlock()
	j.tenants[tenant] = slices.DeleteFunc(slices.Clone(j.tenants[tenant]), func(one *job) bool { return one.ID == id })
	if len(j.tenants[tenant]) == 0 {
		delete(j.tenants, tenant)
	}
	return last, err
}

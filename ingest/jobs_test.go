package ingest_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

func newJobHarness(t *testing.T, cfg ingest.Config) *harness {
	h := newHarness(t, cfg)
	h.Jobs.Start()
	t.Cleanup(func() { assert.NoError(t, h.Jobs.Stop(context.Background())) })
	return h
}

// begin begins a job that ingests what r reads.
func (h *harness) begin(tenant tenancy.ID, r ingest.Reader) (ingest.Job, error) {
	return h.Jobs.Begin(tenant, "somebody", 100, func(ctx context.Context, _ *ingest.Progress) (ingest.Report, error) {
		return h.Ingest(ctx, tenant, r)
	})
}

func (h *harness) ended(t *testing.T, id string) ingest.Job {
	t.Helper()
	_, ended, err := h.Jobs.Job(h.tenant, id)
	require.NoError(t, err)
	<-ended
	j, _, err := h.Jobs.Job(h.tenant, id)
	require.NoError(t, err)
	return j
}

// stuck is a delivery that has begun, and goes on when it is let or its context ends.
type stuck struct {
	delivery
	began, let chan struct{}
}

func newStuck(host string) stuck {
	return stuck{delivery{host: host, artifact: "A", rows: numbered(5)}, make(chan struct{}), make(chan struct{})}
}

func (s stuck) ReadInto(ctx context.Context, b *ingest.Batch) error {
	if err := s.delivery.ReadInto(ctx, b); err != nil {
		return err
	}
	close(s.began)
	select {
	case <-s.let:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func TestAJobTellsHowFarItIsAndWhatItKept(t *testing.T) {
	t.Parallel()
	h := newJobHarness(t, ingest.Config{})
	r := newStuck("pc1")
	j, err := h.begin(h.tenant, r)
	require.NoError(t, err)
	<-r.began
	seen, _, err := h.Jobs.Job(h.tenant, j.ID)
	require.NoError(t, err)
	assert.Equal(t, []any{ingest.JobRunning, int64(5), int64(100)}, []any{seen.State, seen.Rows, seen.Size})
	close(r.let)
	done := h.ended(t, j.ID)
	assert.Equal(t, ingest.JobDone, done.State)
	assert.Equal(t, numbered(5), h.rows(t, done.Report.Collections[0].Collection, "A"))
	assert.False(t, done.EndedAt.IsZero())
}

func TestACancelledJobLeavesNothingAndIsForgotten(t *testing.T) {
	t.Parallel()
	h := newJobHarness(t, ingest.Config{})
	r := newStuck("pc1")
	j, err := h.begin(h.tenant, r)
	require.NoError(t, err)
	<-r.began
	j, err = h.Jobs.Cancel(t.Context(), h.tenant, j.ID)
	require.NoError(t, err)
	assert.Equal(t, ingest.JobCancelled, j.State)
	assert.Empty(t, h.Jobs.List(h.tenant))
	h.requireNothingKept(t)
}

func TestJobsAreATenantsOwn(t *testing.T) {
	t.Parallel()
	h := newJobHarness(t, ingest.Config{})
	j, err := h.begin(h.tenant, delivery{host: "pc1", artifact: "A", rows: numbered(1)})
	require.NoError(t, err)
	other := h.newTenant(t)
	_, _, err = h.Jobs.Job(other, j.ID)
	require.ErrorIs(t, err, ingest.ErrNotFound)
	_, err = h.Jobs.Cancel(t.Context(), other, j.ID)
	require.ErrorIs(t, err, ingest.ErrNotFound)
	assert.Empty(t, h.Jobs.List(other))
	_, err = h.begin(tenancy.ID{}, delivery{})
	require.ErrorIs(t, err, tenancy.ErrNoTenant)
	assert.Equal(t, ingest.JobDone, h.ended(t, j.ID).State)
}

func TestJobsThatHaveNotEndedAreBounded(t *testing.T) {
	t.Parallel()
	h := newJobHarness(t, ingest.Config{MaxJobs: 3, MaxTenantJobs: 2})
	one, two, three := newStuck("pc1"), newStuck("pc2"), newStuck("pc3")
	first, err := h.begin(h.tenant, one)
	require.NoError(t, err)
	second, err := h.begin(h.tenant, two)
	require.NoError(t, err)
	_, err = h.begin(h.tenant, newStuck("pc4"))
	require.ErrorIs(t, err, ingest.ErrBusy, "of one tenant")
	_, err = h.begin(h.newTenant(t), three)
	require.NoError(t, err)
	_, err = h.begin(h.newTenant(t), newStuck("pc5"))
	require.ErrorIs(t, err, ingest.ErrBusy, "over all tenants")
	for _, r := range []stuck{one, two, three} {
		close(r.let)
	}
	h.ended(t, first.ID)
	h.ended(t, second.ID)
	for range 3 {
		j, err := h.begin(h.tenant, delivery{host: "pc1", artifact: "A", rows: numbered(1)})
		require.NoError(t, err)
		last := h.ended(t, j.ID)
		remembered := h.Jobs.List(h.tenant)
		require.Len(t, remembered, 2, "the oldest of those that ended are forgotten")
		assert.Equal(t, last.ID, remembered[0].ID)
	}
}

func TestAJobWaitsForItsTurnAsLongAsItTakes(t *testing.T) {
	t.Parallel()
	h := newJobHarness(t, ingest.Config{MaxTenantIngests: 1, MaxWait: time.Nanosecond})
	first, second := newStuck("pc1"), newStuck("pc2")
	_, err := h.begin(h.tenant, first)
	require.NoError(t, err)
	<-first.began
	_, err = h.Ingest(t.Context(), h.tenant, newStuck("pc3"))
	require.ErrorIs(t, err, ingest.ErrBusy, "somebody waits for the answer of this one")
	j, err := h.begin(h.tenant, second)
	require.NoError(t, err)
	assert.Equal(t, ingest.JobWaiting, j.State)
	close(first.let)
	<-second.began
	close(second.let)
	assert.Equal(t, ingest.JobDone, h.ended(t, j.ID).State)
}

func TestAJobThatFailsSaysWhy(t *testing.T) {
	t.Parallel()
	h := newJobHarness(t, ingest.Config{})
	cause := errors.New("the disk is on fire")
	j, err := h.begin(h.tenant, readerFunc(func(context.Context, *ingest.Batch) error { return cause }))
	require.NoError(t, err)
	failed := h.ended(t, j.ID)
	assert.Equal(t, ingest.JobFailed, failed.State)
	require.ErrorIs(t, failed.Err, cause)
	j, err = h.begin(h.tenant, readerFunc(func(context.Context, *ingest.Batch) error { panic("a bug") }))
	require.NoError(t, err)
	require.ErrorContains(t, h.ended(t, j.ID).Err, "a bug")
	h.requireNothingKept(t)
}

func TestNoJobBeginsBeforeStartNorAfterStop(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	refused := func() {
		t.Helper()
		_, err := h.begin(h.tenant, delivery{host: "pc1", artifact: "A"})
		require.ErrorIs(t, err, ingest.ErrBusy)
		require.False(t, h.Jobs.Open())
	}
	refused()
	h.Jobs.Start()
	require.True(t, h.Jobs.Open())
	require.NoError(t, h.Jobs.Stop(t.Context()))
	require.NoError(t, h.Jobs.Stop(t.Context()), "again")
	refused()
	h.Jobs.Start()
	refused()
}

func TestStopWaitsForJobsAndBreaksOffThoseThatTakeTooLong(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	h.Jobs.Start()
	quick, slow := newStuck("pc1"), newStuck("pc2")
	one, err := h.begin(h.tenant, quick)
	require.NoError(t, err)
	other, err := h.begin(h.tenant, slow)
	require.NoError(t, err)
	<-quick.began
	<-slow.began
	ctx, cancel := context.WithCancel(t.Context())
	stopped := make(chan error)
	go func() { stopped <- h.Jobs.Stop(ctx) }()
	close(quick.let)
	assert.Equal(t, ingest.JobDone, h.ended(t, one.ID).State)
	cancel()
	require.ErrorIs(t, <-stopped, context.Canceled)
	assert.Equal(t, ingest.JobCancelled, h.ended(t, other.ID).State)
	kept, err := h.Collections(t.Context(), h.tenant, ingest.CollectionFilter{})
	require.NoError(t, err)
	require.Len(t, kept, 1)
	assert.Equal(t, "pc1", kept[0].Hostname)
}

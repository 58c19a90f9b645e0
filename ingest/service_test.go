package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/hosts"
	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

func TestIngestKeepsEveryRowExactlyAndInOrder(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	rows := append(numbered(10_000), ` {"a":1, "a":18446744073709551615,"s":"\u0000"}`, "{\"x\":1e+300}\r")
	kept := h.kept(t, delivery{host: "pc1", flow: "F.1", artifact: "A/B", rows: rows})

	c := kept.Collection
	assert.Equal(t, ingest.Complete, c.Status)
	assert.Equal(t, "pc1", c.Hostname)
	assert.Equal(t, h.tenant, c.TenantID)
	require.Len(t, c.Results, 1)
	assert.Equal(t, int64(len(rows)), c.Results[0].Stored)
	assert.Equal(t, int64(len(rows)), c.Results[0].Read)
	require.Len(t, kept.Brought, 1)
	assert.Equal(t, ingest.Added, kept.Brought[0].Outcome)
	assert.Equal(t, rows, h.rows(t, c, "A/B"))

	host, err := h.stores.Hosts.Host(t.Context(), h.tenant, c.HostID)
	require.NoError(t, err)
	assert.Equal(t, "pc1", host.Hostname)
	assert.Equal(t, c.CollectedAt, host.LastSeen, "without a better time the host was seen when it was collected")
}

func TestRowsThatSpanLinesLoseTheirWhiteSpaceOnly(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	kept := h.kept(t, delivery{host: "pc1", artifact: "A", rows: []string{
		"{\n  \"b\": [1, 2],\n  \"a\": \"x  y\\n\",\n  \"a\": 18446744073709551615\n}", `{"b": 1}`,
	}})
	assert.Equal(t, []string{`{"b":[1,2],"a":"x  y\n","a":18446744073709551615}`, `{"b": 1}`}, h.rows(t, kept.Collection, "A"))
}

func TestBadRowsAreCountedAndTheFirstToldOf(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{MaxRowBytes: 100, MaxDepth: 3})
	rows := []string{`{"a":1}`, `}`, `{"long":"` + strings.Repeat("x", 100) + `"}`, `{"a":{"b":{"c":{}}}}`, "{\"a\":\"\xff\"}", `{"a":2}`}
	rows = append(rows, slices.Repeat([]string{`[]`}, 50)...)
	kept := h.kept(t, delivery{host: "pc1", artifact: "A", rows: rows})

	r := kept.Collection.Results[0]
	assert.Equal(t, ingest.Partial, kept.Collection.Status)
	assert.Equal(t, []int64{56, 2, 54}, []int64{r.Read, r.Stored, r.Rejected})
	require.Len(t, r.Rejections, ingest.MaxRejections)
	assert.Equal(t, []ingest.Rejection{
		{Line: 2, Reason: "not a JSON object at byte 0"},
		{Line: 3, Reason: "longer than 100 bytes"},
		{Line: 4, Reason: "nested more than 3 deep at byte 15"},
		{Line: 5, Reason: "invalid UTF-8 at byte 6"},
		{Line: 7, Reason: "not a JSON object at byte 0"},
	}, r.Rejections[:5])
	assert.Equal(t, []string{`{"a":1}`, `{"a":2}`}, h.rows(t, kept.Collection, "A"))
}

func TestAnIngestWithoutAnyGoodRowKeepsNothing(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	_, err := h.Ingest(t.Context(), h.tenant, delivery{host: "pc1", artifact: "A", rows: []string{`}`, `[]`}})

	var input *ingest.InputError
	require.ErrorAs(t, err, &input)
	require.ErrorIs(t, err, ingest.ErrInput)
	assert.Len(t, input.Rejections, 2)
	assert.Contains(t, err.Error(), "line 1: not a JSON object")
	h.requireNothingKept(t)
	n, err := h.stores.Hosts.Count(t.Context(), h.tenant)
	require.NoError(t, err)
	assert.Zero(t, n, "no host either")
}

func TestAnIngestOfNothingIsAnError(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	_, err := h.Ingest(t.Context(), h.tenant, readerFunc(func(context.Context, *ingest.Batch) error { return nil }))
	require.ErrorIs(t, err, ingest.ErrInput)
}

func TestAFlowWithoutRowsIsKept(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	kept := h.kept(t, delivery{host: "pc1", flow: "F.1", artifact: "A", expected: ptr(int64(0))})
	assert.Equal(t, ingest.Complete, kept.Collection.Status)
	assert.Empty(t, h.rows(t, kept.Collection, "A"))
}

func TestStatusFollowsWhatVelociraptorExpects(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	few := h.kept(t, delivery{host: "pc1", flow: "F.1", artifact: "A", expected: ptr(int64(11)), rows: numbered(10)})
	assert.Equal(t, ingest.Partial, few.Collection.Status)
	all := h.kept(t, delivery{host: "pc1", flow: "F.1", artifact: "A", expected: ptr(int64(11)), rows: numbered(11)})
	assert.Equal(t, ingest.Complete, all.Collection.Status)
	assert.Equal(t, few.Collection.ID, all.Collection.ID)
	assert.Equal(t, ingest.Replaced, all.Brought[0].Outcome)
}

func TestTheSameAgainIsADuplicate(t *testing.T) {
	t.Parallel()
	for name, flow := range map[string]string{"of a flow": "F.1", "without a flow": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHarness(t, ingest.Config{})
			d := delivery{host: "pc1", flow: flow, artifact: "A", rows: numbered(5000)}
			first, again := h.kept(t, d), h.kept(t, d)
			assert.Equal(t, ingest.Duplicate, again.Collection.Status)
			assert.Equal(t, first.Collection.ID, again.Collection.ID)
			assert.Equal(t, ingest.Same, again.Brought[0].Outcome)
			assert.Equal(t, d.rows, h.rows(t, first.Collection, "A"))
			kept, err := h.Collection(t.Context(), h.tenant, first.Collection.ID)
			require.NoError(t, err)
			assert.Equal(t, ingest.Complete, kept.Status, "duplicate is an answer, not what is kept")
		})
	}
}

func TestARepeatedDeliveryIsAccountedForByItself(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	good := numbered(5)
	damaged := delivery{host: "pc1", flow: "F.1", artifact: "A", rows: append(slices.Clone(good), "}")}
	first := h.kept(t, damaged)
	assert.Equal(t, ingest.Partial, first.Collection.Status)

	clean := h.kept(t, delivery{host: "pc1", flow: "F.1", artifact: "A", rows: good})
	assert.Equal(t, ingest.Duplicate, clean.Collection.Status)
	kept, err := h.Collection(t.Context(), h.tenant, first.Collection.ID)
	require.NoError(t, err)
	assert.Equal(t, ingest.Complete, kept.Status, "the same rows came without the bad one")

	again := h.kept(t, damaged)
	assert.EqualValues(t, 1, again.Brought[0].Rejected)
	assert.EqualValues(t, 6, again.Brought[0].Read)

	more := h.kept(t, delivery{host: "pc1", flow: "F.1", artifact: "A", expected: ptr(int64(7)), rows: good})
	assert.Equal(t, ingest.Duplicate, more.Collection.Status)
	kept, err = h.Collection(t.Context(), h.tenant, first.Collection.ID)
	require.NoError(t, err)
	assert.Equal(t, ingest.Partial, kept.Status, "Velociraptor says by now that there are more")
}

func TestOtherRowsOfTheSameFlowAreReplacedAndThatIsSaid(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	h.kept(t, delivery{host: "pc1", flow: "F.1", artifact: "A", rows: numbered(10)})
	report, err := h.Ingest(t.Context(), h.tenant, delivery{host: "pc1", flow: "F.1", artifact: "A", rows: numbered(20)[10:]})
	require.NoError(t, err)
	require.Len(t, report.Notes, 1)
	assert.Contains(t, report.Notes[0], "took the place")
}

func TestAShorterExportLeavesTheLongerOneAndSaysSo(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	long := h.kept(t, delivery{host: "pc1", flow: "F.1", artifact: "A", rows: numbered(20)})
	report, err := h.Ingest(t.Context(), h.tenant, delivery{host: "pc1", flow: "F.1", artifact: "A", rows: numbered(10)})
	require.NoError(t, err)
	assert.Equal(t, ingest.Shorter, report.Collections[0].Brought[0].Outcome)
	account := report.Collections[0].Brought[0]
	assert.Equal(t, []int64{10, 0, 0}, []int64{account.Read, account.Stored, account.NullRows}, "what this ingest added")
	require.Len(t, report.Notes, 1)
	assert.Contains(t, report.Notes[0], `"A" of "pc1", flow "F.1": the 10 rows that came are not kept`)
	assert.Len(t, h.rows(t, long.Collection, "A"), 20)
}

func TestDeliveriesOfOneFlowAddUp(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	h.kept(t, delivery{host: "pc1", flow: "F.1", artifact: "B", rows: numbered(2)})
	both := h.kept(t, delivery{host: "pc1", flow: "F.1", artifact: "A", rows: numbered(3)})
	other := h.kept(t, delivery{host: "pc2", flow: "F.1", artifact: "A", rows: numbered(4)})

	require.Len(t, both.Collection.Results, 2)
	assert.Equal(t, "A", both.Collection.Results[0].Artifact, "results are sorted")
	assert.Len(t, other.Collection.Results, 1, "all hosts of a hunt share the flow id")
	assert.NotEqual(t, both.Collection.ID, other.Collection.ID)
}

func TestOtherRowsWithoutAFlowAreAnotherCollection(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	h.kept(t, delivery{host: "pc1", artifact: "A", rows: numbered(2)})
	h.kept(t, delivery{host: "pc1", artifact: "A", rows: numbered(3)})
	h.kept(t, delivery{host: "pc1", artifact: "B", rows: numbered(2)})
	h.kept(t, delivery{host: "pc2", artifact: "A", rows: numbered(2)})
	all, err := h.Collections(t.Context(), h.tenant, ingest.CollectionFilter{})
	require.NoError(t, err)
	assert.Len(t, all, 4)
}

func TestAFlowThatIsThereTwiceIsAsIfItCameTwice(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	few := delivery{host: "pc1", flow: "F.1", artifact: "A", rows: numbered(1)}
	more := delivery{host: "pc1", flow: "F.1", artifact: "A", rows: numbered(3)}
	report, err := h.Ingest(t.Context(), h.tenant, readerFunc(func(ctx context.Context, b *ingest.Batch) error {
		return errors.Join(few.ReadInto(ctx, b), more.ReadInto(ctx, b), few.ReadInto(ctx, b))
	}))
	require.NoError(t, err)
	require.Len(t, report.Collections, 3)
	for i, want := range []ingest.Outcome{ingest.Added, ingest.Replaced, ingest.Shorter} {
		kept := report.Collections[i]
		assert.Equal(t, want, kept.Brought[0].Outcome)
		assert.Equal(t, report.Collections[0].Collection.ID, kept.Collection.ID)
		assert.EqualValues(t, 3, kept.Collection.Results[0].Stored)
	}
	assert.Equal(t, ingest.Duplicate, report.Collections[2].Collection.Status)
	all, err := h.Collections(t.Context(), h.tenant, ingest.CollectionFilter{})
	require.NoError(t, err)
	require.Len(t, all, 1)
	assert.Len(t, h.rows(t, all[0], "A"), 3)
}

func TestNamesThatCannotBeKeptAreRefused(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 513)
	for name, d := range map[string]delivery{
		"no artifact": {host: "h"}, "long artifact": {host: "h", artifact: long}, "NUL": {host: "h", artifact: "a\x00"},
		"not UTF-8": {host: "h", artifact: "a\xff"}, "line end": {host: "h", artifact: "a\nb"},
		"no host": {artifact: "A"}, "long host": {host: long, artifact: "A"}, "flow": {host: "h", flow: "F\x00", artifact: "A"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHarness(t, ingest.Config{})
			d.rows = numbered(1)
			_, err := h.Ingest(t.Context(), h.tenant, d)
			require.ErrorIs(t, err, ingest.ErrInput)
			assert.Less(t, len(err.Error()), 500)
			h.requireNothingKept(t)
		})
	}
}

func TestABadHostLeavesNoOtherHost(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	_, err := h.Ingest(t.Context(), h.tenant, readerFunc(func(ctx context.Context, b *ingest.Batch) error {
		return errors.Join(
			delivery{host: "pc1", flow: "F.1", artifact: "A", rows: numbered(1)}.ReadInto(ctx, b),
			delivery{host: "pc\x00", flow: "F.1", artifact: "A", rows: numbered(1)}.ReadInto(ctx, b),
		)
	}))
	require.ErrorIs(t, err, ingest.ErrInput)
	n, err := h.stores.Hosts.Count(t.Context(), h.tenant)
	require.NoError(t, err)
	assert.Zero(t, n)
}

func TestAnArtifactTwiceInACollectionIsRefused(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	_, err := h.Ingest(t.Context(), h.tenant, readerFunc(func(_ context.Context, b *ingest.Batch) error {
		c := b.Collection(origin("pc1", ""))
		_, first := c.Result("A", nil)
		_, second := c.Result("A", nil)
		return errors.Join(first, second)
	}))
	require.ErrorIs(t, err, ingest.ErrInput)
}

func TestOriginMayBeCompletedAfterTheRows(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	kept := h.kept(t, readerFunc(func(_ context.Context, b *ingest.Batch) error {
		c := b.Collection(ingest.Origin{})
		w, err := c.Result("A", nil)
		require.NoError(t, err)
		require.NoError(t, w.Row(1, []byte(`{}`)))
		c.Origin = ingest.Origin{Host: hosts.Observation{ClientID: "C.1"}, FlowID: "F.1", HuntID: "H.1"}
		return nil
	}))
	assert.Equal(t, []string{"C.1", "F.1", "H.1"}, []string{kept.Collection.ClientID, kept.Collection.FlowID, kept.Collection.HuntID})
}

func TestManyResultsAtOnceStayWithinTheBufferAndComeBackWhole(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{MaxBufferBytes: 64 << 10})
	const results, rows = 100, 60
	row := func(r, i int) string {
		return fmt.Sprintf(`{"r":%d,"i":%d,"pad":"%s"}`, r, i, strings.Repeat("x", r%50))
	}
	kept := h.kept(t, readerFunc(func(_ context.Context, b *ingest.Batch) error {
		c := b.Collection(origin("pc1", "F.1"))
		var writers []*ingest.ResultWriter
		for r := range results {
			w, err := c.Result(fmt.Sprintf("A%03d", r), nil)
			require.NoError(t, err)
			writers = append(writers, w)
		}
		for i := range rows {
			for r, w := range writers {
				require.NoError(t, w.Row(int64(i+1), []byte(row(r, i))))
			}
		}
		return nil
	}))
	chunks := 0
	for _, err := range h.stores.Collections.Chunks(t.Context(), h.tenant, ingest.ChunkFilter{}) {
		require.NoError(t, err)
		chunks++
	}
	assert.Greater(t, chunks, results, "chunks were stored early, because the buffer is small")
	for r := range results {
		var want []string
		for i := range rows {
			want = append(want, row(r, i))
		}
		require.Equal(t, want, h.rows(t, kept.Collection, fmt.Sprintf("A%03d", r)))
	}
}

func TestConcurrentIngestsDoNotMix(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	var ingests sync.WaitGroup
	for i := range 8 {
		ingests.Go(func() {
			d := delivery{host: fmt.Sprintf("pc%d", i), flow: "F.1", artifact: "A", rows: numbered(3000 + i)}
			report, err := h.Ingest(t.Context(), h.tenant, d)
			if assert.NoError(t, err) {
				assert.Equal(t, d.rows, h.rows(t, report.Collections[0].Collection, "A"))
			}
		})
	}
	ingests.Wait()
}

func TestAnotherTenantSeesNothing(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	kept := h.kept(t, delivery{host: "pc1", flow: "F.1", artifact: "A", rows: numbered(1)})
	other := h.newTenant(t)
	_, err := h.Collection(t.Context(), other, kept.Collection.ID)
	require.ErrorIs(t, err, ingest.ErrNotFound)
	for _, err := range h.Rows(t.Context(), other, kept.Collection.ID, "A", 0) {
		require.ErrorIs(t, err, ingest.ErrNotFound)
	}
	artifacts, err := h.Artifacts(t.Context(), other)
	require.NoError(t, err)
	assert.Empty(t, artifacts)
}

func TestTheZeroTenantIsRefused(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	_, err := h.Ingest(t.Context(), tenancy.ID{}, delivery{host: "pc1", artifact: "A", rows: numbered(1)})
	require.ErrorIs(t, err, tenancy.ErrNoTenant)
	_, err = h.Collections(t.Context(), tenancy.ID{}, ingest.CollectionFilter{})
	require.ErrorIs(t, err, tenancy.ErrNoTenant)
}

func TestNewNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	_, err := ingest.New(nil, h.stores.Hosts, ingest.Config{})
	require.ErrorContains(t, err, "store")
	_, err = ingest.New(h.stores.Collections, nil, ingest.Config{})
	require.ErrorContains(t, err, "inventory")
	for want, cfg := range map[string]ingest.Config{
		"MaxRowBytes is negative": {MaxRowBytes: -1}, "MaxRowBytes is above": {MaxRowBytes: 65 << 20},
		"MaxDepth is above": {MaxDepth: 10_001}, "MaxRatio is negative": {MaxRatio: -1},
		"MaxDecompressedBytes is negative": {MaxDecompressedBytes: -1}, "MaxArchiveEntries is negative": {MaxArchiveEntries: -1},
		"MaxSpoolBytes is negative": {MaxSpoolBytes: -1}, "MaxBufferBytes is negative": {MaxBufferBytes: -1},
		"StageLease is negative": {StageLease: -1},
	} {
		_, err := ingest.New(h.stores.Collections, h.stores.Hosts, cfg)
		require.ErrorContains(t, err, "Config."+want)
	}
}

// faults are what goes wrong in a store.
type faults struct {
	append, commit error
	block          bool // appending waits for the end of ctx
}

// broken is a store some of whose calls fail or are watched.
type broken struct {
	ingest.Store
	faults

	mu      sync.Mutex
	leases  []time.Time
	dropped []error // the state of the context of each DropStage
}

func (b *broken) AppendChunks(ctx context.Context, tenant tenancy.ID, stage string, chunks []ingest.Chunk, lease time.Time) error {
	b.mu.Lock()
	b.leases = append(b.leases, lease)
	b.mu.Unlock()
	if b.block {
		<-ctx.Done()
		return ctx.Err()
	}
	if b.append != nil {
		return b.append
	}
	return b.Store.AppendChunks(ctx, tenant, stage, chunks, lease)
}

func (b *broken) CommitStage(
	ctx context.Context, tenant tenancy.ID, stage string, collections ingest.CollectFunc,
) ([]ingest.Merged, error) {
	if b.commit != nil {
		return nil, b.commit
	}
	return b.Store.CommitStage(ctx, tenant, stage, collections)
}

func (b *broken) DropStage(ctx context.Context, tenant tenancy.ID, stage string) error {
	b.dropped = append(b.dropped, ctx.Err())
	return b.Store.DropStage(ctx, tenant, stage)
}

// TestAFailedIngestLeavesNothing runs in bubbles of synctest, which also fail when a goroutine is left behind.
func TestAFailedIngestLeavesNothing(t *testing.T) {
	t.Parallel()
	errBroken := errors.New("broken")
	// Rows that do not compress, so that the store is called while rows still come in.
	noise := make([]string, 1200)
	for i := range noise {
		noise[i] = fmt.Sprintf(`{"a":"%x"}`, scramble(i, 10_000))
	}
	good := delivery{host: "pc1", flow: "F.1", artifact: "A", rows: noise}
	for name, test := range map[string]struct {
		faults faults
		reader ingest.Reader
		want   error
	}{
		"the reader fails": {reader: readerFunc(func(ctx context.Context, b *ingest.Batch) error {
			return errors.Join(good.ReadInto(ctx, b), errBroken)
		}), want: errBroken},
		"storing fails": {faults: faults{append: errBroken}, reader: good, want: errBroken},
		"storing the last rows fails": {
			faults: faults{append: errBroken}, reader: delivery{host: "pc1", artifact: "A", rows: numbered(1)}, want: errBroken,
		},
		"a commit fails": {faults: faults{commit: errBroken}, reader: good, want: errBroken},
		"the stage was cleared away": {
			faults: faults{append: fmt.Errorf("wrapped: %w", ingest.ErrNotFound)}, reader: good, want: ingest.ErrExpired,
		},
		"ctx ends while rows are read": {reader: readerFunc(func(ctx context.Context, b *ingest.Batch) error {
			if err := good.ReadInto(ctx, b); err != nil {
				return err
			}
			<-ctx.Done()
			return errBroken
		}), want: context.DeadlineExceeded},
		"ctx ends while chunks are stored": {faults: faults{block: true}, reader: good, want: context.DeadlineExceeded},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h := newHarness(t, ingest.Config{})
				store := &broken{Store: h.stores.Collections, faults: test.faults}
				s := h.over(t, store, ingest.Config{})
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				_, err := s.Ingest(ctx, h.tenant, test.reader)
				require.ErrorIs(t, err, test.want)
				assert.NotEmpty(t, store.leases, "chunks were stored before it failed")
				assert.Equal(t, []error{nil}, store.dropped, "the stage is dropped with a context that works")
				h.requireNothingKept(t)

				kept := h.kept(t, good)
				assert.Equal(t, ingest.Complete, kept.Collection.Status, "and afterwards it goes in whole")
			})
		})
	}
}

func TestAReaderThatPanicsLeavesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t, ingest.Config{})
		store := &broken{Store: h.stores.Collections}
		s := h.over(t, store, ingest.Config{})
		require.PanicsWithValue(t, "reader", func() {
			_, _ = s.Ingest(t.Context(), h.tenant, readerFunc(func(ctx context.Context, b *ingest.Batch) error {
				require.NoError(t, delivery{host: "pc1", artifact: "A", rows: numbered(10_000)}.ReadInto(ctx, b))
				panic("reader")
			}))
		})
		assert.Equal(t, []error{nil}, store.dropped)
		h.requireNothingKept(t)
	})
}

func TestASlowIngestKeepsItsStage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t, ingest.Config{StageLease: time.Hour})
		_, err := h.Ingest(t.Context(), h.tenant, readerFunc(func(ctx context.Context, b *ingest.Batch) error {
			w, err := b.Collection(origin("pc1", "")).Result("A", nil)
			require.NoError(t, err)
			for i, row := range numbered(20) { // far from filling a chunk
				time.Sleep(10 * time.Minute)
				// Another ingest of the tenant, which clears away what has expired.
				now := time.Now()
				require.NoError(t, h.stores.Collections.OpenStage(ctx, h.tenant, fmt.Sprintf("other%d", i), now, now.Add(time.Hour)))
				require.NoError(t, w.Row(int64(i+1), []byte(row)))
			}
			return nil
		}))
		require.NoError(t, err)
	})
}

package ingest_test

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/hosts"
	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/store"
	"github.com/velocicompanion/velocicompanion/store/memory"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// harness is a service over a memory store, with a tenant.
type harness struct {
	*ingest.Service
	stores store.Stores
	tenant tenancy.ID
}

func newHarness(t testing.TB, cfg ingest.Config) *harness {
	h := &harness{stores: memory.New()}
	h.tenant = h.newTenant(t)
	h.Service = h.over(t, h.stores.Collections, cfg)
	return h
}

func (h *harness) newTenant(t testing.TB) tenancy.ID {
	id := tenancy.New()
	require.NoError(t, h.stores.Tenants.CreateTenant(context.Background(), tenancy.Tenant{ID: id, Name: "test"}))
	return id
}

// over returns a service over another collection store, which may be a broken one.
func (h *harness) over(t testing.TB, collections ingest.Store, cfg ingest.Config) *ingest.Service {
	s, err := ingest.New(collections, h.stores.Hosts, cfg)
	require.NoError(t, err)
	return s
}

// kept ingests and returns the one collection that the report tells of.
func (h *harness) kept(t testing.TB, r ingest.Reader) ingest.Kept {
	report, err := h.Ingest(t.Context(), h.tenant, r)
	require.NoError(t, err)
	require.Len(t, report.Collections, 1)
	return report.Collections[0]
}

// requireNothingKept checks that neither a collection nor a chunk is visible.
func (h *harness) requireNothingKept(t testing.TB) {
	collections, err := h.Collections(context.Background(), h.tenant, ingest.CollectionFilter{})
	require.NoError(t, err)
	require.Empty(t, collections)
	for ref, err := range h.stores.Collections.Chunks(context.Background(), h.tenant, ingest.ChunkFilter{}) {
		require.NoError(t, err)
		require.Fail(t, "a chunk is visible", ref)
	}
}

// rows reads an artifact of a collection back.
func (h *harness) rows(t testing.TB, c ingest.Collection, artifact string) []string {
	return collect(t, h.Rows(t.Context(), h.tenant, c.ID, artifact, 0))
}

func collect(t testing.TB, rows iter.Seq2[[]byte, error]) (out []string) {
	for row, err := range rows {
		require.NoError(t, err)
		out = append(out, string(row))
	}
	return out
}

// readerFunc makes a Reader of a function.
type readerFunc func(ctx context.Context, b *ingest.Batch) error

func (f readerFunc) ReadInto(ctx context.Context, b *ingest.Batch) error { return f(ctx, b) }

// delivery is rows of one artifact of one host.
type delivery struct {
	host, flow, artifact string
	expected             *int64
	rows                 []string
}

func (d delivery) ReadInto(_ context.Context, b *ingest.Batch) error {
	w, err := b.Collection(origin(d.host, d.flow)).Result(d.artifact, d.expected)
	for i, row := range d.rows {
		if err == nil {
			err = w.Row(int64(i+1), []byte(row))
		}
	}
	return err
}

func origin(host, flow string) ingest.Origin {
	return ingest.Origin{Host: hosts.Observation{Facts: hosts.Facts{Hostname: host}}, FlowID: flow}
}

// numbered returns n rows that differ.
func numbered(n int) []string {
	rows := make([]string, n)
	for i := range rows {
		rows[i] = fmt.Sprintf(`{"Pid":%d,"Name":"p%d"}`, i, i)
	}
	return rows
}

func ptr[T any](v T) *T { return &v }

// scramble returns as many bytes, which do not compress and follow from n.
func scramble(n, bytes int) []byte {
	r := rand.New(rand.NewPCG(uint64(n), 7))
	out := make([]byte, bytes)
	for i := range out {
		out[i] = byte(r.Uint32())
	}
	return out
}

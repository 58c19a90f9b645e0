package ingest_test

import (
	"context"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"testing"
	"time"

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

// processes writes n process rows in the shape of Windows.System.Pslist, as JSON Lines of some 826 bytes: a few common
// names in many versions, and now and then a rare one.
func processes(w io.Writer, n int) error {
	names := []string{"svchost.exe", "chrome.exe", "explorer.exe", "lsass.exe", "RuntimeBroker.exe", "powershell.exe", "MsMpEng.exe"}
	r := rand.New(rand.NewPCG(1, 2))
	start := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for i := range n {
		host, name := i/200, names[r.IntN(len(names))]
		if r.IntN(5000) == 0 {
			name = fmt.Sprintf("rare%d.exe", r.IntN(1000))
		}
		version := r.IntN(30) * len(name)
		_, err := fmt.Fprintf(w, `{"_Source":"Windows.System.Pslist","ClientId":"C.%016x","Fqdn":"WIN-%05d.corp.example.com",`+
			`"FlowId":"F.CH%08dAB","Pid":%d,"Ppid":%d,"TokenIsElevated":%v,"Name":"%s","CommandLine":"C:\\Windows\\System32\\%s `+
			`-k netsvcs -p -s svc%d /session %d","Exe":"C:\\Windows\\System32\\%s","TokenInfo":{"IsElevated":%v,"User":`+
			`"NT AUTHORITY\\SYSTEM","SID":"S-1-5-18"},"Hash":{"MD5":"%032x","SHA1":"%040x","SHA256":"%064x"},"Authenticode":`+
			`{"Filename":"C:\\Windows\\System32\\%s","ProgramName":"Microsoft Windows","PublisherLink":null,"Trusted":`+
			`"trusted"},"Username":"NT AUTHORITY\\SYSTEM","CreateTime":"%s","WorkingSetSize":%d}`+"\n",
			host*7919, host, host, 4*r.IntN(5000), 4*r.IntN(5000), r.IntN(2) == 0, name, name, r.IntN(100), r.IntN(1000), name,
			r.IntN(2) == 0, scramble(version, 16), scramble(version, 20), scramble(version, 32), name,
			start.Add(time.Duration(i)*37*time.Millisecond).Format(time.RFC3339Nano), r.IntN(1<<28))
		if err != nil {
			return err
		}
	}
	return nil
}

// scramble returns bytes that look like a hash of n.
func scramble(n, bytes int) []byte {
	r := rand.New(rand.NewPCG(uint64(n), 7))
	out := make([]byte, bytes)
	for i := range out {
		out[i] = byte(r.Uint32())
	}
	return out
}

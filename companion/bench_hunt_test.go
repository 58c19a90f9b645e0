package companion_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	"github.com/velocicompanion/velocicompanion/companion"
	"github.com/velocicompanion/velocicompanion/companion/companiontest"
	"github.com/velocicompanion/velocicompanion/companion/hunt"
	"github.com/velocicompanion/velocicompanion/hosts"
	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/store"
	"github.com/velocicompanion/velocicompanion/store/postgres"
	"github.com/velocicompanion/velocicompanion/store/postgres/pgtest"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// fleet is process rows of hosts, as one ingest brings them.
type fleet struct {
	rows      io.Reader
	perHost   int
	firstHost int
}

func (f fleet) ReadInto(_ context.Context, b *ingest.Batch) error {
	lines := bufio.NewScanner(f.rows)
	more := lines.Scan()
	for host := f.firstHost; more; host++ {
		origin := ingest.Origin{FlowID: "F.BENCH", Host: hosts.Observation{
			ClientID: fmt.Sprintf("C.%016x", host+1), Facts: hosts.Facts{Hostname: fmt.Sprintf("WIN-%05d", host+1)},
		}}
		w, err := b.Collection(origin).Result(processes, nil)
		for line := 1; err == nil && line <= f.perHost && more; line++ {
			err = w.Row(int64(line), lines.Bytes())
			more = lines.Scan()
		}
		if err == nil {
			err = w.End()
		}
		if err != nil {
			return err
		}
	}
	return lines.Err()
}

// BenchmarkHunt measures PostgreSQL with rows of many hosts, few of each and many of each, beside the same rows in a table
// with one jsonb column, in the same run. x-jsonb is how many times as good it is.
func BenchmarkHunt(b *testing.B) {
	for _, perHost := range []int{4000, 200} {
		b.Run(fmt.Sprintf("%d rows per host", perHost), func(b *testing.B) { benchmarkHunt(b, perHost) })
	}
}

func benchmarkHunt(b *testing.B, perHost int) {
	outer := b
	var rows bytes.Buffer
	require.NoError(b, companiontest.WriteProcesses(&rows, *benchRows, perHost, 1))
	var rate, size float64
	var jsonb bun.IConn
	var stores store.Stores
	var tenant tenancy.ID
	b.Run("COPY into jsonb", func(b *testing.B) {
		for b.Loop() {
			db := copyIntoJSONB(b, outer, rows.Bytes())
			b.StopTimer()
			jsonb = db
			size = tableBytes(b, db, "t")
			b.StartTimer()
		}
		rate = report(b, 0)
		b.ReportMetric(size/float64(*benchRows), "disk-B/row")
	})
	b.Run("ingest", func(b *testing.B) {
		var kept float64
		for b.Loop() {
			b.StopTimer()
			url := pgtest.URL(outer)
			db, err := postgres.Open(b.Context(), url, postgres.Config{})
			require.NoError(b, err)
			outer.Cleanup(func() { require.NoError(outer, db.Close()) })
			stores = db.Stores()
			f := companiontest.Over(outer, stores, companion.Config{})
			tenant = f.Admin.TenantID
			b.StartTimer()
			_, err = f.Ingest.Ingest(b.Context(), tenant, fleet{bytes.NewReader(rows.Bytes()), perHost, 0})
			require.NoError(b, err)
			b.StopTimer()
			kept = tableBytes(b, pgtest.Handle(b, url), "vc_chunks", "vc_blocks", "vc_results", "vc_collections")
			b.StartTimer()
		}
		report(b, rate)
		b.ReportMetric(kept/float64(*benchRows), "disk-B/row")
		b.ReportMetric(size/kept, "x-jsonb-disk")
	})
	benchmarkQuestions(b, stores, tenant, jsonb, rows.Bytes())
}

// BenchmarkHuntGrowth asks on PostgreSQL of ever more rows, up to -rows, of hosts with 4,000 each: what an answer costs for
// a million rows is to stay the same. The pivot is on a hash that is there. cold is of companions that have just started,
// and peak-MB what the process has held in memory at most.
func BenchmarkHuntGrowth(b *testing.B) {
	db, err := postgres.Open(b.Context(), pgtest.URL(b), postgres.Config{})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, db.Close()) })
	stores := db.Stores()
	f := companiontest.Over(b, stores, companion.Config{})
	scope := hunt.Scope{Tenants: []tenancy.ID{f.Admin.TenantID}}
	const perHost = 4000
	total := 0
	for _, share := range []int{10, 5, 2, 1} {
		n := (*benchRows/share - total) / perHost * perHost
		if n <= 0 {
			continue
		}
		in, out := io.Pipe()
		go func() { _ = out.CloseWithError(companiontest.WriteProcesses(out, n, perHost, uint64(share))) }()
		_, err := f.Ingest.Ingest(b.Context(), f.Admin.TenantID, fleet{in, perHost, total / perHost})
		require.NoError(b, err)
		total += n
		first, err := f.Hunt.Search(b.Context(), hunt.Search{
			Scope: hunt.Scope{Tenants: scope.Tenants, Query: "Name: evil*"}, Order: hunt.Stored, Limit: 1,
		})
		require.NoError(b, err)
		require.Len(b, first.Rows, 1)
		for _, q := range []question{
			{name: "stack", ask: stack("Name")},
			{name: "pivot", ask: pivot(hashOf(b, first.Rows[0].Data))},
		} {
			b.Run(fmt.Sprintf("%d rows/%s", total, q.name), func(b *testing.B) {
				var cold time.Duration
				for b.Loop() {
					b.StopTimer()
					started, err := hunt.New(stores.Collections, stores.Hosts, stores.Hunts, hunt.Config{})
					require.NoError(b, err)
					cold += timed(func() { require.NoError(b, q.ask(b.Context(), started, scope)) })
					require.NoError(b, q.ask(b.Context(), f.Hunt, scope))
					b.StartTimer()
					require.NoError(b, q.ask(b.Context(), f.Hunt, scope))
				}
				millions := float64(total) / 1e6
				b.ReportMetric(milliseconds(b.Elapsed())/float64(b.N)/millions, "ms/Mrow")
				b.ReportMetric(milliseconds(cold)/float64(b.N)/millions, "cold-ms/Mrow")
				b.ReportMetric(peakMegabytes(b), "peak-MB")
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}

// peakMegabytes is the most memory that the process had, where the system tells.
func peakMegabytes(b *testing.B) float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Log("the system does not tell the peak of memory: ", err)
		return 0
	}
	var kilobytes float64
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			_, err := fmt.Sscan(rest, &kilobytes)
			require.NoError(b, err)
		}
	}
	return kilobytes / 1024
}

// tableBytes is how much disk tables take, with their indexes.
func tableBytes(b *testing.B, db bun.IConn, tables ...string) (sum float64) {
	for _, table := range tables {
		var n int64
		rows, err := db.QueryContext(b.Context(), "SELECT pg_total_relation_size('"+table+"')")
		require.NoError(b, err)
		require.True(b, rows.Next())
		require.NoError(b, rows.Scan(&n))
		require.NoError(b, rows.Close())
		sum += float64(n)
	}
	return sum
}

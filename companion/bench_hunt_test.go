package companion_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	"github.com/velocicompanion/velocicompanion/companion"
	"github.com/velocicompanion/velocicompanion/companion/companiontest"
	"github.com/velocicompanion/velocicompanion/hosts"
	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/store/postgres"
	"github.com/velocicompanion/velocicompanion/store/postgres/pgtest"
)

// fleet is process rows of hosts, as one ingest brings them.
type fleet struct {
	rows    []byte
	perHost int
}

func (f fleet) ReadInto(_ context.Context, b *ingest.Batch) error {
	rest := f.rows
	for host := 0; len(rest) > 0; host++ {
		origin := ingest.Origin{FlowID: "F.BENCH", Host: hosts.Observation{
			ClientID: fmt.Sprintf("C.%016x", host+1), Facts: hosts.Facts{Hostname: fmt.Sprintf("WIN-%05d", host+1)},
		}}
		w, err := b.Collection(origin).Result("Windows.System.Pslist", nil)
		for line := 1; err == nil && line <= f.perHost && len(rest) > 0; line++ {
			end := bytes.IndexByte(rest, '\n')
			err = w.Row(int64(line), rest[:end])
			rest = rest[end+1:]
		}
		if err == nil {
			err = w.End()
		}
		if err != nil {
			return err
		}
	}
	return nil
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
	var f *companiontest.Fixture
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
			f = companiontest.Over(outer, db.Stores(), companion.Config{})
			b.StartTimer()
			_, err = f.Ingest.Ingest(b.Context(), f.Admin.TenantID, fleet{rows.Bytes(), perHost})
			require.NoError(b, err)
			b.StopTimer()
			kept = tableBytes(b, pgtest.Handle(b, url), "vc_chunks", "vc_blocks", "vc_results", "vc_collections")
			b.StartTimer()
		}
		report(b, rate)
		b.ReportMetric(kept/float64(*benchRows), "disk-B/row")
		b.ReportMetric(size/kept, "x-jsonb-disk")
	})
	benchmarkQuestions(b, f, jsonb)
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

package companion_test

import (
	"bytes"
	"context"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/driver/pgdriver"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/companion"
	"github.com/velocicompanion/velocicompanion/companion/companiontest"
	"github.com/velocicompanion/velocicompanion/hosts"
	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/ingest/velociraptor"
	"github.com/velocicompanion/velocicompanion/store/postgres"
	"github.com/velocicompanion/velocicompanion/store/postgres/pgtest"
	"github.com/velocicompanion/velocicompanion/transport"
)

var benchRows = flag.Int("rows", 1_000_000, "process rows that the ingest benchmarks take in, of some 826 bytes")

// BenchmarkIngest takes JSON Lines into each store, beside the same rows loaded by COPY into a table with one jsonb
// column and no index. x-COPY is the rate as a multiple of COPY's in the same run.
func BenchmarkIngest(b *testing.B) {
	var rows bytes.Buffer
	require.NoError(b, companiontest.WriteProcesses(&rows, *benchRows, 4000, 1))
	var baseline float64
	b.Run("COPY into jsonb", func(b *testing.B) {
		for b.Loop() {
			copyIntoJSONB(b, b, rows.Bytes())
		}
		baseline = report(b, baseline)
	})
	for name, open := range eachStore {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				f := companiontest.Over(b, open(b), companion.Config{})
				b.StartTimer()
				_, err := f.Ingest.Ingest(b.Context(), f.Admin.TenantID, &velociraptor.Table{
					Body: bytes.NewReader(rows.Bytes()), Artifact: "Windows.System.Pslist", Hostname: "bench",
				})
				require.NoError(b, err)
			}
			report(b, baseline)
		})
	}
}

// BenchmarkIngestHunt takes the export of a hunt of 500 hosts in, which has every row twice, beside the same number of rows
// as JSON Lines. x-lines is the rate of rows that are kept as a multiple of those.
func BenchmarkIngestHunt(b *testing.B) {
	var rows, hunt bytes.Buffer
	require.NoError(b, companiontest.WriteProcesses(&rows, *benchRows, *benchRows, 1))
	require.NoError(b, companiontest.WriteHunt(&hunt, 500, *benchRows/500, 1))
	var lines float64
	for _, form := range []struct {
		name   string
		reader func() ingest.Reader
	}{
		{"JSON Lines", func() ingest.Reader {
			return &velociraptor.Table{Body: bytes.NewReader(rows.Bytes()), Artifact: "Windows.System.Pslist", Hostname: "bench"}
		}},
		{"hunt export", func() ingest.Reader {
			return &velociraptor.Archive{File: bytes.NewReader(hunt.Bytes()), Size: int64(hunt.Len())}
		}},
	} {
		b.Run(form.name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				f := companiontest.Over(b, eachStore["sqlite"](b), companion.Config{})
				b.StartTimer()
				_, err := f.Ingest.Ingest(b.Context(), f.Admin.TenantID, form.reader())
				require.NoError(b, err)
			}
			rate := float64(*benchRows) * float64(b.N) / b.Elapsed().Seconds()
			b.ReportMetric(rate, "rows/s")
			if lines == 0 {
				lines = rate
				return
			}
			b.ReportMetric(rate/lines, "x-lines")
		})
	}
}

// report gives the rate, and what multiple of the baseline it is where there is one.
func report(b *testing.B, baseline float64) float64 {
	rate := float64(*benchRows) * float64(b.N) / b.Elapsed().Seconds()
	b.ReportMetric(rate, "rows/s")
	if baseline > 0 {
		b.ReportMetric(rate/baseline, "x-COPY")
	}
	return rate
}

// copyIntoJSONB loads rows into the column r of a table t, with the timer running for that only.
func copyIntoJSONB(b *testing.B, owner testing.TB, rows []byte) *bun.DB {
	b.StopTimer()
	db := bun.NewDB(pgtest.Handle(owner, pgtest.EmptyURL(owner)+"&read_timeout=10m"), pgdialect.New())
	_, err := db.ExecContext(b.Context(), "CREATE TABLE t (r jsonb)")
	require.NoError(b, err)
	escaped := bytes.ReplaceAll(rows, []byte(`\`), []byte(`\\`)) // COPY's own escapes
	conn, err := db.Conn(b.Context())
	require.NoError(b, err)
	defer conn.Close()
	b.StartTimer()
	_, err = pgdriver.CopyFrom(b.Context(), conn, bytes.NewReader(escaped), "COPY t FROM STDIN")
	require.NoError(b, err)
	return db
}

// BenchmarkVerifyToken is what every request pays to be authenticated.
func BenchmarkVerifyToken(b *testing.B) {
	for name, open := range eachStore {
		b.Run(name, func(b *testing.B) {
			f := companiontest.Over(b, open(b), companion.Config{})
			request := auth.Request{Header: map[string][]string{"Authorization": {"Bearer " + f.Admin.Token}}}
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if _, err := f.Auth.Authenticate(context.Background(), request); err != nil {
						b.Error(err)
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tokens/s")
		})
	}
}

// BenchmarkListHosts is GET /api/hosts over HTTP, a page of 100 of 1,000 hosts, beside the same SQL alone. x-SQL is how
// many times as long it takes.
func BenchmarkListHosts(b *testing.B) {
	url := pgtest.URL(b)
	db, err := postgres.Open(b.Context(), url, postgres.Config{})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, db.Close()) })
	f := companiontest.Over(b, db.Stores(), companion.Config{})
	for i := range 1000 {
		_, _, err := f.Hosts.Upsert(b.Context(), f.Admin.TenantID, observation(i), f.Now())
		require.NoError(b, err)
	}
	var sqlAlone float64
	b.Run("SQL", func(b *testing.B) {
		raw := pgtest.Handle(b, url)
		query := "SELECT * FROM vc_hosts WHERE tenant_id = '" + f.Admin.TenantID.String() + "' ORDER BY id LIMIT 101"
		for b.Loop() {
			rows, err := raw.QueryContext(b.Context(), query)
			require.NoError(b, err)
			for rows.Next() {
			}
			require.NoError(b, rows.Close())
		}
		sqlAlone = b.Elapsed().Seconds() / float64(b.N)
	})
	b.Run("HTTP", func(b *testing.B) {
		server := httptest.NewServer(transport.New(f.Companion, transport.Config{}))
		defer server.Close()
		request, err := http.NewRequest(http.MethodGet, server.URL+"/api/hosts?limit=100", nil)
		require.NoError(b, err)
		request.Header.Set("Authorization", "Bearer "+f.Admin.Token)
		for b.Loop() {
			answer, err := server.Client().Do(request)
			require.NoError(b, err)
			require.Equal(b, http.StatusOK, answer.StatusCode)
			_, err = io.Copy(io.Discard, answer.Body)
			require.NoError(b, err)
			require.NoError(b, answer.Body.Close())
		}
		b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)/sqlAlone, "x-SQL")
	})
}

func observation(i int) hosts.Observation {
	name := "host" + strconv.Itoa(i) + ".corp.example"
	return hosts.Observation{ClientID: "C." + strconv.Itoa(i), Facts: hosts.Facts{
		Hostname: name, FQDN: name, OS: "windows", IPAddress: "10.0.0.1", Labels: strings.Fields("server lab"),
	}}
}

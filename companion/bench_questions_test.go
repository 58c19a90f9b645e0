package companion_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	"github.com/velocicompanion/velocicompanion/companion/hunt"
	"github.com/velocicompanion/velocicompanion/companion/hunt/indicator"
	"github.com/velocicompanion/velocicompanion/store"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// asking asks a question of the companion.
type asking func(ctx context.Context, s *hunt.Service, scope hunt.Scope) error

// question is asked of the companion, and of the table with one jsonb column.
type question struct {
	name string
	ask  asking
	sql  string
}

const processes = "Windows.System.Pslist"

func stack(fields ...string) asking {
	return func(ctx context.Context, s *hunt.Service, scope hunt.Scope) error {
		_, err := s.Stack(ctx, hunt.Stack{Scope: scope, Artifact: processes, Fields: fields, Limit: 100})
		return err
	}
}

func search(query string, limit int) asking {
	return func(ctx context.Context, s *hunt.Service, scope hunt.Scope) error {
		scope.Query = query
		_, err := s.Search(ctx, hunt.Search{Scope: scope, Limit: limit})
		return err
	}
}

func pivot(value string) asking {
	return func(ctx context.Context, s *hunt.Service, scope hunt.Scope) error {
		_, err := s.Pivot(ctx, hunt.Pivot{Scope: scope, Value: value})
		return err
	}
}

// sweep looks for a hash and for so many others that are nowhere.
func sweep(b *testing.B, hash string, others int) asking {
	var text bytes.Buffer
	fmt.Fprintln(&text, hash)
	for i := range others {
		fmt.Fprintf(&text, "%x\n", sha256.Sum256([]byte(strconv.Itoa(i))))
	}
	list, err := indicator.Read(&text)
	require.NoError(b, err)
	return func(ctx context.Context, s *hunt.Service, scope hunt.Scope) error {
		_, err := s.Sweep(ctx, hunt.Sweep{Scope: scope, List: list})
		return err
	}
}

// questions are those of the table of performance, about rows of which one host has the hash. In a million rows
// WorkingSetSize and the pair of Pid and Name have 100,000 values, CommandLine some 790,000. A pivot and a sweep are not told
// in which column a value is.
func questions(b *testing.B, hash string) []question {
	perHash := `SELECT r->>'ClientId', count(*) FROM t WHERE `
	anywhere := perHash + `r::text LIKE '%` + hash + `%' GROUP BY 1`
	return []question{
		{"stack a field of few values", stack("Name"),
			`SELECT r->>'Name', count(*), count(DISTINCT r->>'ClientId') FROM t GROUP BY 1 ORDER BY 3, 2 LIMIT 100`},
		{"stack a field of 100,000 values", stack("WorkingSetSize"),
			`SELECT r->>'WorkingSetSize', count(*), count(DISTINCT r->>'ClientId') FROM t GROUP BY 1 ORDER BY 3, 2 LIMIT 100`},
		{"stack 100,000 pairs of values", stack("Pid", "Name"),
			`SELECT r->>'Pid', r->>'Name', count(*), count(DISTINCT r->>'ClientId') FROM t GROUP BY 1, 2 ORDER BY 4, 3 LIMIT 100`},
		{"stack a field of most different values", stack("CommandLine"),
			`SELECT r->>'CommandLine', count(*), count(DISTINCT r->>'ClientId') FROM t GROUP BY 1 ORDER BY 3, 2 LIMIT 100`},
		{"text in any column", search(`"svc9 /session 123"`, 1000),
			`SELECT r FROM t WHERE r::text ILIKE '%svc9 /session 123%' LIMIT 1000`},
		{"first page of a search", search(`Name: powershell.exe and CommandLine: *svc7*`, 100),
			`SELECT r FROM t WHERE r->>'Name' = 'powershell.exe' AND r->>'CommandLine' LIKE '%svc7%' LIMIT 100`},
		{"pivot, beside SQL in one column", pivot(hash), perHash + `r->'Hash'->>'SHA256' = '` + hash + `' GROUP BY 1`},
		{"pivot, beside SQL in any column", pivot(hash), anywhere},
		{"sweep of 100,000, beside SQL for one", sweep(b, hash, 99_999), anywhere},
	}
}

// rareHash returns the hash of the first of the rare processes.
func rareHash(b *testing.B, rows []byte) string {
	for line := range bytes.Lines(rows) {
		if !bytes.Contains(line, []byte(`"Name":"evil`)) {
			continue
		}
		return hashOf(b, line)
	}
	b.Fatal("no process is rare")
	return ""
}

func hashOf(b *testing.B, process []byte) string {
	var row struct{ Hash struct{ SHA256 string } }
	require.NoError(b, json.Unmarshal(process, &row))
	return row.Hash.SHA256
}

// benchmarkQuestions reports for each question how many times as fast as SQL the companion answers it. The better of two
// runs counts for SQL. x-SQL is of a question that was asked before, cold-x-SQL of the first one to a companion that has
// just started; neither finds more in the memory of the database than SQL does.
func benchmarkQuestions(b *testing.B, stores store.Stores, tenant tenancy.ID, jsonb bun.IConn, lines []byte) {
	scope := hunt.Scope{Tenants: []tenancy.ID{tenant}, Artifacts: []string{processes}}
	for _, q := range questions(b, rareHash(b, lines)) {
		b.Run(q.name, func(b *testing.B) {
			service, err := hunt.New(stores.Collections, stores.Hosts, stores.Hunts, hunt.Config{})
			require.NoError(b, err)
			baseline := min(timed(func() { runSQL(b, jsonb, q.sql) }), timed(func() { runSQL(b, jsonb, q.sql) }))
			ask := func() { require.NoError(b, q.ask(b.Context(), service, scope)) }
			cold := timed(ask)
			var total time.Duration
			n := 0
			for b.Loop() {
				for range 5 {
					total += timed(ask)
					n++
				}
			}
			each := total / time.Duration(n)
			b.ReportMetric(milliseconds(baseline), "SQL-ms")
			b.ReportMetric(milliseconds(each), "ms")
			b.ReportMetric(float64(baseline)/float64(each), "x-SQL")
			b.ReportMetric(milliseconds(cold), "cold-ms")
			b.ReportMetric(float64(baseline)/float64(cold), "cold-x-SQL")
			b.ReportMetric(0, "ns/op")
		})
	}
	b.Logf("asked of %d rows", *benchRows)
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func timed(work func()) time.Duration {
	began := time.Now()
	work()
	return time.Since(began)
}

func runSQL(b *testing.B, db bun.IConn, sql string) {
	rows, err := db.QueryContext(b.Context(), sql)
	require.NoError(b, err)
	for rows.Next() {
	}
	require.NoError(b, rows.Err())
	require.NoError(b, rows.Close())
}

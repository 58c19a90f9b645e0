package companion_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	"github.com/velocicompanion/velocicompanion/companion/companiontest"
	"github.com/velocicompanion/velocicompanion/companion/hunt"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// question is asked of the companion, and of the table with one jsonb column.
type question struct {
	name string
	ask  func(ctx context.Context, s *hunt.Service, scope hunt.Scope) error
	sql  string
}

const processes = "Windows.System.Pslist"

func stack(fields ...string) func(context.Context, *hunt.Service, hunt.Scope) error {
	return func(ctx context.Context, s *hunt.Service, scope hunt.Scope) error {
		_, err := s.Stack(ctx, hunt.Stack{Scope: scope, Artifact: processes, Fields: fields, Limit: 100})
		return err
	}
}

func search(query string, limit int) func(context.Context, *hunt.Service, hunt.Scope) error {
	return func(ctx context.Context, s *hunt.Service, scope hunt.Scope) error {
		scope.Query = query
		_, err := s.Search(ctx, hunt.Search{Scope: scope, Limit: limit})
		return err
	}
}

// questions are those of the table of performance. The pair of Pid and Name has 100,000 values.
var questions = []question{
	{"stack a field of few values", stack("Name"),
		`SELECT r->>'Name', count(*), count(DISTINCT r->>'ClientId') FROM t GROUP BY 1 ORDER BY 3, 2 LIMIT 100`},
	{"stack 100,000 values", stack("Pid", "Name"),
		`SELECT r->>'Pid', r->>'Name', count(*), count(DISTINCT r->>'ClientId') FROM t GROUP BY 1, 2 ORDER BY 4, 3 LIMIT 100`},
	{"text in any column", search(`"svc9 /session 123"`, 1000),
		`SELECT r FROM t WHERE r::text ILIKE '%svc9 /session 123%' LIMIT 1000`},
	{"first page of a search", search(`Name: powershell.exe and CommandLine: *svc7*`, 100),
		`SELECT r FROM t WHERE r->>'Name' = 'powershell.exe' AND r->>'CommandLine' LIKE '%svc7%' LIMIT 100`},
}

// benchmarkQuestions reports for each question how many times as fast as SQL the companion answers it.
func benchmarkQuestions(b *testing.B, f *companiontest.Fixture, jsonb bun.IConn) {
	scope := hunt.Scope{Tenants: []tenancy.ID{f.Admin.TenantID}, Artifacts: []string{processes}}
	for _, q := range questions {
		b.Run(q.name, func(b *testing.B) {
			began := time.Now()
			rows, err := jsonb.QueryContext(b.Context(), q.sql)
			require.NoError(b, err)
			for rows.Next() {
			}
			require.NoError(b, rows.Err())
			require.NoError(b, rows.Close())
			baseline := time.Since(began)
			for b.Loop() {
				require.NoError(b, q.ask(b.Context(), f.Hunt, scope))
			}
			each := b.Elapsed() / time.Duration(b.N)
			b.ReportMetric(float64(each.Microseconds())/1000, "ms")
			b.ReportMetric(float64(baseline)/float64(each), "x-SQL")
			b.ReportMetric(0, "ns/op")
		})
	}
	b.Logf("%s", fmt.Sprint("asked of ", *benchRows, " rows"))
}

package transport_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// delivery is rows of A of the flow F.1 of C.1 on one of the ways to here.
type delivery func(t *testing.T, s *server, secret string)

// pushed sends the rows from first to before end, as Splunk.Flows.Upload does or, where byElastic, as
// Elastic.Flows.Upload.
func pushed(byElastic bool, first, end int) delivery {
	return func(t *testing.T, s *server, secret string) {
		t.Helper()
		var body strings.Builder
		path := "/splunk"
		for n := first; n < end; n++ {
			row := fmt.Sprintf(`{"n":%d,"Artifact":"A","timestamp":"x","ClientId":"C.1","FlowId":"F.1"}`, n)
			if byElastic {
				path = "/elastic/_bulk"
				fmt.Fprintf(&body, `{"index":{"_id":"%d"}}`+"\n"+row+"\n", n)
			} else {
				body.WriteString(`{"event":` + row + "}\r\n\r\n")
			}
		}
		w := s.call(t, "", "POST", push+"t/"+secret+path, body.String())
		assert.Equal(t, http.StatusOK, w.Code, w.Body.String())
	}
}

// exported sends the export of the flow with its first rows, of which its context says more.
func exported(rows int, context string) delivery {
	return func(t *testing.T, s *server, _ string) {
		t.Helper()
		zip := zipOf(t,
			file{"collection_context.json", `{"client_id":"C.1","session_id":"F.1",` + context + `}`},
			file{"results/A.json", numbered(rows)})
		w := s.call(t, s.Admin.Token, "POST", "/api/ingestion/ingest", zip, "Content-Type", zipType)
		assert.Contains(t, []int{http.StatusOK, http.StatusCreated}, w.Code, w.Body.String())
	}
}

// table sends the first rows of the flow, of which nothing says whether they are all.
func table(rows int) delivery {
	return func(t *testing.T, s *server, _ string) {
		t.Helper()
		w := s.call(t, s.Admin.Token, "POST", "/api/ingestion/ingest?artifact=A&client_id=C.1&flow_id=F.1", numbered(rows), "Content-Type", lines)
		assert.Contains(t, []int{http.StatusOK, http.StatusCreated}, w.Code, w.Body.String())
	}
}

// inCSV is table in the form that loses what is compared.
func inCSV(rows int) delivery {
	return func(t *testing.T, s *server, _ string) {
		t.Helper()
		body := "n,other\n"
		for n := range rows {
			body += fmt.Sprintf("%d,\n", n)
		}
		w := s.call(t, s.Admin.Token, "POST", "/api/ingestion/ingest?artifact=A&client_id=C.1&flow_id=F.1", body, "Content-Type", "text/csv")
		assert.Contains(t, []int{http.StatusOK, http.StatusCreated}, w.Code, w.Body.String())
	}
}

func numbered(rows int) string {
	var b strings.Builder
	for n := range rows {
		fmt.Fprintf(&b, `{"n":%d}`+"\n", n)
	}
	return b.String()
}

// TestOnlyAWholeExportTakesThePlaceOfWhatWasPushed has a flow of ten rows.
func TestOnlyAWholeExportTakesThePlaceOfWhatWasPushed(t *testing.T) {
	t.Parallel()
	const whole, running = `"state":2,"total_collected_rows":10`, `"state":1,"total_collected_rows":4`
	const stats = `"state":2,"query_stats":[{"names_with_response":["A"],"result_rows":10}]`
	all := pushed(true, 0, 10)
	for name, c := range map[string]struct {
		steps []delivery
		rows  []int // after each step
	}{
		"a whole export":                    {[]delivery{pushed(true, 0, 5), exported(10, whole), pushed(true, 5, 10)}, []int{5, 10, 10}},
		"a whole export, pushed twice":      {[]delivery{all, pushed(false, 0, 7), exported(10, stats)}, []int{10, 10, 10}},
		"an export cut short":               {[]delivery{all, exported(4, whole), all}, []int{10, 10, 10}},
		"cut short, then pushed":            {[]delivery{exported(4, whole), all, pushed(false, 0, 10)}, []int{4, 10, 10}},
		"cut short, then pushed in parts":   {[]delivery{exported(4, whole), pushed(false, 0, 3), pushed(false, 3, 10)}, []int{4, 4, 10}},
		"cut short between parts":           {[]delivery{pushed(true, 0, 3), exported(4, stats), pushed(true, 3, 10)}, []int{3, 4, 10}},
		"cut short, then whole":             {[]delivery{exported(4, whole), pushed(false, 0, 3), exported(10, whole), pushed(false, 3, 10)}, []int{4, 4, 10, 10}},
		"of a running flow, then pushed":    {[]delivery{exported(4, running), all}, []int{4, 10}},
		"pushed, then of a running flow":    {[]delivery{all, exported(4, running)}, []int{10, 10}},
		"a row of a table, then pushed":     {[]delivery{table(1), all, all}, []int{1, 10, 10}},
		"a table of all between parts":      {[]delivery{pushed(true, 0, 5), table(10), pushed(true, 5, 10), pushed(true, 0, 5)}, []int{5, 10, 10, 10}},
		"a table of half between parts":     {[]delivery{pushed(true, 0, 5), table(5), pushed(true, 5, 10), pushed(true, 5, 10)}, []int{5, 5, 10, 10}},
		"a table of half and a longer one":  {[]delivery{table(5), pushed(true, 0, 5), pushed(true, 5, 10), table(10), pushed(true, 0, 5)}, []int{5, 5, 10, 10, 10}},
		"a table of other rows":             {[]delivery{table(6), pushed(false, 5, 10), pushed(true, 0, 5)}, []int{6, 10, 10}},
		"a whole export of what a table is": {[]delivery{table(10), exported(10, whole), pushed(true, 0, 10)}, []int{10, 10, 10}},
		"two protocols":                     {[]delivery{pushed(true, 0, 5), pushed(true, 5, 10), pushed(false, 0, 7), pushed(false, 7, 10)}, []int{5, 10, 10, 10}},
		"two protocols, in turn":            {[]delivery{pushed(true, 0, 5), pushed(false, 0, 7), pushed(true, 5, 10), pushed(false, 7, 10)}, []int{5, 7, 10, 10}},
		"ids that overlap":                  {[]delivery{pushed(true, 1, 5), pushed(true, 3, 6), pushed(true, 0, 10), pushed(true, 3, 6)}, []int{4, 5, 10, 10}},
		"a CSV until there is more":         {[]delivery{inCSV(8), pushed(true, 0, 5), pushed(true, 5, 10), inCSV(8)}, []int{8, 13, 10, 10}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEveryStore(t, func(t *testing.T, s *server) {
				secret := s.token(t)
				for i, step := range c.steps {
					step(t, s, secret)
					require.Equal(t, map[string]int{"A": c.rows[i]}, s.totals(t), "after step %d", i)
				}
			})
		})
	}
}

// TestWaysThatComeAtOnceLoseNothing holds that two that look for each other's rows at the same time do not both give way.
func TestWaysThatComeAtOnceLoseNothing(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, s *server) {
		secret := s.token(t)
		var pushing sync.WaitGroup
		for _, step := range []delivery{
			pushed(true, 0, 5), pushed(true, 5, 10), pushed(false, 0, 7), pushed(false, 7, 10), pushed(true, 3, 8), table(6),
			pushed(false, 0, 7), pushed(true, 0, 10),
		} {
			pushing.Go(func() { step(t, s, secret) })
		}
		pushing.Wait()
		require.Equal(t, map[string]int{"A": 10}, s.totals(t))
	})
}

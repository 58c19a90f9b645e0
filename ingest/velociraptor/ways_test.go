package velociraptor_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/ingest/velociraptor"
)

// channel makes deliveries of rows of the flow F.1 of C.1, of which the first is the row number first of the flow.
type channel func(first int, rows []string) ingest.Reader

// with puts columns behind those of a row.
func with(row, columns string) string { return strings.TrimSuffix(row, "}") + "," + columns + "}" }

// withoutHostname is what is left of a row that has the column.
func withoutHostname(row string) string {
	return strings.NewReplacer(`"Hostname":"a",`, "", `"Hostname":"b",`, "").Replace(row)
}

// elastic is for rows that lose a column of their own on the way.
func elastic(first int, rows []string) ingest.Reader {
	var b strings.Builder
	for i, row := range rows {
		fmt.Fprintf(&b, `{ "index" : {"_id" : "%d", "_index": "artifact_a"} }`+"\n", first+i)
		b.WriteString(with(withoutHostname(row), `"Artifact":"A","Hostname":"pc1","timestamp":"x","ClientId":"C.1","FlowId":"F.1","Organization":"<root>"`) + "\n")
	}
	return &velociraptor.Push{Body: strings.NewReader(b.String()), Protocol: velociraptor.ElasticBulk}
}

func splunk(first int, rows []string) ingest.Reader {
	var b strings.Builder
	for _, row := range rows {
		row = with(row, `"Artifact":"A","timestamp":"x","ClientId":"C.1","FlowId":"F.1","src_artifact":"artifact_A","org_name":"<root>"`)
		fmt.Fprintf(&b, `{"time":%d,"event":%s}`+"\r\n\r\n", first, row)
	}
	return &velociraptor.Push{Body: strings.NewReader(b.String()), Protocol: velociraptor.SplunkHEC}
}

func logscale(first int, rows []string) ingest.Reader {
	events := make([]string, len(rows))
	for i, row := range rows {
		row = with(row, fmt.Sprintf(`"Artifact":"A","timestamp":"%d","FlowId":"F.1"`, first))
		events[i] = `{"timestamp":"x","attributes":` + row + `}`
	}
	body := `[{"events":[` + strings.Join(events, ",") + `],"tags":{"ClientId":"C.1","ClientHostname":"pc1"}}]`
	return &velociraptor.Push{Body: strings.NewReader(body), Protocol: velociraptor.LogScale}
}

// tableOf is a table as the GUI gives it, of a part of the flow or all of it.
func tableOf(_ int, rows []string) ingest.Reader {
	return &velociraptor.Table{
		Body: strings.NewReader(strings.Join(rows, "\n")), Artifact: "A", ClientID: "C.1", FlowID: "F.1",
	}
}

// TestAFlowIsThereOnceByWhateverWaysItComes brings random flows, in which rows may be equal, by random ways in random
// batches, some of them several times, in any order. Rows are whole wherever one way has them whole.
func TestAFlowIsThereOnceByWhateverWaysItComes(t *testing.T) {
	t.Parallel()
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 1))
		flow := make([]string, 1+r.IntN(12))
		for i := range flow {
			flow[i] = fmt.Sprintf([]string{`{"n":%d}`, `{"Hostname":"a","n":%d}`, `{"Hostname":"b","n":%d}`}[r.IntN(3)], r.IntN(1+r.IntN(9)))
		}
		var deliveries []func() ingest.Reader
		var told []string
		for i, way := range []channel{elastic, splunk, logscale, tableOf} {
			if r.IntN(2) == 0 && (i < 3 || len(told) > 0) {
				continue
			}
			for _, b := range batches(r, len(flow), i) {
				told = append(told, fmt.Sprint(i, b))
				deliveries = append(deliveries, func() ingest.Reader { return way(b[0], flow[b[0]:b[1]]) })
			}
		}
		order := r.Perm(len(deliveries))
		for range r.IntN(4) {
			order = append(order, r.IntN(len(deliveries)))
		}
		h := newHarness(t, ingest.Config{})
		for _, i := range order {
			_, err := h.Ingest(t.Context(), h.tenant, deliveries[i]())
			require.NoError(t, err)
		}
		all, err := h.Collections(t.Context(), h.tenant, ingest.CollectionFilter{})
		require.NoError(t, err)
		require.Len(t, all, 1)
		if !slices.ContainsFunc(told, func(way string) bool { return way[0] != '0' }) {
			for i, row := range flow {
				flow[i] = withoutHostname(row)
			}
		}
		got := h.rows(t, all[0], "A")
		slices.Sort(got)
		slices.Sort(flow)
		require.Equal(t, flow, got, "seed %d, %v in the order %v", seed, told, order)
	}
}

// batches cuts a flow of n rows into batches, from and to. A server that pushes to Elastic may send rows again together
// with others, and a table is brought as a whole, or its beginning before.
func batches(r *rand.Rand, n, way int) (cut [][2]int) {
	if way == 3 {
		return [][2]int{{0, 1 + r.IntN(n)}, {0, n}}[r.IntN(2):]
	}
	for first := 0; first < n; {
		end := min(n, first+1+r.IntN(n))
		cut = append(cut, [2]int{first, end})
		first = end
	}
	if way == 0 {
		first := r.IntN(n)
		cut = append(cut, [2]int{first, first + 1 + r.IntN(n-first)})
	}
	return cut
}

// TestRowsOfOneWayStay holds that what only might be the same is kept.
func TestRowsOfOneWayStay(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	equal := []string{`{"n":1}`, `{"n":1}`}
	for first := range 3 {
		h.kept(t, elastic(2*first, equal))
	}
	assert.Equal(t, map[string]int64{"C.1|F.1|A": 6}, h.totals(t))
	h.kept(t, splunk(0, equal))
	assert.Equal(t, map[string]int64{"C.1|F.1|A": 6}, h.totals(t))
}

package velociraptor_test

import (
	"io"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/ingest/velociraptor"
)

// bulk is a batch of rows for Elastic.
func bulk(rows ...string) *velociraptor.Push {
	var b strings.Builder
	for i, row := range rows {
		b.WriteString(`{ "index" : {"_id" : "` + strconv.Itoa(i) + `", "_index": "artifact_a"} }` + "\n" + row + "\n")
	}
	return &velociraptor.Push{Body: strings.NewReader(b.String()), Protocol: velociraptor.ElasticBulk}
}

// TestPushedEventsGoToTheirClients has events as Elastic.Events.Upload sends them, and as other versions might.
func TestPushedEventsGoToTheirClients(t *testing.T) {
	t.Parallel()
	const queue, protocol = `"ClientId":"C.1","_ts":1795455593,"_Source":"A.B"`, `"Artifact":"A.B","Hostname":"web01","timestamp":"2026-11-23T17:37:17Z"`
	for name, test := range map[string]struct{ row, want string }{
		"as it is":             {`{"CPU":1,` + queue + `,` + protocol + `}`, `{"CPU":1}`},
		"no name of the host":  {`{"CPU":1,` + queue + `,"Artifact":"A.B","Hostname":null,"timestamp":"x"}`, `{"CPU":1}`},
		"without the protocol": {`{"CPU":1,` + queue + `}`, `{"CPU":1}`},
		"in another order":     {`{"CPU":1,` + protocol + `,"_Source":"A.B","_ts":1795455593,"ClientId":"C.1"}`, `{"CPU":1}`},
		"columns that are new": {`{"CPU":1,` + queue + `,"New":[1],` + protocol + `,"Newer":2}`, `{"CPU":1,"New":[1],"Newer":2}`},
		"own columns": {`{"Hostname":"own","timestamp":5,"FlowId":"F.1",` + queue + `,"Artifact":"A.B","timestamp":"x"}`,
			`{"Hostname":"own","timestamp":5,"FlowId":"F.1"}`},
		"with a fraction": {`{"CPU":1,"ClientId":"C.1","_ts":1795455593.5,"_Source":"A.B","Hostname":null}`, `{"CPU":1}`},
		"without _Source": {`{"CPU":1,"ClientId":"C.1","_ts":1795455593,` + protocol + `}`, `{"CPU":1}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHarness(t, ingest.Config{})
			c := h.kept(t, bulk(test.row))
			assert.Equal(t, []string{"C.1", ""}, []string{c.ClientID, c.FlowID})
			assert.Equal(t, []string{test.want}, h.rows(t, c, "A.B"))
			assert.Equal(t, time.Unix(1795455593, 0).UTC(), c.CollectedAt)
			assert.Empty(t, h.host(t, c).FQDN)
		})
	}
}

func TestPushedFlowsMayHaveColumnsThatAreNew(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	c := h.kept(t, bulk(`{"n":1,"_ts":5,"Artifact":"A","Hostname":"pc1","timestamp":"x","ClientId":"C.1","FlowId":"F.1","New":1,"Organization":"o"}`))
	assert.Equal(t, []string{"C.1", "F.1"}, []string{c.ClientID, c.FlowID})
	assert.Equal(t, []string{`{"n":1,"_ts":5,"New":1}`}, h.rows(t, c, "A"))
}

// TestColumnsThatWereAddedMayBeNull holds that a server which does not know something loses no row by it.
func TestColumnsThatWereAddedMayBeNull(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	c := h.kept(t, bulk(`{"n":1,"Artifact":"Server.X","Hostname":null,"timestamp":null,"ClientId":"server","FlowId":"F.1","Organization":null}`))
	assert.Equal(t, []string{"server", "F.1"}, []string{c.ClientID, c.FlowID})
	assert.Equal(t, []string{`{"n":1}`}, h.rows(t, c, "Server.X"))
	c = h.kept(t, &velociraptor.Table{
		Body: strings.NewReader(`{"n":1,"FlowId":"F.2","ClientId":"C.1","_OrgId":null,"Fqdn":null}`), Artifact: "A",
	})
	assert.Equal(t, []string{"C.1", "F.2"}, []string{c.ClientID, c.FlowID})
	assert.Equal(t, []string{`{"n":1}`}, h.rows(t, c, "A"))
	require.Equal(t, ingest.Complete, c.Status)
}

// TestABadRowCountsWhereItSaysThatItIsFrom holds that the account of a flow tells of its own rows alone.
func TestABadRowCountsWhereItSaysThatItIsFrom(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	row := func(artifact, clientID, flowID string) string {
		return `{"n":1,"Artifact":` + artifact + `,"Hostname":null,"timestamp":"x","ClientId":"` + clientID + `","FlowId":"` + flowID +
			`","Organization":null}`
	}
	report, err := h.Ingest(t.Context(), h.tenant, bulk(
		`}`, row(`"A"`, "C.1", "F.1"), row(`null`, "server", "F.2"), row(`"A"`, "C.2", "F.2"), row(`null`, "C.1", "F.1"), `{`,
	))
	require.NoError(t, err)
	require.Len(t, report.Collections, 2)
	for _, kept := range report.Collections {
		rejected := map[string]int64{"C.1": 1, "C.2": 0}[kept.Collection.ClientID]
		assert.Equal(t, rejected, kept.Collection.Results[0].Rejected, kept.Collection.ClientID)
	}
	require.Len(t, report.Notes, 1)
	assert.Contains(t, report.Notes[0], "3 rows could not be kept", "which name no flow of which there is something")
}

// TestIDsMayBeNumbers is for artifacts of one's own that give rows ids.
func TestIDsMayBeNumbers(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	row := `{"n":1,"Artifact":"A","timestamp":"x","ClientId":"C.1","FlowId":"F.1"}` + "\n"
	for _, ids := range [][]string{{"1", `"2"`}, {`"1"`, "2"}, {"2", "-3"}} {
		body := ""
		for _, id := range ids {
			body += `{"index":{"_id":` + id + "}}\n" + row
		}
		h.kept(t, &velociraptor.Push{Body: strings.NewReader(body), Protocol: velociraptor.ElasticBulk})
	}
	assert.Equal(t, map[string]int64{"C.1|F.1|A": 3}, h.totals(t))
	h.kept(t, &velociraptor.Push{Body: strings.NewReader(`{"create":{"_id":null}}` + "\n" + row), Protocol: velociraptor.ElasticBulk})
	assert.Equal(t, map[string]int64{"C.1|F.1|A": 4}, h.totals(t))
}

// TestABodyThatIsBrokenOffKeepsWhatIsWhole is for servers that send a body a few times, as it is, and then forget it.
func TestABodyThatIsBrokenOffKeepsWhatIsWhole(t *testing.T) {
	t.Parallel()
	event := func(n int) string {
		return `{"n":` + strconv.Itoa(n) + `,"Artifact":"A","timestamp":"x","ClientId":"C.1","FlowId":"F.1"}`
	}
	splunk := func(n int) string { return `{"event":` + event(n) + "}\r\n\r\n" }
	group := func(n int) string { return `{"events":[{"attributes":` + event(n) + `}]}` }
	for name, push := range map[string]*velociraptor.Push{
		"Splunk, cut short": {Protocol: velociraptor.SplunkHEC, Body: strings.NewReader(splunk(1) + splunk(2) + splunk(3)[:30])},
		"Splunk, damaged":   {Protocol: velociraptor.SplunkHEC, Body: strings.NewReader(splunk(1) + "}" + splunk(2))},
		"LogScale":          {Protocol: velociraptor.LogScale, Body: strings.NewReader("[" + group(1) + "," + group(2) + "," + group(3)[:30])},
		"LogScale, more":    {Protocol: velociraptor.LogScale, Body: strings.NewReader("[" + group(1) + "," + group(2) + "]x")},
		"Elastic": {Protocol: velociraptor.ElasticBulk,
			Body: strings.NewReader("{\"index\":{}}\n" + event(1) + "\n{\"index\":{}}\n" + event(2) + "\n{\"index\":{}}\n" + event(3)[:20])},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHarness(t, ingest.Config{})
			report, err := h.Ingest(t.Context(), h.tenant, push)
			require.NoError(t, err)
			require.Len(t, report.Collections, 1)
			assert.Equal(t, []string{`{"n":1}`, `{"n":2}`}, h.rows(t, report.Collections[0].Collection, "A"))
			require.Len(t, report.Notes, 1)
			assert.Contains(t, report.Notes[0], "1 rows could not be kept")
		})
	}
}

// TestAConnectionThatBreaksKeepsNothing holds that what did not come whole is sent again.
func TestAConnectionThatBreaksKeepsNothing(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	event := `{"event":{"n":1,"Artifact":"A","timestamp":"x","ClientId":"C.1","FlowId":"F.1"}}`
	for _, protocol := range []velociraptor.Protocol{velociraptor.SplunkHEC, velociraptor.LogScale, velociraptor.ElasticBulk} {
		broken := io.MultiReader(strings.NewReader(event+event[:20]), iotest.ErrReader(io.ErrUnexpectedEOF))
		_, err := h.Ingest(t.Context(), h.tenant, &velociraptor.Push{Body: broken, Protocol: protocol})
		require.Error(t, err)
	}
	assert.Empty(t, h.totals(t))
}

// TestOneEventIsOneRowByWhateverWay holds that events which came twice are there once, and those that happened twice are
// there twice, although the time at which the server had them is no part of the row.
func TestOneEventIsOneRowByWhateverWay(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	table := func(row string) *velociraptor.Table { return &velociraptor.Table{Body: strings.NewReader(row)} }
	stored := table(`{"up":true,"ClientId":"C.1","_Source":"C.1","_ts":1795458314916}`)
	stored.Artifact = "A"
	ofHost := table(`{"up":true,"ClientId":"C.1","_Source":"C.1","_ts":1795458314916}`)
	ofHost.Artifact, ofHost.ClientID = "A", "C.1"
	unnamed := table(`{"up":true,"ClientId":"C.1","_ts":1795458314,"_Source":"A"}`)
	unnamed.ClientID = "C.1"
	for _, r := range []ingest.Reader{
		bulk(`{"up":true,"ClientId":"C.1","_ts":1795458314,"_Source":"A","Artifact":"A","Hostname":"pc1","timestamp":"x"}`),
		table(`{"up":true,"ClientId":"C.1","_ts":1795458314,"_Source":"A"}`), stored, ofHost, unnamed,
	} {
		c := h.kept(t, r)
		assert.Equal(t, time.Unix(1795458314, 0).UTC(), c.CollectedAt.Truncate(time.Second))
		assert.Equal(t, map[string]int64{"C.1||A": 1}, h.totals(t))
	}
	h.kept(t, table(`{"up":true,"ClientId":"C.1","_ts":1795458374,"_Source":"A"}`))
	assert.Equal(t, map[string]int64{"C.1||A": 2}, h.totals(t), "a minute later")
}

// TestARowOfAHostMayLookLikeAnEvent holds that columns are a row's own unless all that a queue adds is there.
func TestARowOfAHostMayLookLikeAnEvent(t *testing.T) {
	t.Parallel()
	for _, row := range []string{`{"n":1,"_ts":5}`, `{"ClientId":"C.1","_ts":5,"_Source":"x","n":1}`, `{"n":1,"ClientId":"C.2","_ts":5,"_Source":"A"}`} {
		h := newHarness(t, ingest.Config{})
		c := h.kept(t, &velociraptor.Table{Body: strings.NewReader(row), Artifact: "A", ClientID: "C.1"})
		assert.Equal(t, []string{row}, h.rows(t, c, "A"))
	}
}

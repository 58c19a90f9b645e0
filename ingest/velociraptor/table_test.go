package velociraptor_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/hosts"
	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/ingest/velociraptor"
)

func linesOf(text string) *velociraptor.Table {
	return &velociraptor.Table{Body: strings.NewReader(text), Artifact: "A", Hostname: "pc1"}
}

func TestJSONLinesKeepsLinesAsTheyAre(t *testing.T) {
	t.Parallel()
	long := `{"long":"` + strings.Repeat("x", 1<<20) + `"}`
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"line ends":       {"{\"a\":1}\n{\"a\":2}\r\n{\"a\":3}\n", []string{`{"a":1}`, `{"a":2}`, `{"a":3}`}},
		"no last end":     {"{\"a\":1}\n{\"a\":2}", []string{`{"a":1}`, `{"a":2}`}},
		"carriage return": {`{"a":1}` + "\r", []string{`{"a":1}`}},
		"empty lines":     {"\n\r\n{\"a\":1}\n \t\n\n", []string{`{"a":1}`}},
		"byte order mark": {"\xEF\xBB\xBF{\"a\":1}\n", []string{`{"a":1}`}},
		"white space":     {" { \"a\" : 1 } \n", []string{` { "a" : 1 } `}},
		"odd rows": {`{"a":18446744073709551615,"a":2,"s":"\u0000","e":1e+300}`,
			[]string{`{"a":18446744073709551615,"a":2,"s":"\u0000","e":1e+300}`}},
		"longer than the buffer": {long + "\n{}\n" + long, []string{long, `{}`, long}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHarness(t, ingest.Config{})
			lines := linesOf(test.text)
			lines.Body = iotest.HalfReader(lines.Body)
			c := h.kept(t, lines)
			assert.Equal(t, ingest.Complete, c.Status)
			assert.Equal(t, test.want, h.rows(t, c, "A"))
		})
	}
}

func TestJSONLinesNamesWhereRowsComeFrom(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	c := h.kept(t, &velociraptor.Table{
		Body: strings.NewReader(`{}`), Artifact: "Generic.Client.Info/Users", Hostname: "pc1", ClientID: "C.1-OACME", FlowID: "F.DC28A7CV632VS.H",
	})
	assert.Equal(t, []string{"pc1", "C.1-OACME", "F.DC28A7CV632VS.H"}, []string{c.Hostname, c.ClientID, c.FlowID})
	assert.Equal(t, "H.DC28A7CV632VS", c.HuntID, "flows of a hunt are called after it")
	assert.Equal(t, "Generic.Client.Info/Users", c.Results[0].Artifact)
}

func TestJSONLinesCountsBadLines(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{MaxRowBytes: 300 << 10})
	limit := strings.Repeat("x", 300<<10-len(`{"a":""}`))
	c := h.kept(t, linesOf("{\"a\":1}\n\n}\r\n"+`{"a":"`+limit+"y\"}\n"+`{"a":"`+limit+"\"}\r\n"+`{"a":"`+strings.Repeat("x", 2<<20)+"\"}\n{\"a\":2}\n"))
	r := c.Results[0]
	assert.Equal(t, ingest.Partial, c.Status)
	assert.Equal(t, []int64{6, 3, 3}, []int64{r.Read, r.Stored, r.Rejected})
	assert.Equal(t, []ingest.Rejection{
		{Line: 3, Reason: "not a JSON object at byte 0"},
		{Line: 4, Reason: "longer than 307200 bytes"},
		{Line: 6, Reason: "longer than 307200 bytes"},
	}, r.Rejections)
	assert.Equal(t, `{"a":2}`, h.rows(t, c, "A")[2])
}

func TestJSONLinesRefusesWhatCannotBeKept(t *testing.T) {
	t.Parallel()
	for want, lines := range map[string]*velociraptor.Table{
		"give artifact":                 {Body: strings.NewReader(`{}`), Hostname: "h"},
		"named: give hostname":          {Body: strings.NewReader(`{}`), Artifact: "A", FlowID: "F.1"},
		"give hostname or client_id":    {Body: strings.NewReader(`{}`), Artifact: "A"},
		"there is no row":               linesOf(""),
		"there is no row: send":         linesOf("\n\n\r\n"),
		"line 2: not a JSON object":     linesOf("\n}\n[]"),
		"line 1: longer than 16777216 ": linesOf(`{"a":"` + strings.Repeat("x", 64<<20) + `"}`),
		"line 1: nested more than 512":  linesOf(strings.Repeat(`{"a":`, 10_000)),
		"line 1: invalid UTF-8":         linesOf("{\"a\":\"\xff\"}"),
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			assert.ErrorContains(t, newHarness(t, ingest.Config{}).refused(t, lines), want)
		})
	}
}

func TestJSONLinesPassesErrorsOfTheBodyOn(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	broken := errors.New("connection lost")
	_, err := h.Ingest(t.Context(), h.tenant, &velociraptor.Table{Body: iotest.ErrReader(broken), Artifact: "A", Hostname: "h"})
	require.ErrorIs(t, err, broken)
}

// readTable reads one of the tables that were written by a real Velociraptor.
func readTable(t *testing.T, name string) io.Reader {
	return bytes.NewReader(readSample(t, name))
}

func TestTablesOfTheCommandLineNameTheirArtifacts(t *testing.T) {
	t.Parallel()
	want := map[string]int64{"cli-host||Linux.Mounts": 11, "cli-host||Linux.Sys.Pslist": 16, "cli-host||Linux.Sys.Users": 24}
	var rows [][]string
	for name, form := range map[string]velociraptor.Form{
		"web01-cli.jsonl": velociraptor.JSONLines, "web01-cli.json": velociraptor.JSONArrays,
	} {
		h := newHarness(t, ingest.Config{})
		c := h.kept(t, &velociraptor.Table{Body: readTable(t, name), Form: form, Hostname: "cli-host"})
		assert.Equal(t, want, h.totals(t), name)
		rows = append(rows, h.rows(t, c, "Linux.Sys.Users"))
	}
	assert.Equal(t, rows[0], rows[1], "they are the same rows")
	assert.Equal(t, `{"User":"root","Description":"root","Uid":"0","Gid":"0","Homedir":"/root","Shell":"/bin/bash"}`, rows[0][0])
}

func TestResultsOfAHuntGoToTheirHosts(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	full, err := os.ReadFile("../../examples/server/demo/hunt.zip")
	require.NoError(t, err)
	_, err = h.Ingest(t.Context(), h.tenant, archive(full))
	require.NoError(t, err)
	before := h.totals(t)
	report, err := h.Ingest(t.Context(), h.tenant, &velociraptor.Table{
		Body: readTable(t, "hunt_results.huntA.Linux.Sys.Users.jsonl"), Artifact: "Linux.Sys.Users",
	})
	require.NoError(t, err)
	assert.Equal(t, before, h.totals(t))
	assert.Len(t, report.Collections, 4)
	for _, kept := range report.Collections {
		assert.Equal(t, ingest.Duplicate, kept.Collection.Status, "they are the rows of the export")
	}
}

func TestRowsSayWhereTheyAreFrom(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	report, err := h.Ingest(t.Context(), h.tenant, &velociraptor.Table{Body: strings.NewReader(strings.Join([]string{
		`{"n":1,"ClientId":"C.1","_ts":1795458452,"_Source":"Linux.Events.SSHLogin"}`,
		`{"n":2,"ClientId":"C.1","Own":1,"ClientId":"C.2","_Source":"A"}`,
		`{"n":3,"ClientId":"C.1","_Source":"C.1","_ts":1795458452695}`,
		`{"n":4,"_Source":"A"}`,
	}, "\n"))})
	require.NoError(t, err)
	assert.Equal(t, map[string]int64{"C.1||Linux.Events.SSHLogin": 1, "C.2||A": 1}, h.totals(t))
	all, err := h.Collections(t.Context(), h.tenant, ingest.CollectionFilter{})
	require.NoError(t, err)
	assert.Equal(t, []string{`{"n":1}`}, h.rows(t, all[1], "Linux.Events.SSHLogin"))
	assert.Equal(t, time.Unix(1795458452, 0).UTC(), all[1].CollectedAt, "the time of its event")
	assert.Equal(t, []string{`{"n":2,"ClientId":"C.1","Own":1}`}, h.rows(t, all[0], "A"))
	assert.Equal(t, []ingest.Rejection{
		{Line: 3, Reason: "does not name its artifact: it has no _Source; give artifact"},
	}, all[1].Results[0].Rejections, "it says which host it is from")
	assert.Empty(t, all[0].Results[0].Rejections)
	require.Len(t, report.Notes, 1)
	assert.Contains(t, report.Notes[0], "1 rows could not be kept and do not say which host and flow they are from; line 4: "+
		"does not say which host it is from: it has no ClientId; give hostname or client_id")
}

func TestRowsSayWhereTheyAreFromInColumnsThatSomebodyPutElsewhere(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	_, err := h.Ingest(t.Context(), h.tenant, &velociraptor.Table{Body: strings.NewReader(strings.Join([]string{
		`{"_Source":"A","ClientId":"C.1","Fqdn":"one.corp","FlowId":"F.1","n":1}`,
		`{"n":2,"FlowId":"F.2","Own":{"ClientId":"C.9"},"_Source":"B","ClientId":"C.1","last":true}`,
		`{"ClientId":"C.2","n":3,"Fqdn":"two.corp","_Source":"A"}`,
		`{"ClientId":"C.3","_Source":"A","n":4,"FlowId":"F.4"}`,
		`{"Fqdn":"mine","n":5,"_Source":"A"}`,
	}, "\n"))})
	require.NoError(t, err)
	assert.Equal(t, map[string]int64{"C.1|F.1|A": 1, "C.1|F.2|B": 1, "C.2||A": 1, "C.3|F.4|A": 1}, h.totals(t))
	all, err := h.Collections(t.Context(), h.tenant, ingest.CollectionFilter{})
	require.NoError(t, err)
	rows := make(map[string][]string)
	for _, c := range all {
		for _, r := range c.Results {
			rows[c.ClientID+" "+c.FlowID] = h.rows(t, c, r.Artifact)
		}
	}
	assert.Equal(t, map[string][]string{
		"C.1 F.1": {`{"n":1}`}, "C.1 F.2": {`{"n":2,"Own":{"ClientId":"C.9"},"last":true}`}, "C.2 ": {`{"n":3}`}, "C.3 F.4": {`{"n":4}`},
	}, rows)
	found, err := h.stores.Hosts.Hosts(t.Context(), h.tenant, hosts.Filter{Name: "one.corp", Limit: 2})
	require.NoError(t, err)
	assert.Len(t, found, 1)
}

// TestColumnsOfAHuntGiveItsRowsInAnyOrder holds that whoever chooses columns brings the same rows as an export, and not
// some more beside them.
func TestColumnsOfAHuntGiveItsRowsInAnyOrder(t *testing.T) {
	t.Parallel()
	const client, flow, name = `"ClientId":"C.1",`, `"FlowId":"F.1",`, `"Fqdn":"web01.corp",`
	const own = `"n":1,"_Source":"Own/Uploads",`
	for _, order := range []string{
		own + flow + client + name, own + client + flow, flow + own + client, flow + own + client + name, flow + own + name + client,
		flow + name + own + client, name + flow + own + client, client + own + flow + name, client + own + name + flow,
		name + own + client + flow, name + own + flow + client, client + flow + own, name + client + own + flow,
	} {
		h := newHarness(t, ingest.Config{})
		c := h.kept(t, &velociraptor.Table{Body: strings.NewReader("{" + strings.TrimSuffix(order, ",") + "}"), Artifact: "A"})
		assert.Equal(t, []string{"C.1", "F.1"}, []string{c.ClientID, c.FlowID}, order)
		assert.Equal(t, []string{`{"n":1,"_Source":"Own/Uploads"}`}, h.rows(t, c, "A"), order)
	}
}

// TestRowsAreOfTheClientThatTheyName holds for one that was installed again and has the name of the other.
func TestRowsAreOfTheClientThatTheyName(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	_, err := h.Ingest(t.Context(), h.tenant, &velociraptor.Table{Artifact: "A", Body: strings.NewReader(strings.Join([]string{
		`{"n":1,"FlowId":"F.1","ClientId":"C.1","Fqdn":"web01.corp"}`,
		`{"n":2,"FlowId":"F.2","ClientId":"C.2","Fqdn":"web01.corp"}`,
		`{"ClientId":"C.2","n":3,"FlowId":"F.3","Fqdn":"web01.corp"}`,
	}, "\n"))})
	require.NoError(t, err)
	assert.Equal(t, map[string]int64{"C.1|F.1|A": 1, "C.2|F.2|A": 1, "C.2|F.3|A": 1}, h.totals(t))
}

// TestColumnsOfEventsGiveThemInAnyOrder holds that an event is told by its time, and that a FlowId is then what it is about.
func TestColumnsOfEventsGiveThemInAnyOrder(t *testing.T) {
	t.Parallel()
	const client, at, of, own = `"ClientId":"C.1",`, `"_ts":1795458314,`, `"_Source":"A",`, `"FlowId":"F.1","up":true,`
	for _, artifact := range []string{"A", ""} {
		h := newHarness(t, ingest.Config{})
		for _, order := range []string{
			own + client + at + of, at + own + client + of, at + client + of + own, client + own + at + of, of + at + own + client,
		} {
			c := h.kept(t, &velociraptor.Table{Body: strings.NewReader("{" + strings.TrimSuffix(order, ",") + "}"), Artifact: artifact})
			assert.Equal(t, map[string]int64{"C.1||A": 1}, h.totals(t), order)
			assert.Equal(t, time.Unix(1795458314, 0).UTC(), c.CollectedAt, order)
		}
	}
}

func TestTheCSVOfTheGUIGivesItsRows(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	asCSV := h.kept(t, &velociraptor.Table{
		Body: readTable(t, "F.DC28ASACQIC4U-Linux.Sys.Pslist.csv"), Form: velociraptor.CSV, Artifact: "P", ClientID: "C.1",
	})
	asJSON := h.kept(t, &velociraptor.Table{
		Body: readTable(t, "F.DC28ASACQIC4U-Linux.Sys.Pslist.json"), Artifact: "P", ClientID: "C.2",
	})
	want := h.rows(t, asJSON, "P")
	for i, row := range want {
		want[i] = strings.ReplaceAll(row, ":null", `:""`) // what a CSV does not tell apart
	}
	assert.Equal(t, want, h.rows(t, asCSV, "P"))
}

// TestTheNameOfAHostIsEnough holds that rows of which only a name is known go to the host that has it.
func TestTheNameOfAHostIsEnough(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	flow := func(clientID, domain string) *velociraptor.Archive {
		return archive(zipOf(t, file{"client_info.json", `{"client_id":"` + clientID + `","hostname":"web01","fqdn":"web01.` + domain + `"}`},
			file{"collection_context.json", `{"session_id":"F.1"}`}, file{"results/A.json", `{"n":1}`}))
	}
	named := func(name string) ingest.Report {
		report, err := h.Ingest(t.Context(), h.tenant, &velociraptor.Table{
			Body: strings.NewReader(`{"n":1}`), Artifact: "B", Hostname: name,
		})
		require.NoError(t, err)
		return report
	}
	client := h.kept(t, flow("C.1", "corp"))
	for _, name := range []string{"WEB01", "web01.corp"} {
		report := named(name)
		assert.Equal(t, client.HostID, report.Collections[0].Collection.HostID)
		assert.Empty(t, report.Notes)
		assert.Equal(t, "web01", h.host(t, client).Hostname)
	}
	h.kept(t, flow("C.2", "home"))
	report := named("web01")
	assert.Empty(t, report.Collections[0].Collection.ClientID)
	require.Len(t, report.Notes, 1)
	assert.Contains(t, report.Notes[0], `"web01" is the name of 2 other hosts too`)
}

// TestMachinesWithoutADomainAreNotTakenForOneAnother holds for those of a workgroup, whose FQDN is their host name.
func TestMachinesWithoutADomainAreNotTakenForOneAnother(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	_, err := h.Ingest(t.Context(), h.tenant, &velociraptor.Table{Artifact: "A", Body: strings.NewReader(
		`{"FlowId":"F.1","ClientId":"C.1","Fqdn":"desktop"}` + "\n" + `{"FlowId":"F.2","ClientId":"C.2","Fqdn":"desktop"}`)})
	require.NoError(t, err)
	for range 2 {
		report, err := h.Ingest(t.Context(), h.tenant, &velociraptor.Table{Body: strings.NewReader(`{}`), Artifact: "A", Hostname: "desktop"})
		require.NoError(t, err)
		assert.Empty(t, report.Collections[0].Collection.ClientID)
		require.Len(t, report.Notes, 1)
		assert.Contains(t, report.Notes[0], `"desktop" is the name of 2 other hosts too`)
	}
}

// TestTheNameOfAnotherHostRenamesNone holds that who gives it beside a client id is told.
func TestTheNameOfAnotherHostRenamesNone(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	give := func(name, clientID string) ingest.Report {
		report, err := h.Ingest(t.Context(), h.tenant, &velociraptor.Table{
			Body: strings.NewReader(`{}`), Artifact: "A", Hostname: name, ClientID: clientID,
		})
		require.NoError(t, err)
		return report
	}
	give("h1.corp", "C.1")
	assert.Empty(t, give("h2.corp", "C.2").Notes)
	report := give("h1.corp", "C.2")
	assert.Equal(t, []string{"C.2", "h2.corp"}, []string{report.Collections[0].Collection.ClientID, report.Collections[0].Collection.Hostname})
	require.Len(t, report.Notes, 1)
	assert.Contains(t, report.Notes[0], `"h1.corp" is the name of another host, not of the client "C.2"`)
	report = give("h3.corp", "C.2")
	assert.Empty(t, report.Notes)
	assert.Equal(t, "h3.corp", h.host(t, report.Collections[0].Collection).Hostname, "it may be called otherwise")
}

func TestClientIDsHaveNoWhiteSpace(t *testing.T) {
	t.Parallel()
	for _, id := range []string{" C.1", "C.1\n", "C 1", "C.1\u00a0", "C.\x7f1"} {
		err := newHarness(t, ingest.Config{}).refused(t, &velociraptor.Table{Body: strings.NewReader(`{}`), Artifact: "A", ClientID: id})
		assert.ErrorContains(t, err, "holds white space or control characters")
	}
}

// TestEventsOfANamedHostAreOfTheClientThatTheyName holds that nobody has to look up what the rows say.
func TestEventsOfANamedHostAreOfTheClientThatTheyName(t *testing.T) {
	t.Parallel()
	for _, artifact := range []string{"A", ""} {
		h := newHarness(t, ingest.Config{})
		c := h.kept(t, &velociraptor.Table{
			Body: strings.NewReader(`{"n":1,"ClientId":"C.1","_ts":1795458314,"_Source":"A"}`), Artifact: artifact, Hostname: "web01",
		})
		assert.Equal(t, []string{"C.1", "web01"}, []string{c.ClientID, c.Hostname})
		assert.Equal(t, []string{`{"n":1}`}, h.rows(t, c, "A"))
	}
}

// TestATableOfEventsMayHaveGrown holds that events are there as often as they happened, however often they are brought.
func TestATableOfEventsMayHaveGrown(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	events := func(seconds ...int) ingest.Reader {
		var b strings.Builder
		for _, at := range seconds {
			fmt.Fprintf(&b, `{"up":true,"ClientId":"C.1","_Source":"C.1","_ts":%d000}`+"\n", 1795458314+at)
		}
		return &velociraptor.Table{Body: strings.NewReader(b.String()), Artifact: "A"}
	}
	for _, step := range []struct {
		table ingest.Reader
		rows  int64
	}{
		{events(1, 2, 3), 3}, {events(2, 3, 3, 4), 5}, {events(1, 2, 3), 5}, {events(3), 5}, {events(4, 5), 6}, {events(1, 2, 3, 3, 4, 5), 6},
	} {
		h.kept(t, step.table)
		assert.Equal(t, map[string]int64{"C.1||A": step.rows}, h.totals(t))
	}
}

// TestPushedEventsMayComeAgainWithMore is for a buffer that was kept, because its answer was lost, and has grown.
func TestPushedEventsMayComeAgainWithMore(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	event := func(n int) string {
		return fmt.Sprintf(`{"n":%d,"ClientId":"C.1","_ts":1795455593,"_Source":"A","Artifact":"A","Hostname":"pc1","timestamp":"x"}`, n)
	}
	h.kept(t, bulk(event(1), event(1)))
	h.kept(t, bulk(event(1), event(1), event(2), event(1)))
	h.kept(t, bulk(event(1), event(1), event(2), event(1)))
	assert.Equal(t, map[string]int64{"C.1||A": 4}, h.totals(t))
}

// TestEventsAreThereOnceAsCSVAndAsJSON holds for a table of events that was downloaded in both forms, in whatever order, by
// rows that say where they are from and for a client that is named.
func TestEventsAreThereOnceAsCSVAndAsJSON(t *testing.T) {
	t.Parallel()
	lines := `{"n":1,"s":null,"ClientId":"C.1","_ts":1795458418,"_Source":"A"}` + "\n" +
		`{"n":2,"s":"x","ClientId":"C.1","_ts":1795458419,"_Source":"A"}` + "\n"
	csv := "n,s,ClientId,_ts,_Source\n1,,C.1,1795458418,A\n2,x,C.1,1795458419,A\n"
	for _, clientID := range []string{"", "C.1"} {
		for _, order := range [][]velociraptor.Form{
			{velociraptor.CSV, velociraptor.JSONLines}, {velociraptor.JSONLines, velociraptor.CSV},
			{velociraptor.CSV, velociraptor.CSV, velociraptor.JSONLines, velociraptor.CSV},
		} {
			h := newHarness(t, ingest.Config{})
			var kept ingest.Collection
			for _, form := range order {
				body := lines
				if form == velociraptor.CSV {
					body = csv
				}
				kept = h.kept(t, &velociraptor.Table{Body: strings.NewReader(body), Form: form, Artifact: "A", ClientID: clientID})
			}
			assert.Equal(t, map[string]int64{"C.1||A": 2}, h.totals(t), order)
			assert.Equal(t, []string{`{"n":1,"s":null}`, `{"n":2,"s":"x"}`}, h.rows(t, kept, "A"))
			if order[len(order)-1] == velociraptor.CSV {
				assert.Equal(t, ingest.Duplicate, kept.Status)
			} else {
				assert.Equal(t, ingest.Complete, kept.Status)
			}
		}
	}
}

// TestRowsThatLoseNothingAsCSVAreComparedOnceTheyCameAsJSON holds for a flow that is pushed afterwards.
func TestRowsThatLoseNothingAsCSVAreComparedOnceTheyCameAsJSON(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	rows := []string{`{"n":1}`, `{"n":2}`, `{"n":3}`}
	h.kept(t, &velociraptor.Table{
		Body: strings.NewReader("n\n1\n2\n3\n"), Form: velociraptor.CSV, Artifact: "A", ClientID: "C.1", FlowID: "F.1",
	})
	h.kept(t, tableOf(0, rows))
	kept := h.kept(t, splunk(0, rows[:2]))
	assert.Equal(t, rows, h.rows(t, kept, "A"))
	assert.Equal(t, ingest.Duplicate, kept.Status)
}

// TestEventsThatCannotBeComparedAreToldOf holds for a table that has grown since it was brought, in either form.
func TestEventsThatCannotBeComparedAreToldOf(t *testing.T) {
	t.Parallel()
	line := func(n int) string {
		return fmt.Sprintf(`{"n":%d,"ClientId":"C.1","_ts":%d,"_Source":"A"}`+"\n", n, 1795458418+n)
	}
	record := func(n int) string { return fmt.Sprintf("%d,C.1,%d,A\n", n, 1795458418+n) }
	const header = "n,ClientId,_ts,_Source\n"
	for _, test := range []struct {
		first, second string
		forms         [2]velociraptor.Form
		notes         int
	}{
		{header + record(1), line(1) + line(2), [2]velociraptor.Form{velociraptor.CSV, velociraptor.JSONLines}, 1},
		{line(1), header + record(1) + record(2), [2]velociraptor.Form{velociraptor.JSONLines, velociraptor.CSV}, 1},
		{header + record(1), header + record(1) + record(2), [2]velociraptor.Form{velociraptor.CSV, velociraptor.CSV}, 1},
		{line(1), line(1) + line(2), [2]velociraptor.Form{velociraptor.JSONLines, velociraptor.JSONLines}, 0},
	} {
		h := newHarness(t, ingest.Config{})
		var report ingest.Report
		for i, body := range []string{test.first, test.second} {
			var err error
			report, err = h.Ingest(t.Context(), h.tenant, &velociraptor.Table{Body: strings.NewReader(body), Form: test.forms[i], Artifact: "A"})
			require.NoError(t, err)
		}
		require.Len(t, report.Notes, test.notes)
		if test.notes > 0 {
			assert.Contains(t, report.Notes[0], "cannot be compared with other events of the host")
		}
	}
}

package velociraptor_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/ingest/velociraptor"
)

// fullHunt is a full export of a hunt over two hosts with two artifacts, of which each has two rows of each host.
func fullHunt() []file {
	files := []file{{"hunt_info.json", `{"hunt_id":"H.1"}`}}
	rows := "{\"n\":1}\n{\"n\":2}\n"
	for _, artifact := range []string{"A", "B"} {
		var all strings.Builder
		for _, client := range []string{"C.1", "C.2"} {
			for n := range 2 {
				fmt.Fprintf(&all, `{"n":%d,"FlowId":"F.1.H","ClientId":"%s","Fqdn":"host-%s"}`+"\n", n+1, client, client)
			}
		}
		files = append(files, file{"results/All " + artifact + ".json", all.String()})
	}
	for _, client := range []string{"C.1", "C.2"} {
		files = append(files, flowFiles("host-"+client+"/", client, "F.1.H", file{"A.json", rows}, file{"B.json", rows})...)
	}
	return files
}

func TestAFullHuntLosesNothingThatEitherOfItsFormsHolds(t *testing.T) {
	t.Parallel()
	without := func(cut func(file) bool) []file { return slices.DeleteFunc(fullHunt(), cut) }
	replaced := func(name, content string) []file {
		files := fullHunt()
		i := slices.IndexFunc(files, func(f file) bool { return f.name == name })
		files[i].content = content
		return files
	}
	whole := map[string]int64{"C.1|F.1.H|A": 2, "C.1|F.1.H|B": 2, "C.2|F.1.H|A": 2, "C.2|F.1.H|B": 2}
	for name, test := range map[string]struct {
		files []file
		note  string
	}{
		"all of it": {fullHunt(), ""},
		"a host has no folder": {
			without(func(f file) bool { return strings.HasPrefix(f.name, "host-C.2/") }), "lack rows of 2 results",
		},
		"a result is in no folder": {
			without(func(f file) bool { return f.name == "host-C.1/results/A.json" }), "lack rows of 1 results",
		},
		"a result is cut short in the folder": {replaced("host-C.1/results/A.json", "{\"n\":1}\n"), "lack rows of 1 results"},
		"a combined result is cut short":      {replaced("results/All A.json", ""), ""},
		"a folder does not name its flow": {
			without(func(f file) bool { return f.name == "host-C.1/collection_context.json" }), "",
		},
		"a folder names neither host nor flow": {
			without(func(f file) bool { return strings.HasPrefix(f.name, "host-C.1/c") }), `"host-C.1" does not say which host`,
		},
		"rows that cannot be read": {replaced("results/All A.json", "}\n{}\n"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHarness(t, ingest.Config{})
			for range 2 {
				report, err := h.Ingest(t.Context(), h.tenant, archive(zipOf(t, test.files...)))
				require.NoError(t, err)
				assert.Equal(t, whole, h.totals(t))
				assert.Contains(t, strings.Join(report.Notes, "\n"), test.note)
				assert.Equal(t, test.note == "", len(report.Notes) == 0, report.Notes)
			}
			all, err := h.Collections(t.Context(), h.tenant, ingest.CollectionFilter{HuntID: "H.1"})
			require.NoError(t, err)
			require.Len(t, all, 2)
			for _, c := range all {
				assert.Equal(t, ingest.Complete, c.Status)
				assert.Equal(t, []string{`{"n":1}`, `{"n":2}`}, h.rows(t, c, "A"))
			}
		})
	}
}

func TestCombinedResultsOfEndlessHostsAreRefused(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{MaxCollections: 1})
	require.ErrorIs(t, h.refused(t, archive(zipOf(t, fullHunt()...))), ingest.ErrTooLarge)
}

// TestATableOfChosenColumnsTakesNothingFromAnExport holds for results of hunts of which the export says how many rows there
// are, and for those of which it does not.
func TestATableOfChosenColumnsTakesNothingFromAnExport(t *testing.T) {
	t.Parallel()
	summary := slices.DeleteFunc(fullHunt(), func(f file) bool { return strings.HasPrefix(f.name, "host-") })
	for _, export := range [][]file{fullHunt(), summary} {
		for _, chosenFirst := range []bool{false, true} {
			h := newHarness(t, ingest.Config{})
			chosen := &velociraptor.Table{
				Body:     strings.NewReader(`{"ClientId":"C.1","FlowId":"F.1.H","m":1}` + "\n" + `{"ClientId":"C.1","FlowId":"F.1.H","m":2}`),
				Artifact: "A",
			}
			deliveries := []ingest.Reader{archive(zipOf(t, export...)), chosen}
			if chosenFirst {
				slices.Reverse(deliveries)
			}
			var report ingest.Report
			for _, d := range deliveries {
				var err error
				report, err = h.Ingest(t.Context(), h.tenant, d)
				require.NoError(t, err)
			}
			require.Len(t, report.Notes, 1)
			if !chosenFirst {
				assert.Contains(t, report.Notes[0], "2 rows that came are not kept, because those that an earlier ingest brought are of an export")
			}
			all, err := h.Collections(t.Context(), h.tenant, ingest.CollectionFilter{})
			require.NoError(t, err)
			require.Len(t, all, 2)
			for _, c := range all {
				assert.Equal(t, []string{`{"n":1}`, `{"n":2}`}, h.rows(t, c, "A"))
			}
		}
	}
}

// TestAHuntIsDatedByWhatKnowsBest brings both forms of an export, in which only the folders of the hosts say when the flows ran.
func TestAHuntIsDatedByWhatKnowsBest(t *testing.T) {
	t.Parallel()
	full := fullHunt()
	full[0].content = `{"hunt_id":"H.1","create_time":"1795458333962591","start_time":"1795458334000000"}`
	summary := slices.DeleteFunc(slices.Clone(full), func(f file) bool { return strings.HasPrefix(f.name, "host-") })
	launched, ran := time.UnixMicro(1795458334000000).UTC(), time.UnixMicro(1795458418439904).UTC()
	for _, order := range [][][]file{{summary}, {summary, full}, {full, summary}} {
		h := newHarness(t, ingest.Config{})
		for _, files := range order {
			_, err := h.Ingest(t.Context(), h.tenant, archive(zipOf(t, files...)))
			require.NoError(t, err)
		}
		want := ran
		if len(order) == 1 {
			want = launched
		}
		all, err := h.Collections(t.Context(), h.tenant, ingest.CollectionFilter{})
		require.NoError(t, err)
		require.Len(t, all, 2)
		for _, c := range all {
			assert.Equal(t, want, c.CollectedAt)
			assert.Equal(t, want, h.host(t, c).LastSeen)
		}
	}
}

func TestCombinedResultsAreReadOnlyWhereTheFoldersLackSome(t *testing.T) {
	t.Parallel()
	counted := func(change func(*file)) []file {
		files := fullHunt()
		for i := range files {
			f := &files[i]
			if client, is := strings.CutSuffix(strings.TrimPrefix(f.name, "host-"), "/collection_context.json"); is {
				f.content = fmt.Sprintf(`{"client_id":%q,"session_id":"F.1.H","query_stats":[{"names_with_response":["A"],"result_rows":2},`+
					`{"names_with_response":["B"],"result_rows":2}]}`, client)
			}
			if client, is := strings.CutSuffix(strings.TrimPrefix(f.name, "host-"), "/client_info.json"); is {
				f.content = fmt.Sprintf(`{"client_id":%q,"hostname":"host-%[1]s","fqdn":"host-%[1]s"}`, client)
			}
			change(f)
		}
		return files
	}
	for name, test := range map[string]struct {
		change func(*file)
		note   string
	}{
		"as many bytes as there have to be": {func(f *file) {
			if f.name == "results/All A.json" {
				four := strings.Repeat(`{"FlowId":"F.1.H","ClientId":"C.1","Fqdn":"host-C.1"}`+"\n", 4)
				f.content = four + strings.Repeat("\n", len(f.content)-len(four))
			}
		}, ""},
		"a folder is cut short": {func(f *file) {
			if f.name == "host-C.1/results/A.json" {
				f.content = "{\"n\":1}\n"
			}
		}, "lack rows of 1 results"},
		"a combined result is longer than it has to be": {func(f *file) {
			if f.name == "results/All A.json" {
				f.content += `{"n":3,"FlowId":"F.1.H","ClientId":"C.2","Fqdn":"host-C.2"}` + "\n"
			}
		}, "lack rows of 1 results"},
	} {
		h := newHarness(t, ingest.Config{})
		report, err := h.Ingest(t.Context(), h.tenant, archive(zipOf(t, counted(test.change)...)))
		require.NoError(t, err, name)
		want := map[string]int64{"C.1|F.1.H|A": 2, "C.1|F.1.H|B": 2, "C.2|F.1.H|A": 2, "C.2|F.1.H|B": 2}
		if strings.HasPrefix(name, "a combined") {
			want["C.2|F.1.H|A"] = 3
		}
		assert.Equal(t, want, h.totals(t), name)
		assert.Contains(t, strings.Join(report.Notes, "\n"), test.note, name)
		assert.Equal(t, test.note == "", len(report.Notes) == 0, name)
	}
}

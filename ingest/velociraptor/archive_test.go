package velociraptor_test

import (
	"archive/zip"
	"bytes"
	"hash/crc32"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/ingest"
)

// linesIn returns the lines of a member of a zip.
func linesIn(t testing.TB, content []byte, member string) (lines []string) {
	zr, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	require.NoError(t, err)
	f, err := zr.Open(member)
	require.NoError(t, err)
	text, err := io.ReadAll(f)
	require.NoError(t, err)
	for line := range strings.Lines(string(text)) {
		lines = append(lines, strings.TrimSuffix(line, "\n"))
	}
	return lines
}

func TestFlowExportsComeInWholeAndExact(t *testing.T) {
	t.Parallel()
	read := 0
	for _, s := range samples(t) {
		if !strings.HasPrefix(s.Form, "flow export") || strings.Contains(s.Form, "csv_only") || s.Password != "" {
			continue
		}
		read++
		t.Run(s.Path, func(t *testing.T) {
			t.Parallel()
			h := newHarness(t, ingest.Config{})
			content := readSample(t, s.Path)
			c := h.kept(t, archive(content))
			assert.Equal(t, ingest.Complete, c.Status)
			assert.Len(t, c.Artifacts(), len(s.Counts))
			for _, r := range c.Artifacts() {
				assert.Equal(t, s.Counts[c.ClientID+"|"+c.FlowID+"|"+r.Artifact], r.Stored, r.Artifact)
				member := "results/" + strings.ReplaceAll(r.Artifact, "/", "%2F") + ".json"
				assert.Equal(t, linesIn(t, content, member), h.rows(t, c, r.Artifact), r.Artifact)
			}
			assert.Equal(t, ingest.Duplicate, h.kept(t, archive(content)).Status, "again")
		})
	}
	require.Equal(t, 20, read)
}

func TestAFlowExportTellsOfItsHostAndFlow(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	c := h.kept(t, archive(readSample(t, "db01.corp.example-C.9ea32b8485cedac1-F.DC28ASM1FNVD8.zip")))
	assert.Equal(t, "C.9ea32b8485cedac1", c.ClientID)
	assert.Equal(t, "F.DC28ASM1FNVD8", c.FlowID)
	assert.Equal(t, int64(77), *c.ExpectedRows)
	assert.Equal(t, time.UnixMicro(1795458418439904).UTC(), c.CollectedAt)
	expected := map[string]*int64{}
	for _, r := range c.Results {
		expected[r.Artifact] = r.Expected
	}
	assert.Equal(t, int64(18), *expected["Linux.Sys.BashHistory"])
	assert.Nil(t, expected["Linux.Sys.Crontab/CronTabs"], "only the sum of its three sources is known")

	host := h.host(t, c)
	assert.Equal(t, "db01.corp.example", host.Hostname)
	assert.Equal(t, "db01.corp.example", host.FQDN)
	assert.Equal(t, []string{"linux", "debian12.15", "amd64"}, []string{host.OS, host.Release, host.Architecture})
	assert.Equal(t, "10.77.0.21", host.IPAddress, "without the port")
	assert.Equal(t, []string{"52:54:00:7a:3c:13"}, host.MACAddresses)
	assert.Equal(t, time.Unix(1795458239, 0).UTC(), host.FirstSeen)
	assert.Equal(t, time.UnixMicro(1795458836066402).UTC(), host.LastSeen)
}

func TestAFullHuntExportIsReadByItsFolders(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	files := []file{
		{"hunt_info.json", `{"hunt_id":"H.INFO","create_time":"1795458333962591"}`},
		{"results/All A.json", `{"n":1,"FlowId":"F.1.H","ClientId":"C.1"}` + "\n" + `{"n":2,"FlowId":"F.1.H","ClientId":"C.2"}` + "\n"},
	}
	files = append(files, flowFiles("one-C.1/", "C.1", "F.1.H", file{"A.json", `{"n":1}` + "\n"}, file{"A.csv", "n\n1\n"})...)
	files = append(files, flowFiles("two-C.2/", "C.2", "F.1.H", file{"A.json", `{"n":2}` + "\n"})...)
	files = append(files, flowFiles("three-C.3/", "C.3", "F.1.H")...)
	report, err := h.Ingest(t.Context(), h.tenant, archive(zipOf(t, files...)))
	require.NoError(t, err)
	require.Len(t, report.Collections, 3)
	for i, want := range []struct {
		client string
		rows   []string
	}{{"C.1", []string{`{"n":1}`}}, {"C.3", nil}, {"C.2", []string{`{"n":2}`}}} {
		c := report.Collections[i].Collection
		assert.Equal(t, []string{want.client, "F.1.H", "H.INFO"}, []string{c.ClientID, c.FlowID, c.HuntID})
		if want.rows == nil {
			assert.Empty(t, c.Results, "a host that returned nothing")
			continue
		}
		assert.Equal(t, want.rows, h.rows(t, c, "A"))
	}
}

func TestAFlowWithoutARowIsACollectionOfItsHost(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	empty := append(flowFiles("", "C.1", "F.1"), file{"log.json", `{"level":"ERROR"}` + "\n"})
	c := h.kept(t, archive(zipOf(t, empty...)))
	assert.Equal(t, []string{"C.1", "host-C.1", "F.1"}, []string{c.ClientID, c.Hostname, c.FlowID})
	assert.Empty(t, c.Results)
	assert.Equal(t, ingest.Complete, c.Status)
	assert.Equal(t, "linux", h.host(t, c).OS)
	assert.Equal(t, ingest.Duplicate, h.kept(t, archive(zipOf(t, empty...))).Status, "again")

	uploaded := append(flowFiles("", "C.1", "F.2"), file{"uploads.json", `{"vfs_path":"/etc/passwd","file_size":10}` + "\n"})
	full := zipOf(t, flowFiles("", "C.2", "F.3", file{"A.json", "{}\n"})...)
	report, err := h.Ingest(t.Context(), h.tenant,
		archive(zipOf(t, file{"empty.zip", string(zipOf(t, uploaded...))}, file{"full.zip", string(full)})))
	require.NoError(t, err)
	require.Len(t, report.Collections, 2)
	uploads, listed := report.Collections[0].Collection.Uploads()
	assert.True(t, listed)
	assert.EqualValues(t, 1, uploads.Stored)

	lost := []file{{"collection_context.json", `{"client_id":"C.3","session_id":"F.4","total_collected_rows":7}`}}
	assert.Equal(t, ingest.Partial, h.kept(t, archive(zipOf(t, lost...))).Status)
}

func TestEmptyFlowsOfEndlessHostsAreRefused(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{MaxCollections: 1})
	files := append(flowFiles("a/", "C.1", "F.1"), flowFiles("b/", "C.2", "F.2")...)
	require.ErrorIs(t, h.refused(t, archive(zipOf(t, files...))), ingest.ErrTooLarge)
}

func TestABadZipAmongOthersIsNamed(t *testing.T) {
	t.Parallel()
	good := zipOf(t, flowFiles("", "C.1", "F.1", file{"A.json", "{}\n"})...)
	err := newHarness(t, ingest.Config{}).refused(t, archive(zipOf(t, file{"a.zip", string(good)}, file{"b.zip", "junk"})))
	assert.Equal(t, "b.zip", err.Place)
	assert.ErrorContains(t, err, "is no zip; nothing of what is beside it was kept either")
}

// TestNothingInAZipIsPassedOverInSilence holds for what somebody put together.
func TestNothingInAZipIsPassedOverInSilence(t *testing.T) {
	t.Parallel()
	zipped := file{"b.zip", string(zipOf(t, flowFiles("", "C.2", "F.2", file{"A.json", "{}\n"})...))}
	row := `{"ClientId":"C.1","FlowId":"F.1","Fqdn":"one","n":1}` + "\n"
	combined := []file{{"hunt_info.json", `{"hunt_id":"H.1"}`}, {"results/All A.json", row}}
	for name, unpacked := range map[string][]file{
		"in a folder": flowFiles("flow/", "C.1", "F.1", file{"A.json", "{}\n"}), "at the top": flowFiles("", "C.1", "F.1", file{"A.json", "{}\n"}),
		"combined": combined, "zipped": {{"a.zip", string(zipOf(t, flowFiles("", "C.1", "F.1", file{"A.json", "{}\n"})...))}},
	} {
		h := newHarness(t, ingest.Config{})
		report, err := h.Ingest(t.Context(), h.tenant, archive(zipOf(t, append(unpacked, zipped)...)))
		require.NoError(t, err, name)
		assert.Equal(t, map[string]int64{"C.1|F.1|A": 1, "C.2|F.2|A": 1}, h.totals(t), name)
		assert.Empty(t, report.Notes)

		for _, table := range []string{"t.jsonl", "t.csv", "t.json"} {
			err := newHarness(t, ingest.Config{}).refused(t, archive(zipOf(t, append(unpacked, zipped, file{table, "{}"})...)))
			assert.ErrorContains(t, err, `"`+table+`": is a table beside zips`, name)
			if name == "zipped" {
				continue
			}
			report, problem := h.Ingest(t.Context(), h.tenant, archive(zipOf(t, append(unpacked, file{table, "{}"})...)))
			require.NoError(t, problem)
			assert.Contains(t, report.Notes, `"`+table+`" was not read: it is not where the export has its results; send it by itself`, name)
		}
		bad := newHarness(t, ingest.Config{}).refused(t, archive(zipOf(t, append(unpacked, file{"c.zip", "junk"})...)))
		assert.ErrorContains(t, bad, "nothing of what is beside it was kept either", name)
	}
}

func TestContextFilesAreReadLeniently(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	c := h.kept(t, archive(zipOf(t,
		file{"collection_context.json", `{"Client_ID":"C.1","session_id":"F.1","create_time":"1795458418439904","state":"FINISHED",
			"total_collected_rows":"3","query_stats":[{"names_with_response":["A"],"result_rows":"2"},
			{"names_with_response":["A"],"result_rows":1},{"names_with_response":"odd"},{}]}`},
		file{"client_info.json", `{"Hostname":"pc1","labels":"none","ping":1795458836066402000,"ip_address":"[fe80::1]:80","first_seen_at":1.5}`},
		file{"results/A.json", "{}\n{}\n{}\n"},
	)))
	assert.Equal(t, ingest.Complete, c.Status)
	assert.Equal(t, int64(3), *c.Results[0].Expected, "several queries of one artifact add up")
	assert.Equal(t, int64(3), *c.ExpectedRows)
	assert.Equal(t, time.UnixMicro(1795458418439904).UTC(), c.CollectedAt)
	host := h.host(t, c)
	assert.Equal(t, "fe80::1", host.IPAddress)
	assert.Equal(t, time.UnixMicro(1795458836066402).UTC(), host.LastSeen, "nanoseconds, by their magnitude")
	assert.Empty(t, host.Labels)
}

func TestWhatAContextFileSaysInAnUnusualWayIsNoted(t *testing.T) {
	t.Parallel()
	for content, note := range map[string]string{
		`{"client_id":7,"session_id":"F.1"}`:        `"collection_context.json": its client_id was passed over, which is of the type number`,
		`{"session_id":"F.1","query_stats":"none"}`: `"collection_context.json": its query_stats was passed over, which is of the type string`,
		" null\n": `"collection_context.json" is null, and was read as if it were not there`,
		`{"client_id":null,"session_id":"F.1","new":1}`: "",
	} {
		h := newHarness(t, ingest.Config{})
		a := archive(zipOf(t, file{"collection_context.json", content}, file{"client_info.json", `{"client_id":"C.1"}`}, file{"results/A.json", "{}\n"}))
		report, err := h.Ingest(t.Context(), h.tenant, a)
		require.NoError(t, err, content)
		require.Equal(t, note, strings.Join(report.Notes, ""), content)
		require.Len(t, h.totals(t), 1, content)
	}
}

func TestAnExportThatWasCutShortAtTheServerIsPartial(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	c := h.kept(t, archive(zipOf(t,
		file{"collection_context.json", `{"client_id":"C.1","session_id":"F.1","total_collected_rows":5,"query_stats":[
			{"names_with_response":["A"],"result_rows":2},{"names_with_response":["B/C"],"result_rows":3}]}`},
		file{"results/A.json", "{}\n{}\n"},
	)))
	assert.Equal(t, ingest.Partial, c.Status)
	require.Len(t, c.Results, 2)
	assert.Equal(t, "B/C", c.Results[1].Artifact, "what is missing is told of")
	assert.Equal(t, []int64{3, 0}, []int64{*c.Results[1].Expected, c.Results[1].Read})
}

func TestAFlowWhoseResultsAreEmptyIsKept(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	c := h.kept(t, archive(zipOf(t, flowFiles("", "C.1", "F.1", file{"A.json", ""}, file{"B%2FC.json", ""})...)))
	assert.Equal(t, ingest.Complete, c.Status)
	assert.Len(t, c.Results, 2)
}

func TestBadLinesInAnExportAreCounted(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	c := h.kept(t, archive(zipOf(t, flowFiles("", "C.1", "F.1", file{"A.json", "{\"a\":1}\n}\n{\"a\":2}\n"})...)))
	assert.Equal(t, ingest.Partial, c.Status)
	assert.Equal(t, []ingest.Rejection{{Line: 2, Reason: "not a JSON object at byte 0"}}, c.Results[0].Rejections)
}

func TestMembersThatAreNoResultsAreNotRead(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	files := flowFiles("", "C.1", "F.1", file{"A B%2FC%25.json", "{}\n"}, file{"A.json.index", "x"}, file{"A.json~", "x"})
	files = append(files,
		file{"requests.json", "no JSON"}, file{"log.json", "no JSON"},
		file{"uploads/collection_context.json", "no JSON"}, file{"uploads/auto/results/X.json", "no JSON"},
		file{"uploads/auto/new\nline", "x"}, file{"uploads/auto/same", "x"}, file{"uploads/auto/same", "x"},
		file{"../collection_context.json", "no JSON"}, file{"../results/X.json", "no JSON"}, file{"/results/X.json", "no JSON"},
		file{"a/../results/X.json", "no JSON"}, file{`..\results\X.json`, "no JSON"}, file{"results/X\x00.json", "no JSON"},
		file{"./../results/X.json", "no JSON"}, file{"results//X.json", "no JSON"}, file{"results/dir.json/", ""},
	)
	c := h.kept(t, archive(zipOf(t, files...)))
	require.Len(t, c.Results, 1)
	assert.Equal(t, "A B/C%", c.Results[0].Artifact)
}

func TestArchivesWithNothingToReadSayWhatIsMissing(t *testing.T) {
	t.Parallel()
	aes := func(h *zip.FileHeader) {
		if h.Name == "data.zip" {
			h.Method, h.Flags = 99, h.Flags|1
		}
	}
	hunts := append(flowFiles("one/web-C.1/", "C.1", "F.1.H", file{"A.json", "{}\n"}), file{"one/hunt_info.json", "{}"}, file{"two/hunt_info.json", "{}"})
	nested := zipOf(t, flowFiles("", "C.1", "F.1", file{"A.json", "{}\n"})...)
	for range 4 {
		nested = zipOf(t, file{"inner.zip", string(nested)})
	}
	for want, content := range map[string][]byte{
		"hold no row that says":           zipOf(t, file{"hunt_info.json", "{}"}, file{"results/All A.json", "{}\n"}),
		"unpacked beside something else":  zipOf(t, hunts...),
		"is no combined result":           zipOf(t, file{"hunt_info.json", "{}"}, file{"results/A.json", "{}\n"}),
		"give the password":               rawZip(t, aes, file{"data.zip", "x"}),
		"a key that is not":               rawZip(t, aes, file{"metadata.json", "[]"}, file{"data.zip", "x"}),
		"the zip has no results":          zipOf(t),
		"looked for results/*.json":       zipOf(t, file{"../../etc/evil", "x"}),
		"says which host its results are": readSample(t, "N.DC28GQGFHU4UG-20261123183944Z.zip"), // the export of a notebook
		"the zip has no results; ":        zipOf(t, file{"client_info.json", `{"client_id":"C.1"}`}),
		"give hostname or client_id":      zipOf(t, file{"results/A.json", "{}\n"}),
		`"b.zip": the zip has no`:         zipOf(t, file{"b.zip", string(zipOf(t))}),
		`"a/b.zip / results/%41.json": `:  zipOf(t, file{"a/b.zip", string(zipOf(t, flowFiles("", "C.1", "F.1", file{"A.json", "}\n"}, file{"%41.json", "{}\n"})...))}),
		"too many zips":                   nested,
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			assert.ErrorContains(t, newHarness(t, ingest.Config{}).refused(t, archive(content)), want)
		})
	}
}

// rawZip is a zip whose members are stored as they are, with headers that a test may have changed.
func rawZip(t testing.TB, change func(*zip.FileHeader), files ...file) []byte {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range files {
		size := uint64(len(f.content))
		header := &zip.FileHeader{
			Name: f.name, CompressedSize64: size, UncompressedSize64: size, CRC32: crc32.ChecksumIEEE([]byte(f.content)),
		}
		if change != nil {
			change(header)
		}
		member, err := w.CreateRaw(header)
		require.NoError(t, err)
		_, err = member.Write([]byte(f.content))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return out.Bytes()
}

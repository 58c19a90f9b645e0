package velociraptor_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/ingest"
)

// BenchmarkArchive reads a full hunt export of many hosts with small results, which is where what each member and each
// chunk costs shows.
func BenchmarkArchive(b *testing.B) {
	const hosts, artifacts, rows = 500, 7, 40
	var files []file
	for i := range hosts {
		var results []file
		for a := range artifacts {
			var text strings.Builder
			for r := range rows {
				fmt.Fprintf(&text, `{"Pid":%d,"Name":"p%d","CommandLine":"C:\\Windows\\System32\\svchost.exe -s %d"}`+"\n", r*a, r, i)
			}
			results = append(results, file{fmt.Sprintf("Artifact.%d.json", a), text.String()})
		}
		client := fmt.Sprintf("C.%d", i)
		files = append(files, flowFiles("host-"+client+"/", client, "F.1.H", results...)...)
	}
	content := zipOf(b, files...)
	b.SetBytes(int64(len(content)))
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		h := newHarness(b, ingest.Config{})
		b.StartTimer()
		report, err := h.Ingest(b.Context(), h.tenant, archive(content))
		require.NoError(b, err)
		require.Len(b, report.Collections, hosts)
	}
	b.ReportMetric(float64(b.N*hosts*artifacts*rows)/b.Elapsed().Seconds(), "rows/s")
}

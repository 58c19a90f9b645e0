package velociraptor_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/ingest"
)

func TestAnExportThatWasPackedAgainIsTheSameExport(t *testing.T) {
	t.Parallel()
	renamed := func(name func(string) string) []file {
		files := fullHunt()
		for i := range files {
			files[i].name = name(files[i].name)
		}
		return files
	}
	mac := []file{{"__MACOSX/results/._All A.json", "\x00"}, {"._hunt_info.json", "\x00"}, {"host-C.1/results/._A.json", "\x00"}, {"__MACOSX/._day.zip", "\x00"}}
	for name, files := range map[string][]file{
		"on a Mac":             append(fullHunt(), mac...),
		"with a dot first":     renamed(func(name string) string { return "./" + name }),
		"with backslashes":     renamed(func(name string) string { return strings.ReplaceAll(name, "/", `\`) }),
		"in a folder":          renamed(func(name string) string { return "my export/" + name }),
		"in a folder, on Macs": append(renamed(func(name string) string { return "a/b/" + name }), mac[0], mac[3]),
		"its hosts alone in a folder": slices.DeleteFunc(renamed(func(name string) string { return "x/" + name }), func(f file) bool {
			return !strings.HasPrefix(f.name, "x/host-")
		}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHarness(t, ingest.Config{})
			report, err := h.Ingest(t.Context(), h.tenant, archive(zipOf(t, files...)))
			require.NoError(t, err)
			assert.Empty(t, report.Notes)
			assert.Equal(t, map[string]int64{"C.1|F.1.H|A": 2, "C.1|F.1.H|B": 2, "C.2|F.1.H|A": 2, "C.2|F.1.H|B": 2}, h.totals(t))
		})
	}
}

func TestNamesThatMeetWhenTheyAreReadAsOneAreRefused(t *testing.T) {
	t.Parallel()
	files := append(flowFiles("", "C.1", "F.1", file{"A.json", "{}\n"}), file{`.\results\A.json`, "{}\n"})
	assert.ErrorContains(t, newHarness(t, ingest.Config{}).refused(t, archive(zipOf(t, files...))), "is there twice")
}

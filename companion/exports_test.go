package companion_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/companion"
	"github.com/velocicompanion/velocicompanion/companion/companiontest"
	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/ingest/velociraptor"
)

const exports = "../ingest/velociraptor/testdata/"

// TestExportsComeBackLineByLineFromEveryStore takes real flow exports in and compares what comes back with the lines in
// the zip.
func TestExportsComeBackLineByLineFromEveryStore(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(exports + "*-F.*.zip")
	require.NoError(t, err)
	files = append(files, exports+"web01-types-csv-and-json.zip")
	require.Greater(t, len(files), 4)
	for store, open := range eachStore {
		t.Run(store, func(t *testing.T) {
			t.Parallel()
			f := companiontest.Over(t, open(t), companion.Config{})
			for _, file := range files {
				content, err := os.ReadFile(file)
				require.NoError(t, err)
				want := results(t, content)
				report := takeIn(t, f, content)
				require.Len(t, report.Collections, 1, file)
				kept := report.Collections[0].Collection
				require.Equal(t, ingest.Complete, kept.Status, file)
				require.Len(t, kept.Artifacts(), len(want), file)
				for _, r := range kept.Artifacts() {
					require.Equal(t, want[r.Artifact], lines(t, f, kept.ID, r.Artifact), "%s: %s", file, r.Artifact)
				}
				again := takeIn(t, f, content).Collections[0].Collection
				require.Equal(t, ingest.Duplicate, again.Status, file)
				require.Equal(t, kept.ID, again.ID)
			}
		})
	}
}

func takeIn(t *testing.T, f *companiontest.Fixture, content []byte) ingest.Report {
	t.Helper()
	report, err := f.Ingest.Ingest(t.Context(), f.Admin.TenantID, &velociraptor.Archive{
		File: bytes.NewReader(content), Size: int64(len(content)),
	})
	require.NoError(t, err)
	return report
}

// results reads the results in a flow export without the code under test, as lines by artifact.
func results(t *testing.T, content []byte) map[string]string {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	require.NoError(t, err)
	all := map[string]string{}
	for _, member := range archive.File {
		name, ok := strings.CutPrefix(member.Name, "results/")
		if !ok || !strings.HasSuffix(name, ".json") {
			continue
		}
		artifact, err := url.PathUnescape(strings.TrimSuffix(name, ".json"))
		require.NoError(t, err)
		r, err := member.Open()
		require.NoError(t, err)
		text, err := io.ReadAll(r)
		require.NoError(t, err)
		all[artifact] = string(text)
	}
	require.NotEmpty(t, all)
	return all
}

func lines(t *testing.T, f *companiontest.Fixture, collection, artifact string) string {
	t.Helper()
	var text strings.Builder
	for row, err := range f.Ingest.Rows(t.Context(), f.Admin.TenantID, collection, artifact, 0) {
		require.NoError(t, err)
		require.True(t, json.Valid(row))
		text.Write(row)
		text.WriteByte('\n')
	}
	return text.String()
}

package main

import (
	"bytes"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestElsewhereThanInATerminalEachFileHasALine is what a job of a scheduler writes to its log.
func TestElsewhereThanInATerminalEachFileHasALine(t *testing.T) {
	t.Parallel()
	env := environment(map[string]string{
		"DATABASE_URL": "sqlite://" + filepath.Join(t.TempDir(), "vc.db"), "ADMIN_PASSWORD": "a-good-long-password",
	})
	var out, logs bytes.Buffer
	path := filepath.Join(labFiles, "web01-types-csv_only.zip")
	err := run(t.Context(), []string{"import", "-j", "1", path, filepath.Join(labFiles, "manifest.json"), path}, env, nil, &out, &logs)
	require.ErrorContains(t, err, "1 of 3 files were refused")
	require.Regexp(t, `^1 of 3 files: ".*csv_only.zip": 2 rows, kept
2 of 3 files: ".*manifest.json": 0 rows, refused: .*
3 of 3 files: ".*csv_only.zip": 0 rows, there already, not read again
$`, logs.String())
	require.NotContains(t, logs.String(), "\x1b")
}

// TestTheLineSaysHowFarTheImportIs follows two files, of which one has ended.
func TestTheLineSaysHowFarTheImportIs(t *testing.T) {
	t.Parallel()
	i := &importer{files: []*imported{{name: "a.zip", size: 6_000_000}, {name: "b.jsonl", size: 2_000_000}}}
	require.Equal(t, "0 of 2 files  [................]   0% of 8.0 MB  0 rows  0/s", i.line(time.Second))
	i.files[1].progress.AddBytes(1_000_000)
	require.Equal(t, "0 of 2 files  [##..............]  12% of 8.0 MB  0 rows  0/s", i.line(time.Second))
	i.files[0].ended, i.ended = true, 1
	require.Equal(t, "1 of 2 files  [##############..]  87% of 8.0 MB  0 rows", i.line(0))
	i.files[1].progress.AddBytes(5_000_000) // more than there are: what is read about a flow counts too
	require.Equal(t, "1 of 2 files  [################] 100% of 8.0 MB  0 rows", i.line(0))

	i = &importer{files: []*imported{{name: stdin}}}
	require.Equal(t, "0 of 1 files  0 rows", i.line(0), "nobody knows how much comes")
	require.Equal(t, "refused: no zip", (&imported{err: errors.New("no zip")}).status())
}

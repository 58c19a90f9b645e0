package sqlite_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/store/sqlite"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// crashFile tells this test's own program, run again, to ingest into a file until it is killed.
const crashFile = "SQLITE_TEST_CRASH_FILE"

func TestAKilledProgramLeavesNothingVisible(t *testing.T) {
	if path := os.Getenv(crashFile); path != "" {
		ingestForever(t, path)
		return
	}
	t.Parallel()
	path := filepath.Join(t.TempDir(), "companion.db")
	db := open(t, path)
	_, err := db.Migrator().Up(t.Context())
	require.NoError(t, err)

	program := exec.Command(os.Args[0], "-test.run=^TestAKilledProgramLeavesNothingVisible$")
	program.Env = append(os.Environ(), crashFile+"="+path)
	out, err := program.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, program.Start())
	lines := bufio.NewScanner(out)
	require.True(t, lines.Scan())
	tenant, err := tenancy.Parse(lines.Text())
	require.NoError(t, err)
	for range 3 {
		require.True(t, lines.Scan(), "it appends")
	}
	require.NoError(t, program.Process.Kill())
	require.Error(t, program.Wait())

	for _, err := range db.Stores().Collections.Chunks(t.Context(), tenant, ingest.ChunkFilter{}) {
		t.Fatal("something is visible", err)
	}
	later := time.Now().Add(2 * time.Hour)
	require.NoError(t, db.Stores().Collections.OpenStage(t.Context(), tenant, "again", later, later.Add(time.Hour)))
	var left int
	require.NoError(t, db.Reader().NewRaw("SELECT (SELECT count(*) FROM vc_chunks) + (SELECT count(*) FROM vc_blocks)").
		Scan(t.Context(), &left))
	assert.Zero(t, left, "the next stage has swept it away")
	result, chunks := newChunks(10, 100)
	require.NoError(t, db.Stores().Collections.AppendChunks(t.Context(), tenant, "again", chunks, later.Add(time.Hour)))
	requireCommit(t, db, tenant, "again", result, len(chunks))
}

// ingestForever prints a tenant, and then a line for each append.
func ingestForever(t *testing.T, path string) {
	db, err := sqlite.Open(t.Context(), path, sqlite.Config{})
	require.NoError(t, err)
	tenant := newTenant(t, db)
	fmt.Println(tenant)
	now := time.Now()
	require.NoError(t, db.Stores().Collections.OpenStage(t.Context(), tenant, "killed", now, now.Add(time.Hour)))
	for {
		_, chunks := newChunks(100, 4096)
		require.NoError(t, db.Stores().Collections.AppendChunks(t.Context(), tenant, "killed", chunks, now.Add(time.Hour)))
		fmt.Println("appended")
	}
}

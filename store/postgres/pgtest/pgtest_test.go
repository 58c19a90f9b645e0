package pgtest_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/store/postgres"
	"github.com/velocicompanion/velocicompanion/store/postgres/pgtest"
)

func TestEachTestHasADatabaseOfItsOwn(t *testing.T) {
	t.Parallel()
	one, two, empty := pgtest.URL(t), pgtest.URL(t), pgtest.EmptyURL(t)
	assert.NotEqual(t, one, two)
	tables := func(url string) (n int) {
		require.NoError(t, pgtest.Handle(t, url).QueryRowContext(t.Context(),
			`SELECT count(*) FROM pg_tables WHERE tablename LIKE 'vc\_%'`).Scan(&n))
		return n
	}
	_, err := pgtest.Handle(t, one).ExecContext(t.Context(), "CREATE TABLE vc_more (a int)")
	require.NoError(t, err)
	assert.Equal(t, tables(two)+1, tables(one))
	assert.Zero(t, tables(empty))
	require.NoError(t, pgtest.Open(t, postgres.Config{}).Stores().Ping(t.Context()))
}

func TestADatabaseGoesWithItsTest(t *testing.T) {
	t.Parallel()
	var url string
	t.Run("test", func(t *testing.T) { url = pgtest.URL(t) })
	require.ErrorContains(t, pgtest.Handle(t, url).PingContext(t.Context()), "does not exist")
}

func TestAServerThatDoesNotStartSaysWhy(t *testing.T) {
	t.Parallel()
	_, err := pgtest.Start(nil, "no_such_setting=on")
	require.ErrorContains(t, err, "no_such_setting")
}

func TestAMachineWithoutPostgreSQLSaysWhatToInstall(t *testing.T) {
	t.Setenv("PATH", "")
	_, err := pgtest.FindBinaries("/nowhere/*/bin/initdb")
	require.ErrorContains(t, err, "apt-get install postgresql")
}

// killed tells this test's own program, run again, to start a cluster and wait to be killed.
const killed = "PGTEST_TEST_KILLED"

func TestTheClusterEndsWithAKilledProcess(t *testing.T) {
	if os.Getenv(killed) != "" {
		fmt.Println(pgtest.Folder(t))
		select {}
	}
	t.Parallel()
	program := exec.Command(os.Args[0], "-test.run=^TestTheClusterEndsWithAKilledProcess$")
	program.Env = append(os.Environ(), killed+"=1")
	out, err := program.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, program.Start())
	lines := bufio.NewScanner(out)
	require.True(t, lines.Scan())
	folder := lines.Text()
	require.DirExists(t, folder)
	require.NoError(t, program.Process.Kill())
	require.Error(t, program.Wait())
	require.Eventually(t, func() bool {
		_, err := os.Stat(folder)
		return os.IsNotExist(err)
	}, time.Minute, 20*time.Millisecond, "the server has ended and its data is gone")
}

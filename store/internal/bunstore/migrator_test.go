package bunstore

import (
	"context"
	"database/sql"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"

	"github.com/velocicompanion/velocicompanion/store"
)

func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

// twoSteps are migrations that can only be applied in their order.
func twoSteps() fstest.MapFS {
	return fstest.MapFS{
		"20260101000000_one.up.sql":   file("CREATE TABLE one (a text DEFAULT '?'); INSERT INTO one DEFAULT VALUES;"),
		"20260101000000_one.down.sql": file("DROP TABLE one;"),
		"20260102000000_two.up.sql":   file("ALTER TABLE one RENAME TO {{.Name}};"),
		"20260102000000_two.down.sql": file("ALTER TABLE {{.Name}} RENAME TO one;"),
	}
}

func newMigrator(t *testing.T, path string, files fs.FS) *Migrator {
	t.Helper()
	pool, err := sql.Open("sqlite", "file:"+path+"?_txlock=immediate&_pragma=busy_timeout(10000)")
	require.NoError(t, err)
	pool.SetMaxOpenConns(1)
	t.Cleanup(func() { require.NoError(t, pool.Close()) })
	return &Migrator{
		DB: bun.NewDB(pool, sqlitedialect.New()), Files: files, Data: struct{ Name string }{"two"},
		Exists: "SELECT count(*) > 0 FROM sqlite_master WHERE name = 'vc_migrations'",
	}
}

func tables(t *testing.T, m *Migrator) (names []string) {
	t.Helper()
	require.NoError(t, m.DB.NewRaw("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").Scan(t.Context(), &names))
	return names
}

func TestUpAppliesWhatIsMissingAndDownTakesBackOne(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	files := twoSteps()
	m := newMigrator(t, filepath.Join(t.TempDir(), "db"), files)

	names, err := m.Up(ctx)
	require.NoError(t, err)
	assert.Equal(t, []string{"20260101000000_one", "20260102000000_two"}, names)
	assert.Equal(t, []string{"two", "vc_migrations"}, tables(t, m))

	names, err = m.Up(ctx)
	require.NoError(t, err)
	assert.Empty(t, names, "nothing is missing any more")

	files["20260103000000_three.up.sql"] = file("CREATE TABLE three (a text);")
	files["20260103000000_three.down.sql"] = file("DROP TABLE three;")
	names, err = m.Up(ctx)
	require.NoError(t, err)
	assert.Equal(t, []string{"20260103000000_three"}, names)

	names, err = m.Down(ctx)
	require.NoError(t, err)
	assert.Equal(t, []string{"20260103000000_three"}, names)
	for _, last := range []string{"20260102000000_two", "20260101000000_one"} {
		names, err = m.Down(ctx)
		require.NoError(t, err)
		assert.Equal(t, []string{last}, names, "one at a time, though they came at once")
	}
	assert.Equal(t, []string{"vc_migrations"}, tables(t, m))
	names, err = m.Down(ctx)
	require.NoError(t, err)
	assert.Empty(t, names, "nothing is left")
}

func TestUpIsAllOrNothing(t *testing.T) {
	t.Parallel()
	files := twoSteps()
	files["20260102000000_two.up.sql"] = file("CREATE TABLE more (a text); SELECT * FROM missing;")
	m := newMigrator(t, filepath.Join(t.TempDir(), "db"), files)

	names, err := m.Up(t.Context())
	require.ErrorContains(t, err, "20260102000000_two.up.sql")
	assert.Empty(t, names)
	assert.Empty(t, tables(t, m))
}

func TestSeveralProcessesMigrateAtOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "db")
	var running sync.WaitGroup
	applied := make([]int, 8)
	for i := range applied {
		m := newMigrator(t, path, twoSteps())
		running.Go(func() {
			names, err := m.Up(t.Context())
			assert.NoError(t, err)
			applied[i] = len(names)
		})
	}
	running.Wait()
	assert.ElementsMatch(t, []int{2, 0, 0, 0, 0, 0, 0, 0}, applied)
}

func TestStatus(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	m := newMigrator(t, filepath.Join(t.TempDir(), "db"), twoSteps())
	before := time.Now().UTC().Truncate(time.Microsecond)

	migrations, err := m.Status(ctx)
	require.NoError(t, err)
	assert.Equal(t, []store.Migration{{Name: "20260101000000_one"}, {Name: "20260102000000_two"}}, migrations)
	assert.Empty(t, tables(t, m), "asking changes nothing")

	_, err = m.Up(ctx)
	require.NoError(t, err)
	m.Files = fstest.MapFS{"20260101000000_one.up.sql": file("")}
	migrations, err = m.Status(ctx)
	require.NoError(t, err)
	require.Len(t, migrations, 2)
	assert.Equal(t, "20260102000000_two", migrations[1].Name, "applied, although the program does not know it")
	for _, migration := range migrations {
		assert.False(t, migration.AppliedAt.Before(before))
		assert.False(t, migration.AppliedAt.After(time.Now()))
	}
}

func TestANewerSchemaIsLeftAlone(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	m := newMigrator(t, filepath.Join(t.TempDir(), "db"), twoSteps())
	_, err := m.Up(ctx)
	require.NoError(t, err)

	m.Files = fstest.MapFS{"20260101000000_one.up.sql": file(""), "20260101000000_one.down.sql": file("DROP TABLE two;")}
	for name, call := range map[string]func() error{
		"Up":    func() error { _, err := m.Up(ctx); return err },
		"Down":  func() error { _, err := m.Down(ctx); return err },
		"Check": func() error { return m.Check(ctx, m.DB) },
	} {
		err := call()
		require.ErrorIs(t, err, store.ErrNewerSchema, name)
		assert.ErrorContains(t, err, "20260102000000_two", "what the database is at")
		assert.ErrorContains(t, err, "20260101000000_one", "what the program is at")
	}
	assert.Contains(t, tables(t, m), "two")
}

func TestCheckSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	m := newMigrator(t, filepath.Join(t.TempDir(), "db"), twoSteps())
	err := m.Check(ctx, m.DB)
	require.ErrorIs(t, err, store.ErrNotMigrated)
	assert.ErrorContains(t, err, "20260101000000_one, 20260102000000_two")

	_, err = m.Up(ctx)
	require.NoError(t, err)
	require.NoError(t, m.Check(ctx, m.DB))
}

func TestUpEndsWithItsContext(t *testing.T) {
	t.Parallel()
	m := newMigrator(t, filepath.Join(t.TempDir(), "db"), twoSteps())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := m.Up(ctx)
	require.ErrorIs(t, err, context.Canceled)
}

func TestCreateWritesAPairOfFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	m := &Migrator{}
	paths, err := m.Create(dir, "add_things")
	require.NoError(t, err)
	require.Len(t, paths, 2)
	for i, suffix := range []string{"_add_things.up.sql", "_add_things.down.sql"} {
		assert.Equal(t, dir, filepath.Dir(paths[i]))
		assert.Regexp(t, `^[0-9]{14}`+suffix+`$`, filepath.Base(paths[i]))
		_, err := os.Stat(paths[i])
		assert.NoError(t, err)
	}
	for _, name := range []string{"", "Add", "../up", "a b", "a.b"} {
		_, err := m.Create(dir, name)
		assert.Error(t, err, name)
	}
}

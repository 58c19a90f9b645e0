package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/store/sqlite"
)

// imports runs the command and returns what it wrote.
func imports(t *testing.T, env map[string]string, stdin io.Reader, args ...string) (string, error) {
	t.Helper()
	var out, logs bytes.Buffer
	getenv := func(name string) string { return env[name] }
	err := run(t.Context(), append([]string{"import"}, args...), getenv, stdin, &out, &logs)
	return out.String(), err
}

// importTrail is what the trail of the admin's tenant says of the command line, newest first.
func importTrail(t *testing.T, path string) (events []string) {
	t.Helper()
	db, err := sqlite.Open(t.Context(), path, sqlite.Config{})
	require.NoError(t, err)
	defer db.Close()
	tenant, _, err := db.Stores().Directory.Resolve(t.Context(), auth.EntryLogin, "admin")
	require.NoError(t, err)
	trail, err := db.Stores().Auth.AuditEvents(t.Context(), tenant, "", 100)
	require.NoError(t, err)
	for _, e := range trail {
		if e.Actor == "server import" {
			events = append(events, string(e.Action)+" "+e.Detail)
		}
	}
	return events
}

func TestImportBringsFoldersFilesAndInputIn(t *testing.T) {
	t.Parallel()
	samples := filepath.Join("..", "..", "ingest", "velociraptor", "testdata")
	env := map[string]string{
		"DATABASE_URL": "sqlite://" + filepath.Join(t.TempDir(), "vc.db"), "ADMIN_PASSWORD": "a-good-long-password",
	}
	folder := filepath.Join(t.TempDir(), "exports", "today")
	require.NoError(t, os.MkdirAll(folder, 0o700))
	for name, to := range map[string]string{
		"web01.corp.example-C.4c9bfb82d6c7fe51-F.DC28ASEVUFPJG.zip":      "no-zip-by-name",
		"Collection-jump01.corp.example-2026-11-23T18_39_09Z_locked.zip": "locked.zip",
		"manifest.json": "manifest.json",
	} {
		content, err := os.ReadFile(filepath.Join(samples, name))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(folder, to), content, 0o600))
	}
	out, err := imports(t, env, nil, filepath.Dir(folder))
	require.ErrorContains(t, err, "1 of 2 files were refused")
	require.Contains(t, out, "locked with a password")
	require.NotRegexp(t, `manifest.json" +\d`, out, "folders are looked through for zips")
	require.Contains(t, out, `passed over in folders, being no zips: 1 files: "`+filepath.Join(folder, "manifest.json")+`"; name`)

	env["CONTAINER_PASSWORD"] = "infected"
	out, err = imports(t, env, nil, filepath.Dir(folder))
	require.NoError(t, err)
	require.Regexp(t, `no-zip-by-name" +0 +0 +0 +there already, not read again`, out)
	require.Regexp(t, `locked.zip" +1 +312 +0 +kept`, out)
	out, err = imports(t, env, nil, "-again", filepath.Dir(folder))
	require.NoError(t, err)
	require.Regexp(t, `locked.zip" +1 +312 +0 +there already\n`, out)
	require.NotContains(t, out, "not read again")

	out, err = imports(t, env, strings.NewReader("n,ClientId,_Source\n1,C.1,A\n2,C.2,A\n"), "-")
	require.NoError(t, err)
	require.Regexp(t, `"-" +2 +2 +0 +kept`, out)
	out, err = imports(t, env, nil, "-hostname", "pc1", filepath.Join(samples, "web01-cli.json"))
	require.NoError(t, err)
	require.Regexp(t, `web01-cli.json" +1 +51 +0 +kept`, out)

	require.Equal(t, []string{
		`collection.ingested 51 rows of "` + filepath.Join(samples, "web01-cli.json") + `"`, `collection.ingested 2 rows of "-"`,
	}, importTrail(t, strings.TrimPrefix(env["DATABASE_URL"], "sqlite://"))[:2], "the tenant's trail has it")

	_, err = imports(t, env, nil)
	require.ErrorContains(t, err, "import needs a PATH")
	_, err = imports(t, env, nil, t.TempDir())
	require.ErrorContains(t, err, "no zip in the folder (0 files)")
	unpacked := t.TempDir()
	for i := range 11 {
		require.NoError(t, os.WriteFile(filepath.Join(unpacked, fmt.Sprintf("%02d.json", i)), []byte("{}\n"), 0o600))
	}
	_, err = imports(t, env, nil, unpacked)
	require.ErrorContains(t, err, "11 files: ")
	require.ErrorContains(t, err, `09.json", …): name other files one by one, with what they are of, and zip an export again`)
	_, err = imports(t, env, nil, "-tenant", "nobody", "-")
	require.ErrorContains(t, err, "-tenant")
}

// TestAFileIsKnownByItsContentAndTheFlags brings a file in under another name, for another host, and after it has grown.
func TestAFileIsKnownByItsContentAndTheFlags(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	env := map[string]string{"DATABASE_URL": "sqlite://" + filepath.Join(dir, "vc.db"), "ADMIN_PASSWORD": "a-good-long-password"}
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	one, same := write("one.jsonl", `{"n":1}`+"\n"), write("same.jsonl", `{"n":1}`+"\n")
	bad := write("bad.jsonl", `{"n":2}`+"\n}\n")
	for _, step := range []struct {
		host, path, status string
	}{
		{"pc1", one, "kept"}, {"pc1", same, "there already, not read again"}, {"pc2", one, "kept"},
		{"pc1", bad, "kept, but not all"}, {"pc1", bad, "there already\n"},
	} {
		out, err := imports(t, env, nil, "-artifact", "A", "-hostname", step.host, step.path)
		require.NoError(t, err)
		require.Contains(t, out, step.status, step.path)
	}
	out, err := imports(t, env, nil, "-artifact", "A", "-hostname", "pc1", write("one.jsonl", `{"n":3}`+"\n"))
	require.NoError(t, err)
	require.Contains(t, out, "kept")
}

func TestUpgradeSaysWhatItDid(t *testing.T) {
	t.Parallel()
	env := map[string]string{
		"DATABASE_URL": "sqlite://" + filepath.Join(t.TempDir(), "vc.db"), "ADMIN_PASSWORD": "a-good-long-password",
	}
	upgrades := func(args ...string) (string, error) {
		var out, logs bytes.Buffer
		getenv := func(name string) string { return env[name] }
		err := run(t.Context(), append([]string{"upgrade"}, args...), getenv, nil, &out, &logs)
		return out.String(), err
	}
	out, err := upgrades()
	require.NoError(t, err)
	require.Contains(t, out, "0 chunks of 0 rows upgraded")
	_, err = upgrades("-tenant", "nonsense")
	require.ErrorContains(t, err, "-tenant")
	_, err = upgrades("everything")
	require.Error(t, err)
}

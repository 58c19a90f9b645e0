package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// readmeFiles are the files of the lab that the README's commands name.
var readmeFiles = map[string]string{
	"export.zip":     "db01.corp.example-C.9ea32b8485cedac1-F.DC28ASM1FNVD8.zip",
	"locked.zip":     "Collection-jump01.corp.example-2026-11-23T18_39_09Z_locked.zip",
	"hunt.zip":       "huntC-summary-json.zip",
	"pslist.jsonl":   "F.DC28ASACQIC4U-Linux.Sys.Pslist.json",
	"pslist.csv":     "F.DC28ASACQIC4U-Linux.Sys.Pslist.csv",
	"collected.json": "web01-cli.json",
	"users.jsonl":    "hunt_results.huntA.Linux.Sys.Users.jsonl",
	"exports/a.zip":  "web01-types-csv_only.zip",
}

var shellBlock = regexp.MustCompile("(?s)```sh\n(.*?)```")

// TestTheCommandsOfTheReadmeBringDataIn runs each line of "Getting data in", and of what to do with it, against a server,
// in a folder with the files that they name.
func TestTheCommandsOfTheReadmeBringDataIn(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	require.NoError(t, err)
	_, section, found := strings.Cut(string(text), "\n## Getting data in\n")
	require.True(t, found)
	section, _, found = strings.Cut(section, "\n## With Docker\n")
	require.True(t, found)
	dir := t.TempDir()
	for name, sample := range readmeFiles {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, readLab(t, sample), 0o600))
	}
	url := "sqlite://" + filepath.Join(dir, "vc.db")
	p := start(t, url)
	bin, err := binaries()
	require.NoError(t, err)
	server := filepath.Join(bin, "server")

	// An answer that is no success ends the script.
	script := "set -e\ncurl() { command curl -sS --fail-with-body \"$@\"; }\n"
	blocks := shellBlock.FindAllStringSubmatch(section, -1)
	require.Greater(t, len(blocks), 3)
	for _, block := range blocks {
		script += block[1]
	}
	script = strings.NewReplacer("localhost:8000", strings.TrimPrefix(p.url, "http://"), "go run ./examples/server", server).Replace(script)
	sh := exec.CommandContext(t.Context(), "sh", "-c", script)
	sh.Dir = dir
	sh.Env = append(p.cmd.Env, "TOKEN="+p.token)
	var out bytes.Buffer
	sh.Stdout, sh.Stderr = &out, &out
	require.NoError(t, sh.Run(), "%s", &out)
	require.Contains(t, out.String(), "event: end\n")
	require.Contains(t, out.String(), "\n{\"Pid\":\"1\",\"Ppid\":\"0\",", "the rows")
	require.Contains(t, out.String(), `"hosts_with_artifact":`)
	require.Contains(t, out.String(), `"hits":[{"indicator":"203[.]0[.]113[.]66","line":1,"kind":"ip"`)
	require.Contains(t, out.String(), `"name":"Beacon","indicators":2,"invalid":0,`)
	require.Contains(t, out.String(), `"indicator":"203[.]0[.]113[.]66","kind":"ip","value":"203.0.113.66",`)

	rows := p.rows(t)
	for artifact, want := range map[string]int{
		"Linux.Sys.BashHistory":   18,                  // export.zip
		"Linux.Syslog.SSHLogin":   21 + 213,            // and locked.zip
		"Linux.Sys.Users":         24 + 100 + 101 + 25, // collected.json, users.jsonl, hunt.zip, locked.zip
		"Linux.Search.FileFinder": 1877 + 3,
		"Linux.Mounts":            11,
		"Generic.Client.VQL":      1, // the folder
	} {
		require.Equal(t, want, rows[artifact], "%s of %v", artifact, rows)
	}
}

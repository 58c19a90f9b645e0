package main

import (
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/store/memory"
)

// onEveryStore runs a test once on each of the stores.
func onEveryStore(t *testing.T, test func(t *testing.T, l *lab)) {
	t.Run("memory", func(t *testing.T) {
		t.Parallel()
		test(t, newLab(t, memory.New()))
	})
	databases(t, func(t *testing.T, url string) {
		db, err := openMigrated(t.Context(), settings{databaseURL: url})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, db.Close()) })
		test(t, newLab(t, db.stores))
	})
}

// TestEveryFileOfTheLabGivesItsRows brings each file over HTTP, and again from the command line, and the other way round.
func TestEveryFileOfTheLabGivesItsRows(t *testing.T) {
	t.Parallel()
	files := labOf(t, func(labFile) bool { return true })
	require.Greater(t, len(files), 100)
	onEveryStore(t, func(t *testing.T, l *lab) {
		for _, f := range files {
			into := l.tenant(t)
			require.Contains(t, []int{http.StatusOK, http.StatusCreated}, into.overHTTP(t, f), f.Path)
			require.Equal(t, f.Counts, into.rows(t), f.Path)
			require.Equal(t, http.StatusOK, into.overHTTP(t, f), f.Path)
			require.Equal(t, f.Counts, into.rows(t), "%s over HTTP again", f.Path)
			if f.Push != "" {
				continue
			}
			require.False(t, into.byImport(t, f).added, "%s from the command line again", f.Path)

			into = l.tenant(t)
			for _, again := range []bool{false, true} {
				came := into.byImport(t, f)
				require.NoError(t, came.err, f.Path)
				require.Equal(t, []bool{!again, again}, []bool{came.added, came.known}, f.Path)
				require.Equal(t, f.Counts, into.rows(t), "%s from the command line", f.Path)
			}
			require.Equal(t, http.StatusOK, into.overHTTP(t, f), f.Path)
		}
	})
}

// An offline collector knows its host by name only. Where the same host came as a client too, the inventory knows that.
const (
	byName   = "jump01.corp.example|"
	byClient = "C.40dad878b5c70bc5|"
)

// TestTheLabIsTheSameInAnyOrder brings all files that have rows of flows twice, shuffled, by one way or the other: whole
// and combined hunts, exports, downloads, captured pushes. However often a flow comes, and in however many forms, it is
// there once, with the same rows.
func TestTheLabIsTheSameInAnyOrder(t *testing.T) {
	t.Parallel()
	files := labOf(t, labFile.hasFlows)
	want := map[string]int64{}
	for _, f := range files {
		for rows, n := range f.Counts {
			rows = strings.Replace(rows, byName, byClient, 1)
			require.Contains(t, []int64{0, n}, want[rows], "the files count %s alike", rows)
			want[rows] = n
		}
	}
	onEveryStore(t, func(t *testing.T, l *lab) {
		var text map[string][]string
		for seed := range uint64(3) {
			into := l.tenant(t)
			random := rand.New(rand.NewPCG(seed, 3))
			for _, at := range random.Perm(2 * len(files)) {
				f := files[at/2]
				if f.Push != "" || random.IntN(2) == 0 {
					assert.Contains(t, []int{http.StatusOK, http.StatusCreated}, into.overHTTP(t, f), f.Path)
				} else {
					assert.NoError(t, into.byImport(t, f).err, f.Path)
				}
			}
			require.Equal(t, want, into.rows(t), "order %d", seed)
			if seed == 0 {
				text = into.text(t)
			}
			for of, rows := range into.text(t) {
				require.Equal(t, text[of], rows, "%s in order %d", of, seed)
			}
			hosts, err := l.Hosts.Count(t.Context(), into.id)
			require.NoError(t, err)
			require.EqualValues(t, 5, hosts, "one host is one in all forms")
		}
	})
}

// overwritten is the artifact of the lab whose rows have a column that Elastic.Flows.Upload writes its own text over, and
// so are other rows when they come that way alone.
const overwritten = "Generic.Client.Info/BasicInformation"

// TestWhatServersPushedIsRightInItsTenant replays every captured request, as they came, into a tenant for each
// organisation; and by protocol, where the rows of the whole flow never come.
func TestWhatServersPushedIsRightInItsTenant(t *testing.T) {
	t.Parallel()
	captures := labOf(t, func(f labFile) bool { return f.Push != "" })
	require.Len(t, captures, 39)
	onEveryStore(t, func(t *testing.T, l *lab) {
		whole := map[string]labTenant{"root": l.tenant(t), "OACME": l.tenant(t)}
		parts := map[string]labTenant{}
		want := map[string]map[string]int64{"root": {}, "OACME": {}}
		for _, f := range captures {
			require.Equal(t, http.StatusOK, whole[f.Org].overHTTP(t, f), f.Path)
			maps.Copy(want[f.Org], f.Counts)
			if _, known := parts[f.Push]; !known {
				parts[f.Push] = l.tenant(t)
			}
			require.Equal(t, http.StatusOK, parts[f.Push].overHTTP(t, f), f.Path)
		}
		for org, into := range whole {
			require.Equal(t, want[org], into.rows(t), org)
		}
		for rows := range want["root"] {
			require.NotContains(t, rows, "-OACME")
		}
		flows := parts["flow"].text(t)
		for protocol, into := range parts {
			got := into.text(t)
			require.Len(t, got, len(flows), protocol)
			for of, rows := range flows {
				if protocol == "elastic/_bulk" && strings.Contains(of, overwritten) {
					require.Len(t, got[of], len(rows), of)
					continue
				}
				require.Equal(t, rows, got[of], "%s by %s", of, protocol)
			}
		}
	})
}

// TestPushesOfOneFlowInTwoProtocolsAreOne holds where the whole flow never comes.
func TestPushesOfOneFlowInTwoProtocolsAreOne(t *testing.T) {
	t.Parallel()
	captures := labOf(t, func(f labFile) bool { return f.Push == "elastic/_bulk" || f.Push == "splunk" })
	want := map[string]int64{}
	for _, f := range captures {
		maps.Copy(want, f.Counts)
	}
	onEveryStore(t, func(t *testing.T, l *lab) {
		for seed := range uint64(3) {
			into := l.tenant(t)
			for _, at := range rand.New(rand.NewPCG(seed, 4)).Perm(2 * len(captures)) {
				require.Equal(t, http.StatusOK, into.overHTTP(t, captures[at/2]))
			}
			require.Equal(t, want, into.rows(t), "order %d", seed)
		}
	})
}

// TestAFolderComesInByTheCommand brings all containers of the lab, several at once, and again. The folder has the export
// of a notebook among them, which is refused.
func TestAFolderComesInByTheCommand(t *testing.T) {
	t.Parallel()
	want := map[string]int64{}
	containers := labOf(t, labFile.container)
	for _, f := range containers {
		for of, n := range f.Counts {
			want[strings.Replace(of, byName, byClient, 1)] = n
		}
	}
	key := filepath.Join(t.TempDir(), "key.pem")
	require.NoError(t, os.WriteFile(key, labKey(t), 0o600))
	databases(t, func(t *testing.T, url string) {
		env := map[string]string{
			"DATABASE_URL": url, "SECRET_KEY": "a-folder-of-the-lab-0123456789abcdef", "ADMIN_PASSWORD": "a-good-long-password",
			"CONTAINER_PASSWORD": "infected", "CONTAINER_KEYS": key,
		}
		for _, status := range []string{"kept", "there already, not read again"} {
			out, err := imports(t, env, nil, "-j", "4", labFiles, filepath.Join("demo", "hunt.zip"))
			require.ErrorContains(t, err, fmt.Sprintf("1 of %d files were refused", len(containers)+1))
			require.Regexp(t, `_13Z-x509.zip" +\d +\d+ +0 +`+status, out)
		}
		s, err := readSettings(environment(env), false)
		require.NoError(t, err)
		db, err := openDatabase(t.Context(), s)
		require.NoError(t, err)
		defer db.Close()
		c, admin, err := assemble(t.Context(), db, s, io.Discard, slog.New(slog.DiscardHandler))
		require.NoError(t, err)
		require.Equal(t, want, labRows(t, c, admin.TenantID))
	})
}

package main

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/companion/hunt"
	"github.com/velocicompanion/velocicompanion/ingest/velociraptor"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

func environment(pairs map[string]string) func(string) string {
	return func(name string) string { return pairs[name] }
}

func TestSettingsHaveDefaults(t *testing.T) {
	t.Parallel()
	s, err := readSettings(environment(nil), false)
	require.NoError(t, err)
	require.Equal(t, "velocicompanion.db", s.sqlitePath())
	require.Equal(t, ":8000", s.listenAddr)
	require.Equal(t, 30*time.Minute, s.tokenLifetime)
	require.Equal(t, auth.PolicyInvite, s.registration)
	require.Equal(t, "admin", s.adminUsername)
	s, err = readSettings(environment(nil), true)
	require.NoError(t, err)
	require.Equal(t, "velocicompanion-demo.db", s.sqlitePath(), "the demo does not mix with real data")
}

func TestSettingsOfQuestionsReachTheirService(t *testing.T) {
	t.Parallel()
	env := map[string]string{
		"HUNT_WORKERS": "1", "HUNT_MAX_WORKER_MIB": "2", "HUNT_CACHE_MIB": "3", "HUNT_MAX_GROUPS": "4", "HUNT_MAX_AT_ONCE": "5",
		"HUNT_MAX_WAIT_SECONDS": "6", "HUNT_MAX_SIGHTINGS": "7", "HUNT_MAX_SAVED_ENTRIES": "8", "HUNT_COUNT_MIB": "9",
		"DATABASE_URL": "sqlite://" + filepath.Join(t.TempDir(), "vc.db"),
	}
	s, err := readSettings(environment(env), false)
	require.NoError(t, err)
	require.Equal(t, hunt.Config{
		Workers: 1, MaxBytes: 2 << 20, CacheBytes: 3 << 20, MaxGroups: 4, MaxQuestions: 5, MaxWait: 6 * time.Second, MaxSightings: 7, MaxSavedEntries: 8, CountBytes: 9 << 20,
	}, s.hunt)

	db, err := openMigrated(t.Context(), s)
	require.NoError(t, err)
	defer db.Close()
	c, admin, err := assemble(t.Context(), db, s, io.Discard, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	_, err = c.Ingest.Ingest(t.Context(), admin.TenantID, &velociraptor.Table{
		Body: strings.NewReader("{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n{\"n\":4}\n{\"n\":5}\n"), Artifact: "A", Hostname: "pc1",
	})
	require.NoError(t, err)
	answer, err := c.Hunt.Stack(t.Context(), hunt.Stack{
		Scope: hunt.Scope{Tenants: []tenancy.ID{admin.TenantID}}, Artifact: "A", Fields: []string{"n"}, Limit: 10,
	})
	require.NoError(t, err)
	require.Len(t, answer.Values, 4)
	require.False(t, answer.Complete)
}

func TestBadSettingsAreNamed(t *testing.T) {
	t.Parallel()
	for name, env := range map[string]map[string]string{
		"DATABASE_URL":                {"DATABASE_URL": "mysql://somewhere"},
		"SECRET_KEY":                  {"DATABASE_URL": "postgres://somewhere/db"},
		"ACCESS_TOKEN_EXPIRE_MINUTES": {"ACCESS_TOKEN_EXPIRE_MINUTES": "soon"},
		"INGEST_MAX_BODY_MIB":         {"INGEST_MAX_BODY_MIB": "99999999999999"},
		"HUNT_WORKERS":                {"HUNT_WORKERS": "0"},
		"HUNT_MAX_WAIT_SECONDS":       {"HUNT_MAX_WAIT_SECONDS": "9223372037"},    // whose nanoseconds are below 0
		"INGEST_MAX_SPOOL_MIB":        {"INGEST_MAX_SPOOL_MIB": "17592186044416"}, // whose bytes are 0 again
	} {
		_, err := readSettings(environment(env), false)
		require.ErrorContains(t, err, name)
	}
}

func TestSettingsThatTheCompanionRefusesAreNamed(t *testing.T) {
	t.Parallel()
	for name, env := range map[string]map[string]string{
		"INGEST_SPOOL_DIR":                      {"INGEST_SPOOL_DIR": filepath.Join(t.TempDir(), "nowhere")},
		"SECRET_KEY: companion: Config.Secret:": {"SECRET_KEY": "short"},
	} {
		env["DATABASE_URL"] = "sqlite://" + filepath.Join(t.TempDir(), "vc.db")
		s, err := readSettings(environment(env), false)
		require.NoError(t, err)
		db, err := openDatabase(t.Context(), s)
		require.NoError(t, err)
		defer db.Close()
		_, _, err = assemble(t.Context(), db, s, io.Discard, slog.New(slog.DiscardHandler))
		require.ErrorContains(t, err, name)
	}
}

// TestEachSettingIsInTheReadmeAndReachesTheContainer holds but for those that the compose file or the image has a say in.
func TestEachSettingIsInTheReadmeAndReachesTheContainer(t *testing.T) {
	t.Parallel()
	compose, err := os.ReadFile("docker-compose.yml")
	require.NoError(t, err)
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	require.NoError(t, err)
	_, err = readSettings(func(name string) string {
		assert.Contains(t, string(readme), "`"+name+"`")
		switch name {
		case "LISTEN_ADDR", "REACT_APP_API_URL", "INGEST_SPOOL_DIR":
		default:
			assert.Contains(t, string(compose), "\n      "+name+":")
		}
		return ""
	}, false)
	require.NoError(t, err)
}

func TestTheSecretIsMadeOnceAndIsTheOwnersAlone(t *testing.T) {
	t.Parallel()
	s := settings{databaseURL: "sqlite://" + filepath.Join(t.TempDir(), "vc.db")}
	made, err := s.secret(func() string { return "first-random-text-of-enough-length" })
	require.NoError(t, err)
	again, err := s.secret(func() string { return "another" })
	require.NoError(t, err)
	require.Equal(t, made, again)
	info, err := os.Stat(s.sqlitePath() + ".secret")
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

func TestServersThatStartAtOnceShareTheSecret(t *testing.T) {
	t.Parallel()
	s := settings{databaseURL: "sqlite://" + filepath.Join(t.TempDir(), "vc.db")}
	var starting, chosen sync.WaitGroup
	secrets := make([][]byte, 8)
	chosen.Add(len(secrets))
	for i := range secrets {
		starting.Go(func() {
			var err error
			secrets[i], err = s.secret(func() string {
				chosen.Done()
				chosen.Wait() // until each of them has found none
				return fmt.Sprintf("random-text-of-enough-length-%d", i)
			})
			assert.NoError(t, err)
		})
	}
	starting.Wait()
	kept, err := os.ReadFile(s.sqlitePath() + ".secret")
	require.NoError(t, err)
	for _, secret := range secrets {
		require.Equal(t, string(kept), string(secret))
	}
	files, err := os.ReadDir(filepath.Dir(s.sqlitePath()))
	require.NoError(t, err)
	require.Len(t, files, 1, "nothing else is left")
}

func TestASecretThatIsEmptyIsRefused(t *testing.T) {
	t.Parallel()
	s := settings{databaseURL: "sqlite://" + filepath.Join(t.TempDir(), "vc.db")}
	require.NoError(t, os.WriteFile(s.sqlitePath()+".secret", nil, 0o600))
	_, err := s.secret(func() string { return "random-text-of-enough-length" })
	require.ErrorContains(t, err, "remove the file "+s.sqlitePath()+".secret")
}

func TestTheClientsAddressIsTheOneThatTheProxySaysLast(t *testing.T) {
	t.Parallel()
	require.Nil(t, settings{}.clientAddress())
	find := settings{addressHeader: "X-Forwarded-For"}.clientAddress()
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	require.Equal(t, r.RemoteAddr, find(r))
	r.Header.Set("X-Forwarded-For", "6.6.6.6, 10.0.0.7")
	require.Equal(t, "10.0.0.7", find(r), "what the client itself sent comes before")
}

func TestContainerKeysAreReadFromTheirFiles(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	dir := t.TempDir()
	write := func(name, kind string, der []byte) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
		return path
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	one, two := write("1.pem", "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key)), write("2.pem", "PRIVATE KEY", pkcs8)
	keys, err := settings{containerKeys: one + ":" + two}.keys()
	require.NoError(t, err)
	require.Len(t, keys, 2)
	require.True(t, keys[0].Equal(key) && keys[1].Equal(key))

	_, err = settings{containerKeys: filepath.Join(dir, "none.pem")}.keys()
	require.ErrorContains(t, err, "CONTAINER_KEYS: ")
	_, err = settings{containerKeys: write("3.pem", "CERTIFICATE", []byte("x"))}.keys()
	require.ErrorContains(t, err, "no RSA private key")
}

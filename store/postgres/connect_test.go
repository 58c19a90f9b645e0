package postgres_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/store"
	"github.com/velocicompanion/velocicompanion/store/postgres"
	"github.com/velocicompanion/velocicompanion/store/postgres/pgtest"
	"github.com/velocicompanion/velocicompanion/store/storetest"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// certificate makes a self-signed certificate for a name and its key, both in PEM form.
func certificate(t *testing.T, name string) (cert, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	if ip := net.ParseIP(name); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{name}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	require.NoError(t, err)
	keyDER, err := x509.MarshalECPrivateKey(private)
	require.NoError(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: keyDER})
}

func writeFile(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, data, 0o600))
	return path
}

// startTLS starts a cluster with a certificate for a name, and returns the URL of a database without query and the path
// of the certificate.
func startTLS(t *testing.T, name string) (dsn, certPath string) {
	t.Helper()
	cert, key := certificate(t, name)
	cluster, err := pgtest.Start(map[string][]byte{"server.crt": cert, "server.key": key}, "ssl=on")
	require.NoError(t, err)
	t.Cleanup(cluster.Stop)
	dsn, _, _ = strings.Cut(cluster.URL("postgres"), "?")
	return dsn, writeFile(t, "root.crt", cert)
}

// usesTLS opens a database and asks the server whether that connection is encrypted.
func usesTLS(t *testing.T, dsn string) (encrypted bool, err error) {
	t.Helper()
	u, err := url.Parse(dsn)
	require.NoError(t, err)
	query := u.Query()
	query.Set("application_name", "under test")
	u.RawQuery = query.Encode()
	db, err := openMigrated(t.Context(), u.String(), postgres.Config{MaxConns: 1})
	if err != nil {
		return false, err
	}
	defer db.Close()
	u.RawQuery = "sslmode=disable"
	err = pgtest.Handle(t, u.String()).QueryRowContext(t.Context(),
		"SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'under test'").Scan(&encrypted)
	require.NoError(t, err)
	return encrypted, nil
}

func TestTheServersCertificateIsVerified(t *testing.T) {
	t.Parallel()
	right, rightCert := startTLS(t, "127.0.0.1")
	wrong, wrongCert := startTLS(t, "another.example")
	for _, c := range []struct {
		name, dsn string
		encrypted bool
		err       string
	}{
		{"verify-full, the right certificate", right + "?sslmode=verify-full&sslrootcert=" + rightCert, true, ""},
		{"verify-full, not trusted", right + "?sslmode=verify-full", false, "unknown authority"},
		{"verify-full, another trusted", right + "?sslmode=verify-full&sslrootcert=" + wrongCert, false, "certificate"},
		{"verify-full, another name", wrong + "?sslmode=verify-full&sslrootcert=" + wrongCert, false, "127.0.0.1"},
		{"verify-ca, another name", wrong + "?sslmode=verify-ca&sslrootcert=" + wrongCert, true, ""},
		{"verify-ca, not trusted", wrong + "?sslmode=verify-ca&sslrootcert=" + rightCert, false, "certificate"},
		{"require alone trusts anybody", wrong + "?sslmode=require", true, ""},
		{"require with a root is verify-ca", wrong + "?sslmode=require&sslrootcert=" + rightCert, false, "certificate"},
		{"disable", right + "?sslmode=disable", false, ""},
		{"the own machine, by default", right, false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			encrypted, err := usesTLS(t, c.dsn)
			if c.err != "" {
				require.ErrorContains(t, err, c.err)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, c.encrypted, encrypted)
		})
	}
}

func TestAServerWithoutTLSIsNotUsedWhereTLSWasAskedFor(t *testing.T) {
	t.Parallel()
	dsn, _, _ := strings.Cut(pgtest.EmptyURL(t), "?")
	for _, mode := range []string{"require", "verify-ca", "verify-full"} {
		_, err := postgres.Open(t.Context(), dsn+"?sslmode="+mode, postgres.Config{})
		require.ErrorContains(t, err, "SSL is not enabled on the server", mode)
	}
}

func TestABadURLSaysWhatIsWrongAndNoPassword(t *testing.T) {
	t.Parallel()
	cert, _ := certificate(t, "db.example")
	for dsn, reason := range map[string]string{
		"postgres://u:secret@db.example:port/db":                                  "cannot be read",
		"mysql://u:secret@db.example/db":                                          "does not begin with postgres://",
		"postgres://db.example/db":                                                "names no user",
		"postgres://u:secret@db.example/":                                         "no database",
		"postgres://u:secret@/db":                                                 "no host",
		"postgres://u:secret@db.example/db?sslmode=prefer":                        "protects from nobody",
		"postgres://u:secret@db.example/db?sslmode=allow":                         "protects from nobody",
		"postgres://u:secret@db.example/db?sslmode=on":                            "sslmode is none of",
		"postgres://u:secret@db.example/db?sslrootcert=/nowhere":                  "sslrootcert",
		"postgres://u:secret@db.example/db?sslrootcert=" + writeFile(t, "x", nil): "no certificate",
		"postgres://u:secret@db.example/db?sslcert=" + writeFile(t, "y", cert):    "sslkey",
		"postgres://u:secret@127.0.0.1/db?connect_timeout=soon":                   "connect_timeout",
	} {
		_, err := postgres.Open(t.Context(), dsn, postgres.Config{})
		require.ErrorContains(t, err, reason, dsn)
		assert.NotContains(t, err.Error(), "secret")
	}
}

func FuzzParseURL(f *testing.F) {
	f.Add("postgres://u:p@db.example:5432/db?sslmode=verify-full&search_path=x")
	f.Add("postgresql://u@localhost/db")
	f.Add("postgres://u@/db?host=/run/postgresql&connect_timeout=3")
	f.Add("postgres://u@[::1]/db?sslmode=disable")
	f.Fuzz(func(t *testing.T, text string) {
		conn, err := postgres.ParseURL(text)
		if err != nil || conn.TLSConfig != nil {
			return
		}
		host, _, err := net.SplitHostPort(conn.Addr)
		local := conn.Network == "unix" || (err == nil && (host == "localhost" || net.ParseIP(host).IsLoopback()))
		u, parseErr := url.Parse(text)
		require.NoError(t, parseErr)
		assert.True(t, local || u.Query().Get("sslmode") == "disable", "without TLS to %s", conn.Addr)
	})
}

func TestAWrongConfigNamesItsField(t *testing.T) {
	t.Parallel()
	url := pgtest.EmptyURL(t)
	for field, cfg := range map[string]postgres.Config{
		"Config.MaxConns": {MaxConns: -1},
		"Config.Role":     {Role: `x"; DROP TABLE y`},
	} {
		_, err := postgres.Open(t.Context(), url, cfg)
		require.ErrorContains(t, err, field)
	}
}

func TestSettingsOfTheSessionInTheURL(t *testing.T) {
	t.Parallel()
	dsn := pgtest.EmptyURL(t)
	execAll(t, dsn, "CREATE SCHEMA elsewhere")
	db, err := openMigrated(t.Context(), dsn+"&search_path=elsewhere&application_name=hunting&connect_timeout=5", postgres.Config{})
	require.NoError(t, err)
	defer db.Close()
	newTenant(t, db)
	var schema, application string
	require.NoError(t, db.Scoped(t.Context(), tenancy.New(), func(tx bun.IDB) error {
		return tx.NewRaw("SELECT schemaname, current_setting('application_name') FROM pg_tables WHERE tablename = 'vc_hosts'").
			Scan(t.Context(), &schema, &application)
	}))
	assert.Equal(t, "elsewhere", schema)
	assert.Equal(t, "hunting", application)
}

func TestAUnixSocketIsOpenedByItsFolder(t *testing.T) {
	t.Parallel()
	folder, err := os.MkdirTemp("", "socket")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(folder)) })
	require.NoError(t, os.Chmod(folder, 0o777)) // the server runs as another user
	cluster, err := pgtest.Start(nil, "unix_socket_directories="+folder)
	require.NoError(t, err)
	t.Cleanup(cluster.Stop)
	u, err := url.Parse(cluster.URL("postgres"))
	require.NoError(t, err)
	db, err := openMigrated(t.Context(), "postgres://postgres@:"+u.Port()+"/postgres?host="+folder, postgres.Config{})
	require.NoError(t, err)
	defer db.Close()
	require.NoError(t, db.Stores().Ping(t.Context()))
}

func TestALostConnectionIsAnErrorAndLeavesNothing(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	url := pgtest.URL(t)
	db, err := postgres.Open(ctx, url, postgres.Config{MaxConns: 1})
	require.NoError(t, err)
	defer db.Close()
	tenant := newTenant(t, db)
	s := db.Stores().Collections
	now := time.Now()
	require.NoError(t, s.OpenStage(ctx, tenant, "stage", now, now.Add(time.Hour)))

	err = db.Scoped(ctx, tenant, func(tx bun.IDB) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM vc_hosts"); err != nil {
			return err
		}
		var pid int
		if err := tx.NewRaw("SELECT pg_backend_pid()").Scan(ctx, &pid); err != nil {
			return err
		}
		execAll(t, url, "DO $$ BEGIN PERFORM pg_terminate_backend("+strconv.Itoa(pid)+", 10000); END $$")
		_, err := tx.ExecContext(ctx, "DELETE FROM vc_stages")
		return err
	})
	require.ErrorIs(t, err, store.ErrUnavailable)
	requireHosts(t, db, tenant, tenant)
	merged, err := s.CommitStage(ctx, tenant, "stage", storetest.Ready(ingest.Collection{ID: tenancy.New().String(), Key: "key"}))
	require.NoError(t, err, "the next call has a new connection")
	assert.Len(t, merged, 1)
}

// TestConnectionsThatTheServerClosedAreReplaced is what a restart of the server looks like from here.
func TestConnectionsThatTheServerClosedAreReplaced(t *testing.T) {
	t.Parallel()
	const conns = 8
	url := pgtest.URL(t)
	db, err := postgres.Open(t.Context(), url+"&application_name=pooled", postgres.Config{MaxConns: conns})
	require.NoError(t, err)
	defer db.Close()
	tenant := newTenant(t, db)
	fill := func() {
		var all, running sync.WaitGroup
		all.Add(conns)
		for range conns {
			running.Go(func() {
				assert.NoError(t, db.Scoped(t.Context(), tenant, func(bun.IDB) error {
					all.Done()
					all.Wait()
					return nil
				}))
			})
		}
		running.Wait()
	}
	admin := pgtest.Handle(t, url)
	closeAll := func() {
		var closed int
		require.NoError(t, admin.QueryRowContext(t.Context(), `SELECT count(*) FILTER (WHERE pg_terminate_backend(pid, 10000))
			FROM pg_stat_activity WHERE application_name = 'pooled'`).Scan(&closed))
		require.Equal(t, conns, closed)
	}

	fill()
	closeAll()
	require.NoError(t, db.Stores().Ping(t.Context()))
	fill()
	closeAll()
	hosts := db.Stores().Hosts
	_, err = hosts.Count(t.Context(), tenant)
	require.NoError(t, err)
	fill()
	closeAll()
	var running sync.WaitGroup
	for range 4 * conns {
		running.Go(func() {
			_, err := hosts.Count(t.Context(), tenant)
			assert.NoError(t, err)
		})
	}
	running.Wait()
}

func TestAServerThatIsGoneIsAnError(t *testing.T) {
	t.Parallel()
	cluster, err := pgtest.Start(nil)
	require.NoError(t, err)
	t.Cleanup(cluster.Stop)
	db, err := openMigrated(t.Context(), cluster.URL("postgres"), postgres.Config{})
	require.NoError(t, err)
	defer db.Close()
	tenant := newTenant(t, db)
	cluster.Stop()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for range 2 {
		_, err = db.Stores().Hosts.Count(ctx, tenant)
		require.ErrorIs(t, err, store.ErrUnavailable)
		require.ErrorIs(t, db.Stores().Ping(ctx), store.ErrUnavailable)
	}
	_, err = postgres.Open(ctx, cluster.URL("postgres"), postgres.Config{})
	require.ErrorIs(t, err, store.ErrUnavailable)
	require.NoError(t, ctx.Err(), "it does not wait for the server")
}

// TestWhatTheServerSaysOfItselfIsTold has the server raise errors that it raises when it is about to end, or full.
func TestWhatTheServerSaysOfItselfIsTold(t *testing.T) {
	t.Parallel()
	db := pgtest.Open(t, postgres.Config{})
	for code, expected := range map[string]error{
		"08006": store.ErrUnavailable, "53300": store.ErrUnavailable, "57P01": store.ErrUnavailable,
		"57P02": store.ErrUnavailable, "57P03": store.ErrUnavailable, "53100": store.ErrNoSpace,
		"57014": nil, "53200": nil, "P0001": nil,
	} {
		err := db.Scoped(t.Context(), tenancy.New(), func(tx bun.IDB) error {
			_, err := tx.ExecContext(t.Context(), "DO $$ BEGIN RAISE 'it says so' USING ERRCODE = '"+code+"'; END $$")
			return err
		})
		require.ErrorContains(t, err, "it says so", code)
		for _, sentinel := range []error{store.ErrUnavailable, store.ErrNoSpace} {
			assert.Equal(t, expected == sentinel, errors.Is(err, sentinel), code)
		}
	}
}

// TestAServerWithoutRoomForConnectionsIsUnavailable has more connections asked for than the server takes.
func TestAServerWithoutRoomForConnectionsIsUnavailable(t *testing.T) {
	t.Parallel()
	dsn := pgtest.URL(t)
	execAll(t, dsn, "CREATE ROLE one_at_a_time LOGIN CONNECTION LIMIT 1", "GRANT velocicompanion TO one_at_a_time")
	db, err := postgres.Open(t.Context(), as(t, dsn, "one_at_a_time"), postgres.Config{})
	require.NoError(t, err)
	defer db.Close()
	require.NoError(t, db.Scoped(t.Context(), tenancy.New(), func(bun.IDB) error {
		require.ErrorIs(t, db.Stores().Ping(t.Context()), store.ErrUnavailable)
		return nil
	}))
	require.NoError(t, db.Stores().Ping(t.Context()))
}

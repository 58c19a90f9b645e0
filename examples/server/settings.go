package main

import (
	"cmp"
	"crypto/rsa"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/companion/hunt"
	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/ingest/velociraptor"
)

// settings is what the environment says. The README has a table of the variables.
type settings struct {
	databaseURL    string
	listenAddr     string
	secretKey      string
	tokenLifetime  time.Duration
	adminUsername  string
	adminPassword  string
	registration   auth.Policy
	virusTotalKey  string
	virusTotalURL  string
	virusTotalRate int           // calls per minute, 0 for no limit
	virusTotalDay  int           // calls per day and tenant, 0 for no limit
	addressHeader  string        // "" for the peer's own address
	containerKeys  string        // PEM files, separated by colons
	apiURL         string        // where the UI finds the API; "" for here
	maxStall       time.Duration // of an upload, 0 for the default
	ingest         ingest.Config // what the settings say of it
	hunt           hunt.Config   // likewise
	demo           bool
}

// readSettings reads the environment through getenv. With demo, an unset DATABASE_URL means a file of the demo's own.
func readSettings(getenv func(string) string, demo bool) (settings, error) {
	file := "velocicompanion.db"
	if demo {
		file = "velocicompanion-demo.db"
	}
	s := settings{
		databaseURL:   cmp.Or(getenv("DATABASE_URL"), "sqlite://"+file),
		listenAddr:    cmp.Or(getenv("LISTEN_ADDR"), ":8000"),
		secretKey:     getenv("SECRET_KEY"),
		adminUsername: cmp.Or(getenv("ADMIN_USERNAME"), "admin"),
		adminPassword: getenv("ADMIN_PASSWORD"),
		registration:  auth.Policy(cmp.Or(getenv("REGISTRATION"), string(auth.PolicyInvite))),
		virusTotalKey: getenv("VT_API_KEY"),
		addressHeader: getenv("CLIENT_ADDRESS_HEADER"),
		virusTotalURL: getenv("VT_API_URL"),
		containerKeys: getenv("CONTAINER_KEYS"),
		apiURL:        strings.TrimRight(getenv("REACT_APP_API_URL"), "/"),
		demo:          demo,
	}
	var err error
	number := func(name string, fallback int) int {
		n, wrong := positive(getenv, name, fallback)
		err = errors.Join(err, wrong, tooLarge(name, n))
		return n
	}
	s.tokenLifetime = time.Duration(number("ACCESS_TOKEN_EXPIRE_MINUTES", 30)) * time.Minute
	s.virusTotalRate = number("VT_CALLS_PER_MINUTE", 0)
	s.virusTotalDay = number("VT_CALLS_PER_DAY", 0)
	s.maxStall = time.Duration(number("INGEST_MAX_STALL_SECONDS", 0)) * time.Second
	s.ingest.SpoolDir = getenv("INGEST_SPOOL_DIR")
	s.ingest.MaxIngests = number("INGEST_MAX_AT_ONCE", 0)
	for name, set := range tenantLimits {
		set(&s.ingest, number(name, 0))
	}
	for name, set := range huntLimits {
		set(&s.hunt, number(name, 0))
	}
	if path := getenv("INGEST_TENANT_LIMITS"); path != "" {
		own, wrong := readTenantLimits(path)
		err = errors.Join(err, wrong)
		s.ingest.ForTenant = own.of
	}
	if !s.postgres() && !strings.HasPrefix(s.databaseURL, "sqlite://") {
		err = errors.Join(err, errors.New("DATABASE_URL: begin it with postgres:// or sqlite://"))
	}
	if s.postgres() && s.secretKey == "" {
		err = errors.Join(err, errors.New("SECRET_KEY: needed with PostgreSQL, at least 32 random characters, the same for every server (openssl rand -hex 32 makes one)"))
	}
	return s, err
}

func positive(getenv func(string) string, name string, fallback int) (int, error) {
	text := getenv(name)
	if text == "" {
		return fallback, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("%s: %q is not a whole number above 0", name, text)
	}
	return n, nil
}

// checkSpool returns an error unless files can be made where uploads are spooled: the first upload would be late to tell.
func (s settings) checkSpool() error {
	file, err := os.CreateTemp(s.ingest.SpoolDir, "velocicompanion-*")
	if err != nil {
		return fmt.Errorf("INGEST_SPOOL_DIR: no file can be made there: %w", err)
	}
	return errors.Join(file.Close(), os.Remove(file.Name()))
}

func (s settings) postgres() bool {
	return strings.HasPrefix(s.databaseURL, "postgres://") || strings.HasPrefix(s.databaseURL, "postgresql://")
}

// sqlitePath is the file that an sqlite:// URL names.
func (s settings) sqlitePath() string { return strings.TrimPrefix(s.databaseURL, "sqlite://") }

// secret returns the key that signs access tokens. Beside an SQLite file it is made once and kept, readable for its
// owner alone.
func (s settings) secret(random func() string) ([]byte, error) {
	if s.secretKey != "" || s.postgres() {
		return []byte(s.secretKey), nil
	}
	path := s.sqlitePath() + ".secret"
	kept, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		if err = keepOnce(path, []byte(random())); err == nil {
			kept, err = os.ReadFile(path)
		}
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("keeping a secret beside the database: %w", err)
	case len(kept) == 0:
		return nil, fmt.Errorf("the secret kept beside the database is empty: remove the file %s, and a new one is made", path)
	}
	return kept, nil
}

// keepOnce makes a file, readable for its owner alone, that is there whole or not at all. One that is there already stays
// as it is: another server may be starting at this moment.
func keepOnce(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err = os.Link(f.Name(), path); errors.Is(err, os.ErrExist) {
		return nil
	}
	return err
}

// keys reads the private keys of offline collectors that are locked for their owners.
func (s settings) keys() (keys []*rsa.PrivateKey, err error) {
	for _, path := range filepath.SplitList(s.containerKeys) {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("CONTAINER_KEYS: %w", err)
		}
		key, err := velociraptor.ParseKey(text)
		if err != nil {
			return nil, fmt.Errorf("CONTAINER_KEYS: %s: %w", path, err)
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// clientAddress returns what finds the address of a request's client behind a proxy: the last entry of the header that
// the proxy sets. Without such a header it is nil, and the address is the peer's.
func (s settings) clientAddress() func(*http.Request) string {
	if s.addressHeader == "" {
		return nil
	}
	return func(r *http.Request) string {
		all := r.Header.Values(s.addressHeader)
		if len(all) == 0 {
			return r.RemoteAddr
		}
		last := all[len(all)-1]
		return strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])
	}
}

// Package postgres keeps everything of a companion in PostgreSQL 13 or newer.
//
// Tenants are held apart twice: every query names its tenant, and row-level security shows it the rows of that tenant
// only. Because PostgreSQL exempts superusers from that, each transaction switches to a plain role that the migrations
// create, and a database in which row-level security would not hold is refused.
//
//	db, err := postgres.Open(ctx, "postgres://companion:secret@db.example/companion", postgres.Config{})
//	...
//	defer db.Close()
//	if _, err := db.Migrator().Up(ctx); err != nil { ... }
//	c, err := companion.New(db.Stores(), companion.Config{...})
//
// All tables have names that begin with vc_; a host service may keep its own beside them.
package postgres

import (
	"cmp"
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/driver/pgdriver"

	"github.com/velocicompanion/velocicompanion/store"
	"github.com/velocicompanion/velocicompanion/store/internal/bunstore"
)

// Config holds what is optional.
type Config struct {
	// Role is the plain role that queries run as, default "velocicompanion". The migrations create it if they may and
	// let the migrating user switch to it. Where another user runs the program, GRANT the role to that user. Without
	// the role, queries run as the connecting user, which then has to be neither superuser nor BYPASSRLS. Lower-case
	// letters, digits and underscores.
	Role string
	// MaxConns bounds the connections that Open makes, default 16. New leaves the handle as it is.
	MaxConns int
}

// DB is an opened database. Safe for concurrent use.
type DB struct {
	pool    *sql.DB
	own     bool
	backend *backend
}

//go:embed migrations/*.sql
var migrations embed.FS

var roleName = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,62}$`)

// Open connects to a database by a URL, postgres://user:password@host:port/database?sslmode=..., and makes sure that
// it keeps tenants apart: [ErrNotIsolated] when not. It does not migrate. With a schema that is missing or old it
// returns a DB of which only the Migrator can be used until the schema is there: everything else is
// store.ErrNotMigrated. A schema of a newer program is refused with store.ErrNewerSchema. The caller calls Close.
//
// The URL may also say sslrootcert, sslcert, sslkey, application_name, connect_timeout (seconds), host (the folder of a
// Unix socket), and any setting of a PostgreSQL session. The server's certificate and name are verified (sslmode
// verify-full) unless the URL says otherwise; only over a Unix socket or to the own machine the default is disable.
// verify-ca and require are as in libpq. prefer and allow, which an attacker can turn off, are refused.
func Open(ctx context.Context, url string, cfg Config) (*DB, error) {
	if cfg.MaxConns < 0 {
		return nil, errors.New("postgres: Config.MaxConns is negative")
	}
	driverCfg, err := parseURL(url)
	if err != nil {
		return nil, fmt.Errorf("postgres: %w", err)
	}
	pool := sql.OpenDB(connector{pgdriver.NewConnector(pgdriver.WithConfig(driverCfg))})
	conns := cmp.Or(cfg.MaxConns, 16)
	pool.SetMaxOpenConns(conns)
	pool.SetMaxIdleConns(conns)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	db, err := New(ctx, pool, cfg)
	if err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	db.own = true
	return db, nil
}

// New is Open over a handle of the caller's, made with any driver for PostgreSQL. The handle stays the caller's: Close
// does not close it, and no setting outlives a transaction.
func New(ctx context.Context, pool *sql.DB, cfg Config) (*DB, error) {
	cfg.Role = cmp.Or(cfg.Role, "velocicompanion")
	if !roleName.MatchString(cfg.Role) {
		return nil, errors.New("postgres: Config.Role is not of lower-case letters, digits and underscores")
	}
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, fmt.Errorf("postgres: %w", err)
	}
	db := bun.NewDB(pool, pgdialect.New())
	b := &backend{
		db:         db,
		configured: cfg.Role,
		migrator: &bunstore.Migrator{
			DB:     db,
			Files:  files,
			Data:   struct{ Role string }{cfg.Role},
			Lock:   "SELECT pg_advisory_xact_lock(hashtext('velocicompanion migrations'))",
			Exists: "SELECT to_regclass('vc_migrations') IS NOT NULL",
		},
	}
	if err := b.ready(ctx); err != nil && !errors.Is(err, store.ErrNotMigrated) {
		return nil, err
	}
	return &DB{pool: pool, backend: b}, nil
}

// Stores returns stores over the database. They can be used until Close. Tenants have to be created in the same
// database: a write into another one is tenancy.ErrNotFound.
func (d *DB) Stores() store.Stores { return bunstore.New(d.backend) }

// Migrator returns what brings the schema to where the program needs it.
func (d *DB) Migrator() store.Migrator { return d.backend.migrator }

// Close closes the connections that Open made. It does nothing after New.
func (d *DB) Close() error {
	if !d.own {
		return nil
	}
	return d.pool.Close()
}

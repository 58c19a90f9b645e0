// Package sqlite keeps everything of a companion in one SQLite file, without a server and without cgo.
//
// One connection writes and several read, in WAL mode; what was acknowledged survives a power cut. SQLite has no
// row-level security: tenants are held apart by the queries, each of which names its tenant.
//
// Ingests leave 128 MB of the disk free, or end with store.ErrNoSpace: SQLite needs room to remove something.
//
//	db, err := sqlite.Open(ctx, "companion.db", sqlite.Config{})
//	...
//	defer db.Close()
//	if _, err := db.Migrator().Up(ctx); err != nil { ... }
//	c, err := companion.New(db.Stores(), companion.Config{...})
package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	"modernc.org/sqlite"

	"github.com/velocicompanion/velocicompanion/store"
	"github.com/velocicompanion/velocicompanion/store/internal/bunstore"
)

// Config holds what is optional.
type Config struct {
	// MaxReaders bounds the connections that read, default 8.
	MaxReaders int
	// BusyTimeout is how long to wait for another process that writes to the file, default 10 s.
	BusyTimeout time.Duration
}

// DB is an opened file. Safe for concurrent use, also by several processes on one machine.
type DB struct {
	backend *backend
}

//go:embed migrations/*.sql
var migrations embed.FS

// Open opens the file at path, or makes it, readable for its owner only. It does not migrate. With a schema that is
// missing or old it returns a DB of which only the Migrator can be used until the schema is there: everything else is
// store.ErrNotMigrated. A schema of a newer program is refused with store.ErrNewerSchema. The caller calls Close.
func Open(ctx context.Context, path string, cfg Config) (*DB, error) {
	if cfg.MaxReaders < 0 {
		return nil, errors.New("sqlite: Config.MaxReaders is negative")
	}
	if cfg.BusyTimeout < 0 {
		return nil, errors.New("sqlite: Config.BusyTimeout is negative")
	}
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	b, err := open(path, cmp.Or(cfg.MaxReaders, 8), cmp.Or(cfg.BusyTimeout, 10*time.Second))
	if err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	b.migrator = &bunstore.Migrator{
		DB:     b.writer,
		Files:  files,
		Exists: "SELECT count(*) > 0 FROM sqlite_master WHERE type = 'table' AND name = 'vc_migrations'",
	}
	if err := b.ready(ctx); err != nil && !errors.Is(err, store.ErrNotMigrated) {
		return nil, errors.Join(err, b.close())
	}
	return &DB{backend: b}, nil
}

// open makes the connections. A transaction of the writer takes the write lock when it begins.
func open(path string, readers int, busy time.Duration) (*backend, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := file.Close(); err != nil {
		return nil, err
	}
	pragmas := []string{
		fmt.Sprintf("busy_timeout(%d)", busy.Milliseconds()), "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)",
		fmt.Sprintf("journal_size_limit(%d)", maxLog),
	}
	writer, err := connect(path, "immediate", 1, pragmas)
	if err != nil {
		return nil, err
	}
	reader, err := connect(path, "deferred", readers, append(pragmas, "query_only(1)"))
	if err != nil {
		return nil, errors.Join(err, writer.Close())
	}
	return &backend{writer: writer, reader: reader, freeSpace: func() int64 { return freeSpace(path) }}, nil
}

func connect(path, lock string, conns int, pragmas []string) (*bun.DB, error) {
	dsn := url.URL{Scheme: "file", Path: path, RawQuery: url.Values{"_txlock": {lock}, "_pragma": pragmas}.Encode()}
	connector, err := sqlite.NewConnector(dsn.String())
	if err != nil {
		return nil, err
	}
	pool := sql.OpenDB(connector)
	pool.SetMaxOpenConns(conns)
	pool.SetMaxIdleConns(conns)
	return bun.NewDB(pool, sqlitedialect.New()), nil
}

// Stores returns stores over the file. They can be used until Close. Tenants have to be created in the same
// file: a write into another one is tenancy.ErrNotFound.
func (d *DB) Stores() store.Stores {
	stores := bunstore.New(d.backend)
	stores.Collections = collections{stores.Collections, d.backend}
	return stores
}

// Migrator returns what brings the schema to where the program needs it.
func (d *DB) Migrator() store.Migrator { return d.backend.migrator }

// Close closes the file. Calls that are under way come first.
func (d *DB) Close() error { return d.backend.close() }

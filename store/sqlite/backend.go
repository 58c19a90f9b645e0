package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/uptrace/bun"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/velocicompanion/velocicompanion/store"
	"github.com/velocicompanion/velocicompanion/store/internal/bunstore"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// backend runs transactions. There is one that writes at a time, so that the locks of a scope come for free.
type backend struct {
	writer   *bun.DB
	reader   *bun.DB
	migrator *bunstore.Migrator
	migrated atomic.Bool
	// freeSpace is how many bytes the disk has room for.
	freeSpace func() int64
}

// Read implements bunstore.Backend.
func (b *backend) Read(ctx context.Context, _ bunstore.Scope, fn func(bun.IDB) error) error {
	return b.run(ctx, b.reader, &sql.TxOptions{ReadOnly: true}, fn)
}

// Write implements bunstore.Backend.
func (b *backend) Write(ctx context.Context, _ bunstore.Scope, fn func(bun.IDB) error) error {
	b.checkpoint(ctx)
	return b.run(ctx, b.writer, nil, fn)
}

// Ping implements bunstore.Backend.
func (b *backend) Ping(ctx context.Context) error {
	if err := b.ready(ctx); err != nil {
		return err
	}
	return b.reader.PingContext(ctx)
}

func (b *backend) run(ctx context.Context, db *bun.DB, opts *sql.TxOptions, fn func(bun.IDB) error) error {
	if err := b.ready(ctx); err != nil {
		return err
	}
	return translate(db.RunInTx(ctx, opts, func(_ context.Context, tx bun.Tx) error { return fn(tx) }))
}

// ready finds out once whether the file has the schema.
func (b *backend) ready(ctx context.Context) error {
	if b.migrated.Load() {
		return nil
	}
	if err := b.migrator.Check(ctx, b.reader); err != nil {
		return translate(err)
	}
	b.migrated.Store(true)
	return nil
}

func (b *backend) close() error { return errors.Join(b.reader.Close(), b.writer.Close()) }

// translate says in the terms of the domain what SQLite refused. Foreign keys of what a caller can get wrong all refer
// to a tenant.
func translate(err error) error {
	var refused *sqlite.Error
	if !errors.As(err, &refused) {
		return err
	}
	switch refused.Code() {
	case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return tenancy.ErrNotFound
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE:
		return fmt.Errorf("%w: %w", store.ErrNoSpace, err)
	case sqlite3.SQLITE_BUSY: // another process has written for longer than Config.BusyTimeout
		return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
	}
	return fmt.Errorf("sqlite: %w", err)
}

package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/velocicompanion/velocicompanion/store"
	"github.com/velocicompanion/velocicompanion/store/postgres"
	"github.com/velocicompanion/velocicompanion/store/sqlite"
)

// database is the opened store, whichever adapter it is of.
type database struct {
	adapter  string // the adapter's folder
	stores   store.Stores
	migrator store.Migrator
	close    func() error
}

func openDatabase(ctx context.Context, s settings) (*database, error) {
	if s.postgres() {
		db, err := postgres.Open(ctx, s.databaseURL, postgres.Config{})
		if err != nil {
			return nil, fmt.Errorf("DATABASE_URL: %w", err)
		}
		return &database{"postgres", db.Stores(), db.Migrator(), db.Close}, nil
	}
	db, err := sqlite.Open(ctx, s.sqlitePath(), sqlite.Config{})
	if err != nil {
		return nil, fmt.Errorf("DATABASE_URL: %w", err)
	}
	return &database{"sqlite", db.Stores(), db.Migrator(), db.Close}, nil
}

// openMigrated opens the store and brings its schema up to date.
func openMigrated(ctx context.Context, s settings) (*database, error) {
	db, err := openDatabase(ctx, s)
	if err != nil {
		return nil, err
	}
	if _, err := db.migrator.Up(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// Close ends the connections.
func (d *database) Close() error { return d.close() }

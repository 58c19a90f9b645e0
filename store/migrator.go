package store

import (
	"context"
	"errors"
	"time"
)

// Errors about the schema of a database. Adapters wrap them and say which versions they are about.
var (
	// ErrNotMigrated: the schema is missing or older than the program. Migrate it up.
	ErrNotMigrated = errors.New("store: the database has to be migrated up")
	// ErrNewerSchema: the schema was made by a newer program, and this one does not touch it.
	ErrNewerSchema = errors.New("store: the database is newer than this program")
)

// Migrator brings the schema of a database to where the program needs it. The SQL adapters have one each.
// Implementations are safe for concurrent use, by several processes too: what one has done the others pass over.
type Migrator interface {
	// Up applies the migrations that are missing, all or none, and returns their names; none when nothing is missing.
	// ErrNewerSchema when the database has migrations that the program does not know.
	Up(ctx context.Context) ([]string, error)

	// Down takes back the last of the migrations that are applied and returns its name; none when none is left. It
	// destroys what is kept in the tables and columns that it removes.
	Down(ctx context.Context) ([]string, error)

	// Status returns all migrations in their order, those that the database has and the program does not know at the end.
	Status(ctx context.Context) ([]Migration, error)

	// Create writes an empty migration into the folder dir of the sources and returns the names of its two files. The
	// name is of lower-case letters, digits and underscores.
	Create(dir, name string) ([]string, error)
}

// Migration is one step of a schema.
type Migration struct {
	// Name begins with the time at which the migration was written, as 20260102150405.
	Name string
	// AppliedAt is zero where the migration is not applied.
	AppliedAt time.Time
}

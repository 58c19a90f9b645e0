package bunstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/template"
	"time"

	"github.com/uptrace/bun"

	"github.com/velocicompanion/velocicompanion/store"
)

// Migrator is a store.Migrator over SQL files. Unlike Bun's it does all of an Up in one transaction, together with the
// record of it and the lock: nothing is left half done when the process ends at any moment, and one connection is enough.
type Migrator struct {
	DB *bun.DB
	// Files holds NAME.up.sql and NAME.down.sql of each migration. They are templates over Data.
	Files fs.FS
	Data  any
	// Lock is the statement that makes others wait until the transaction ends; empty where every transaction that
	// writes does that.
	Lock string
	// Exists is the query that says whether there is a table of migrations.
	Exists string
}

// migrationRow is an applied migration.
type migrationRow struct {
	bun.BaseModel `bun:"table:vc_migrations,alias:m"`
	Name          string `bun:"name,pk"`
	AppliedAt     time.Time
}

// Up implements store.Migrator.
func (m *Migrator) Up(ctx context.Context) (names []string, err error) {
	err = m.locked(ctx, func(tx bun.Tx, applied []migrationRow) error {
		known, err := m.known()
		if err != nil {
			return err
		}
		if err := newer(known, applied); err != nil {
			return err
		}
		for _, name := range missing(known, applied) {
			if err := m.run(ctx, tx, name+".up.sql"); err != nil {
				return err
			}
			row := migrationRow{Name: name, AppliedAt: kept(time.Now())}
			if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
				return err
			}
			names = append(names, name)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("migrate up: %w", err)
	}
	return names, nil
}

// Down implements store.Migrator.
func (m *Migrator) Down(ctx context.Context) (names []string, err error) {
	err = m.locked(ctx, func(tx bun.Tx, applied []migrationRow) error {
		known, err := m.known()
		if err != nil {
			return err
		}
		if err := newer(known, applied); err != nil || len(applied) == 0 {
			return err
		}
		last := applied[len(applied)-1]
		if err := m.run(ctx, tx, last.Name+".down.sql"); err != nil {
			return err
		}
		names = []string{last.Name}
		_, err = tx.NewDelete().Model(&last).WherePK().Exec(ctx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("migrate down: %w", err)
	}
	return names, nil
}

// Status implements store.Migrator.
func (m *Migrator) Status(ctx context.Context) (migrations []store.Migration, err error) {
	known, err := m.known()
	if err != nil {
		return nil, err
	}
	applied, err := m.applied(ctx, m.DB)
	if err != nil {
		return nil, fmt.Errorf("migration status: %w", err)
	}
	at := make(map[string]time.Time)
	for _, a := range applied {
		at[a.Name] = kept(a.AppliedAt)
		if !slices.Contains(known, a.Name) {
			known = append(known, a.Name)
		}
	}
	for _, name := range known {
		migrations = append(migrations, store.Migration{Name: name, AppliedAt: at[name]})
	}
	return migrations, nil
}

var migrationName = regexp.MustCompile(`^[a-z0-9_]{1,100}$`)

// Create implements store.Migrator.
func (m *Migrator) Create(dir, name string) ([]string, error) {
	if !migrationName.MatchString(name) {
		return nil, errors.New("create migration: a name is of lower-case letters, digits and underscores")
	}
	name = time.Now().UTC().Format("20060102150405_") + name
	var paths []string
	for _, direction := range []string{"up", "down"} {
		path := filepath.Join(dir, name+"."+direction+".sql")
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if err != nil {
			return paths, fmt.Errorf("create migration: %w", err)
		}
		paths = append(paths, path)
		if err := f.Close(); err != nil {
			return paths, fmt.Errorf("create migration: %w", err)
		}
	}
	return paths, nil
}

// Check returns store.ErrNotMigrated or store.ErrNewerSchema, with the versions, unless the database is where the
// program needs it.
func (m *Migrator) Check(ctx context.Context, db bun.IDB) error {
	applied, err := m.applied(ctx, db)
	if err != nil {
		return err
	}
	known, err := m.known()
	if err != nil {
		return err
	}
	if err := newer(known, applied); err != nil {
		return err
	}
	if missing := missing(known, applied); len(missing) > 0 {
		return fmt.Errorf("%w: it lacks %s", store.ErrNotMigrated, strings.Join(missing, ", "))
	}
	return nil
}

// locked calls fn with the applied migrations while nobody else migrates.
func (m *Migrator) locked(ctx context.Context, fn func(bun.Tx, []migrationRow) error) error {
	return m.DB.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		if m.Lock != "" {
			if _, err := tx.ExecContext(ctx, m.Lock); err != nil {
				return err
			}
		}
		if _, err := tx.NewCreateTable().Model((*migrationRow)(nil)).IfNotExists().Exec(ctx); err != nil {
			return err
		}
		applied, err := m.applied(ctx, tx)
		if err != nil {
			return err
		}
		return fn(tx, applied)
	})
}

// applied returns the migrations that a database has, in their order.
func (m *Migrator) applied(ctx context.Context, db bun.IDB) (applied []migrationRow, err error) {
	var exists bool
	if err := db.NewRaw(m.Exists).Scan(ctx, &exists); err != nil || !exists {
		return nil, err
	}
	err = db.NewSelect().Model(&applied).Order("name").Scan(ctx)
	return applied, err
}

func (m *Migrator) run(ctx context.Context, tx bun.Tx, file string) error {
	text, err := fs.ReadFile(m.Files, file)
	if err != nil {
		return err
	}
	parsed, err := template.New(file).Option("missingkey=error").Parse(string(text))
	if err != nil {
		return err
	}
	var query bytes.Buffer
	if err := parsed.Execute(&query, m.Data); err != nil {
		return err
	}
	// The query goes to the driver as it is: it is not for Bun to look for placeholders in it.
	if _, err := tx.Tx.ExecContext(ctx, query.String()); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

// known returns the names of the program's migrations in their order.
func (m *Migrator) known() ([]string, error) {
	files, err := fs.Glob(m.Files, "*.up.sql")
	if err != nil {
		return nil, err
	}
	for i, file := range files {
		files[i] = strings.TrimSuffix(file, ".up.sql")
	}
	slices.Sort(files)
	return files, nil
}

// newer returns store.ErrNewerSchema when a migration was applied that the program does not know.
func newer(known []string, applied []migrationRow) error {
	for _, a := range slices.Backward(applied) {
		if !slices.Contains(known, a.Name) {
			return fmt.Errorf("%w: it is at %s, the program at %s", store.ErrNewerSchema, a.Name, known[len(known)-1])
		}
	}
	return nil
}

func missing(known []string, applied []migrationRow) []string {
	return slices.DeleteFunc(slices.Clone(known), func(name string) bool {
		return slices.ContainsFunc(applied, func(a migrationRow) bool { return a.Name == name })
	})
}

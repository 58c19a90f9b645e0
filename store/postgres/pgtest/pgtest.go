// Package pgtest gives tests PostgreSQL databases: the tests of this module, and those of services that embed it.
//
// The first call in a test process starts a throw-away PostgreSQL cluster from the server's binaries on this machine;
// it ends with the process, however that ends, and nothing is left of it. Each test gets a database of its own in it.
// A machine without PostgreSQL fails the test with what to install.
package pgtest

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/uptrace/bun/driver/pgdriver"

	"github.com/velocicompanion/velocicompanion/store/postgres"
)

// Open returns a fresh database with the schema in it. It is closed and removed when the test ends.
func Open(t testing.TB, cfg postgres.Config) *postgres.DB {
	t.Helper()
	db, err := postgres.Open(t.Context(), URL(t), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// URL returns the URL of a fresh database with the schema in it, for a superuser. The database is removed when the
// test ends.
func URL(t testing.TB) string {
	t.Helper()
	c := sharedCluster(t)
	if err := c.template(); err != nil {
		t.Fatal(err)
	}
	return c.database(t, "migrated")
}

// EmptyURL is URL without the schema.
func EmptyURL(t testing.TB) string {
	t.Helper()
	return sharedCluster(t).database(t, "template0")
}

// Handle returns a handle on a database by its URL, as a host service may bring one. It is closed when the test ends.
func Handle(t testing.TB, url string) *sql.DB {
	t.Helper()
	db := sql.OpenDB(pgdriver.NewConnector(pgdriver.WithDSN(url)))
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// shared is the cluster of this process.
var shared = sync.OnceValues(func() (*Cluster, error) { return Start(nil) })

func sharedCluster(t testing.TB) *Cluster {
	t.Helper()
	c, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var databases atomic.Int64

func (c *Cluster) database(t testing.TB, template string) string {
	t.Helper()
	name := "test" + strconv.FormatInt(databases.Add(1), 10)
	create := "CREATE DATABASE " + name + " TEMPLATE " + template
	if c.version >= 15_00_00 { // older ones know no other
		create += " STRATEGY FILE_COPY"
	}
	if err := c.exec(t.Context(), create); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.exec(context.Background(), "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	return c.URL(name)
}

// migrateTemplate makes the database that others are copied from.
func (c *Cluster) migrateTemplate() error {
	ctx := context.Background()
	if err := c.exec(ctx, "CREATE DATABASE migrated TEMPLATE template0"); err != nil {
		return err
	}
	db, err := postgres.Open(ctx, c.URL("migrated"), postgres.Config{})
	if err != nil {
		return err
	}
	if _, err := db.Migrator().Up(ctx); err != nil {
		_ = db.Close()
		return err
	}
	return db.Close()
}

// URL returns the URL of a database of the cluster, for a superuser.
func (c *Cluster) URL(database string) string {
	u := url.URL{
		Scheme: "postgres", User: url.User("postgres"), Host: "127.0.0.1:" + strconv.Itoa(c.port), Path: database,
		RawQuery: "sslmode=disable",
	}
	return u.String()
}

func (c *Cluster) handle() *sql.DB {
	return sql.OpenDB(pgdriver.NewConnector(pgdriver.WithDSN(c.URL("postgres"))))
}

func (c *Cluster) exec(ctx context.Context, query string) error {
	db := c.handle()
	defer db.Close()
	if _, err := db.ExecContext(ctx, query); err != nil {
		return fmt.Errorf("pgtest: %s: %w", query, err)
	}
	return nil
}

// Package bunstore is what the SQL adapters share: every query of every store, written once on Bun. What differs
// between databases (opening, scoping a transaction to a tenant, locking, the schema) is behind [Backend].
package bunstore

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/velocicompanion/velocicompanion/store"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// Backend runs transactions in one database. A transaction ends when fn returns: with a commit when it returns nil, and
// otherwise without a trace. What fn is given must not be used after that. Safe for concurrent use.
type Backend interface {
	// Read runs fn in a transaction that writes nothing and in which every query sees the same state.
	Read(ctx context.Context, scope Scope, fn func(bun.IDB) error) error

	// Write runs fn in a transaction in which each query sees what was committed before the query.
	Write(ctx context.Context, scope Scope, fn func(bun.IDB) error) error

	// Ping reports whether the database answers and can be used.
	Ping(ctx context.Context) error
}

// Scope is what a transaction may see. A backend that can enforce it does; the queries keep to it by themselves too.
type Scope struct {
	// Tenant is the tenant whose rows there are.
	Tenant tenancy.ID
	// Lookup is set instead of Tenant by the few reads that have to be made before a tenant is known. It is what the
	// caller already holds: an exact key, or ids of tenants with commas between them. Only rows that it names are there.
	Lookup string
	// Lock names what only one write transaction of the tenant may do at a time; empty for nothing.
	Lock string
}

// New returns stores over b. A write into a tenant that b does not have is tenancy.ErrNotFound.
func New(b Backend) store.Stores {
	d := database{b}
	return store.Stores{
		Tenants:     tenantStore{d},
		Auth:        authStore{d},
		Directory:   directory{d},
		Hosts:       hostStore{d},
		Collections: collectionStore{d},
		Verdicts:    verdictStore{d},
		Hunts:       huntStore{d},
		Watching:    huntStore{d},
		Ping:        b.Ping,
	}
}

// database opens the transactions that the stores work in.
type database struct{ backend Backend }

func (d database) read(ctx context.Context, tenant tenancy.ID, fn func(scopedTx) error) error {
	if err := tenant.Check(); err != nil {
		return err
	}
	return d.backend.Read(ctx, Scope{Tenant: tenant}, func(db bun.IDB) error { return fn(scopedTx{db: db, tenant: tenant}) })
}

func (d database) write(ctx context.Context, tenant tenancy.ID, fn func(scopedTx) error) error {
	return d.exclusive(ctx, tenant, "", fn)
}

// exclusive is write for what has to look before it changes something: of those with one lock and one tenant, one runs
// at a time. Where ctx comes from within such a transaction, fn becomes a part of it.
func (d database) exclusive(ctx context.Context, tenant tenancy.ID, lock string, fn func(scopedTx) error) error {
	if err := tenant.Check(); err != nil {
		return err
	}
	if tx, ok := ctx.Value(joinable{d.backend, tenant, lock}).(scopedTx); ok {
		return fn(tx)
	}
	return d.backend.Write(ctx, Scope{Tenant: tenant, Lock: lock}, func(db bun.IDB) error {
		return fn(scopedTx{db: db, tenant: tenant})
	})
}

// joinable is the key under which a context holds a transaction: one that has the lock on the tenant in the backend.
type joinable struct {
	backend Backend
	tenant  tenancy.ID
	lock    string
}

// joining returns a context with which exclusive calls become part of tx, which holds lock.
func (d database) joining(ctx context.Context, tx scopedTx, lock string) context.Context {
	return context.WithValue(ctx, joinable{d.backend, tx.tenant, lock}, tx)
}

// inventoryLock is held by what changes hosts or collections: a commit of collections changes both.
const inventoryLock = "inventory"

// lookup reads without a tenant. The conditions of its queries have to name what key names.
func (d database) lookup(ctx context.Context, key string, fn func(scopedTx) error) error {
	return d.backend.Read(ctx, Scope{Lookup: key}, func(db bun.IDB) error { return fn(scopedTx{db: db, unscoped: true}) })
}

// kept returns t as stores keep times: in UTC, to the microsecond.
func kept(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

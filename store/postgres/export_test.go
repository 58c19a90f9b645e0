package postgres

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/velocicompanion/velocicompanion/store/internal/bunstore"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// NotTenants are the tables that hold no tenant's data.
var NotTenants = notTenants

// PolicyFaults is what Open holds against the tables of a database.
var PolicyFaults = policyFaults

// ParseURL is how Open reads a URL.
var ParseURL = parseURL

// Scoped runs fn in a transaction as the stores do for a tenant, or for none.
func (d *DB) Scoped(ctx context.Context, tenant tenancy.ID, fn func(bun.IDB) error) error {
	return d.backend.Write(ctx, bunstore.Scope{Tenant: tenant}, fn)
}

// Lookup runs fn in a transaction as the stores do when they look something up without a tenant.
func (d *DB) Lookup(ctx context.Context, key string, fn func(bun.IDB) error) error {
	return d.backend.Read(ctx, bunstore.Scope{Lookup: key}, fn)
}

// Change is Lookup in a transaction that could write.
func (d *DB) Change(ctx context.Context, key string, fn func(bun.IDB) error) error {
	return d.backend.Write(ctx, bunstore.Scope{Lookup: key}, fn)
}

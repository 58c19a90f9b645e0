// Package tenancy holds the tenant: the customer whose data is sealed off from every other's.
//
// An [ID] is opaque so that a tenant cannot be forgotten or swapped with another string: every tenant-scoped method of
// this module takes one right after the context, and the zero value is refused. The package is a leaf and imports
// nothing but the standard library.
package tenancy

import (
	"context"
	"errors"
	"time"
)

// Errors that stores return. Test with errors.Is; adapters may wrap them.
var (
	// ErrNotFound says that no such tenant exists.
	ErrNotFound = errors.New("tenancy: no such tenant")
	// ErrExists says that a tenant with this id exists already.
	ErrExists = errors.New("tenancy: tenant exists")
)

// Tenant is one customer. Names are for people; they need not be unique, because a refused name would tell one
// customer about another.
type Tenant struct {
	ID          ID
	Name        string
	Description string
	// CreatedAt is in UTC, to the microsecond.
	CreatedAt time.Time
}

// Store keeps tenants. It is the one store whose methods are about tenants rather than inside one; who may call what
// is decided by the auth package. Implementations are safe for concurrent use.
type Store interface {
	// CreateTenant keeps a new tenant. ErrExists when the id is taken, ErrNoTenant when it is zero.
	CreateTenant(ctx context.Context, t Tenant) error

	// Tenant returns one tenant, or ErrNotFound.
	Tenant(ctx context.Context, id ID) (Tenant, error)

	// Tenants returns those of ids that exist, sorted by name and then by id. Unknown and repeated ids are left out;
	// a zero ID among them is ErrNoTenant. No ids give an empty result and no error.
	Tenants(ctx context.Context, ids []ID) ([]Tenant, error)

	// DeleteTenant removes the tenant and everything that this store's backend keeps of it: users, hosts, collections,
	// verdicts, grants into it and grants of its users elsewhere. Nothing can be added to it afterwards. ErrNotFound
	// when there is none.
	DeleteTenant(ctx context.Context, id ID) error
}

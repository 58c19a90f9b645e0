// Package hosts is the inventory: which machines a tenant has, what is known of them, and which of them a collection
// came from.
//
// A machine is known by its Velociraptor client id, or by its name while no client id is known; [Apply] says when two
// are one. The inventory fills itself from what is ingested. A service that keeps its machines elsewhere implements
// [Store] over its own inventory.
package hosts

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/velocicompanion/velocicompanion/tenancy"
)

// Errors that stores return. Test with errors.Is; adapters may wrap them.
var (
	// ErrNotFound says that the tenant has no such host.
	ErrNotFound = errors.New("hosts: no such host")
	// ErrInvalid says that facts cannot be kept; the error's text says why.
	ErrInvalid = errors.New("hosts: invalid")
)

// Host is one machine of a tenant.
type Host struct {
	// ID is a UUID of version 7.
	ID       string
	TenantID tenancy.ID
	// ClientID is Velociraptor's id of the machine, with the suffix that organisations other than root have
	// ("C.f8d66baaf424f149-OACME"). It is opaque; empty while not known.
	ClientID string
	Facts
	// CreatedAt is when the host entered the inventory.
	CreatedAt time.Time
}

// Facts is what can be known of a host beside its identity. Empty fields are not known. Text is as the machine gave
// it and not to be trusted.
type Facts struct {
	Hostname string
	FQDN     string
	// IPAddress is the address the machine was last seen at, without a port.
	IPAddress    string
	OS           string // as Velociraptor says it: linux, windows, darwin
	Release      string
	Architecture string
	MACAddresses []string
	Labels       []string
	// Metadata holds whatever else is known, as JSON values by name.
	Metadata map[string]json.RawMessage
	// FirstSeen and LastSeen bound the times at which the machine is known to have been there.
	FirstSeen time.Time
	LastSeen  time.Time
}

// Observation is what one source tells of one host: its identity, as far as the source knows it, and facts. One of
// ClientID, Hostname and FQDN is required.
type Observation struct {
	ClientID string
	Facts
}

// Filter selects hosts. Empty fields select everything; texts are compared without regard to case.
type Filter struct {
	// IDs are the ids of the hosts; those that the tenant does not have are passed over.
	IDs []string
	// Name matches a part of the host name or of the FQDN.
	Name string
	// ClientID, OS, IPAddress and Label match whole values.
	ClientID  string
	OS        string
	IPAddress string
	Label     string
	// After is the id of the host after which the page begins, "" for the first; Limit is the most hosts to return and
	// has to be positive.
	After string
	Limit int
}

// Store keeps the hosts of tenants. Every method is about the tenant it is given; the zero tenant is
// tenancy.ErrNoTenant, and an id of another tenant is answered exactly like one that does not exist. Times are kept in
// UTC to the microsecond. Implementations are safe for concurrent use.
type Store interface {
	// Upsert keeps what [Apply] makes of obs and the hosts there, in one step: it returns the host as it is now and
	// whether it is new. Concurrent calls about one machine make one host. Apply's errors are returned, and nothing
	// is kept.
	Upsert(ctx context.Context, tenant tenancy.ID, obs Observation, now time.Time) (h Host, created bool, err error)

	// UpsertAll does what Upsert does with one observation after the other, all in one step: it returns for each the host as
	// it was behind it. On an error nothing is kept.
	UpsertAll(ctx context.Context, tenant tenancy.ID, observations []Observation, now time.Time) ([]Host, error)

	// Host returns one host, or ErrNotFound.
	Host(ctx context.Context, tenant tenancy.ID, id string) (Host, error)

	// Hosts returns the hosts that f selects in the order of their ids, which is the order in which they were created.
	Hosts(ctx context.Context, tenant tenancy.ID, f Filter) ([]Host, error)

	// Count returns how many hosts the tenant has.
	Count(ctx context.Context, tenant tenancy.ID) (int64, error)
}

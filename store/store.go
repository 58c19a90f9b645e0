// Package store groups the domain packages' stores, so that one value can be handed to companion.New.
//
// The adapters are in the packages below it: postgres, sqlite and memory. Each fills a whole [Stores]; a service may
// replace any field by an implementation of its own, as long as that passes the suite in storetest.
package store

import (
	"context"
	"errors"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/companion/hunt"
	"github.com/velocicompanion/velocicompanion/hosts"
	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/tenancy"
	"github.com/velocicompanion/velocicompanion/virustotal"
)

// Errors of a database that may happen in any call. Adapters wrap them and say what happened. Test with errors.Is.
var (
	// ErrUnavailable: the database is not there for now. What was called may be called again, when it is there again.
	// Where it was the end of a write, that may have been done nevertheless. HTTP 503.
	ErrUnavailable = errors.New("store: the database does not answer")
	// ErrNoSpace: the disk of the database is full. Nothing was done. HTTP 507.
	ErrNoSpace = errors.New("store: the disk of the database is full: make room on it")
)

// Stores is everything that a companion keeps. All fields are required but Ping.
type Stores struct {
	Tenants     tenancy.Store
	Auth        auth.Store
	Directory   auth.Directory
	Hosts       hosts.Store
	Collections ingest.Store
	Verdicts    virustotal.Store
	Hunts       hunt.Store
	Watching    hunt.Directory
	// Ping reports whether the backend answers; nil means that it always does.
	Ping func(ctx context.Context) error
}

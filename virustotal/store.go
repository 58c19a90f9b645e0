// Package virustotal answers what is known of a file's hash: it asks a reputation source through [Client], keeps what
// it said for each tenant, and spends a quota with care.
//
// The real source is in the vtapi package; a fake one that speaks the same HTTP is in vttest. Files are never
// uploaded: there is no function for it.
package virustotal

import (
	"context"
	"time"

	"github.com/velocicompanion/velocicompanion/tenancy"
)

// Record is one answer as it is kept for a tenant.
type Record struct {
	Verdict Verdict
	// Report is what the source said; the zero Report when it does not know the file.
	Report Report
	// FetchedAt is when the source was asked; ExpiresAt when it has to be asked again.
	FetchedAt time.Time
	ExpiresAt time.Time
}

// Store keeps records and counts what was spent. Every method is about the tenant it is given; the zero tenant is
// tenancy.ErrNoTenant. Implementations are safe for concurrent use.
type Store interface {
	// Record returns what is kept under a hash, expired or not, or ErrNotFound.
	Record(ctx context.Context, tenant tenancy.ID, hash Hash) (Record, error)

	// PutRecord keeps r under each of hashes, in place of what was there, all or none.
	PutRecord(ctx context.Context, tenant tenancy.ID, hashes []Hash, r Record) error

	// Spend counts one call to the source on the given day ("2026-11-23", UTC) and reports true, unless limit calls
	// or more were counted on that day already: then it counts nothing and reports false. Concurrent calls never
	// count past the limit. Counts of earlier days may be forgotten.
	Spend(ctx context.Context, tenant tenancy.ID, day string, limit int) (bool, error)
}

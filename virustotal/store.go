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

// File is what is kept of a file, with the hash that it is listed under.
type File struct {
	Hash Hash
	Record
}

// FileFilter selects files. Its zero value selects none, for want of a Limit.
type FileFilter struct {
	// Verdict selects by it; "" selects all.
	Verdict Verdict
	// Before is the place after which the page begins; the zero value is before the newest.
	Before FilePlace
	// Limit is the most that are returned.
	Limit int
}

// FilePlace is where a file stands among files, newest first.
type FilePlace struct {
	FetchedAt time.Time
	Hash      Hash
}

// Store keeps records and counts what was spent. Every method is about the tenant it is given; the zero tenant is
// tenancy.ErrNoTenant. Implementations are safe for concurrent use.
type Store interface {
	// Record returns what is kept under a hash, expired or not, or ErrNotFound.
	Record(ctx context.Context, tenant tenancy.ID, hash Hash) (Record, error)

	// PutRecord keeps r under each of hashes, in place of what was there, all or none. They are of one file, with all
	// that were ever given together with one of them.
	PutRecord(ctx context.Context, tenant tenancy.ID, hashes []Hash, r Record) error

	// Files returns the files of which something is kept, expired or not: each once, however many hashes it has, with the
	// record that was kept last and the first hash that was given with it. They come newest first, by FetchedAt and then
	// by Hash.
	Files(ctx context.Context, tenant tenancy.ID, f FileFilter) ([]File, error)

	// CountFiles returns how many files have each verdict. A verdict that none has is left out.
	CountFiles(ctx context.Context, tenant tenancy.ID) (map[Verdict]int, error)

	// Spend counts one call to the source on the given day ("2026-11-23", UTC) and reports true, unless limit calls
	// or more were counted on that day already: then it counts nothing and reports false. Concurrent calls never
	// count past the limit. Counts of earlier days may be forgotten.
	Spend(ctx context.Context, tenant tenancy.ID, day string, limit int) (bool, error)
}

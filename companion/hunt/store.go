package hunt

import (
	"context"
	"encoding/json"
	"time"

	"github.com/velocicompanion/velocicompanion/tenancy"
)

// SavedHunt is a question under a name, to be asked again.
type SavedHunt struct {
	// ID is a UUID of version 7.
	ID       string
	TenantID tenancy.ID
	// Name is for people; two may have the same.
	Name string
	// Kind is which question it is, Question the question itself, as its route takes it. The store looks into neither.
	Kind     string
	Question json.RawMessage
	// CreatedBy is the id of the user who saved it.
	CreatedBy string
	CreatedAt time.Time
	// LastRun is when it was last run; zero while it was not.
	LastRun time.Time
}

// Run is what a saved hunt found, to compare the next run with.
type Run struct {
	At time.Time
	// Entries are what the answer held, in the order of the answer, each once.
	Entries []json.RawMessage
	// Complete tells that they are all there were.
	Complete bool
}

// Store keeps what hunters save. Every method is about the tenant it is given; the zero tenant is tenancy.ErrNoTenant,
// and an id of another tenant is answered exactly like one that does not exist. Times are kept in UTC to the
// microsecond, JSON and lists byte for byte. Implementations are safe for concurrent use.
type Store interface {
	SavedHuntStore
	WatchlistStore
	SightingStore
}

// SavedHuntStore is the part of [Store] about saved hunts.
type SavedHuntStore interface {
	// PutSavedHunt keeps a hunt that has not run; what had its id before is replaced, with its last run.
	PutSavedHunt(ctx context.Context, tenant tenancy.ID, h SavedHunt) error

	// SavedHunt returns one saved hunt, or ErrNotFound.
	SavedHunt(ctx context.Context, tenant tenancy.ID, id string) (SavedHunt, error)

	// SavedHunts returns all saved hunts of the tenant in the order of their ids.
	SavedHunts(ctx context.Context, tenant tenancy.ID) ([]SavedHunt, error)

	// RenameSavedHunt gives a saved hunt another name and changes nothing else. ErrNotFound when there is no such hunt.
	RenameSavedHunt(ctx context.Context, tenant tenancy.ID, id, name string) error

	// DeleteSavedHunt removes a saved hunt and its last run, or returns ErrNotFound.
	DeleteSavedHunt(ctx context.Context, tenant tenancy.ID, id string) error

	// PutRun keeps the last run of a saved hunt, in the place of the one before. ErrNotFound when there is no such hunt.
	PutRun(ctx context.Context, tenant tenancy.ID, huntID string, r Run) error

	// LastRun returns the last run of a saved hunt. ErrNotFound when there is no such hunt or it has not run.
	LastRun(ctx context.Context, tenant tenancy.ID, huntID string) (Run, error)
}

// WatchlistStore is the part of [Store] about watchlists.
type WatchlistStore interface {
	// PutWatchlist keeps a watchlist with its list; what had its id before is replaced, but for its sightings. The tenant is
	// then among those that Directory names. What w says of sightings is not looked at. ErrExists, and nothing changed, when
	// another watchlist has the name, unless w had it before.
	PutWatchlist(ctx context.Context, tenant tenancy.ID, w Watchlist, list []byte) error

	// RenameWatchlist gives a watchlist another name, or returns ErrNotFound, or ErrExists as PutWatchlist.
	RenameWatchlist(ctx context.Context, tenant tenancy.ID, id, name string) error

	// Watchlist returns one watchlist, or ErrNotFound.
	Watchlist(ctx context.Context, tenant tenancy.ID, id string) (Watchlist, error)

	// WatchlistWithList returns one watchlist and its list, of one revision, or ErrNotFound.
	WatchlistWithList(ctx context.Context, tenant tenancy.ID, id string) (Watchlist, []byte, error)

	// Watchlists returns all watchlists of the tenant in the order of their ids.
	Watchlists(ctx context.Context, tenant tenancy.ID) ([]Watchlist, error)

	// DeleteWatchlist removes a watchlist with its list and its sightings, or returns ErrNotFound.
	DeleteWatchlist(ctx context.Context, tenant tenancy.ID, id string) error
}

// SightingStore is the part of [Store] about sightings, and about who looks for them.
type SightingStore interface {
	// PutMatch keeps the sightings of a match in the place of those that the watchlist had in m.In, or of all that it had
	// where m.In is nil; then its MatchedAt becomes m.At, and where m.Undone is, zero. A sighting that has the kind, value, artifact and collection of
	// one that was there takes its place and keeps its ID and SightedAt. Of the others, the last are left out where the
	// watchlist would have more than m.Max. Full is then set, and where m.Full is, and stays so until m.In is nil.
	// ErrNotFound, and nothing changed, when there is no such watchlist or it has another revision by now.
	PutMatch(ctx context.Context, tenant tenancy.ID, m Match) error

	// Sightings returns what f selects, newest first: in descending order of ids.
	Sightings(ctx context.Context, tenant tenancy.ID, f SightingFilter) ([]Sighting, error)

	// HoldMatching lets holder alone match the tenant's watchlists until a time, and reports whether it may: whoever holds
	// it has it until its time has come. A holder may extend its time. False where the tenant never had a watchlist.
	HoldMatching(ctx context.Context, tenant tenancy.ID, holder string, now, until time.Time) (bool, error)

	// ReleaseMatching ends what HoldMatching gave to holder. No error when holder does not hold it.
	ReleaseMatching(ctx context.Context, tenant tenancy.ID, holder string) error
}

// Directory is the only unscoped part of what is kept for hunting: what must be known before a tenant is. Who calls it is
// held by a test.
type Directory interface {
	// Watching returns the tenants that ever had a watchlist, in the order of their ids.
	Watching(ctx context.Context) ([]tenancy.ID, error)
}

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
// microsecond, JSON byte for byte. Implementations are safe for concurrent use.
type Store interface {
	// PutSavedHunt keeps a hunt that has not run; what had its id before is replaced, with its last run.
	PutSavedHunt(ctx context.Context, tenant tenancy.ID, h SavedHunt) error

	// SavedHunt returns one saved hunt, or ErrNotFound.
	SavedHunt(ctx context.Context, tenant tenancy.ID, id string) (SavedHunt, error)

	// SavedHunts returns all saved hunts of the tenant in the order of their ids.
	SavedHunts(ctx context.Context, tenant tenancy.ID) ([]SavedHunt, error)

	// DeleteSavedHunt removes a saved hunt and its last run, or returns ErrNotFound.
	DeleteSavedHunt(ctx context.Context, tenant tenancy.ID, id string) error

	// PutRun keeps the last run of a saved hunt, in the place of the one before. ErrNotFound when there is no such hunt.
	PutRun(ctx context.Context, tenant tenancy.ID, huntID string, r Run) error

	// LastRun returns the last run of a saved hunt. ErrNotFound when there is no such hunt or it has not run.
	LastRun(ctx context.Context, tenant tenancy.ID, huntID string) (Run, error)
}

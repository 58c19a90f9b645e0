package hunt

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/velocicompanion/velocicompanion/tenancy"
)

// Comparison says how what a saved hunt found differs from what it found the last time.
type Comparison struct {
	// At is when it ran, Previous when it ran before; zero the first time, when nothing is new or gone.
	At       time.Time
	Previous time.Time
	// New are entries that were not there the last time, Gone those that are not there any more.
	New  []json.RawMessage
	Gone []json.RawMessage
	// Entries is how many there are now.
	Entries int
	// Complete tells that both runs kept all of their entries; otherwise something may be called new or gone that is not.
	Complete bool
}

// Save keeps a question under a name, with an id of its own, and returns it as it is kept. ErrQuestion for a name that is
// empty, longer than 200 characters, or not UTF-8.
func (s *Service) Save(ctx context.Context, tenant tenancy.ID, h SavedHunt) (SavedHunt, error) {
	if n := utf8.RuneCountInString(h.Name); n == 0 || n > 200 || !utf8.ValidString(h.Name) {
		return SavedHunt{}, fmt.Errorf("%w: the name has to have 1 to 200 characters", ErrQuestion)
	}
	h.ID, h.TenantID = uuid.Must(uuid.NewV7()).String(), tenant
	h.CreatedAt, h.LastRun = s.cfg.Now().UTC().Truncate(time.Microsecond), time.Time{}
	return h, s.store.PutSavedHunt(ctx, tenant, h)
}

// SavedHunt returns one saved hunt, or ErrNotFound.
func (s *Service) SavedHunt(ctx context.Context, tenant tenancy.ID, id string) (SavedHunt, error) {
	return s.store.SavedHunt(ctx, tenant, id)
}

// SavedHunts returns all saved hunts of a tenant, the oldest first.
func (s *Service) SavedHunts(ctx context.Context, tenant tenancy.ID) ([]SavedHunt, error) {
	return s.store.SavedHunts(ctx, tenant)
}

// DeleteSaved removes a saved hunt, or returns ErrNotFound.
func (s *Service) DeleteSaved(ctx context.Context, tenant tenancy.ID, id string) error {
	return s.store.DeleteSavedHunt(ctx, tenant, id)
}

// errEnough ends an export that has all that is wanted of it.
var errEnough = errors.New("hunt: enough")

// SearchEntries returns what a saved search is compared by: host, artifact and data of each row, each once. It stops at
// Config.MaxSavedEntries, and then it is not complete.
func (s *Service) SearchEntries(ctx context.Context, q Search) (Run, error) {
	r := Run{Complete: true}
	seen := make(map[string]bool)
	_, err := s.Export(ctx, q, func(row Row) error {
		entry, err := json.Marshal(struct {
			Tenant   string          `json:"tenant_id"`
			HostID   string          `json:"host_id"`
			Hostname string          `json:"hostname"`
			Artifact string          `json:"artifact"`
			Data     json.RawMessage `json:"data"`
		}{row.Tenant.String(), row.HostID, row.Hostname, row.Artifact, row.Data})
		if err != nil {
			return fmt.Errorf("hunt: an entry: %w", err)
		}
		if seen[string(entry)] {
			return nil
		}
		if len(r.Entries) == s.cfg.MaxSavedEntries {
			r.Complete = false
			return errEnough
		}
		seen[string(entry)] = true
		r.Entries = append(r.Entries, entry)
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return r, err
}

// StackEntries returns what a saved stack is compared by: the values, in its order. It stops at Config.MaxSavedEntries,
// and then it is not complete.
func (s *Service) StackEntries(ctx context.Context, q Stack) (Run, error) {
	q.Limit = s.cfg.MaxSavedEntries
	found, err := s.Stack(ctx, q)
	if err != nil {
		return Run{}, err
	}
	r := Run{Complete: found.Complete && found.Distinct == int64(len(found.Values))}
	for _, v := range found.Values {
		entry, err := json.Marshal(v.Values)
		if err != nil {
			return Run{}, fmt.Errorf("hunt: an entry: %w", err)
		}
		r.Entries = append(r.Entries, entry)
	}
	return r, nil
}

// Compare keeps what a saved hunt found as its last run, and says how that differs from the one before. ErrNotFound when
// there is no such hunt.
func (s *Service) Compare(ctx context.Context, tenant tenancy.ID, huntID string, now Run) (Comparison, error) {
	now.At = s.cfg.Now().UTC().Truncate(time.Microsecond)
	out := Comparison{At: now.At, Entries: len(now.Entries), Complete: now.Complete}
	before, err := s.store.LastRun(ctx, tenant, huntID)
	switch {
	case errors.Is(err, ErrNotFound): // it did not run yet, or PutRun says that there is none
	case err != nil:
		return Comparison{}, fmt.Errorf("hunt: the last run: %w", err)
	default:
		out.Previous, out.Complete = before.At, now.Complete && before.Complete
		out.New, out.Gone = missing(now.Entries, before.Entries), missing(before.Entries, now.Entries)
	}
	return out, s.store.PutRun(ctx, tenant, huntID, now)
}

// missing returns which of entries are not among others.
func missing(entries, others []json.RawMessage) (out []json.RawMessage) {
	there := make(map[string]bool, len(others))
	for _, e := range others {
		there[string(e)] = true
	}
	for _, e := range entries {
		if !there[string(e)] {
			out = append(out, e)
		}
	}
	return out
}

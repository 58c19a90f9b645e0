package hunt

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/velocicompanion/velocicompanion/tenancy"
)

// Comparison says how what a saved hunt found differs from what it found the last time.
type Comparison struct {
	// At is when it ran, Previous when it ran before; zero the first time, when nothing is new or gone.
	At       time.Time
	Previous time.Time
	// New are entries that were not there the last time, Gone those that are not there any more, Changed those that are
	// still there in another way. What an entry is depends on the question: of a stack it is the values, of a search and a
	// timeline a row with its host and artifact, of a pivot and a sweep a host and an artifact that have the value or an
	// indicator, of a diff a difference of a host. A host is known by its id, whatever its name. Rows that are equal are one
	// entry, which has changed when there are more or fewer of them.
	New     []json.RawMessage
	Gone    []json.RawMessage
	Changed []Change
	// Entries is how many there are now, rows that are equal each for itself.
	Entries int
	// Complete tells that both runs kept all of their entries; otherwise something may be called new or gone that is not,
	// and Reason says so, for users.
	Complete bool
	Reason   string
}

// Change is an entry that is still there in another way: on more hosts, in fewer rows, or seen again.
type Change struct {
	Entry  json.RawMessage
	Before json.RawMessage
	After  json.RawMessage
}

// Save keeps a question under a name, with an id of its own, and returns it as it is kept. ErrQuestion for a name that is
// empty, longer than 200 characters, or not UTF-8.
func (s *Service) Save(ctx context.Context, tenant tenancy.ID, h SavedHunt) (SavedHunt, error) {
	if err := checkName(h.Name); err != nil {
		return SavedHunt{}, err
	}
	h.ID, h.TenantID = newID(), tenant
	h.CreatedAt, h.LastRun = s.cfg.Now().UTC().Truncate(time.Microsecond), time.Time{}
	return h, s.store.PutSavedHunt(ctx, tenant, h)
}

func checkName(name string) error {
	if n := utf8.RuneCountInString(name); n == 0 || n > 200 || !utf8.ValidString(name) {
		return fmt.Errorf("%w: the name has to have 1 to 200 characters", ErrQuestion)
	}
	return nil
}

// SavedHunt returns one saved hunt, or ErrNotFound.
func (s *Service) SavedHunt(ctx context.Context, tenant tenancy.ID, id string) (SavedHunt, error) {
	return s.store.SavedHunt(ctx, tenant, id)
}

// SavedHunts returns all saved hunts of a tenant, the oldest first.
func (s *Service) SavedHunts(ctx context.Context, tenant tenancy.ID) ([]SavedHunt, error) {
	return s.store.SavedHunts(ctx, tenant)
}

// RenameSaved gives a saved hunt another name, under which Save would keep it. ErrNotFound when there is no such hunt.
func (s *Service) RenameSaved(ctx context.Context, tenant tenancy.ID, id, name string) (SavedHunt, error) {
	if err := checkName(name); err != nil {
		return SavedHunt{}, err
	}
	if err := s.store.RenameSavedHunt(ctx, tenant, id, name); err != nil {
		return SavedHunt{}, err
	}
	return s.store.SavedHunt(ctx, tenant, id)
}

// DeleteSaved removes a saved hunt, or returns ErrNotFound.
func (s *Service) DeleteSaved(ctx context.Context, tenant tenancy.ID, id string) error {
	return s.store.DeleteSavedHunt(ctx, tenant, id)
}

// RunSaved asks the question of a saved hunt again, keeps what it found as its last run, and says how that differs from
// the run before. Of an answer at most Config.MaxSavedEntries are kept. ErrNotFound when there is no such hunt.
func (s *Service) RunSaved(ctx context.Context, tenant tenancy.ID, huntID string, q Question) (Comparison, error) {
	now, count, err := s.ask(ctx, q)
	if err != nil {
		return Comparison{}, err
	}
	now.At = s.cfg.Now().UTC().Truncate(time.Microsecond)
	out := Comparison{At: now.At, Entries: count, Complete: now.Complete}
	before, err := s.store.LastRun(ctx, tenant, huntID)
	switch {
	case errors.Is(err, ErrNotFound): // it did not run yet, or PutRun says that there is none
	case err != nil:
		return Comparison{}, fmt.Errorf("hunt: the last run: %w", err)
	default:
		out.Previous, out.Complete = before.At, now.Complete && before.Complete
		out.compare(before.Entries, now.Entries)
	}
	if !out.Complete {
		out.Reason = "One of the two answers was larger than what is kept to compare; something may be called new or gone that is not."
	}
	return out, s.store.PutRun(ctx, tenant, huntID, now)
}

// compare fills in what differs.
func (c *Comparison) compare(before, now []json.RawMessage) {
	gone := make(map[string]entry, len(before))
	for _, kept := range before {
		e := readEntry(kept)
		gone[e.identity()] = e
	}
	for _, kept := range now {
		e := readEntry(kept)
		was, known := gone[e.identity()]
		delete(gone, e.identity())
		switch {
		case !known:
			c.New = append(c.New, e.Entry)
		case was.State != nil && !bytes.Equal(was.State, e.State):
			c.Changed = append(c.Changed, Change{e.Entry, was.State, e.State})
		}
	}
	for _, kept := range before {
		e := readEntry(kept)
		if _, left := gone[e.identity()]; left {
			c.Gone = append(c.Gone, e.Entry)
		}
	}
}

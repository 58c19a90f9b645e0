package hunt

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/velocicompanion/velocicompanion/companion/hunt/indicator"
	"github.com/velocicompanion/velocicompanion/ingest/observable"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// MaxWatchlists is how many watchlists a tenant can have: each ingest is matched with all of them.
const MaxWatchlists = 100

// Watchlist is a list of indicators under a name. It is matched with everything that is stored when it is saved, and with
// what is ingested from then on. What it matches are its sightings.
type Watchlist struct {
	// ID is a UUID of version 7.
	ID       string
	TenantID tenancy.ID
	// Name is for people. No other of the tenant has the same.
	Name string
	// Revision is a UUID of version 7, another one whenever the indicators are others.
	Revision string
	// Indicators is how many there are, Invalid how many pieces of what was given were none.
	Indicators int
	Invalid    int
	// CreatedBy is the id of the user who saved it.
	CreatedBy string
	CreatedAt time.Time
	// ChangedAt is when it was given its indicators.
	ChangedAt time.Time
	// MatchedAt is when this revision was matched with everything stored; zero while it was not yet.
	MatchedAt time.Time
	// Sightings is how many it has. Full tells that there are more than are kept: see Config.MaxSightings.
	Sightings int
	Full      bool
}

// keptList is a list of indicators as it is stored. Texts are bytes because they need not be UTF-8.
type keptList struct {
	Indicators []keptPiece `json:"indicators"`
	Invalid    []keptPiece `json:"invalid"`
}

type keptPiece struct {
	Line   int    `json:"line"`
	Text   []byte `json:"text"`
	Reason string `json:"reason,omitempty"`
	// Kind is the one kind that the text is of, where it does not tell; "" otherwise.
	Kind string `json:"kind,omitempty"`
}

func encodeList(l indicator.List) ([]byte, error) {
	var kept keptList
	for _, i := range l.Indicators {
		one := keptPiece{Line: i.Line, Text: []byte(i.Text)}
		if len(i.Observables) == 1 && len(indicator.Observables(i.Text)) > 1 {
			one.Kind = i.Observables[0].Kind.String()
		}
		kept.Indicators = append(kept.Indicators, one)
	}
	for _, i := range l.Invalid {
		kept.Invalid = append(kept.Invalid, keptPiece{Line: i.Line, Text: []byte(i.Text), Reason: i.Reason})
	}
	data, err := json.Marshal(kept)
	if err != nil {
		return nil, fmt.Errorf("hunt: a list: %w", err)
	}
	return data, nil
}

// decodeList looks the indicators up anew, so that a kind that is learnt later is found in lists of before.
func decodeList(data []byte) (indicator.List, error) {
	var kept keptList
	if err := json.Unmarshal(data, &kept); err != nil {
		return indicator.List{}, fmt.Errorf("hunt: a list: %w", err)
	}
	var l indicator.List
	for _, i := range kept.Indicators {
		same := slices.DeleteFunc(indicator.Observables(string(i.Text)), func(o observable.Observable) bool {
			return i.Kind != "" && i.Kind != o.Kind.String()
		})
		if len(same) > 0 {
			l.Indicators = append(l.Indicators, indicator.Indicator{Text: string(i.Text), Line: i.Line, Observables: same})
		}
	}
	for _, i := range kept.Invalid {
		l.Invalid = append(l.Invalid, indicator.Invalid{Line: i.Line, Text: string(i.Text), Reason: i.Reason})
	}
	return l, nil
}

// SaveWatchlist keeps a new watchlist and has it matched with everything stored. It waits a moment for that: MatchedAt of
// what it returns tells whether it is done. ErrQuestion for a name that is empty, longer than 200 characters or not
// UTF-8, for a list without indicators, and where the tenant has MaxWatchlists already; ErrExists where one has the name.
func (s *Service) SaveWatchlist(
	ctx context.Context, tenant tenancy.ID, name, createdBy string, list indicator.List,
) (Watchlist, error) {
	there, err := s.store.Watchlists(ctx, tenant)
	if err != nil {
		return Watchlist{}, err
	}
	if len(there) >= MaxWatchlists {
		return Watchlist{}, fmt.Errorf("%w: there are %d watchlists already, which is as many as there can be", ErrQuestion, len(there))
	}
	return s.putWatchlist(ctx, tenant, Watchlist{ID: newID(), Name: name, CreatedBy: createdBy, CreatedAt: s.now()}, list)
}

// ReplaceIndicators gives a watchlist other indicators, and has them matched as SaveWatchlist does. What it sighted of
// indicators that stay keeps its SightedAt; what it sighted of others is gone when it is matched. ErrNotFound when there
// is no such watchlist; ErrQuestion for a list without indicators.
func (s *Service) ReplaceIndicators(ctx context.Context, tenant tenancy.ID, id string, list indicator.List) (Watchlist, error) {
	w, err := s.store.Watchlist(ctx, tenant, id)
	if err != nil {
		return Watchlist{}, err
	}
	return s.putWatchlist(ctx, tenant, w, list)
}

func (s *Service) putWatchlist(ctx context.Context, tenant tenancy.ID, w Watchlist, list indicator.List) (Watchlist, error) {
	if err := checkName(w.Name); err != nil {
		return Watchlist{}, err
	}
	if len(list.Indicators) == 0 {
		return Watchlist{}, fmt.Errorf("%w: the list has no indicator of a known kind", ErrQuestion)
	}
	data, err := encodeList(list)
	if err != nil {
		return Watchlist{}, err
	}
	w.Revision, w.ChangedAt, w.MatchedAt, w.Full = newID(), s.now(), time.Time{}, false
	w.Indicators, w.Invalid = len(list.Indicators), len(list.Invalid)
	if err := s.store.PutWatchlist(ctx, tenant, w, data); err != nil {
		return Watchlist{}, err
	}
	s.Watch.wait(ctx, tenant)
	return s.store.Watchlist(ctx, tenant, w.ID)
}

func (s *Service) now() time.Time { return s.cfg.Now().UTC().Truncate(time.Microsecond) }

// RenameWatchlist gives a watchlist another name and returns it. ErrQuestion and ErrExists as for SaveWatchlist, or
// ErrNotFound.
func (s *Service) RenameWatchlist(ctx context.Context, tenant tenancy.ID, id, name string) (Watchlist, error) {
	if err := checkName(name); err != nil {
		return Watchlist{}, err
	}
	if err := s.store.RenameWatchlist(ctx, tenant, id, name); err != nil {
		return Watchlist{}, err
	}
	return s.store.Watchlist(ctx, tenant, id)
}

// Watchlist returns one watchlist with its indicators, and with what was given as one and is none; or ErrNotFound.
func (s *Service) Watchlist(ctx context.Context, tenant tenancy.ID, id string) (Watchlist, indicator.List, error) {
	w, data, err := s.store.WatchlistWithList(ctx, tenant, id)
	if err != nil {
		return Watchlist{}, indicator.List{}, err
	}
	list, err := decodeList(data)
	return w, list, err
}

// Watchlists returns all watchlists of a tenant, the oldest first.
func (s *Service) Watchlists(ctx context.Context, tenant tenancy.ID) ([]Watchlist, error) {
	return s.store.Watchlists(ctx, tenant)
}

// DeleteWatchlist removes a watchlist and its sightings, or returns ErrNotFound.
func (s *Service) DeleteWatchlist(ctx context.Context, tenant tenancy.ID, id string) error {
	return s.store.DeleteWatchlist(ctx, tenant, id)
}

// NameFree returns ErrExists when a watchlist with an id may not have a name because another of all of its tenant has it.
// One that has it already may go on. It is for implementations of [Store].
func NameFree(all []Watchlist, id, name string) error {
	taken := false
	for _, w := range all {
		if w.Name == name && w.ID == id {
			return nil
		}
		taken = taken || w.Name == name
	}
	if taken {
		return ErrExists
	}
	return nil
}

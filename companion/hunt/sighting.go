package hunt

import (
	"context"
	"time"

	"github.com/velocicompanion/velocicompanion/ingest/observable"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// Sighting says that an artifact of a collection has an indicator of a watchlist. There is one however often the two are
// matched, and it goes with the watchlist, and with the rows when others take their place.
type Sighting struct {
	// ID is a UUID of version 7, made when it was first sighted: in the order of ids, sightings are in that of time.
	ID          string
	TenantID    tenancy.ID
	WatchlistID string
	// Indicator is as the list has it, Kind and Value what it was looked up as first.
	Indicator string
	Kind      string
	Value     string
	// HostID is the host of the collection.
	HostID       string
	Artifact     string
	CollectionID string
	// Rows is how many rows have the indicator. FirstSeen and LastSeen bound their times; a row without one counts as of
	// when it was collected.
	Rows      int64
	FirstSeen time.Time
	LastSeen  time.Time
	SightedAt time.Time
}

// SightingFilter selects sightings. Empty fields select everything.
type SightingFilter struct {
	WatchlistID string
	HostID      string
	// Values are normal forms of indicators, or indicators as a list has them.
	Values []string
	// Since leaves out what was sighted before.
	Since time.Time
	// Before is the id of the sighting after which the page goes on, newest first; "" for the newest. Limit is the most to
	// return and has to be positive.
	Before string
	Limit  int
}

// Place is an artifact of a collection.
type Place struct{ CollectionID, Artifact string }

// Match is what one revision of a watchlist sighted.
type Match struct {
	WatchlistID string
	Revision    string
	// In is where it was looked for; nil where that was everything stored, and At is then when. Undone tells that it could not
	// be looked for in some places, so that the watchlist has to be matched with everything again.
	In     []Place
	At     time.Time
	Undone bool
	// Sightings are at most one for each kind, value, artifact and collection. Full tells that there are more.
	Sightings []Sighting
	Full      bool
	// Max is how many sightings the watchlist may have.
	Max int
}

// SightingOf is a sighting with the host as the inventory has it now.
type SightingOf struct {
	Sighting
	Host HostRef
}

// Sightings returns the sightings that f selects, newest first. Of f.Values each may be written in any way, also
// defanged.
func (s *Service) Sightings(ctx context.Context, tenant tenancy.ID, f SightingFilter) ([]SightingOf, error) {
	written := f.Values
	f.Values = nil
	for _, text := range written {
		f.Values = append(f.Values, text)
		for _, o := range observable.Same(text) {
			f.Values = append(f.Values, o.Value)
		}
	}
	found, err := s.store.Sightings(ctx, tenant, f)
	if err != nil {
		return nil, err
	}
	keys := make(map[hostKey]bool)
	for _, one := range found {
		keys[hostKey{tenant, one.HostID}] = true
	}
	names, err := s.hostRefs(ctx, keys)
	if err != nil {
		return nil, err
	}
	out := make([]SightingOf, len(found))
	for i, one := range found {
		out[i] = SightingOf{one, names[hostKey{tenant, one.HostID}]}
	}
	return out, nil
}

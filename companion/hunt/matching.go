package hunt

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/velocicompanion/velocicompanion/companion/hunt/indicator"
	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/ingest/observable"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

const (
	// newsPage is how many results are matched at once.
	newsPage = 256
	// holdTime is how long nobody else matches a tenant after a process that did has died.
	holdTime = time.Minute
)

// Match matches what is due in a tenant: watchlists that were not matched with everything yet, and what was ingested
// since. It returns when nothing is due any more; at once where another process is at it. What it did not get to is due
// the next time, and so is a list that fails, which keeps no other from being matched.
func (s *Service) Match(ctx context.Context, tenant tenancy.ID) error {
	failed := make(map[string]error) // by watchlist
	for {
		// In this order: a list that is saved after it was looked for finds these results when it is matched with everything.
		news, err := s.collections.News(ctx, tenant, newsPage)
		if err != nil {
			return err
		}
		lists, err := s.store.Watchlists(ctx, tenant)
		if err != nil {
			return err
		}
		lists = slices.DeleteFunc(lists, func(w Watchlist) bool { return failed[w.ID] != nil })
		due := len(news) > 0 || slices.ContainsFunc(lists, func(w Watchlist) bool { return w.MatchedAt.IsZero() })
		if !due {
			return errors.Join(slices.Collect(maps.Values(failed))...)
		}
		if len(lists) > 0 {
			held, err := s.holding(ctx, tenant, func(ctx context.Context) error { return s.matchAll(ctx, tenant, lists, news, failed) })
			if err != nil || !held {
				return err
			}
		}
		ids := make([]string, len(news))
		for i, n := range news {
			ids[i] = n.ResultID
		}
		if err := s.collections.ForgetNews(ctx, tenant, ids); err != nil {
			return err
		}
	}
}

// holding calls work while this process alone matches the tenant's lists, and reports whether it could.
func (s *Service) holding(ctx context.Context, tenant tenancy.ID, work func(context.Context) error) (bool, error) {
	hold := func(ctx context.Context) (bool, error) {
		now := s.now()
		return s.store.HoldMatching(ctx, tenant, s.holder, now, now.Add(holdTime))
	}
	held, err := hold(ctx)
	if err != nil || !held {
		return false, err
	}
	working, cancel := context.WithCancel(ctx)
	var renewing sync.WaitGroup
	renewing.Go(func() {
		renew := time.NewTicker(holdTime / 4)
		defer renew.Stop()
		for {
			select {
			case <-working.Done():
				return
			case <-renew.C:
			}
			if held, err := hold(working); err == nil && !held {
				cancel() // somebody took it for dead
			}
		}
	})
	err = work(working)
	cancel()
	renewing.Wait()
	released, done := context.WithTimeout(context.WithoutCancel(ctx), releaseTimeout)
	defer done()
	return true, errors.Join(err, s.store.ReleaseMatching(released, tenant, s.holder))
}

// releaseTimeout bounds how long letting go may take after a match was broken off.
const releaseTimeout = 5 * time.Second

// matchAll matches lists with news, and those that never were with everything. A list that fails is among failed, and is to
// be matched with everything again.
func (s *Service) matchAll(
	ctx context.Context, tenant tenancy.ID, lists []Watchlist, news []ingest.News, failed map[string]error,
) error {
	var in []Place
	for _, n := range news {
		if n.Artifact != ingest.Uploads {
			in = append(in, Place{n.CollectionID, n.Artifact})
		}
	}
	slices.SortFunc(in, func(x, y Place) int {
		return strings.Compare(x.CollectionID+"/"+x.Artifact, y.CollectionID+"/"+y.Artifact)
	})
	in = slices.Compact(in)
	for _, w := range lists {
		var err error
		switch {
		case w.MatchedAt.IsZero():
			err = s.match(ctx, tenant, w.ID, nil)
		case len(in) > 0:
			err = s.match(ctx, tenant, w.ID, in)
		}
		// Deleted, or given other indicators, in which case it is due again.
		if err == nil || errors.Is(err, ErrNotFound) {
			continue
		}
		if ctx.Err() != nil {
			return err
		}
		failed[w.ID] = fmt.Errorf("hunt: watchlist %s: %w", w.ID, err)
		undone := Match{WatchlistID: w.ID, Revision: w.Revision, In: []Place{}, Undone: true, Max: s.cfg.MaxSightings}
		if err := s.store.PutMatch(ctx, tenant, undone); err != nil && !errors.Is(err, ErrNotFound) {
			return errors.Join(failed[w.ID], err)
		}
	}
	return nil
}

// match matches a list with places, or with everything where in is nil.
func (s *Service) match(ctx context.Context, tenant tenancy.ID, id string, in []Place) error {
	for {
		err := s.matchOnce(ctx, tenant, id, in)
		if !errors.Is(err, ingest.ErrReplaced) {
			return err
		}
		// Rows were replaced while they were read; those that took their place are found now.
	}
}

func (s *Service) matchOnce(ctx context.Context, tenant tenancy.ID, id string, in []Place) error {
	if err := s.answering.take(ctx, tenant, 0); err != nil {
		return err
	}
	defer s.answering.give(tenant)
	w, list, err := s.parsedList(ctx, tenant, id)
	if err != nil {
		return err
	}
	m := Match{WatchlistID: id, Revision: w.Revision, In: in, At: s.now(), Max: s.cfg.MaxSightings}
	scope := Scope{Tenants: []tenancy.ID{tenant}}
	there := make(map[Place]bool, len(in))
	for _, p := range in {
		scope.Collections, scope.Artifacts = append(scope.Collections, p.CollectionID), append(scope.Artifacts, p.Artifact)
		there[p] = true
	}
	sel, err := s.lookUp(ctx, scope)
	if err != nil {
		return err
	}
	if in != nil {
		sel.refs = slices.DeleteFunc(sel.refs, func(r ref) bool { return !there[Place{r.CollectionID, r.Artifact}] })
	}
	t := s.newTally(scope)
	t.memory.of = nil // MaxSightings bounds it, and it is not to depend on what others ask
	t.patient.Store(true)
	found, err := s.findWatched(ctx, sel, list.watched, s.cfg.MaxSightings, t)
	if err != nil {
		return err
	}
	m.Sightings, m.Full = s.sightings(id, list, found), found.full
	return s.store.PutMatch(ctx, tenant, m)
}

// sightings are the places where a list was found, in the order of the list and of places. Of indicators that are looked up
// as the same thing first, the one that stands for more has found at least what the other has, and the sighting is its.
func (s *Service) sightings(watchlistID string, list *parsedList, found *places) []Sighting {
	keys := make([]placeKey, 0, len(found.counts))
	for key := range found.counts {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(x, y placeKey) int {
		if x.number != y.number {
			return x.number - y.number
		}
		return strings.Compare(x.host.id+"/"+x.collection+"/"+x.artifact, y.host.id+"/"+y.collection+"/"+y.artifact)
	})
	now := s.now()
	out := make([]Sighting, 0, len(keys))
	widest := make(map[sightingKey]int) // by place in the list
	keyOf := func(key placeKey) sightingKey {
		return sightingKey{list.indicators[key.number].Observables[0], key.host, key.artifact, key.collection}
	}
	for _, key := range keys {
		k := keyOf(key)
		other, there := widest[k]
		if !there || len(list.indicators[key.number].Observables) > len(list.indicators[other].Observables) {
			widest[k] = key.number
		}
	}
	for _, key := range keys {
		if widest[keyOf(key)] != key.number {
			continue
		}
		one, at := list.indicators[key.number], found.counts[key]
		out = append(out, Sighting{
			ID: newID(), WatchlistID: watchlistID, Indicator: one.Text, Kind: one.Observables[0].Kind.String(), Value: one.Observables[0].Value,
			HostID: key.host.id, Artifact: key.artifact, CollectionID: key.collection, Rows: at.rows,
			FirstSeen: time.UnixMicro(at.first).UTC(), LastSeen: time.UnixMicro(at.last).UTC(), SightedAt: now,
		})
	}
	return out
}

// sightingKey is what there is one sighting of in a watchlist.
type sightingKey struct {
	observable.Observable
	host                 hostKey
	artifact, collection string
}

// parsedList is a list that is ready to be looked for.
type parsedList struct {
	indicators []indicator.Indicator
	watched    *watched
}

// parsedLists remembers lists from one ingest to the next, by their revisions.
type parsedLists struct {
	mu         sync.Mutex
	byRevision map[string]*parsedList
	indicators int
}

// maxParsed bounds the indicators that are remembered; each takes some 300 bytes.
const maxParsed = 200_000

func newParsedLists() *parsedLists { return &parsedLists{byRevision: make(map[string]*parsedList)} }

func (p *parsedLists) get(revision string) *parsedList {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.byRevision[revision]
}

func (p *parsedLists) put(revision string, list *parsedList) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(list.indicators)
	if p.indicators+n > maxParsed {
		p.byRevision, p.indicators = make(map[string]*parsedList), 0
	}
	if p.byRevision[revision] == nil {
		p.byRevision[revision] = list
		p.indicators += n
	}
}

// parsedList returns a watchlist and its list.
func (s *Service) parsedList(ctx context.Context, tenant tenancy.ID, id string) (Watchlist, *parsedList, error) {
	w, err := s.store.Watchlist(ctx, tenant, id)
	if err != nil {
		return Watchlist{}, nil, err
	}
	if known := s.lists.get(w.Revision); known != nil {
		return w, known, nil
	}
	w, list, err := s.Watchlist(ctx, tenant, id)
	if err != nil {
		return Watchlist{}, nil, err
	}
	things := make([][]observable.Observable, len(list.Indicators))
	for i, one := range list.Indicators {
		things[i] = one.Observables
	}
	parsed := &parsedList{list.Indicators, newWatched(things)}
	s.lists.put(w.Revision, parsed)
	return w, parsed, nil
}

package hunt

import (
	"context"
	"slices"
	"time"

	"github.com/velocicompanion/velocicompanion/ingest/observable"
)

// placeKey is where a thing with a number was found.
type placeKey struct {
	number     int
	host       hostKey
	artifact   string
	collection string
}

// places counts the rows in which things were found, for one worker.
type places struct {
	max    int
	room   room
	full   bool
	finder observable.Finder
	counts map[placeKey]span
}

// placeBytes is what a place takes in memory, while places are counted and put together.
const placeBytes = 500

// count counts those of rows of a chunk that have a thing.
func (c *places) count(p part, number int, rows bitset) {
	times := rowTimes{p.times, p.CollectedAt.UnixMicro()}
	var s span
	rows.each(func(row int) {
		at := times.of(row)
		s = s.with(span{1, at, at})
	})
	c.add(placeKey{number, p.host(), p.Artifact, p.CollectionID}, s)
}

func (c *places) add(key placeKey, s span) {
	if s.rows == 0 {
		return
	}
	before, ok := c.counts[key]
	if !ok && (len(c.counts) >= c.max || !c.room.use(placeBytes)) {
		c.full = true
		return
	}
	c.counts[key] = before.with(s)
}

// with puts two spans together.
func (s span) with(other span) span {
	if s.rows == 0 {
		return other
	}
	return span{s.rows + other.rows, min(s.first, other.first), max(s.last, other.last)}
}

// findPlaces scans for things with numbers, and finds no more than so many places. each counts those of a part.
func (s *Service) findPlaces(ctx context.Context, p plan, most int, t *tally, each func(*places, part) error) (*places, error) {
	workers := make([]*places, s.cfg.Workers)
	for i := range workers {
		workers[i] = &places{max: most, room: room{of: &t.memory}, counts: make(map[placeKey]span)}
	}
	p.times = true
	err := s.scan(ctx, p, p.pruned(), t, func(worker int, p part) error { return each(workers[worker], p) })
	if err != nil {
		return nil, err
	}
	all := workers[0]
	for _, c := range workers[1:] {
		all.full = all.full || c.full
		for key, s := range c.counts {
			all.add(key, s)
		}
	}
	return all, nil
}

// findWatched scans for the things that are watched.
func (s *Service) findWatched(ctx context.Context, sel *selection, w *watched, most int, t *tally) (*places, error) {
	return s.findPlaces(ctx, plan{selection: sel, pick: w.pick, sift: w.mayHaveAny}, most, t, func(c *places, p part) error {
		found, err := w.find(p, &c.finder)
		for number, rows := range found {
			c.count(p, number, rows)
		}
		return err
	})
}

// account is that of an answer with the places.
func (c *places) account(s *Service, t *tally) Account {
	a := t.account()
	if c.full {
		a.lacks(s.notAll(t, "places", c.max))
	}
	return a
}

// placeHosts returns the names of the hosts of the places.
func (s *Service) placeHosts(ctx context.Context, c *places) (map[hostKey]HostRef, error) {
	keys := make(map[hostKey]bool)
	for key := range c.counts {
		keys[key.host] = true
	}
	return s.hostRefs(ctx, keys)
}

// Found says in how many rows of an artifact of a host something was found.
type Found struct {
	Artifact string
	Rows     int64
	// FirstSeen and LastSeen bound the times of the rows; a row without one counts as of when it was collected.
	FirstSeen time.Time
	LastSeen  time.Time
	// Collections are the ids of the collections with the rows, oldest first.
	Collections []string
}

// foundKey is a placeKey without the collection.
type foundKey struct {
	number   int
	host     hostKey
	artifact string
}

// byArtifact puts the collections of a host and artifact together.
func (c *places) byArtifact() map[foundKey]*Found {
	counts, out := make(map[foundKey]span), make(map[foundKey]*Found)
	for key, s := range c.counts {
		k := foundKey{key.number, key.host, key.artifact}
		counts[k] = counts[k].with(s)
		if out[k] == nil {
			out[k] = &Found{Artifact: key.artifact}
		}
		out[k].Collections = append(out[k].Collections, key.collection)
	}
	for k, f := range out {
		s := counts[k]
		f.Rows, f.FirstSeen, f.LastSeen = s.rows, time.UnixMicro(s.first).UTC(), time.UnixMicro(s.last).UTC()
		slices.Sort(f.Collections)
	}
	return out
}

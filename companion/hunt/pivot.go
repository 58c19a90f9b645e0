package hunt

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/velocicompanion/velocicompanion/companion/hunt/kql"
	"github.com/velocicompanion/velocicompanion/ingest/chunk"
	"github.com/velocicompanion/velocicompanion/ingest/observable"
)

// MaxPivotBytes is how long a value can be to be looked for.
const MaxPivotBytes = 32 << 10

// Pivot asks where a value is: a hash, an address, a domain or another observable wherever it stands, also inside texts,
// as the name of a user, and as a whole value of any column. Hashes and addresses in normal form are looked for as observables
// alone, which finds whole values too; an address that no host has as one may be a version, and is looked for as a whole value.
// The hashes of the empty file are never found.
type Pivot struct {
	Scope
	Value string
}

// PivotAnswer is where a value is.
type PivotAnswer struct {
	// Kind is the name of the kind of observable that the value most likely is, Value its normal form. A value that is
	// none has the kind "text" and is as it was asked for.
	Kind  string
	Value string
	// Hosts are the hosts that have it, by name.
	Hosts []PivotHost
	Account
}

// PivotHost is a host that has a value, and in which artifacts, by name.
type PivotHost struct {
	Host      HostRef
	Artifacts []Found
}

// Check implements [Question].
func (q Pivot) Check() error {
	if strings.TrimSpace(q.Value) == "" || len(q.Value) > MaxPivotBytes {
		return fmt.Errorf("%w: a pivot needs a value of at most %d bytes", ErrQuestion, MaxPivotBytes)
	}
	return q.Scope.Check()
}

// Pivot finds a value on all hosts.
func (s *Service) Pivot(ctx context.Context, q Pivot) (PivotAnswer, error) {
	if err := q.Check(); err != nil {
		return PivotAnswer{}, err
	}
	t := s.newTally(q.Scope)
	sel, err := s.lookUp(ctx, q.Scope)
	if err != nil {
		return PivotAnswer{}, err
	}
	value := strings.TrimSpace(q.Value)
	out := PivotAnswer{Kind: "text", Value: value}
	same := sameAs(value)
	if len(same) > 0 {
		out.Kind, out.Value = same[0].Kind.String(), same[0].Value
	}
	var found *places
	alone := indexed[out.Kind] && strings.EqualFold(value, out.Value)
	if alone {
		found, err = s.findWatched(ctx, sel, newWatched([][]observable.Observable{same}), s.cfg.MaxGroups, t)
	}
	if err == nil && (!alone || out.Kind == "ip" && len(found.counts) == 0) {
		t = s.newTally(q.Scope)
		found, err = s.findValue(ctx, sel, same, q.Value, t)
	}
	if err != nil {
		return PivotAnswer{}, err
	}
	out.Account = found.account(s, t)
	out.Hosts, err = s.pivotHosts(ctx, found)
	return out, err
}

// indexed are the kinds of which each whole value in normal form is among the observables of its column, but for addresses
// in columns of versions.
var indexed = map[string]bool{"md5": true, "sha1": true, "sha256": true, "ip": true}

// sameAs returns what a value can be looked up as. A network is none of its addresses.
func sameAs(value string) []observable.Observable {
	if _, isNetwork := observable.ParseNetwork(value); isNetwork {
		return nil
	}
	return observable.Same(value)
}

// findValue finds the rows that have one of some observables, or a value as a user or as a whole value of any column.
func (s *Service) findValue(
	ctx context.Context, sel *selection, same []observable.Observable, value string, t *tally,
) (*places, error) {
	trimmed := strings.TrimSpace(value)
	if user, ok := observable.AsUser(trimmed); ok {
		same = append(same, user)
	}
	whole := kql.Whole(trimmed)
	if value != trimmed {
		whole = kql.Or{whole, kql.Whole(value)}
	}
	w := newWatched([][]observable.Observable{same})
	pick := func(x *chunk.Index) ([]string, bool) {
		paths, _ := w.pick(x)
		paths = append(paths, columnsOf(whole, x)...)
		slices.Sort(paths)
		return slices.Compact(paths), len(paths) > 0
	}
	return s.findPlaces(ctx, plan{selection: sel, pick: pick, observables: true}, s.cfg.MaxGroups, t, func(c *places, p part) error {
		found, err := w.find(p, &c.finder)
		if err != nil {
			return err
		}
		x, err := p.view.Index()
		if err != nil {
			return chunkError(&p.ref, err)
		}
		rows, err := matching(whole, x, p.view, p.rows)
		if err != nil {
			return chunkError(&p.ref, err)
		}
		if found[0] != nil {
			rows.union(found[0])
		}
		c.count(p, 0, rows)
		return nil
	})
}

func (s *Service) pivotHosts(ctx context.Context, c *places) ([]PivotHost, error) {
	names, err := s.placeHosts(ctx, c)
	if err != nil {
		return nil, err
	}
	byHost := make(map[hostKey]*PivotHost)
	for key, found := range c.byArtifact() {
		if byHost[key.host] == nil {
			byHost[key.host] = &PivotHost{Host: names[key.host]}
		}
		byHost[key.host].Artifacts = append(byHost[key.host].Artifacts, *found)
	}
	hosts := make([]PivotHost, 0, len(byHost))
	for _, h := range byHost {
		slices.SortFunc(h.Artifacts, func(x, y Found) int { return strings.Compare(x.Artifact, y.Artifact) })
		hosts = append(hosts, *h)
	}
	slices.SortFunc(hosts, func(x, y PivotHost) int { return compareHosts(x.Host, y.Host) })
	return hosts, nil
}

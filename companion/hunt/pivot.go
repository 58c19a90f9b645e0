package hunt

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/velocicompanion/velocicompanion/companion/hunt/kql"
	"github.com/velocicompanion/velocicompanion/ingest/observable"
)

// MaxPivotBytes is how long a value can be to be looked for.
const MaxPivotBytes = 32 << 10

// Pivot asks where a value is: a hash, an address, a domain or another observable wherever it stands, also inside texts,
// and any other text as a whole value of any column. A domain in the letters of its language is looked for in its xn-- form,
// in which rows have it, and where none does as a whole value too.
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
	if _, isNetwork := observable.ParseNetwork(q.Value); isNetwork {
		return fmt.Errorf("%w: a network is no value; search for it with a query such as Raddr: 10.0.0.0/8", ErrQuestion)
	}
	return q.Scope.Check()
}

// Pivot finds a value on all hosts.
func (s *Service) Pivot(ctx context.Context, q Pivot) (PivotAnswer, error) {
	if err := q.Check(); err != nil {
		return PivotAnswer{}, err
	}
	value := strings.TrimSpace(q.Value)
	t := s.newTally(q.Scope)
	defer t.memory.giveBack()
	sel, err := s.lookUp(ctx, q.Scope)
	if err != nil {
		return PivotAnswer{}, err
	}
	out := PivotAnswer{Kind: "text", Value: value}
	var found *places
	same := observable.Same(value)
	if len(same) > 0 {
		out.Kind, out.Value = same[0].Kind.String(), same[0].Value
		found, err = s.findWatched(ctx, sel, newWatched([][]observable.Observable{same}), s.cfg.MaxGroups, t)
	}
	if err == nil && (len(same) == 0 || len(found.counts) == 0 && strings.Contains(out.Value, "xn--")) {
		t = s.newTally(q.Scope)
		defer t.memory.giveBack()
		found, err = s.findText(ctx, sel, value, t)
	}
	if err != nil {
		return PivotAnswer{}, err
	}
	out.Account = found.account(s, t)
	out.Hosts, err = s.pivotHosts(ctx, found)
	return out, err
}

// findText finds the rows that have a text as a whole value.
func (s *Service) findText(ctx context.Context, sel *selection, text string, t *tally) (*places, error) {
	whole, err := kql.Parse("*: " + kql.Quote(text))
	if err != nil {
		return nil, err
	}
	narrowed := *sel
	narrowed.query = kql.And{sel.query, whole.Expr}
	return s.findPlaces(ctx, plan{selection: &narrowed}, s.cfg.MaxGroups, t, func(c *places, p part) error {
		c.count(p, 0, p.rows)
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

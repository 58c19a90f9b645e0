package hunt

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/velocicompanion/velocicompanion/companion/hunt/indicator"
	"github.com/velocicompanion/velocicompanion/ingest/observable"
)

// Sweep asks which of a list of indicators are on which hosts.
type Sweep struct {
	Scope
	// List is what indicator.Read read.
	List indicator.List
}

// SweepAnswer is what a sweep found.
type SweepAnswer struct {
	// Indicators is how many were looked for, Missed which of them no host has, in the order of the list.
	Indicators int
	Missed     []indicator.Indicator
	// Hits are in the order of the list, then by host and artifact.
	Hits []SweepHit
	// Invalid is what the list has that is no indicator.
	Invalid []indicator.Invalid
	Account
}

// SweepHit is an indicator that an artifact of a host has.
type SweepHit struct {
	// Indicator is as the list has it, Kind and Value what it was looked up as first.
	Indicator string
	Line      int
	Kind      string
	Value     string
	Host      HostRef
	Found
}

// Sweep looks for all indicators of a list in one pass over the indexes of chunks, and reads only the columns that can
// have one.
func (s *Service) Sweep(ctx context.Context, q Sweep) (SweepAnswer, error) {
	if err := q.Check(); err != nil {
		return SweepAnswer{}, err
	}
	if err := s.answering.take(ctx, q.asker(), s.cfg.MaxWait); err != nil {
		return SweepAnswer{}, err
	}
	defer s.answering.give(q.asker())
	t := s.newTally(q.Scope)
	defer t.memory.giveBack()
	sel, err := s.lookUp(ctx, q.Scope)
	if err != nil {
		return SweepAnswer{}, err
	}
	things := make([][]observable.Observable, len(q.List.Indicators))
	for i, one := range q.List.Indicators {
		things[i] = one.Observables
	}
	found, err := s.findWatched(ctx, sel, newWatched(things), s.cfg.MaxGroups, t)
	if err != nil {
		return SweepAnswer{}, err
	}
	names, err := s.placeHosts(ctx, found)
	if err != nil {
		return SweepAnswer{}, err
	}
	out := SweepAnswer{Indicators: len(things), Invalid: q.List.Invalid, Account: found.account(s, t)}
	hit := make(map[int]bool)
	for key, f := range found.byArtifact() {
		one := q.List.Indicators[key.number]
		hit[key.number] = true
		out.Hits = append(out.Hits, SweepHit{
			Indicator: one.Text, Line: one.Line, Kind: one.Observables[0].Kind.String(), Value: one.Observables[0].Value,
			Host: names[key.host], Found: *f,
		})
	}
	for i, one := range q.List.Indicators {
		if !hit[i] {
			out.Missed = append(out.Missed, one)
		}
	}
	slices.SortFunc(out.Hits, func(x, y SweepHit) int {
		return cmp.Or(cmp.Compare(x.Line, y.Line), strings.Compare(x.Indicator, y.Indicator), compareHosts(x.Host, y.Host),
			strings.Compare(x.Artifact, y.Artifact))
	})
	return out, nil
}

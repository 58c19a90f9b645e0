package hunt

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/velocicompanion/velocicompanion/tenancy"
)

// StackOrder is the order of the values of a stack.
type StackOrder string

// The orders there are.
const (
	// Rare begins with what the fewest hosts have, and among those with the fewest rows.
	Rare StackOrder = "rare"
	// Common is the other way round.
	Common StackOrder = "common"
)

// Stack asks which values a field has, or which combinations of values up to three fields have, and how many hosts have
// each.
type Stack struct {
	Scope
	// Artifact is the one whose rows are counted.
	Artifact string
	// Fields are one to three paths.
	Fields []string
	// Order is Rare by default; Limit is the most values to return and has to be positive.
	Order StackOrder
	Limit int
}

// StackAnswer is the values that fields have.
type StackAnswer struct {
	Values []StackValue
	// Distinct is how many values there are, returned or not.
	Distinct int64
	// Missing is how many rows lack one of the fields; they are in none of the values.
	Missing int64
	// Unknown are the fields that no row has, where for that reason none has all of them.
	Unknown []UnknownField
	// HostsWithArtifact is how many hosts of the scope have rows of the artifact, whatever the times and the query.
	HostsWithArtifact int64
	// HostsTotal is how many hosts the tenants have.
	HostsTotal int64
	Account
}

// StackValue is one value, or one combination of values. A row with several values in a field is counted in each.
type StackValue struct {
	// Values has one for each field, as JSON. A text is one however it is escaped; a number is as it is written, so that 1,
	// 1.0 and "1" are three, although the query N: 1 finds all of them.
	Values []json.RawMessage
	Rows   int64
	Hosts  int64
	// FirstSeen and LastSeen bound the times of the rows; a row without one counts as of when it was collected.
	FirstSeen time.Time
	LastSeen  time.Time
	// SampleHosts are some of the hosts.
	SampleHosts []HostRef
}

// HostRef names a host.
type HostRef struct {
	Tenant   tenancy.ID
	ID       string
	Hostname string
	ClientID string
}

// MaxStackFields is how many fields a stack can have, MaxSampleHosts how many hosts are named with a value.
const (
	MaxStackFields = 3
	MaxSampleHosts = 5
)

// Stack counts rows and hosts by the values of fields.
func (s *Service) Stack(ctx context.Context, q Stack) (StackAnswer, error) {
	if err := q.Check(); err != nil {
		return StackAnswer{}, err
	}
	if err := s.answering.take(ctx, q.asker(), s.cfg.MaxWait); err != nil {
		return StackAnswer{}, err
	}
	defer s.answering.give(q.asker())
	t := s.newTally(q.Scope)
	defer t.memory.giveBack()
	q.Artifacts = []string{q.Artifact}
	sel, err := s.lookUp(ctx, q.Scope)
	if err != nil {
		return StackAnswer{}, err
	}
	numbers := newHostNumbers(sel.refs)
	counters := make([]*counter, s.cfg.Workers)
	for i := range counters {
		counters[i] = newCounter(s.cfg.MaxGroups, &t.memory, q.Fields...)
	}
	err = s.scan(ctx, plan{selection: sel, fields: q.Fields, times: true}, sel.pruned(), t, func(worker int, p part) error {
		return counters[worker].count(ctx, p, numbers.of[p.host()])
	})
	if err != nil {
		return StackAnswer{}, err
	}
	all := counters[0]
	for _, c := range counters[1:] {
		all.merge(c)
	}
	out := StackAnswer{
		Distinct: int64(all.groups.n), Missing: all.missing, HostsWithArtifact: int64(len(numbers.keys)), Account: t.account(),
	}
	if all.full {
		out.lacks(s.notAll(t, "distinct values", s.cfg.MaxGroups))
	}
	if all.wide {
		out.lacks(fmt.Sprintf("Rows with more than %d combinations of values are not counted.", maxCombinations))
	}
	if out.HostsTotal, err = s.countHosts(ctx, q.Tenants); err != nil {
		return StackAnswer{}, err
	}
	if out.Distinct == 0 && out.Missing > 0 {
		if out.Unknown, err = s.unknownFields(ctx, sel, t, q.Fields); err != nil {
			return StackAnswer{}, err
		}
	}
	first := all.sorted(q.Order, q.Limit)
	if fitting := thatFit(first); fitting < len(first) {
		first = first[:fitting]
		out.lacks(fmt.Sprintf("The values are too long for one answer; it has the first %d.", fitting))
	}
	out.Values, err = s.stackValues(ctx, first, numbers)
	return out, err
}

// maxAnswerBytes is how much of values and rows one answer has; a single one may be longer.
const maxAnswerBytes = 16 << 20

// thatFit returns how many groups fit into an answer.
func thatFit(groups []ranked) int {
	size := 0
	for i, g := range groups {
		if size += len(g.key); size > maxAnswerBytes && i > 0 {
			return i
		}
	}
	return len(groups)
}

// lacks says that the answer is not complete, and why.
func (a *Account) lacks(reason string) {
	a.Complete, a.Reason = false, strings.TrimSpace(a.Reason+" "+reason)
}

// countHosts returns how many hosts the tenants have.
func (s *Service) countHosts(ctx context.Context, tenants []tenancy.ID) (total int64, err error) {
	seen := make(map[tenancy.ID]bool)
	for _, tenant := range tenants {
		if seen[tenant] {
			continue
		}
		seen[tenant] = true
		n, err := s.inventory.Count(ctx, tenant)
		if err != nil {
			return 0, fmt.Errorf("hunt: hosts: %w", err)
		}
		total += n
	}
	return total, nil
}

func (s *Service) stackValues(ctx context.Context, groups []ranked, numbers hostNumbers) ([]StackValue, error) {
	keys := make(map[hostKey]bool)
	for _, g := range groups {
		for _, n := range g.hosts[:min(len(g.hosts), MaxSampleHosts)] {
			keys[numbers.keys[n]] = true
		}
	}
	names, err := s.hostRefs(ctx, keys)
	if err != nil {
		return nil, err
	}
	values := make([]StackValue, 0, len(groups))
	for _, g := range groups {
		v := StackValue{
			Rows: g.rows, Hosts: int64(len(g.hosts)),
			FirstSeen: time.UnixMicro(g.first).UTC(), LastSeen: time.UnixMicro(g.last).UTC(),
		}
		if err := json.Unmarshal([]byte("["+g.key+"]"), &v.Values); err != nil {
			return nil, fmt.Errorf("hunt: a value that is no JSON: %w", err)
		}
		for _, n := range g.hosts[:min(len(g.hosts), MaxSampleHosts)] {
			v.SampleHosts = append(v.SampleHosts, names[numbers.keys[n]])
		}
		values = append(values, v)
	}
	return values, nil
}

// Check implements [Question].
func (q Stack) Check() error {
	switch {
	case q.Artifact == "":
		return fmt.Errorf("%w: a stack needs an artifact", ErrQuestion)
	case len(q.Fields) == 0 || len(q.Fields) > MaxStackFields:
		return fmt.Errorf("%w: a stack has one to %d fields", ErrQuestion, MaxStackFields)
	case q.Order != "" && q.Order != Rare && q.Order != Common:
		return fmt.Errorf("%w: the order is rare or common", ErrQuestion)
	case q.Limit <= 0:
		return fmt.Errorf("%w: the limit has to be positive", ErrQuestion)
	}
	return q.Scope.Check()
}

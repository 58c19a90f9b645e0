package hunt

import (
	"fmt"
	"time"

	"github.com/velocicompanion/velocicompanion/companion/hunt/kql"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// Scope is what a question is about: everything of its tenants, less what the other fields leave out. An empty field
// leaves nothing out; what a list names that the tenant does not have selects nothing.
type Scope struct {
	// Tenants are the tenants that the question is about, at least one. Who may ask about them is for the caller to
	// find out: see auth.Service.
	Tenants []tenancy.ID
	// Artifacts are whole names, with the source after a slash where there is one.
	Artifacts []string
	// Hosts names hosts by their id, their client id, or their whole host name or FQDN in any case.
	Hosts []string
	// Labels selects the hosts that have one of these labels, in any case.
	Labels []string
	// Collections and Hunts are ids of collections and Velociraptor's ids of hunts.
	Collections []string
	Hunts       []string
	// From and To bound the time of a row: from From, and before To. With either set, rows without a time are left out.
	From time.Time
	To   time.Time
	// Query is in the language of the kql package; "" and "*" select every row.
	Query string
}

// Scanned says how much a question looked at.
type Scanned struct {
	// Chunks, Rows and Hosts are what the scope selected, also where an index showed that a chunk need not be read.
	Chunks int64
	Rows   int64
	Hosts  int64
	// Bytes is the size of the blocks that were read.
	Bytes int64
	// Elapsed is how long it took.
	Elapsed time.Duration
}

// Account is what every answer says of itself.
type Account struct {
	Scanned Scanned
	// Complete tells that the whole scope was looked at and all of the answer is there. Reason says why not, for users.
	Complete bool
	Reason   string
}

// Check returns tenancy.ErrNoTenant without a tenant, ErrQuestion for times that select nothing, and a *kql.SyntaxError
// for a query that is none.
func (s Scope) Check() error {
	_, err := s.parse()
	return err
}

// asker is the tenant whose share of the workers a question takes.
func (s Scope) asker() tenancy.ID { return s.Tenants[0] }

// parse returns the query of a scope that is right.
func (s Scope) parse() (*kql.Query, error) {
	if len(s.Tenants) == 0 {
		return nil, tenancy.ErrNoTenant
	}
	for _, t := range s.Tenants {
		if err := t.Check(); err != nil {
			return nil, err
		}
	}
	if !s.From.IsZero() && !s.To.IsZero() && !s.From.Before(s.To) {
		return nil, fmt.Errorf("%w: from has to be before to", ErrQuestion)
	}
	return kql.Parse(s.Query)
}

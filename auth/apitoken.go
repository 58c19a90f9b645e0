package auth

import (
	"time"

	"github.com/velocicompanion/velocicompanion/tenancy"
)

// APIToken lets a program do one kind of thing in one tenant, until it is deleted or expires. One that a user of the tenant
// made belongs to the tenant and not to that user; one that was made under a grant ends with the grant. Its secret is
// shown once, when it is made; stores keep a hash.
type APIToken struct {
	// ID is a UUID of version 7.
	ID       string
	TenantID tenancy.ID
	Name     string // for people
	Scope    Scope
	// CreatedBy is a user's id.
	CreatedBy string
	// GrantedAt is the CreatedAt of the grant into this tenant under which who made it, who is not of it, did so: it ends with
	// that grant, and a later one does not bring it back. Zero where no grant was needed.
	GrantedAt time.Time
	CreatedAt time.Time
	// ExpiresAt is zero for a token that lasts. LastUsedAt is zero for one that was not used, and otherwise right to
	// the minute.
	ExpiresAt  time.Time
	LastUsedAt time.Time
}

// Scope says what an [APIToken] is good for.
type Scope string

// ScopeIngest is for bringing collections in, and for nothing else: not even for reading what was brought.
const ScopeIngest Scope = "ingest"

// Expired reports whether t is not good any more at the time now.
func (t APIToken) Expired(now time.Time) bool {
	return !t.ExpiresAt.IsZero() && !now.Before(t.ExpiresAt)
}

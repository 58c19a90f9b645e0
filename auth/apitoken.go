package auth

import (
	"time"

	"github.com/velocicompanion/velocicompanion/tenancy"
)

// APIToken lets a program do one kind of thing in one tenant, until it is deleted or expires. It belongs to the tenant and
// not to whoever made it. Its secret is shown once, when it is made; stores keep a hash.
type APIToken struct {
	// ID is a UUID of version 7.
	ID       string
	TenantID tenancy.ID
	Name     string // for people
	Scope    Scope
	// CreatedBy is a user's id.
	CreatedBy string
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

package auth

import (
	"time"

	"github.com/velocicompanion/velocicompanion/tenancy"
)

// Grant lets a user of another tenant enter this one with a role. Grants are explicit and never transitive: a role
// held through a grant gives nothing in any third tenant.
type Grant struct {
	// TenantID is the tenant that may be entered; Home is the user's own.
	TenantID tenancy.ID
	UserID   string
	Username string
	Home     tenancy.ID
	Role     Role
	// GrantedBy is the id of the user that gave it.
	GrantedBy string
	CreatedAt time.Time
	// ExpiresAt is zero for a grant that does not expire.
	ExpiresAt time.Time
}

// Expired reports whether the grant has ended at the time now.
func (g Grant) Expired(now time.Time) bool {
	return !g.ExpiresAt.IsZero() && !now.Before(g.ExpiresAt)
}

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
	// CreatedAt is since when the user has had this role here without a break.
	CreatedAt time.Time
	// ExpiresAt is zero for a grant that does not expire.
	ExpiresAt time.Time
}

// Expired reports whether the grant has ended at the time now.
func (g Grant) Expired(now time.Time) bool {
	return !g.ExpiresAt.IsZero() && !now.Before(g.ExpiresAt)
}

// InPlaceOf returns the grant as it takes the place of an earlier one of the same user, the zero Grant where there is none:
// while that has not ended and gives the same role, it goes on. It is for implementations of [Store].
func (g Grant) InPlaceOf(earlier Grant) Grant {
	if earlier.Role == g.Role && !earlier.Expired(g.CreatedAt) {
		g.CreatedAt = earlier.CreatedAt
	}
	return g
}

// covers reports whether what was made under the grant that began at a time may go on, which takes a permission.
func (g Grant) covers(since time.Time, need Permission, now time.Time) bool {
	return g.CreatedAt.Equal(since) && g.Role.Allows(need) && !g.Expired(now)
}

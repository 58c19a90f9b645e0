package auth

import (
	"time"

	"github.com/velocicompanion/velocicompanion/tenancy"
)

// Session is one login of one user, acting in one tenant. Access tokens carry its id and are good only while it
// lives; its refresh token is rotated with every use.
type Session struct {
	// ID is a UUID of version 7.
	ID string
	// Family is the id of the login that the session goes back to: its own, or for one that a switch to another tenant
	// made, that of the session it was made from. The sessions of a family end together.
	Family string
	UserID string
	// Tenant is the tenant that the session acts in, the user's home or one that a grant allows.
	Tenant tenancy.ID
	// Shared is true for a session that the tabs of a browser share: see [Service.LoginShared].
	Shared    bool
	CreatedAt time.Time
	ExpiresAt time.Time
}

// Rotation is the exchange of a session's refresh key for the next one.
type Rotation struct {
	Old, New string
	At       time.Time
	// Grace is how long the same rotation may be asked for again; 0 for never.
	Grace time.Duration
}

package auth

import (
	"time"

	"github.com/velocicompanion/velocicompanion/tenancy"
)

// Invite lets one person register in a tenant with a role. Its secret is shown once, when it is made; stores keep a hash.
type Invite struct {
	// ID is a UUID of version 7.
	ID        string
	TenantID  tenancy.ID
	Role      Role
	CreatedBy string // a user's id
	CreatedAt time.Time
	ExpiresAt time.Time
	// UsedBy is the id of the user that registered with it, UsedAt when; empty and zero before.
	UsedBy string
	UsedAt time.Time
}

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
	// GrantedAt is the CreatedAt of the grant into this tenant under which who made it, who is not of it, did so: it ends with
	// that grant, and a later one does not bring it back. Zero where no grant was needed.
	GrantedAt time.Time
	CreatedAt time.Time
	ExpiresAt time.Time
	// UsedBy is the id of the user that registered with it, UsedAt when; empty and zero before.
	UsedBy string
	UsedAt time.Time
}

// Stands reports whether who made the invite may still invite at the time now, going by what its tenant keeps of them:
// maker is its user CreatedBy and grant that user's grant into it, each the zero value where there is none. A user that the
// tenant does not know and that needed no grant is one of a host service's own login, which is not asked. It is for
// implementations of [Store].
func (inv Invite) Stands(maker User, grant Grant, now time.Time) bool {
	if !inv.GrantedAt.IsZero() {
		return grant.covers(inv.GrantedAt, ManageInvites, now)
	}
	return maker.ID == "" || maker.Active && maker.Role.Allows(ManageInvites)
}

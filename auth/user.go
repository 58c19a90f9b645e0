package auth

import (
	"time"

	"github.com/velocicompanion/velocicompanion/tenancy"
)

// User is a person or service that logs in. It belongs to one tenant, its home.
type User struct {
	// ID is a UUID of version 7.
	ID       string
	TenantID tenancy.ID
	// Username is unique over all tenants, whatever the case of its letters.
	Username string
	Role     Role
	// Active is false for a user that may not log in any more.
	Active bool
	// PasswordHash is a bcrypt hash in its usual text form; empty for a user that has no password here.
	PasswordHash string
	CreatedAt    time.Time
}

// UserChange says what to change of a user; nil fields stay as they are.
type UserChange struct {
	Role         *Role
	Active       *bool
	PasswordHash *string
	// RehashOf is the hash that PasswordHash replaces where both are of the same password: the user gets PasswordHash only
	// if it has this hash now, and its sessions go on. Empty where PasswordHash is of a new password.
	RehashOf string
	// KeepSession names a session that survives a new password, with its family; empty for none.
	KeepSession string
}

// Apply returns the user with the change made, and whether that ends its sessions but the family of KeepSession. It is
// for implementations of [Store].
func (c UserChange) Apply(u User) (changed User, endsSessions bool) {
	rehash := c.RehashOf != ""
	if c.Role != nil {
		u.Role = *c.Role
	}
	if c.Active != nil {
		u.Active = *c.Active
	}
	endsSessions = !u.Active || c.PasswordHash != nil && !rehash
	if c.PasswordHash != nil && (!rehash || c.RehashOf == u.PasswordHash) {
		u.PasswordHash = *c.PasswordHash
	}
	return u, endsSessions
}

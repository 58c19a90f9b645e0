package auth

import "slices"

// Role is what a user is in one tenant. It is a name for a set of permissions; code asks for the permission.
type Role string

// The roles there are.
const (
	// RoleUser hunts: reads everything of the tenant, ingests, looks hashes up.
	RoleUser Role = "user"
	// RoleAdmin does what a user does, and manages the tenant's users, invites, grants, tokens and audit trail.
	RoleAdmin Role = "admin"
)

// Permission is one thing that a principal may do in the tenant it acts in.
type Permission string

// The permissions there are.
const (
	UseAccount      Permission = "account" // what concerns the principal's own account
	ReadHosts       Permission = "hosts:read"
	WriteHosts      Permission = "hosts:write"
	Ingest          Permission = "ingest"
	ReadCollections Permission = "collections:read"
	LookUpVerdicts  Permission = "virustotal:lookup"
	Hunt            Permission = "hunt" // ask questions over everything, and save them
	ManageUsers     Permission = "users:manage"
	ManageInvites   Permission = "invites:manage"
	ManageGrants    Permission = "grants:manage"
	CreateTenants   Permission = "tenants:create"
	DeleteTenants   Permission = "tenants:delete"
	ReadAudit       Permission = "audit:read"
	ManageTokens    Permission = "tokens:manage"
)

var userPermissions = []Permission{UseAccount, ReadHosts, WriteHosts, Ingest, ReadCollections, LookUpVerdicts, Hunt}

var adminPermissions = append([]Permission{
	ManageUsers, ManageInvites, ManageGrants, CreateTenants, DeleteTenants, ReadAudit, ManageTokens,
}, userPermissions...)

// Valid reports whether r is one of the roles above.
func (r Role) Valid() bool { return r == RoleUser || r == RoleAdmin }

// Allows reports whether the role holds the permission. An unknown role holds none.
func (r Role) Allows(p Permission) bool {
	switch r {
	case RoleAdmin:
		return slices.Contains(adminPermissions, p)
	case RoleUser:
		return slices.Contains(userPermissions, p)
	case roleIngest:
		return p == Ingest
	}
	return false
}

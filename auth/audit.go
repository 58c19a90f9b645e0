package auth

import (
	"time"

	"github.com/velocicompanion/velocicompanion/tenancy"
)

// AuditEvent says who did what in a tenant, and when. It holds no secrets.
type AuditEvent struct {
	// ID is a UUID of version 7; events sort by it.
	ID       string
	TenantID tenancy.ID
	At       time.Time
	// Action is one of the Action constants; Target is the id or name of what it was done to.
	Action Action
	Target string
	// ActorID and Actor are the id and the name of the user; ActorHome is the user's home tenant, which differs from
	// TenantID for work under a grant. All are empty where the actor is not known, as after a refused login.
	ActorID   string
	Actor     string
	ActorHome tenancy.ID
	// RequestID and Address come from the request's Origin.
	RequestID string
	Address   string
	// Detail is for people: the new role, the reason of a refusal.
	Detail string
}

// Action names what an [AuditEvent] records.
type Action string

// The actions that are recorded.
const (
	ActionLogin           Action = "login"
	ActionLoginRefused    Action = "login.refused"
	ActionLogout          Action = "logout"
	ActionTokenReused     Action = "session.token_reused"
	ActionAccessRefused   Action = "access.refused"
	ActionUserRegistered  Action = "user.registered"
	ActionUserChanged     Action = "user.changed"
	ActionPasswordChanged Action = "password.changed"
	ActionInviteCreated   Action = "invite.created"
	ActionTenantCreated   Action = "tenant.created"
	ActionTenantDeleted   Action = "tenant.deleted"
	ActionTenantEntered   Action = "tenant.entered"
	ActionGrantCreated    Action = "grant.created"
	ActionGrantRevoked    Action = "grant.revoked"
	ActionIngested        Action = "collection.ingested"
	ActionExported        Action = "collection.exported"
)

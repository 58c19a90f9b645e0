// Package auth decides who may do what in which tenant: users and their roles, invites, grants into other tenants,
// passwords, access and refresh tokens, and the audit trail of all of it.
//
// [Service] is the whole of it behind two store interfaces: [Store], whose every method is about one tenant, and
// [Directory], the few look-ups that have to be made before a tenant is known. A host service that has its own login
// implements [Authenticator] instead and needs nothing else of this package but [Principal].
package auth

import (
	"context"
	"time"

	"github.com/velocicompanion/velocicompanion/tenancy"
)

// Store keeps users, invites, sessions, grants and the audit trail. Every method is about the tenant it is given and
// never about another; the zero tenant is tenancy.ErrNoTenant. An id of another tenant is answered exactly like an id
// that does not exist. Stores stamp entities with the tenant of the call and ignore what the entity says. Times are
// kept in UTC to the microsecond. Implementations are safe for concurrent use.
type Store interface {
	UserStore
	InviteStore
	SessionStore
	GrantStore
	APITokenStore
	AuditStore
}

// UserStore is the part of [Store] about users.
type UserStore interface {
	// CreateUser keeps a new user and enters its name and id in the [Directory]. ErrExists when the id is taken, or
	// when the name is, in any tenant and in any case of its letters: a login names no tenant.
	CreateUser(ctx context.Context, tenant tenancy.ID, u User) error

	// User returns one user, or ErrNotFound.
	User(ctx context.Context, tenant tenancy.ID, id string) (User, error)

	// Users returns at most limit users in the order of their ids, beginning after the id after ("" for the first).
	Users(ctx context.Context, tenant tenancy.ID, after string, limit int) ([]User, error)

	// UpdateUser applies the fields of change that are set and returns the user as it is now. ErrNotFound when there
	// is none; ErrLastAdmin, and nothing changed, when the change would take the tenant its last active admin, however
	// many such calls are made at once. Deactivating a user or changing its password ends all its sessions in
	// the same step, except the family of the one named by KeepSession. With RehashOf, PasswordHash replaces
	// no other hash than that, which one of concurrent calls does, and ends no session.
	UpdateUser(ctx context.Context, tenant tenancy.ID, id string, change UserChange) (User, error)
}

// InviteStore is the part of [Store] about invites.
type InviteStore interface {
	// CreateInvite keeps an invite and enters key in the [Directory]. ErrExists when the id or the key is taken.
	CreateInvite(ctx context.Context, tenant tenancy.ID, inv Invite, key string) error

	// Invite returns one invite, used or not, or ErrNotFound.
	Invite(ctx context.Context, tenant tenancy.ID, id string) (Invite, error)

	// Invites returns the invites that were not used and have not expired at the time at, in the order of their ids.
	Invites(ctx context.Context, tenant tenancy.ID, at time.Time) ([]Invite, error)

	// RedeemInvite creates u as CreateUser does and marks the invite as used, both or neither. ErrNotFound when the
	// invite is unknown, used already, or expired at the time at, or when it does not stand by [Invite.Stands] in that same
	// step; of concurrent calls for one invite one succeeds.
	RedeemInvite(ctx context.Context, tenant tenancy.ID, inviteID string, at time.Time, u User) error

	// DeleteInvite removes an invite that was not used and its key in the [Directory], or returns ErrNotFound.
	DeleteInvite(ctx context.Context, tenant tenancy.ID, id string) error
}

// SessionStore is the part of [Store] about sessions: logins, kept in the user's home tenant. A session has one
// current refresh key; keys that were rotated away stay known, so that a second use is noticed.
type SessionStore interface {
	// CreateSession keeps a session and enters key in the [Directory]. It also removes the user's sessions that
	// had expired when this one was created. ErrNotFound when the tenant has no such user.
	CreateSession(ctx context.Context, tenant tenancy.ID, s Session, key string) error

	// Session returns a session and its user, or ErrNotFound. It does not look at expiry or at the user's state.
	Session(ctx context.Context, tenant tenancy.ID, id string) (Session, User, error)

	// RotateSession replaces the session's current key r.Old by r.New. No error, and nothing changed, when r.New is the
	// current key already and was made that less than r.Grace before r.At. ErrNotFound when there is no such session.
	// ErrReused when r.Old is not the current key otherwise: its family is ended in the same step. Of concurrent calls
	// with one old key and different new ones one succeeds.
	RotateSession(ctx context.Context, tenant tenancy.ID, id string, r Rotation) error

	// EndSession removes the session, all others of its family, and all their keys from the store and the [Directory].
	// No error when there is no such session.
	EndSession(ctx context.Context, tenant tenancy.ID, id string) error
}

// GrantStore is the part of [Store] about grants into the tenant.
type GrantStore interface {
	// PutGrant keeps a grant into the tenant, in place of an earlier one of the same user: see [Grant.InPlaceOf].
	PutGrant(ctx context.Context, tenant tenancy.ID, g Grant) error

	// Grant returns the user's grant into the tenant, expired or not, or ErrNotFound.
	Grant(ctx context.Context, tenant tenancy.ID, userID string) (Grant, error)

	// Grants returns the grants into the tenant, in the order of user ids.
	Grants(ctx context.Context, tenant tenancy.ID) ([]Grant, error)

	// DeleteGrant removes the user's grant into the tenant, or returns ErrNotFound.
	DeleteGrant(ctx context.Context, tenant tenancy.ID, userID string) error
}

// APITokenStore is the part of [Store] about tokens of programs.
type APITokenStore interface {
	// CreateAPIToken keeps a token and enters key in the [Directory]. ErrExists when the id or the key is taken.
	CreateAPIToken(ctx context.Context, tenant tenancy.ID, t APIToken, key string) error

	// APIToken returns one token, expired or not, or ErrNotFound.
	APIToken(ctx context.Context, tenant tenancy.ID, id string) (APIToken, error)

	// APITokens returns all tokens, in the order of their ids.
	APITokens(ctx context.Context, tenant tenancy.ID) ([]APIToken, error)

	// UseAPIToken notes that the token was used at a time, unless it was used later. No error when there is no such token.
	UseAPIToken(ctx context.Context, tenant tenancy.ID, id string, at time.Time) error

	// DeleteAPIToken removes a token and its key in the [Directory], or returns ErrNotFound.
	DeleteAPIToken(ctx context.Context, tenant tenancy.ID, id string) error
}

// AuditStore is the part of [Store] about the audit trail. Nothing in it can be changed or removed but by removing
// the tenant.
type AuditStore interface {
	// AppendAudit adds an event.
	AppendAudit(ctx context.Context, tenant tenancy.ID, e AuditEvent) error

	// AuditEvents returns at most limit events, newest first (by id), beginning after the event with the id before
	// ("" for the newest).
	AuditEvents(ctx context.Context, tenant tenancy.ID, before string, limit int) ([]AuditEvent, error)
}

// EntryKind says what a key of the [Directory] is.
type EntryKind string

// The kinds of directory entries.
const (
	// EntryLogin: the key is a user name in lower case, the id that user's.
	EntryLogin EntryKind = "login"
	// EntryUser: key and id are a user's id.
	EntryUser EntryKind = "user"
	// EntryRefresh: the key is the hash of a refresh token, current or rotated away; the id is its session's.
	EntryRefresh EntryKind = "refresh"
	// EntryInvite: the key is the hash of an invite; the id is the invite's.
	EntryInvite EntryKind = "invite"
	// EntryAPIToken: the key is the hash of an API token's secret; the id is the token's.
	EntryAPIToken EntryKind = "api_token"
)

// Directory is the only unscoped part of storage: what must be looked up before a tenant is known. Each call needs
// an exact key that the caller already holds; nothing can be listed without one. Entries are made and removed by
// [Store]. Who calls it is held by a test.
type Directory interface {
	// Resolve returns the tenant and the id that a key stands for, or ErrNotFound.
	Resolve(ctx context.Context, kind EntryKind, key string) (tenancy.ID, string, error)

	// GrantsOf returns all grants of one user into other tenants, expired or not, in the order of tenant ids.
	GrantsOf(ctx context.Context, userID string) ([]Grant, error)
}

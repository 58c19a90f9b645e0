package auth

import (
	"context"
	"net/textproto"

	"github.com/velocicompanion/velocicompanion/tenancy"
)

// Principal is who makes a request, and in which tenant. It is made by an [Authenticator] from a verified credential
// and is the only source of a request's tenant.
type Principal struct {
	// UserID and Username name the user; Home is the tenant the user belongs to.
	UserID   string
	Username string
	Home     tenancy.ID
	// Tenant is the tenant the principal acts in: Home, or one that a grant allows. Role is the role there.
	Tenant tenancy.ID
	Role   Role
	// SessionID names the login that the credential comes from; empty where the Authenticator knows no sessions.
	SessionID string
}

// Allows reports whether p may do perm in the tenant that it acts in. It is what its role there allows, but for tenants
// to be created: that is for admins at home, because a grant gives nothing outside the tenant that it is into.
func (p Principal) Allows(perm Permission) bool {
	return p.Role.Allows(perm) && (perm != CreateTenants || p.Tenant == p.Home)
}

// Request is the part of an incoming request that an [Authenticator] may look at. It is not an *http.Request, so that
// this package needs no HTTP server code.
type Request struct {
	Header textproto.MIMEHeader
	// RemoteAddr is the address of the peer, as host:port or as a bare host.
	RemoteAddr string
}

// Authenticator turns the credential of a request into a [Principal]. [Service] is one, for this package's own
// tokens; a host service brings its own for its sessions, for OpenID Connect or for a trusted proxy's header.
//
// It returns an error that wraps [ErrUnauthenticated] when there is no credential or a bad one; any other error means
// that it could not tell, and the request is answered with 503. It is called for every request, so that a role
// changed, a user deactivated or a grant revoked holds on the next one. Safe for concurrent use.
type Authenticator interface {
	Authenticate(ctx context.Context, r Request) (Principal, error)
}

// CredentialChecker decides at login whether a name and a secret belong together. The default compares bcrypt
// hashes in the [Store]; a host service brings its own for LDAP or an identity provider.
//
// Check returns the user's home tenant and id. It returns an error that wraps [ErrUnauthenticated] for an unknown
// name, a wrong secret and an inactive user alike, and takes about the same time for each. Safe for concurrent use.
type CredentialChecker interface {
	Check(ctx context.Context, username, secret string) (home tenancy.ID, userID string, err error)
}

type originKey struct{}

// Origin is where a request came from, for the audit trail and for throttling.
type Origin struct {
	RequestID string
	// Address is the peer's address without a port.
	Address string
}

// WithOrigin returns a context that carries o to the calls of [Service].
func WithOrigin(ctx context.Context, o Origin) context.Context {
	return context.WithValue(ctx, originKey{}, o)
}

// OriginFrom returns the origin that ctx carries, or the zero Origin.
func OriginFrom(ctx context.Context) Origin {
	o, _ := ctx.Value(originKey{}).(Origin)
	return o
}

package auth

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/velocicompanion/velocicompanion/tenancy"
)

// Authenticate reads the access token of a request, or the secret of an [APIToken] in its place. An access token says
// which session it is; whether that still lives, who the user is and what role it has come from the store, so that a
// logout, a role changed, a user deactivated or a grant revoked holds on the next request. See [Authenticator] for its
// errors.
func (s *Service) Authenticate(ctx context.Context, r Request) (Principal, error) {
	bearer, err := bearerToken(r)
	if err != nil {
		return Principal{}, err
	}
	if strings.HasPrefix(bearer, tokenPrefix) {
		return s.AuthenticateToken(ctx, bearer)
	}
	token, err := s.tokens.verify(bearer)
	if err != nil {
		return Principal{}, err
	}
	session, user, err := s.liveSession(ctx, token.home, token.sessionID)
	if err != nil {
		return Principal{}, err
	}
	if user.ID != token.userID || session.Tenant != token.tenant {
		return Principal{}, errBadToken
	}
	role, err := s.roleIn(ctx, user, session.Tenant)
	if err != nil {
		return Principal{}, err
	}
	return Principal{
		UserID: user.ID, Username: user.Username, Home: token.home,
		Tenant: token.tenant, Role: role, SessionID: session.ID,
	}, nil
}

var errSessionEnded = fmt.Errorf("%w: the session has ended, log in", ErrUnauthenticated)

// liveSession returns a session that has neither ended nor expired and its active user, or an error that wraps
// ErrUnauthenticated.
func (s *Service) liveSession(ctx context.Context, home tenancy.ID, id string) (Session, User, error) {
	session, user, err := s.store.Session(ctx, home, id)
	if errors.Is(err, ErrNotFound) {
		return Session{}, User{}, errSessionEnded
	}
	if err != nil {
		return Session{}, User{}, fmt.Errorf("auth: looking up a session: %w", err)
	}
	return session, user, s.checkLive(session, user)
}

func (s *Service) checkLive(session Session, user User) error {
	if !user.Active || !s.now().Before(session.ExpiresAt) {
		return errSessionEnded
	}
	return nil
}

// roleIn returns the user's role in a tenant, or an error that wraps ErrUnauthenticated where the user may not be.
func (s *Service) roleIn(ctx context.Context, user User, tenant tenancy.ID) (Role, error) {
	if tenant == user.TenantID {
		return user.Role, nil
	}
	role, err := s.grantedRole(ctx, tenant, user.ID)
	if errors.Is(err, tenancy.ErrNotFound) {
		return "", fmt.Errorf("%w: the grant into this tenant has ended, log in", ErrUnauthenticated)
	}
	return role, err
}

// bearerToken returns the token of the Authorization header (RFC 6750), or an error that wraps ErrUnauthenticated.
func bearerToken(r Request) (string, error) {
	values := r.Header.Values("Authorization")
	if len(values) == 0 {
		return "", fmt.Errorf("%w: send an access token as \"Authorization: Bearer …\"", ErrUnauthenticated)
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	if len(values) > 1 || !strings.EqualFold(scheme, "Bearer") || token == "" {
		return "", fmt.Errorf("%w: the Authorization header is not a single \"Bearer\" and a token", ErrUnauthenticated)
	}
	return token, nil
}

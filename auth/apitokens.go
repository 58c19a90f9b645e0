package auth

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// roleIngest is the role of principals that come with a token of ScopeIngest. No user has it.
const roleIngest Role = "ingest"

const (
	maxTokenName = 100
	// useInterval is how exact LastUsedAt is, and how far events of one token's use are apart: a write for every request
	// would be a waste.
	useInterval = time.Minute
)

// CreateAPIToken makes a token for the tenant that p acts in. expiresAt may be zero, for one that lasts. The secret is
// shown this once. Needs ManageTokens; a [ValidationError] for a wrong name, scope or time.
func (s *Service) CreateAPIToken(
	ctx context.Context, p Principal, name string, scope Scope, expiresAt time.Time,
) (token APIToken, secret string, err error) {
	if err := s.Require(ctx, p, ManageTokens); err != nil {
		return APIToken{}, "", err
	}
	if err := s.checkAPIToken(name, scope, expiresAt); err != nil {
		return APIToken{}, "", err
	}
	grantedAt, err := s.grantedAt(ctx, p)
	if err != nil {
		return APIToken{}, "", err
	}
	id, err := s.newID()
	if err != nil {
		return APIToken{}, "", err
	}
	secret, key, err := s.newSecret(tokenPrefix)
	if err != nil {
		return APIToken{}, "", err
	}
	token = APIToken{
		ID: id, TenantID: p.Tenant, Name: name, Scope: scope, CreatedBy: p.UserID, GrantedAt: grantedAt,
		CreatedAt: s.now(), ExpiresAt: expiresAt.UTC().Truncate(time.Microsecond),
	}
	if err := s.store.CreateAPIToken(ctx, p.Tenant, token, key); err != nil {
		return APIToken{}, "", fmt.Errorf("auth: making a token: %w", err)
	}
	s.Record(ctx, p, ActionTokenCreated, token.ID, "scope "+string(scope)+", "+name)
	return token, secret, nil
}

func (s *Service) checkAPIToken(name string, scope Scope, expiresAt time.Time) error {
	switch {
	case strings.TrimSpace(name) == "" || len(name) > maxTokenName || !utf8.ValidString(name) ||
		strings.ContainsFunc(name, unicode.IsControl):
		return invalid("name", "has to be of 1 to %d bytes, without control characters", maxTokenName)
	case scope != ScopeIngest:
		return invalid("scope", "has to be %q", ScopeIngest)
	case !expiresAt.IsZero() && !expiresAt.After(s.now()):
		return invalid("expires_at", "has passed")
	}
	return nil
}

// ListedToken is a token as a list of them shows it.
type ListedToken struct {
	APIToken
	// Maker is who made it, or nil for a user of a host service's own login.
	Maker *User
	// Usable is false for a token that has expired and for one whose grant has ended.
	Usable bool
}

// APITokens returns the tokens of the tenant that p acts in, in the order in which they were made. Needs ManageTokens.
func (s *Service) APITokens(ctx context.Context, p Principal) ([]ListedToken, error) {
	if err := s.Require(ctx, p, ManageTokens); err != nil {
		return nil, err
	}
	kept, err := s.store.APITokens(ctx, p.Tenant)
	if err != nil {
		return nil, fmt.Errorf("auth: listing tokens: %w", err)
	}
	tokens := make([]ListedToken, len(kept))
	for i, token := range kept {
		tokens[i].APIToken = token
		if tokens[i].Maker, err = s.maker(ctx, token.CreatedBy); err != nil {
			return nil, err
		}
		if tokens[i].Usable, err = s.tokenStands(ctx, token); err != nil {
			return nil, err
		}
	}
	return tokens, nil
}

// tokenStands reports whether a token has neither expired nor lost the grant that it was made under.
func (s *Service) tokenStands(ctx context.Context, token APIToken) (bool, error) {
	if token.Expired(s.now()) {
		return false, nil
	}
	if token.GrantedAt.IsZero() {
		return true, nil
	}
	grant, err := s.store.Grant(ctx, token.TenantID, token.CreatedBy)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return false, fmt.Errorf("auth: looking up a grant: %w", err)
	}
	return grant.covers(token.GrantedAt, ManageTokens, s.now()), nil
}

// DeleteAPIToken ends a token of the tenant that p acts in: it is refused from now on. ErrNotFound when there is none.
// Needs ManageTokens.
func (s *Service) DeleteAPIToken(ctx context.Context, p Principal, id string) error {
	if err := s.Require(ctx, p, ManageTokens); err != nil {
		return err
	}
	if err := checkID(id); err != nil {
		return err
	}
	if err := s.store.DeleteAPIToken(ctx, p.Tenant, id); err != nil {
		return fmt.Errorf("auth: deleting a token: %w", err)
	}
	s.Record(ctx, p, ActionTokenDeleted, id, "")
	return nil
}

var errBadAPIToken = fmt.Errorf("%w: the token is not valid (any more)", ErrUnauthenticated)

// AuthenticateToken returns the principal of an [APIToken], given its secret, and records the use, of those in a minute the
// first. An error that wraps ErrUnauthenticated when there is no such token, it was deleted or has expired, or the grant
// that it was made under has ended.
func (s *Service) AuthenticateToken(ctx context.Context, secret string) (Principal, error) {
	key, ok := secretKey(tokenPrefix, secret)
	if !ok {
		return Principal{}, errBadAPIToken
	}
	token, err := s.apiTokenByKey(ctx, key)
	if errors.Is(err, ErrNotFound) {
		return Principal{}, errBadAPIToken
	}
	if err != nil {
		return Principal{}, err
	}
	if stands, err := s.tokenStands(ctx, token); err != nil || !stands {
		return Principal{}, cmp.Or(err, errBadAPIToken)
	}
	p := Principal{
		UserID: token.ID, Username: "token " + token.Name, Home: token.TenantID, Tenant: token.TenantID, Role: roleIngest,
	}
	if s.now().Sub(token.LastUsedAt) >= useInterval {
		if err := s.store.UseAPIToken(ctx, token.TenantID, token.ID, s.now()); err != nil {
			return Principal{}, fmt.Errorf("auth: noting the use of a token: %w", err)
		}
		s.Record(ctx, p, ActionTokenUsed, token.ID, "")
	}
	return p, nil
}

package auth

import (
	"context"
	"fmt"
	"strings"

	"github.com/velocicompanion/velocicompanion/tenancy"
)

// The functions of this file are the only ones that ask the [Directory].

// userByName returns the user with a login name, or ErrNotFound.
func (s *Service) userByName(ctx context.Context, username string) (User, error) {
	if checkUsername(username) != nil {
		return User{}, ErrNotFound
	}
	tenant, id, err := s.directory.Resolve(ctx, EntryLogin, strings.ToLower(username))
	if err != nil {
		return User{}, fmt.Errorf("auth: looking up a user name: %w", err)
	}
	return s.store.User(ctx, tenant, id)
}

// userByID returns a user of any tenant, or ErrNotFound.
func (s *Service) userByID(ctx context.Context, id string) (User, error) {
	if err := checkID(id); err != nil {
		return User{}, err
	}
	tenant, id, err := s.directory.Resolve(ctx, EntryUser, id)
	if err != nil {
		return User{}, fmt.Errorf("auth: looking up a user: %w", err)
	}
	return s.store.User(ctx, tenant, id)
}

// sessionByKey returns the session that a refresh token's key belongs to or once belonged to, and its user, or
// ErrNotFound.
func (s *Service) sessionByKey(ctx context.Context, key string) (Session, User, error) {
	home, id, err := s.directory.Resolve(ctx, EntryRefresh, key)
	if err != nil {
		return Session{}, User{}, fmt.Errorf("auth: looking up a refresh token: %w", err)
	}
	return s.store.Session(ctx, home, id)
}

// inviteByKey returns an invite, used or not, or ErrNotFound.
func (s *Service) inviteByKey(ctx context.Context, key string) (Invite, error) {
	tenant, id, err := s.directory.Resolve(ctx, EntryInvite, key)
	if err != nil {
		return Invite{}, fmt.Errorf("auth: looking up an invite: %w", err)
	}
	return s.store.Invite(ctx, tenant, id)
}

// apiTokenByKey returns the token whose secret has the key, expired or not, or ErrNotFound.
func (s *Service) apiTokenByKey(ctx context.Context, key string) (APIToken, error) {
	tenant, id, err := s.directory.Resolve(ctx, EntryAPIToken, key)
	if err != nil {
		return APIToken{}, fmt.Errorf("auth: looking up a token: %w", err)
	}
	return s.store.APIToken(ctx, tenant, id)
}

// tenantsOf returns the ids of the tenants that a user may enter, the home first.
func (s *Service) tenantsOf(ctx context.Context, home tenancy.ID, userID string) ([]tenancy.ID, error) {
	grants, err := s.directory.GrantsOf(ctx, userID)
	if err != nil {
		return nil, fmt.Errorf("auth: looking up a user's grants: %w", err)
	}
	ids := []tenancy.ID{home}
	for _, g := range grants {
		if !g.Expired(s.now()) {
			ids = append(ids, g.TenantID)
		}
	}
	return ids, nil
}

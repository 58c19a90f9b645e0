package auth

import (
	"context"
	"errors"
	"fmt"
)

var errBadRefresh = fmt.Errorf("%w: the refresh token is not valid, log in", ErrUnauthenticated)

// Refresh gives new tokens for a refresh token, which is good for this one call. Presented again it ends the session,
// because one of the two who have it stole it: ErrReused. A token that is unknown or expired, an inactive user
// and a grant that has ended give an error that wraps ErrUnauthenticated.
func (s *Service) Refresh(ctx context.Context, refreshToken string) (Tokens, error) {
	oldKey, ok := secretKey(refreshPrefix, refreshToken)
	if !ok {
		return Tokens{}, errBadRefresh
	}
	session, user, err := s.sessionByKey(ctx, oldKey)
	if errors.Is(err, ErrNotFound) {
		return Tokens{}, errBadRefresh
	}
	if err != nil {
		return Tokens{}, err
	}
	if err := s.checkLive(session, user); err != nil {
		return Tokens{}, err
	}
	role, err := s.roleIn(ctx, user, session.Tenant)
	if err != nil {
		return Tokens{}, err
	}
	refresh, newKey, err := s.newSecret(refreshPrefix)
	if err != nil {
		return Tokens{}, err
	}
	if err := s.rotate(ctx, user, session, oldKey, newKey); err != nil {
		return Tokens{}, err
	}
	return s.issue(user, session, role, refresh)
}

func (s *Service) rotate(ctx context.Context, user User, session Session, oldKey, newKey string) error {
	err := s.store.RotateSession(ctx, user.TenantID, session.ID, oldKey, newKey, session.ExpiresAt)
	switch {
	case errors.Is(err, ErrReused):
		s.record(ctx, user.TenantID, Principal{}, ActionTokenReused, session.ID, "session of "+user.Username+" ended")
		return fmt.Errorf("%w: the session has ended, log in", ErrReused)
	case errors.Is(err, ErrNotFound):
		return errSessionEnded
	}
	return err
}

// Logout ends the session that p comes from; its tokens are refused from now on. Other sessions of the user go on.
// There is nothing to end, and no error, where p comes from no session of ours.
func (s *Service) Logout(ctx context.Context, p Principal) error {
	if p.SessionID == "" {
		return nil
	}
	if err := s.store.EndSession(ctx, p.Home, p.SessionID); err != nil {
		return fmt.Errorf("auth: ending a session: %w", err)
	}
	s.record(ctx, p.Home, p, ActionLogout, p.SessionID, "")
	return nil
}

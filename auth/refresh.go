package auth

import (
	"context"
	"errors"
	"fmt"
	"time"
)

var errBadRefresh = fmt.Errorf("%w: the refresh token is not valid, log in", ErrUnauthenticated)

// sharedGrace is how long after its exchange a shared refresh token is taken again. It spans two tabs that wake up
// together and the reload of a page whose answer got lost. Whoever stole a token and has it within that time of its owner
// is not noticed at this exchange, but is at the next that the two do not make together.
const sharedGrace = 10 * time.Second

// Refresh gives new tokens for a refresh token, which is good for this one call. Presented again it ends the session,
// because one of the two who have it stole it: ErrReused. A token that is unknown or expired, an inactive user
// and a grant that has ended give an error that wraps ErrUnauthenticated.
func (s *Service) Refresh(ctx context.Context, refreshToken string) (Tokens, error) {
	return s.refresh(ctx, refreshToken, 0)
}

// RefreshShared is Refresh for a refresh token that the tabs of one browser share in a cookie. Where the session was begun
// by LoginShared, it may be presented again for ten seconds as long as the token that came of it was not itself exchanged,
// and gives that same token: tabs that refresh at once all end up with the one that is current.
func (s *Service) RefreshShared(ctx context.Context, refreshToken string) (Tokens, error) {
	return s.refresh(ctx, refreshToken, sharedGrace)
}

func (s *Service) refresh(ctx context.Context, refreshToken string, grace time.Duration) (Tokens, error) {
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
	if !session.Shared {
		grace = 0
	}
	next := s.tokens.nextRefresh(refreshToken)
	rotation := Rotation{Old: oldKey, New: hashSecret(next), At: s.now(), Grace: grace}
	if err := s.rotate(ctx, user, session, rotation); err != nil {
		return Tokens{}, err
	}
	return s.issue(user, session, role, next)
}

func (s *Service) rotate(ctx context.Context, user User, session Session, r Rotation) error {
	err := s.store.RotateSession(ctx, user.TenantID, session.ID, r)
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

// EndSession is Logout by a refresh token, for those whose access token has expired. A token that was exchanged already
// ends its session too. One that is not known is no error: it has no session to end.
func (s *Service) EndSession(ctx context.Context, refreshToken string) error {
	key, ok := secretKey(refreshPrefix, refreshToken)
	if !ok {
		return nil
	}
	session, user, err := s.sessionByKey(ctx, key)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	p := principalOf(user)
	p.SessionID = session.ID
	return s.Logout(ctx, p)
}

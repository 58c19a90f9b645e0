package auth

import (
	"cmp"
	"context"
	"errors"
	"fmt"
)

// errLogin is the one answer to an unknown name, a wrong password and an inactive user.
var errLogin = fmt.Errorf("%w: the user name or the password is wrong", ErrUnauthenticated)

// Login starts a session in the user's home tenant. An unknown name, a wrong password and an inactive user give the
// same error, which wraps ErrUnauthenticated, after the same work; too many failures, and too many logins at once, give
// a [ThrottleError], for names that do not exist too. They are counted by the address in the context's [Origin].
func (s *Service) Login(ctx context.Context, username, password string) (Tokens, error) {
	return s.login(ctx, username, password, false)
}

// LoginShared is Login for a browser that keeps the refresh token in a cookie, which its tabs share. The session and those
// that it switches to are the only ones for which [Service.RefreshShared] differs from Refresh.
func (s *Service) LoginShared(ctx context.Context, username, password string) (Tokens, error) {
	return s.login(ctx, username, password, true)
}

func (s *Service) login(ctx context.Context, username, password string, shared bool) (Tokens, error) {
	attempt, err := s.throttle.take(username, OriginFrom(ctx).Address)
	if err != nil {
		return Tokens{}, err
	}
	user, err := s.checkCredentials(ctx, username, password)
	if errors.Is(err, ErrUnauthenticated) {
		return Tokens{}, s.refuseLogin(ctx, username)
	}
	if err != nil {
		attempt.forgive()
		return Tokens{}, err
	}
	attempt.succeeded()
	tokens, sessionID, err := s.startSession(ctx, user, Session{Tenant: user.TenantID, Shared: shared}, user.Role)
	if err != nil {
		return Tokens{}, err
	}
	s.record(ctx, user.TenantID, principalOf(user), ActionLogin, sessionID, "")
	return tokens, nil
}

// checkCredentials returns the active user that the name and the password belong to, or an error that wraps
// ErrUnauthenticated.
func (s *Service) checkCredentials(ctx context.Context, username, password string) (User, error) {
	if s.cfg.Credentials != nil {
		return s.checkElsewhere(ctx, username, password)
	}
	user, err := s.userByName(ctx, username)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return User{}, err
	}
	matches, err := s.passwords.matches(ctx, user.PasswordHash, password)
	if err != nil {
		return User{}, err
	}
	if !matches || !user.Active {
		return User{}, errLogin
	}
	return s.rehash(ctx, user, password), nil
}

func (s *Service) checkElsewhere(ctx context.Context, username, password string) (User, error) {
	home, id, err := s.cfg.Credentials.Check(ctx, username, password)
	if err != nil {
		return User{}, fmt.Errorf("auth: checking credentials: %w", err)
	}
	user, err := s.store.User(ctx, home, id)
	if errors.Is(err, ErrNotFound) || err == nil && !user.Active {
		return User{}, errLogin
	}
	return user, err
}

// rehash replaces a hash of a lower cost, now that the password is at hand. A login does not fail for it.
func (s *Service) rehash(ctx context.Context, user User, password string) User {
	if !s.passwords.outdated(user.PasswordHash) {
		return user
	}
	updated, err := s.replaceHash(ctx, user, password)
	if err != nil {
		s.cfg.Logger.ErrorContext(ctx, "auth: a password hash of a low cost was not replaced", "user_id", user.ID, "error", err)
		return user
	}
	return updated
}

// replaceHash returns the user as it is now if the password is still its own, else as it was.
func (s *Service) replaceHash(ctx context.Context, user User, password string) (User, error) {
	hash, err := s.passwords.hash(ctx, password)
	if err != nil {
		return User{}, err
	}
	change := UserChange{PasswordHash: &hash, RehashOf: user.PasswordHash}
	now, err := s.store.UpdateUser(ctx, user.TenantID, user.ID, change)
	if err != nil || now.PasswordHash == hash {
		return now, err
	}
	// Hashing takes long enough for the hash to be replaced meanwhile: by another login, or by that of a new password.
	matches, err := s.passwords.matches(ctx, now.PasswordHash, password)
	if err != nil || !matches {
		return user, err
	}
	return now, nil
}

// refuseLogin records a failed login in the home tenant of the user it was about, if there is one.
func (s *Service) refuseLogin(ctx context.Context, username string) error {
	ctx, cancel := lasting(ctx)
	defer cancel()
	user, err := s.userByName(ctx, username)
	switch {
	case err == nil:
		s.record(ctx, user.TenantID, Principal{}, ActionLoginRefused, user.Username, "")
	case !errors.Is(err, ErrNotFound):
		s.cfg.Logger.ErrorContext(ctx, "auth: a refused login was not recorded", "error", err)
	}
	return errLogin
}

// startSession keeps a new session of the user, in which it has the role, and returns its tokens and its id. session says
// in which tenant it acts, whether it is shared and, where it is not a login, what family it belongs to and when it expires.
func (s *Service) startSession(ctx context.Context, user User, session Session, role Role) (Tokens, string, error) {
	id, err := s.newID()
	if err != nil {
		return Tokens{}, "", err
	}
	refresh, key, err := s.newSecret(refreshPrefix)
	if err != nil {
		return Tokens{}, "", err
	}
	session.ID, session.UserID, session.CreatedAt = id, user.ID, s.now()
	session.Family = cmp.Or(session.Family, id)
	if session.ExpiresAt.IsZero() {
		session.ExpiresAt = session.CreatedAt.Add(s.cfg.SessionLifetime)
	}
	if err := s.store.CreateSession(ctx, user.TenantID, session, key); err != nil {
		return Tokens{}, "", fmt.Errorf("auth: starting a session: %w", err)
	}
	if err := s.checkUnchanged(ctx, user, session); err != nil {
		return Tokens{}, "", err
	}
	tokens, err := s.issue(user, session, role, refresh)
	return tokens, id, err
}

// checkUnchanged ends a new session again when the user was deactivated or given another password after it was read:
// that ended all sessions there were, and would have missed this one.
func (s *Service) checkUnchanged(ctx context.Context, user User, session Session) error {
	_, now, err := s.store.Session(ctx, user.TenantID, session.ID)
	if err == nil && now.Active && now.PasswordHash == user.PasswordHash {
		return nil
	}
	if err == nil {
		err = s.store.EndSession(ctx, user.TenantID, session.ID)
	}
	if err != nil && !errors.Is(err, ErrNotFound) {
		return fmt.Errorf("auth: starting a session: %w", err)
	}
	return errSessionEnded
}

// principalOf returns the user acting at home.
func principalOf(u User) Principal {
	return Principal{UserID: u.ID, Username: u.Username, Home: u.TenantID, Tenant: u.TenantID, Role: u.Role}
}

package auth

import (
	"context"
	"fmt"
	"strings"
)

// UserUpdate says what an admin changes of a user; nil fields stay as they are.
type UserUpdate struct {
	Role   *Role
	Active *bool
}

func (u UserUpdate) detail() string {
	var parts []string
	if u.Role != nil {
		parts = append(parts, "role "+string(*u.Role))
	}
	if u.Active != nil && *u.Active {
		parts = append(parts, "activated")
	}
	if u.Active != nil && !*u.Active {
		parts = append(parts, "deactivated")
	}
	return strings.Join(parts, ", ")
}

// withoutHash is a user as callers get it: nobody outside needs the hash of a password.
func withoutHash(u User) User {
	u.PasswordHash = ""
	return u
}

func checkRole(r Role) error {
	if !r.Valid() {
		return invalid("role", "is neither %s nor %s", RoleUser, RoleAdmin)
	}
	return nil
}

// Me returns p's own user, as it is at home, without the password's hash. ErrNotFound when it is none of the Store's.
func (s *Service) Me(ctx context.Context, p Principal) (User, error) {
	u, err := s.store.User(ctx, p.Home, p.UserID)
	return withoutHash(u), err
}

// ChangePassword gives p's own user a new password and ends all its sessions but the one that p comes from. A wrong
// current password and a new one that breaks the rules are a [ValidationError]; wrong ones are counted together with
// failed logins, and too many give a [ThrottleError]. ErrForbidden where passwords are not in the Store.
func (s *Service) ChangePassword(ctx context.Context, p Principal, current, new string) error {
	if s.cfg.Credentials != nil {
		return fmt.Errorf("%w: passwords are not kept here, change it where you log in", ErrForbidden)
	}
	if err := checkPassword("new_password", p.Username, new); err != nil {
		return err
	}
	user, err := s.store.User(ctx, p.Home, p.UserID)
	if err != nil {
		return err
	}
	if err := s.checkCurrent(ctx, p, user, current); err != nil {
		return err
	}
	hash, err := s.passwords.hash(ctx, new)
	if err != nil {
		return err
	}
	change := UserChange{PasswordHash: &hash, KeepSession: p.SessionID}
	if _, err := s.store.UpdateUser(ctx, p.Home, p.UserID, change); err != nil {
		return fmt.Errorf("auth: changing a password: %w", err)
	}
	s.record(ctx, p.Home, p, ActionPasswordChanged, p.UserID, "")
	return nil
}

func (s *Service) checkCurrent(ctx context.Context, p Principal, user User, password string) error {
	attempt, err := s.throttle.take(user.Username, OriginFrom(ctx).Address)
	if err != nil {
		return err
	}
	matches, err := s.passwords.matches(ctx, user.PasswordHash, password)
	if err != nil || matches {
		attempt.forgive()
		return err
	}
	s.record(ctx, p.Home, p, ActionAccessRefused, p.UserID, "password change: the current password is wrong")
	return invalid("current_password", "is wrong")
}

// Users returns at most limit (1 to MaxPage) users of the tenant that p acts in, in the order of their ids, beginning
// after the id after ("" for the first), without the hashes of their passwords. Needs ManageUsers.
func (s *Service) Users(ctx context.Context, p Principal, after string, limit int) ([]User, error) {
	if err := s.Require(ctx, p, ManageUsers); err != nil {
		return nil, err
	}
	if err := checkPage(after, limit); err != nil {
		return nil, err
	}
	users, err := s.store.Users(ctx, p.Tenant, after, limit)
	for i := range users {
		users[i] = withoutHash(users[i])
	}
	return users, err
}

// User returns one user of the tenant that p acts in, without the password's hash, or ErrNotFound. Needs ManageUsers.
func (s *Service) User(ctx context.Context, p Principal, id string) (User, error) {
	if err := s.Require(ctx, p, ManageUsers); err != nil {
		return User{}, err
	}
	if err := checkID(id); err != nil {
		return User{}, err
	}
	u, err := s.store.User(ctx, p.Tenant, id)
	return withoutHash(u), err
}

// UpdateUser changes the role of a user of the tenant that p acts in, or deactivates it, which ends its sessions, or
// activates it again. Needs ManageUsers. ErrForbidden for oneself, ErrLastAdmin for the last active admin, ErrNotFound
// when there is no such user, a [ValidationError] for a wrong role.
func (s *Service) UpdateUser(ctx context.Context, p Principal, id string, update UserUpdate) (User, error) {
	if err := s.Require(ctx, p, ManageUsers); err != nil {
		return User{}, err
	}
	if err := checkID(id); err != nil {
		return User{}, err
	}
	if id == p.UserID {
		return User{}, s.refuse(ctx, p, "nobody changes their own role or state, ask another admin")
	}
	if update.Role != nil {
		if err := checkRole(*update.Role); err != nil {
			return User{}, err
		}
	}
	u, err := s.store.UpdateUser(ctx, p.Tenant, id, UserChange{Role: update.Role, Active: update.Active})
	if err != nil {
		return User{}, err
	}
	s.Record(ctx, p, ActionUserChanged, id, update.detail())
	return withoutHash(u), nil
}

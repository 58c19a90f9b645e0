package auth

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	"github.com/velocicompanion/velocicompanion/tenancy"
)

// MaxUsernameCharacters is the length of the longest user name.
const MaxUsernameCharacters = 64

// Policy says who may register. The values are what a setting holds.
type Policy string

// The policies there are.
const (
	// PolicyInvite lets in whoever has an invite.
	PolicyInvite Policy = "invite"
	// PolicyOpen lets in everybody: with an invite as that says, else as a user of one tenant.
	PolicyOpen Policy = "open"
	// PolicyClosed lets in nobody, not even with an invite.
	PolicyClosed Policy = "closed"
)

func (p Policy) valid() bool { return p == PolicyInvite || p == PolicyOpen || p == PolicyClosed }

// Registration is what a person gives to register. It holds neither a role nor a tenant: those come from the invite
// or from the [Config].
type Registration struct {
	Username string
	Password string
	// Invite is the secret of an invite, or empty.
	Invite string
}

var usernamePattern = regexp.MustCompile(`^[A-Za-z0-9._@+-]{1,64}$`)

func checkUsername(name string) error {
	if !usernamePattern.MatchString(name) {
		return invalid("username", "is not 1 to %d of the characters A-Z a-z 0-9 . _ @ + -", MaxUsernameCharacters)
	}
	return nil
}

// Register makes a user, without the password's hash in what is returned. Errors are a [ValidationError], also for an
// invite that is unknown, used or expired, which is told before anything about the name; ErrExists when the name is
// taken; ErrForbidden when the policy does not let the person in; a [ThrottleError] after too many from the address in
// the context's [Origin]. What counts are bad invites, taken names, and every registration without an invite.
func (s *Service) Register(ctx context.Context, r Registration) (User, error) {
	if err := s.checkPolicy(r); err != nil {
		return User{}, err
	}
	attempt, err := s.throttle.takeRegistration(OriginFrom(ctx).Address)
	if err != nil {
		return User{}, err
	}
	user, invite, err := s.newcomer(ctx, r)
	if err != nil {
		if !errors.Is(err, errBadInvite) {
			attempt.forgive()
		}
		return User{}, err
	}
	// From here on a hash was computed: hanging up does not make that free.
	if err := s.keepUser(ctx, user, invite); err != nil {
		return User{}, err
	}
	how := "open registration"
	if invite != "" {
		how = "invite " + invite
		attempt.forgive()
	}
	s.record(ctx, user.TenantID, principalOf(user), ActionUserRegistered, user.ID, how)
	return withoutHash(user), nil
}

func (s *Service) checkPolicy(r Registration) error {
	switch {
	case s.cfg.Registration == PolicyClosed:
		return fmt.Errorf("%w: registration is closed", ErrForbidden)
	case s.cfg.Registration == PolicyInvite && r.Invite == "":
		return fmt.Errorf("%w: registration needs an invite, ask an admin for one", ErrForbidden)
	}
	return nil
}

// newcomer returns the user that the person would become, and the id of the invite, if any. It does not look whether
// the name is taken.
func (s *Service) newcomer(ctx context.Context, r Registration) (user User, inviteID string, err error) {
	user, inviteID, err = s.admit(ctx, r.Invite)
	if err == nil {
		err = checkUsername(r.Username)
	}
	if err == nil {
		err = checkPassword("password", r.Username, r.Password)
	}
	if err != nil {
		return User{}, "", err
	}
	user, err = s.fillUser(ctx, user, r.Username, r.Password)
	return user, inviteID, err
}

// admit returns a user with the tenant and the role that the person is let in with, and the id of the invite, if any.
func (s *Service) admit(ctx context.Context, inviteSecret string) (user User, inviteID string, err error) {
	if inviteSecret == "" {
		return User{TenantID: s.cfg.RegistrationTenant, Role: RoleUser}, "", nil
	}
	inv, err := s.openInvite(ctx, inviteSecret)
	return User{TenantID: inv.TenantID, Role: inv.Role}, inv.ID, err
}

// fillUser gives the user everything else that a new one has.
func (s *Service) fillUser(ctx context.Context, user User, username, password string) (User, error) {
	hash, err := s.passwords.hash(ctx, password)
	if err != nil {
		return User{}, err
	}
	id, err := s.newID()
	if err != nil {
		return User{}, err
	}
	user.ID, user.Username, user.PasswordHash = id, username, hash
	user.Active, user.CreatedAt = true, s.now()
	return user, nil
}

func (s *Service) keepUser(ctx context.Context, user User, invite string) (err error) {
	if invite == "" {
		err = s.store.CreateUser(ctx, user.TenantID, user)
	} else {
		err = s.store.RedeemInvite(ctx, user.TenantID, invite, s.now(), user)
	}
	switch {
	case errors.Is(err, ErrExists):
		return fmt.Errorf("%w: the user name is taken", ErrExists)
	case errors.Is(err, ErrNotFound):
		return errBadInvite
	}
	return err
}

// EnsureAdmin makes the first tenant and its admin when there is no user of that name, and says whether it did;
// otherwise it returns the user there is, whatever its password and tenant. Replicas that start at once make one
// admin. ErrExists when the user there is is no active admin; a [ValidationError] for a name or a password that breaks the
// rules.
//
// A service that opens registration needs the tenant before it can make its Service: it calls EnsureAdmin on one made
// with PolicyClosed first.
func (s *Service) EnsureAdmin(ctx context.Context, tenantName, username, password string) (u User, created bool, err error) {
	u, err = s.adminByName(ctx, username)
	if !errors.Is(err, ErrNotFound) {
		return u, false, err
	}
	err = errors.Join(checkTenantText(tenantName, ""), checkUsername(username), checkPassword("password", username, password))
	if err != nil {
		return User{}, false, err
	}
	tenant := tenancy.Tenant{ID: tenancy.New(), Name: tenantName, CreatedAt: s.now()}
	u, err = s.fillUser(ctx, User{TenantID: tenant.ID, Role: RoleAdmin}, username, password)
	if err != nil {
		return User{}, false, err
	}
	if err := s.tenants.CreateTenant(ctx, tenant); err != nil {
		return User{}, false, fmt.Errorf("auth: making the first tenant: %w", err)
	}
	if err := s.store.CreateUser(ctx, tenant.ID, u); err != nil {
		s.undoTenant(ctx, tenant.ID)
		if errors.Is(err, ErrExists) { // another replica was first
			u, err = s.adminByName(ctx, username)
		}
		return u, false, err
	}
	s.record(ctx, tenant.ID, principalOf(u), ActionUserRegistered, u.ID, "first admin")
	return withoutHash(u), true, nil
}

func (s *Service) adminByName(ctx context.Context, username string) (User, error) {
	u, err := s.userByName(ctx, username)
	if err == nil && (!u.Active || u.Role != RoleAdmin) {
		return User{}, fmt.Errorf("%w: the user %q is there and is no active admin", ErrExists, username)
	}
	return withoutHash(u), err
}

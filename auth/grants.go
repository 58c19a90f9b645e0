package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/velocicompanion/velocicompanion/tenancy"
)

// Grants returns the grants into the tenant, expired ones too, in the order of user ids. p has to act in the tenant and
// needs ManageGrants there; a tenant that p may not enter is tenancy.ErrNotFound.
func (s *Service) Grants(ctx context.Context, p Principal, tenant tenancy.ID) ([]Grant, error) {
	if err := s.mayGrant(ctx, p, tenant); err != nil {
		return nil, err
	}
	return s.store.Grants(ctx, tenant)
}

// Grant lets a user of another tenant enter this one with a role, until expiresAt or, when that is zero, until revoked;
// an earlier grant is replaced, and what was made under it goes on where it had not ended and gave the same role. p has to act in the tenant and needs ManageGrants there; a tenant that p may not enter
// is tenancy.ErrNotFound. ErrNotFound when there is no such user, ErrExists when the tenant is its home, ErrForbidden
// for oneself, a [ValidationError] for a wrong role or a time that has passed.
func (s *Service) Grant(
	ctx context.Context, p Principal, tenant tenancy.ID, userID string, role Role, expiresAt time.Time,
) (Grant, error) {
	if err := s.mayGrant(ctx, p, tenant); err != nil {
		return Grant{}, err
	}
	if err := checkRole(role); err != nil {
		return Grant{}, err
	}
	if !expiresAt.IsZero() && !expiresAt.After(s.now()) {
		return Grant{}, invalid("expires_at", "has passed")
	}
	user, err := s.grantee(ctx, p, tenant, userID)
	if err != nil {
		return Grant{}, err
	}
	g := Grant{
		TenantID: tenant, UserID: user.ID, Username: user.Username, Home: user.TenantID, Role: role,
		GrantedBy: p.UserID, CreatedAt: s.now(), ExpiresAt: expiresAt.UTC().Truncate(time.Microsecond),
	}
	if err := s.store.PutGrant(ctx, tenant, g); err != nil {
		return Grant{}, fmt.Errorf("auth: granting: %w", err)
	}
	if g, err = s.store.Grant(ctx, tenant, user.ID); err != nil {
		return Grant{}, fmt.Errorf("auth: granting: %w", err)
	}
	detail := "role " + string(role)
	if !expiresAt.IsZero() {
		detail += " until " + g.ExpiresAt.Format(time.RFC3339)
	}
	s.Record(ctx, p, ActionGrantCreated, user.ID, detail)
	return g, nil
}

// grantee returns a user that may be given a grant into the tenant.
func (s *Service) grantee(ctx context.Context, p Principal, tenant tenancy.ID, userID string) (User, error) {
	if userID == p.UserID {
		return User{}, s.refuse(ctx, p, "nobody changes their own grant, ask another admin")
	}
	user, err := s.userByID(ctx, userID)
	if err != nil {
		return User{}, err
	}
	if user.TenantID == tenant {
		return User{}, fmt.Errorf("%w: the user is at home in this tenant", ErrExists)
	}
	return user, nil
}

// Revoke takes a grant back, which holds on the user's next request. p has to act in the tenant and needs ManageGrants
// there; a tenant that p may not enter is tenancy.ErrNotFound, a grant that is not there ErrNotFound. One's own may
// be taken back too, but a tenant is left with nobody to manage it if that was its only admin.
func (s *Service) Revoke(ctx context.Context, p Principal, tenant tenancy.ID, userID string) error {
	if err := s.mayGrant(ctx, p, tenant); err != nil {
		return err
	}
	if err := checkID(userID); err != nil {
		return err
	}
	if err := s.store.DeleteGrant(ctx, tenant, userID); err != nil {
		return err
	}
	s.Record(ctx, p, ActionGrantRevoked, userID, "")
	return nil
}

func (s *Service) mayGrant(ctx context.Context, p Principal, tenant tenancy.ID) error {
	if err := s.mustActIn(ctx, p, tenant); err != nil {
		return err
	}
	return s.Require(ctx, p, ManageGrants)
}

// grantedRole returns the role that a grant into the tenant gives the user, or tenancy.ErrNotFound when there is none
// or it has expired.
func (s *Service) grantedRole(ctx context.Context, tenant tenancy.ID, userID string) (Role, error) {
	g, err := s.store.Grant(ctx, tenant, userID)
	if errors.Is(err, ErrNotFound) || err == nil && g.Expired(s.now()) {
		return "", tenancy.ErrNotFound
	}
	if err != nil {
		return "", fmt.Errorf("auth: looking up a grant: %w", err)
	}
	return g.Role, nil
}

// grantedAt returns the CreatedAt of the grant that p acts under, or the zero time when p acts at home. ErrForbidden when
// the grant is gone.
func (s *Service) grantedAt(ctx context.Context, p Principal) (time.Time, error) {
	if p.Tenant == p.Home {
		return time.Time{}, nil
	}
	g, err := s.store.Grant(ctx, p.Tenant, p.UserID)
	if errors.Is(err, ErrNotFound) {
		return time.Time{}, fmt.Errorf("%w: the grant into this tenant has ended", ErrForbidden)
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("auth: looking up a grant: %w", err)
	}
	return g.CreatedAt, nil
}

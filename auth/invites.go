package auth

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"
)

// errBadInvite is the one answer to an invite that is unknown, used, expired or revoked, or whose maker may not invite any
// more.
var errBadInvite = invalid("invite", "is not valid (any more), ask an admin for another one")

// CreateInvite makes an invite into the tenant that p acts in, good for one registration with the role. lifetime is at
// most MaxInviteLifetime; 0 is the Config's InviteLifetime. The secret is shown this once. Needs ManageInvites; a
// [ValidationError] for a wrong role or lifetime; ErrForbidden where registration is closed.
func (s *Service) CreateInvite(
	ctx context.Context, p Principal, role Role, lifetime time.Duration,
) (inv Invite, secret string, err error) {
	if err := s.Require(ctx, p, ManageInvites); err != nil {
		return Invite{}, "", err
	}
	if err := s.checkInvite(role, lifetime); err != nil {
		return Invite{}, "", err
	}
	if lifetime == 0 {
		lifetime = s.cfg.InviteLifetime
	}
	grantedAt, err := s.grantedAt(ctx, p)
	if err != nil {
		return Invite{}, "", err
	}
	id, err := s.newID()
	if err != nil {
		return Invite{}, "", err
	}
	secret, key, err := s.newSecret(invitePrefix)
	if err != nil {
		return Invite{}, "", err
	}
	inv = Invite{
		ID: id, TenantID: p.Tenant, Role: role, CreatedBy: p.UserID, GrantedAt: grantedAt,
		CreatedAt: s.now(), ExpiresAt: s.now().Add(lifetime),
	}
	if err := s.store.CreateInvite(ctx, p.Tenant, inv, key); err != nil {
		return Invite{}, "", fmt.Errorf("auth: making an invite: %w", err)
	}
	s.Record(ctx, p, ActionInviteCreated, inv.ID, "role "+string(role))
	return inv, secret, nil
}

func (s *Service) checkInvite(role Role, lifetime time.Duration) error {
	switch {
	case s.cfg.Registration == PolicyClosed:
		return fmt.Errorf("%w: registration is closed, nobody could use the invite", ErrForbidden)
	case lifetime < 0 || lifetime > MaxInviteLifetime:
		return invalid("lifetime", "is not between 0 and %v", MaxInviteLifetime)
	}
	return checkRole(role)
}

// ListedInvite is an invite that was neither used nor revoked nor has expired.
type ListedInvite struct {
	Invite
	// Maker is who made it, or nil for a user of a host service's own login.
	Maker *User
	// Usable is false while Maker may not invite: nobody can register with it then.
	Usable bool
}

// Invites returns the invites into the tenant that p acts in that were neither used nor revoked nor have expired, in the
// order in which they were made. Needs ManageInvites.
func (s *Service) Invites(ctx context.Context, p Principal) ([]ListedInvite, error) {
	if err := s.Require(ctx, p, ManageInvites); err != nil {
		return nil, err
	}
	open, err := s.store.Invites(ctx, p.Tenant, s.now())
	if err != nil {
		return nil, fmt.Errorf("auth: listing invites: %w", err)
	}
	invites := make([]ListedInvite, len(open))
	for i, inv := range open {
		invites[i].Invite = inv
		if invites[i].Maker, invites[i].Usable, err = s.stands(ctx, inv); err != nil {
			return nil, err
		}
	}
	return invites, nil
}

// RevokeInvite ends an invite into the tenant that p acts in. ErrNotFound when there is none or it was used: what can be
// taken back then is the user. Needs ManageInvites.
func (s *Service) RevokeInvite(ctx context.Context, p Principal, id string) error {
	if err := s.Require(ctx, p, ManageInvites); err != nil {
		return err
	}
	if err := checkID(id); err != nil {
		return err
	}
	if err := s.store.DeleteInvite(ctx, p.Tenant, id); err != nil {
		return fmt.Errorf("auth: revoking an invite: %w", err)
	}
	s.Record(ctx, p, ActionInviteRevoked, id, "")
	return nil
}

// stands reports whether who made an invite may still invite, which needs an active user also where that has a grant, and
// who it is: nil for a user of a host service's own login.
func (s *Service) stands(ctx context.Context, inv Invite) (maker *User, stands bool, err error) {
	maker, err = s.maker(ctx, inv.CreatedBy)
	if err != nil || maker != nil && !maker.Active {
		return maker, false, err
	}
	var grant Grant
	if !inv.GrantedAt.IsZero() {
		grant, err = s.store.Grant(ctx, inv.TenantID, inv.CreatedBy)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return nil, false, fmt.Errorf("auth: looking up a grant: %w", err)
		}
		return maker, inv.Stands(User{}, grant, s.now()), nil
	}
	if maker == nil {
		return nil, inv.Stands(User{}, grant, s.now()), nil
	}
	return maker, inv.Stands(*maker, grant, s.now()), nil
}

// maker returns a user of any tenant, without the password's hash, or nil when there is none with the id.
func (s *Service) maker(ctx context.Context, id string) (*User, error) {
	u, err := s.userByID(ctx, id)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	u = withoutHash(u)
	return &u, nil
}

// openInvite returns the invite that a secret belongs to while it can be used. It saves a hash that would be in vain;
// what decides is RedeemInvite of the store.
func (s *Service) openInvite(ctx context.Context, secret string) (Invite, error) {
	key, ok := secretKey(invitePrefix, secret)
	if !ok {
		return Invite{}, errBadInvite
	}
	inv, err := s.inviteByKey(ctx, key)
	if errors.Is(err, ErrNotFound) || err == nil && (inv.UsedBy != "" || !s.now().Before(inv.ExpiresAt)) {
		return Invite{}, errBadInvite
	}
	if err != nil {
		return Invite{}, err
	}
	if _, stands, err := s.stands(ctx, inv); err != nil || !stands {
		return Invite{}, cmp.Or(err, errBadInvite)
	}
	return inv, nil
}

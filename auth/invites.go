package auth

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// errBadInvite is the one answer to an invite that is unknown, used or expired.
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
	id, err := s.newID()
	if err != nil {
		return Invite{}, "", err
	}
	secret, key, err := s.newSecret(invitePrefix)
	if err != nil {
		return Invite{}, "", err
	}
	inv = Invite{
		ID: id, TenantID: p.Tenant, Role: role, CreatedBy: p.UserID,
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
	return inv, err
}

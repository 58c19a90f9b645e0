package auth

import (
	"context"
	"fmt"
)

// Require returns an error that wraps ErrForbidden, and records the refusal, unless p may do perm in the tenant that it
// acts in. Services beside this one call it first.
func (s *Service) Require(ctx context.Context, p Principal, perm Permission) error {
	if p.Allows(perm) {
		return nil
	}
	return s.refuse(ctx, p, fmt.Sprintf("the role %q does not allow %s here", p.Role, perm))
}

func (s *Service) refuse(ctx context.Context, p Principal, reason string) error {
	s.Record(ctx, p, ActionAccessRefused, "", reason)
	return fmt.Errorf("%w: %s", ErrForbidden, reason)
}

package auth

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/velocicompanion/velocicompanion/tenancy"
)

// Limits on the texts of a tenant, in characters.
const (
	MaxTenantNameCharacters        = 200
	MaxTenantDescriptionCharacters = 2000
)

func checkTenantText(name, description string) error {
	switch {
	case strings.TrimSpace(name) == "" || utf8.RuneCountInString(name) > MaxTenantNameCharacters:
		return invalid("name", "is empty or longer than %d characters", MaxTenantNameCharacters)
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl):
		return invalid("name", "holds control characters or is not UTF-8")
	case utf8.RuneCountInString(description) > MaxTenantDescriptionCharacters:
		return invalid("description", "is longer than %d characters", MaxTenantDescriptionCharacters)
	case !utf8.ValidString(description) || strings.ContainsRune(description, 0):
		return invalid("description", "holds NUL or is not UTF-8")
	}
	return nil
}

// Tenants returns the tenants that p may enter, its home and those it has a grant into, sorted by name.
func (s *Service) Tenants(ctx context.Context, p Principal) ([]tenancy.Tenant, error) {
	ids, err := s.tenantsOf(ctx, p.Home, p.UserID)
	if err != nil {
		return nil, err
	}
	return s.tenants.Tenants(ctx, ids)
}

// Tenant returns a tenant that p may enter. Any other is tenancy.ErrNotFound, whether it exists or not.
func (s *Service) Tenant(ctx context.Context, p Principal, id tenancy.ID) (tenancy.Tenant, error) {
	if err := s.mayEnter(ctx, p, id); err != nil {
		return tenancy.Tenant{}, err
	}
	return s.tenants.Tenant(ctx, id)
}

// mayEnter returns tenancy.ErrNotFound unless p may enter the tenant.
func (s *Service) mayEnter(ctx context.Context, p Principal, id tenancy.ID) error {
	if id == p.Home || id == p.Tenant {
		return id.Check()
	}
	_, err := s.grantedRole(ctx, id, p.UserID)
	return err
}

// RequireIn is Require for a tenant that p need not act in, as long as it may enter it: any other is tenancy.ErrNotFound,
// whether it exists or not. What counts is the role there. That p used a grant is recorded in the tenant, with what it
// did.
func (s *Service) RequireIn(ctx context.Context, p Principal, id tenancy.ID, perm Permission, what string) error {
	if id == p.Tenant {
		return s.Require(ctx, p, perm)
	}
	if err := id.Check(); err != nil {
		return err
	}
	role, err := s.roleElsewhere(ctx, p, id)
	if err != nil {
		return err
	}
	if !role.Allows(perm) {
		return s.refuse(ctx, p, fmt.Sprintf("the role %q does not allow %s in another of the tenants", role, perm))
	}
	s.record(ctx, id, p, ActionTenantQueried, "", what)
	return nil
}

// roleElsewhere returns p's role in a tenant that it does not act in, or tenancy.ErrNotFound.
func (s *Service) roleElsewhere(ctx context.Context, p Principal, id tenancy.ID) (Role, error) {
	if id != p.Home {
		return s.grantedRole(ctx, id, p.UserID)
	}
	u, err := s.store.User(ctx, id, p.UserID)
	switch {
	case errors.Is(err, ErrNotFound) || err == nil && !u.Active:
		return "", tenancy.ErrNotFound
	case err != nil:
		return "", fmt.Errorf("auth: looking up a role: %w", err)
	}
	return u.Role, nil
}

// mustActIn returns tenancy.ErrNotFound for a tenant that p may not enter, and an error that wraps ErrForbidden for one
// that p could enter but does not act in.
func (s *Service) mustActIn(ctx context.Context, p Principal, id tenancy.ID) error {
	if err := s.mayEnter(ctx, p, id); err != nil {
		return err
	}
	if id != p.Tenant {
		return s.refuse(ctx, p, "this needs a session in that tenant, switch to it first")
	}
	return nil
}

// Switch starts a session of the same user that acts in another tenant, and records it there. The session that p comes
// from goes on; the two end together, at the latest when that one would have. A tenant that p may not enter is
// tenancy.ErrNotFound, whether it exists or not, and the attempt is recorded where p acts; ErrForbidden where p comes from
// no session of ours.
func (s *Service) Switch(ctx context.Context, p Principal, id tenancy.ID) (Tokens, error) {
	if p.SessionID == "" {
		return Tokens{}, s.refuse(ctx, p, "only a login can switch to another tenant")
	}
	from, user, err := s.liveSession(ctx, p.Home, p.SessionID)
	if err != nil {
		return Tokens{}, err
	}
	role := user.Role
	if id != p.Home {
		role, err = s.grantedRole(ctx, id, user.ID)
		if errors.Is(err, tenancy.ErrNotFound) {
			s.Record(ctx, p, ActionAccessRefused, id.String(), "switch: no grant into such a tenant")
		}
		if err != nil {
			return Tokens{}, err
		}
	}
	tokens, sessionID, err := s.startSession(ctx, user, Session{Family: from.Family, Tenant: id, Shared: from.Shared, ExpiresAt: from.ExpiresAt}, role)
	if err != nil {
		return Tokens{}, err
	}
	if _, _, err := s.liveSession(ctx, p.Home, p.SessionID); err != nil {
		// It ended meanwhile, and its family with it but for what was just made.
		return Tokens{}, errors.Join(err, s.store.EndSession(ctx, p.Home, sessionID))
	}
	s.record(ctx, id, p, ActionTenantEntered, sessionID, "role "+string(role))
	return tokens, nil
}

// CreateTenant makes a tenant and gives p an admin grant into it. Needs CreateTenants, which nobody has outside the own
// tenant. A [ValidationError] for a wrong name or description.
//
// The admins of every tenant hold CreateTenants, and the number of tenants has no bound. A service that wants only some
// of them to add tenants answers POST /api/tenants in front of the handler that it mounts: every POST whose URL.Path,
// less the prefix and a trailing slash, is /api/tenants. A pattern of http.ServeMux would miss /api/tenants%2F, which
// the handler takes too.
func (s *Service) CreateTenant(ctx context.Context, p Principal, name, description string) (tenancy.Tenant, error) {
	if err := s.Require(ctx, p, CreateTenants); err != nil {
		return tenancy.Tenant{}, err
	}
	if err := checkTenantText(name, description); err != nil {
		return tenancy.Tenant{}, err
	}
	t := tenancy.Tenant{ID: tenancy.New(), Name: name, Description: description, CreatedAt: s.now()}
	if err := s.tenants.CreateTenant(ctx, t); err != nil {
		return tenancy.Tenant{}, fmt.Errorf("auth: making a tenant: %w", err)
	}
	g := Grant{
		TenantID: t.ID, UserID: p.UserID, Username: p.Username, Home: p.Home, Role: RoleAdmin,
		GrantedBy: p.UserID, CreatedAt: s.now(),
	}
	if err := s.store.PutGrant(ctx, t.ID, g); err != nil {
		s.undoTenant(ctx, t.ID)
		return tenancy.Tenant{}, fmt.Errorf("auth: making a tenant: %w", err)
	}
	s.Record(ctx, p, ActionTenantCreated, t.ID.String(), name)
	s.record(ctx, t.ID, p, ActionGrantCreated, p.UserID, "role admin, to the tenant's creator")
	return t, nil
}

// undoTenant removes a tenant that was just made and that nobody could enter.
func (s *Service) undoTenant(ctx context.Context, id tenancy.ID) {
	ctx, cancel := lasting(ctx)
	defer cancel()
	if err := s.tenants.DeleteTenant(ctx, id); err != nil && !errors.Is(err, tenancy.ErrNotFound) {
		s.cfg.Logger.ErrorContext(ctx, "auth: an empty tenant was left behind", "tenant_id", id.String(), "error", err)
	}
}

// DeleteTenant removes the tenant that p acts in, with everything that the stores keep of it, users included. Needs
// DeleteTenants. ErrForbidden for p's own tenant. What was recorded in the tenant is gone with it; that it was
// deleted is recorded in p's own.
func (s *Service) DeleteTenant(ctx context.Context, p Principal, id tenancy.ID) error {
	if err := s.mustActIn(ctx, p, id); err != nil {
		return err
	}
	if err := s.Require(ctx, p, DeleteTenants); err != nil {
		return err
	}
	if id == p.Home {
		return s.refuse(ctx, p, "nobody deletes their own tenant")
	}
	t, err := s.tenants.Tenant(ctx, id)
	if err != nil {
		return err
	}
	if err := s.tenants.DeleteTenant(ctx, id); err != nil {
		return err
	}
	s.record(ctx, p.Home, p, ActionTenantDeleted, id.String(), t.Name)
	return nil
}

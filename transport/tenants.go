package transport

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

type tenant struct {
	ID          string    `json:"id" format:"uuid"`
	Name        string    `json:"name"`
	Description string    `json:"description"`
	CreatedAt   time.Time `json:"created_at"`
}

func viewTenant(t tenancy.Tenant) tenant {
	return tenant{ID: t.ID.String(), Name: t.Name, Description: t.Description, CreatedAt: t.CreatedAt}
}

type grant struct {
	TenantID  string     `json:"tenant_id" format:"uuid"`
	UserID    string     `json:"user_id" format:"uuid"`
	Username  string     `json:"username"`
	Role      string     `json:"role" enum:"user,admin"`
	GrantedBy string     `json:"granted_by" format:"uuid"`
	CreatedAt time.Time  `json:"created_at"`
	ExpiresAt *time.Time `json:"expires_at" nullable:"true"`
}

func viewGrant(g auth.Grant) grant {
	return grant{
		TenantID: g.TenantID.String(), UserID: g.UserID, Username: g.Username, Role: string(g.Role),
		GrantedBy: g.GrantedBy, CreatedAt: g.CreatedAt, ExpiresAt: optionalTime(g.ExpiresAt),
	}
}

type newTenant struct {
	Body struct {
		Name        string `json:"name" minLength:"1" maxLength:"200"`
		Description string `json:"description,omitempty" maxLength:"2000"`
	}
}

type byTenantID struct {
	TenantID string `path:"tenant_id"`
}

// tenantID reads an id of a path or body: one that cannot be read is answered like one that does not exist.
func tenantID(text string) (tenancy.ID, error) {
	id, err := tenancy.Parse(text)
	if err != nil {
		return tenancy.ID{}, tenancy.ErrNotFound
	}
	return id, nil
}

type newGrant struct {
	TenantID string `path:"tenant_id"`
	Body     struct {
		UserID    string     `json:"user_id" format:"uuid"`
		Role      string     `json:"role" enum:"user,admin"`
		ExpiresAt *time.Time `json:"expires_at,omitempty"`
	}
}

type oneGrant struct {
	TenantID string `path:"tenant_id"`
	UserID   string `path:"user_id"`
}

func (a *api) routeTenants() {
	guarded(a, anyone, huma.Operation{
		OperationID: "list-tenants", Method: http.MethodGet, Path: "/api/tenants", Tags: []string{"Tenants"},
		Summary: "The tenants I may enter, by name",
	}, func(ctx context.Context, p auth.Principal, _ *struct{}) (*listed[tenant], error) {
		found, err := a.companion.Auth.Tenants(ctx, p)
		if err != nil {
			return nil, err
		}
		return list(found, "", viewTenant), nil
	})
	guarded(a, auth.CreateTenants, huma.Operation{
		OperationID: "create-tenant", Method: http.MethodPost, Path: "/api/tenants", Tags: []string{"Tenants"},
		Summary: "Add a tenant", Description: "Whoever adds it gets an admin's grant into it.",
		DefaultStatus: http.StatusCreated,
	}, func(ctx context.Context, p auth.Principal, in *newTenant) (*answer[tenant], error) {
		t, err := a.companion.Auth.CreateTenant(ctx, p, in.Body.Name, in.Body.Description)
		return reply(viewTenant(t), err)
	})
	guarded(a, anyone, huma.Operation{
		OperationID: "get-tenant", Method: http.MethodGet, Path: "/api/tenants/{tenant_id}", Tags: []string{"Tenants"},
		Summary: "One tenant that I may enter",
	}, func(ctx context.Context, p auth.Principal, in *byTenantID) (*answer[tenant], error) {
		id, err := tenantID(in.TenantID)
		if err != nil {
			return nil, err
		}
		t, err := a.companion.Auth.Tenant(ctx, p, id)
		return reply(viewTenant(t), err)
	})
	a.routeGrants()
}

func (a *api) routeGrants() {
	const path = "/api/tenants/{tenant_id}/grants"
	guarded(a, auth.ManageGrants, huma.Operation{
		OperationID: "list-grants", Method: http.MethodGet, Path: path, Tags: []string{"Tenants"},
		Summary: "Who of other tenants may enter this one",
	}, func(ctx context.Context, p auth.Principal, in *byTenantID) (*listed[grant], error) {
		id, err := tenantID(in.TenantID)
		if err != nil {
			return nil, err
		}
		found, err := a.companion.Auth.Grants(ctx, p, id)
		if err != nil {
			return nil, err
		}
		return list(found, "", viewGrant), nil
	})
	guarded(a, auth.ManageGrants, huma.Operation{
		OperationID: "create-grant", Method: http.MethodPost, Path: path, Tags: []string{"Tenants"},
		Summary:       "Let a user of another tenant enter this one",
		DefaultStatus: http.StatusCreated, Errors: []int{http.StatusConflict},
	}, a.createGrant)
	guarded(a, auth.ManageGrants, huma.Operation{
		OperationID: "revoke-grant", Method: http.MethodDelete, Path: path + "/{user_id}", Tags: []string{"Tenants"},
		Summary: "End a grant; it holds on the user's next request", DefaultStatus: http.StatusNoContent,
	}, func(ctx context.Context, p auth.Principal, in *oneGrant) (*struct{}, error) {
		id, err := tenantID(in.TenantID)
		if err != nil {
			return nil, err
		}
		return nil, a.companion.Auth.Revoke(ctx, p, id, in.UserID)
	})
}

func (a *api) createGrant(ctx context.Context, p auth.Principal, in *newGrant) (*answer[grant], error) {
	id, err := tenantID(in.TenantID)
	if err != nil {
		return nil, err
	}
	g, err := a.companion.Auth.Grant(ctx, p, id, in.Body.UserID, auth.Role(in.Body.Role), givenTime(in.Body.ExpiresAt))
	return reply(viewGrant(g), err)
}

package transport

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/transport/internal/cookie"
)

type me struct {
	ID           string    `json:"id" format:"uuid"`
	Username     string    `json:"username"`
	Role         string    `json:"role" enum:"user,admin" doc:"In the tenant it acts in"`
	TenantID     string    `json:"tenant_id" format:"uuid" doc:"The tenant the user acts in"`
	HomeTenantID string    `json:"home_tenant_id" format:"uuid" doc:"The tenant the user belongs to"`
	IsActive     bool      `json:"is_active"`
	CreatedAt    time.Time `json:"created_at"`
}

type passwordChange struct {
	Body struct {
		CurrentPassword string `json:"current_password" format:"password"`
		NewPassword     string `json:"new_password" format:"password" doc:"At least 8 characters, at most 72 bytes"`
	}
}

type switchRequest struct {
	cookie.Form
	Body struct {
		TenantID string `json:"tenant_id" format:"uuid"`
	}
}

// routeAccount adds the routes about the user that asks.
func (a *api) routeAccount() {
	guarded(a, anyone, huma.Operation{
		OperationID: "switch-tenant", Method: http.MethodPost, Path: "/api/auth/switch", Tags: []string{"Account"},
		Summary: "Tokens for another tenant that a grant allows, or for the home tenant", Errors: []int{http.StatusNotFound},
	}, func(ctx context.Context, p auth.Principal, in *switchRequest) (*tokensAnswer, error) {
		id, err := tenantID(in.Body.TenantID)
		if err != nil {
			return nil, err
		}
		t, err := a.companion.Auth.Switch(ctx, p, id)
		return a.give(&in.Form, t, err)
	})
	guarded(a, anyone, huma.Operation{
		OperationID: "get-me", Method: http.MethodGet, Path: "/api/auth/me", Tags: []string{"Account"},
		Summary: "Who I am, and in which tenant",
	}, a.getMe)
	guarded(a, anyone, huma.Operation{
		OperationID: "change-password", Method: http.MethodPut, Path: "/api/auth/me", Tags: []string{"Account"},
		Summary: "Change my password", Description: "Ends all other sessions of the user.",
		Errors: []int{http.StatusForbidden, http.StatusTooManyRequests},
	}, func(ctx context.Context, p auth.Principal, in *passwordChange) (*answer[me], error) {
		if err := a.companion.Auth.ChangePassword(ctx, p, in.Body.CurrentPassword, in.Body.NewPassword); err != nil {
			return nil, err
		}
		return a.getMe(ctx, p, nil)
	})
}

func (a *api) getMe(ctx context.Context, p auth.Principal, _ *struct{}) (*answer[me], error) {
	u, err := a.companion.Auth.Me(ctx, p)
	if err != nil {
		return nil, err
	}
	return &answer[me]{Body: me{
		ID: u.ID, Username: u.Username, Role: string(p.Role), TenantID: p.Tenant.String(), HomeTenantID: p.Home.String(),
		IsActive: u.Active, CreatedAt: u.CreatedAt,
	}}, nil
}

package transport

import (
	"context"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/transport/internal/page"
)

type user struct {
	ID        string    `json:"id" format:"uuid"`
	Username  string    `json:"username"`
	Role      string    `json:"role" enum:"user,admin"`
	TenantID  string    `json:"tenant_id" format:"uuid"`
	IsActive  bool      `json:"is_active"`
	CreatedAt time.Time `json:"created_at"`
}

func viewUser(u auth.User) user {
	return user{
		ID: u.ID, Username: u.Username, Role: string(u.Role), TenantID: u.TenantID.String(),
		IsActive: u.Active, CreatedAt: u.CreatedAt,
	}
}

type byUserID struct {
	ID string `path:"user_id"`
}

type userChange struct {
	ID   string `path:"user_id"`
	Body struct {
		Role     *string `json:"role,omitempty" enum:"user,admin"`
		IsActive *bool   `json:"is_active,omitempty"`
	}
}

// routeUsers adds the routes by which an admin looks after the tenant's users.
func (a *api) routeUsers() {
	guarded(a, auth.ManageUsers, huma.Operation{
		OperationID: "list-users", Method: http.MethodGet, Path: "/api/users", Tags: []string{"Users"},
		Summary: "The users whose home this tenant is",
	}, a.listUsers)
	guarded(a, auth.ManageUsers, huma.Operation{
		OperationID: "get-user", Method: http.MethodGet, Path: "/api/users/{user_id}", Tags: []string{"Users"},
		Summary: "One user",
	}, func(ctx context.Context, p auth.Principal, in *byUserID) (*answer[user], error) {
		u, err := a.companion.Auth.User(ctx, p, in.ID)
		return reply(viewUser(u), err)
	})
	guarded(a, auth.ManageUsers, huma.Operation{
		OperationID: "change-user", Method: http.MethodPut, Path: "/api/users/{user_id}", Tags: []string{"Users"},
		Summary: "Change a user's role, or whether it may log in", Description: "Holds on the user's next request.",
		Errors: []int{http.StatusConflict},
	}, func(ctx context.Context, p auth.Principal, in *userChange) (*answer[user], error) {
		change := auth.UserUpdate{Active: in.Body.IsActive}
		if in.Body.Role != nil {
			change.Role = (*auth.Role)(in.Body.Role)
		}
		u, err := a.companion.Auth.UpdateUser(ctx, p, in.ID, change)
		return reply(viewUser(u), err)
	})
	guarded(a, auth.ManageUsers, huma.Operation{
		OperationID: "deactivate-user", Method: http.MethodDelete, Path: "/api/users/{user_id}", Tags: []string{"Users"},
		Summary:       "Deactivate a user",
		Description:   "The user can be activated again: its name stays in the audit trail, so it is not removed.",
		DefaultStatus: http.StatusNoContent, Errors: []int{http.StatusConflict},
	}, func(ctx context.Context, p auth.Principal, in *byUserID) (*struct{}, error) {
		inactive := false
		_, err := a.companion.Auth.UpdateUser(ctx, p, in.ID, auth.UserUpdate{Active: &inactive})
		return nil, err
	})
}

func (a *api) listUsers(ctx context.Context, p auth.Principal, in *pageOnly) (*listed[user], error) {
	after, err := in.After(p.Tenant)
	if err != nil {
		return nil, err
	}
	found, err := a.companion.Auth.Users(ctx, p, after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	found, link := page.Cut(&in.Request, p.Tenant, found, func(u auth.User) string { return u.ID })
	return list(found, link, viewUser), nil
}

func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }

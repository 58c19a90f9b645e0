package transport

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/velocicompanion/velocicompanion/auth"
)

type inviteRequest struct {
	Body struct {
		Role             string `json:"role" enum:"user,admin"`
		ExpiresInMinutes int    `json:"expires_in_minutes,omitempty" minimum:"1" maximum:"43200" doc:"Default: 7 days; at most 30 days"`
	}
}

type invite struct {
	ID        string    `json:"id" format:"uuid"`
	Invite    string    `json:"invite" doc:"Shown once; whoever has it can register"`
	Role      string    `json:"role" enum:"user,admin"`
	TenantID  string    `json:"tenant_id" format:"uuid"`
	ExpiresAt time.Time `json:"expires_at"`
}

type openInvite struct {
	ID                string    `json:"id" format:"uuid"`
	Role              string    `json:"role" enum:"user,admin"`
	CreatedAt         time.Time `json:"created_at"`
	CreatedBy         string    `json:"created_by" doc:"A user's id"`
	CreatedByUsername string    `json:"created_by_username" doc:"Empty where the server does not know the user"`
	CreatedByIsActive *bool     `json:"created_by_is_active" nullable:"true" doc:"null where the server does not know the user"`
	ExpiresAt         time.Time `json:"expires_at"`
	Usable            bool      `json:"usable" doc:"False while who made it may not invite into the tenant (any more)"`
}

// viewMaker returns the name and the state of who made an invite or a token, "" and nil where that is not known.
func viewMaker(u *auth.User) (username string, isActive *bool) {
	if u == nil {
		return "", nil
	}
	return u.Username, &u.Active
}

type byInviteID struct {
	InviteID string `path:"invite_id"`
}

func viewInvite(inv auth.ListedInvite) openInvite {
	username, isActive := viewMaker(inv.Maker)
	return openInvite{
		ID: inv.ID, Role: string(inv.Role), CreatedAt: inv.CreatedAt, CreatedBy: inv.CreatedBy, CreatedByUsername: username,
		CreatedByIsActive: isActive, ExpiresAt: inv.ExpiresAt, Usable: inv.Usable,
	}
}

func (a *api) routeInvites() {
	const path = "/api/auth/invites"
	guarded(a, auth.ManageInvites, huma.Operation{
		OperationID: "list-invites", Method: http.MethodGet, Path: path, Tags: []string{"Users"},
		Summary: "The invites into the tenant that were not used, oldest first",
	}, func(ctx context.Context, p auth.Principal, _ *struct{}) (*listed[openInvite], error) {
		found, err := a.companion.Auth.Invites(ctx, p)
		if err != nil {
			return nil, err
		}
		return list(found, "", viewInvite), nil
	})
	guarded(a, auth.ManageInvites, huma.Operation{
		OperationID: "create-invite", Method: http.MethodPost, Path: path, Tags: []string{"Users"},
		Summary: "Invite somebody into the tenant", DefaultStatus: http.StatusCreated,
	}, func(ctx context.Context, p auth.Principal, in *inviteRequest) (*answer[invite], error) {
		lifetime := time.Duration(in.Body.ExpiresInMinutes) * time.Minute
		made, secret, err := a.companion.Auth.CreateInvite(ctx, p, auth.Role(in.Body.Role), lifetime)
		return reply(invite{
			ID: made.ID, Invite: secret, Role: string(made.Role), TenantID: made.TenantID.String(), ExpiresAt: made.ExpiresAt,
		}, err)
	})
	guarded(a, auth.ManageInvites, huma.Operation{
		OperationID: "revoke-invite", Method: http.MethodDelete, Path: path + "/{invite_id}", Tags: []string{"Users"},
		Summary: "End an invite that was not used", DefaultStatus: http.StatusNoContent,
	}, func(ctx context.Context, p auth.Principal, in *byInviteID) (*struct{}, error) {
		return nil, a.companion.Auth.RevokeInvite(ctx, p, in.InviteID)
	})
}

package transport

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/velocicompanion/velocicompanion/auth"
)

type newToken struct {
	Body struct {
		Name      string     `json:"name" maxLength:"100" doc:"For people: what uses it"`
		Scope     string     `json:"scope" enum:"ingest" doc:"What it is good for"`
		ExpiresAt *time.Time `json:"expires_at,omitempty" doc:"Without it the token lasts until it is deleted"`
	}
}

// Token is one that a user of the tenant made and that goes on when that user is deactivated, or one that was made under a
// grant and ends with it. It is exported because huma documents no fields of an embedded struct that is not.
type Token struct {
	ID                string     `json:"id" format:"uuid"`
	Name              string     `json:"name"`
	Scope             string     `json:"scope" enum:"ingest"`
	CreatedAt         time.Time  `json:"created_at"`
	CreatedBy         string     `json:"created_by" doc:"A user's id"`
	CreatedByUsername string     `json:"created_by_username" doc:"Empty where the server does not know the user"`
	CreatedByIsActive *bool      `json:"created_by_is_active" nullable:"true" doc:"null where the server does not know the user"`
	ExpiresAt         *time.Time `json:"expires_at" nullable:"true" doc:"null for one that lasts"`
	LastUsedAt        *time.Time `json:"last_used_at" nullable:"true" doc:"To the minute; null for one that was not used"`
	Usable            bool       `json:"usable" doc:"False for one that has expired, or that was made under a grant that has ended"`
}

type madeToken struct {
	Token
	Secret string `json:"token" doc:"Shown once: send it as \"Authorization: Bearer …\""`
}

type byTokenID struct {
	TokenID string `path:"token_id"`
}

func viewToken(t auth.ListedToken) Token {
	username, isActive := viewMaker(t.Maker)
	return Token{
		ID: t.ID, Name: t.Name, Scope: string(t.Scope), CreatedAt: t.CreatedAt, CreatedBy: t.CreatedBy, CreatedByUsername: username,
		CreatedByIsActive: isActive, ExpiresAt: optionalTime(t.ExpiresAt), LastUsedAt: optionalTime(t.LastUsedAt), Usable: t.Usable,
	}
}

func (a *api) routeTokens() {
	guarded(a, auth.ManageTokens, huma.Operation{
		OperationID: "list-tokens", Method: http.MethodGet, Path: "/api/tokens", Tags: []string{"Tokens"},
		Summary: "The tokens of programs that may bring collections into the tenant",
	}, func(ctx context.Context, p auth.Principal, _ *struct{}) (*listed[Token], error) {
		tokens, err := a.companion.Auth.APITokens(ctx, p)
		if err != nil {
			return nil, err
		}
		return list(tokens, "", viewToken), nil
	})
	guarded(a, auth.ManageTokens, huma.Operation{
		OperationID: "create-token", Method: http.MethodPost, Path: "/api/tokens", Tags: []string{"Tokens"},
		Summary: "Make a token for a program, such as a Velociraptor server that pushes", DefaultStatus: http.StatusCreated,
	}, func(ctx context.Context, p auth.Principal, in *newToken) (*answer[madeToken], error) {
		expires := givenTime(in.Body.ExpiresAt)
		made, secret, err := a.companion.Auth.CreateAPIToken(ctx, p, in.Body.Name, auth.Scope(in.Body.Scope), expires)
		by := &auth.User{Username: p.Username, Active: true}
		return reply(madeToken{viewToken(auth.ListedToken{APIToken: made, Maker: by, Usable: true}), secret}, err)
	})
	guarded(a, auth.ManageTokens, huma.Operation{
		OperationID: "delete-token", Method: http.MethodDelete, Path: "/api/tokens/{token_id}", Tags: []string{"Tokens"},
		Summary: "End a token; it holds on its next request", DefaultStatus: http.StatusNoContent,
	}, func(ctx context.Context, p auth.Principal, in *byTokenID) (*struct{}, error) {
		return nil, a.companion.Auth.DeleteAPIToken(ctx, p, in.TokenID)
	})
}

package transport

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/velocicompanion/velocicompanion/auth"
)

type registration struct {
	Body struct {
		Username string `json:"username" doc:"1 to 64 letters, digits, and . _ @ + -"`
		Password string `json:"password" format:"password" doc:"At least 8 characters, at most 72 bytes"`
		Invite   string `json:"invite,omitempty" doc:"From an admin; it decides the tenant and the role"`
		// The original's clients send it. Nothing but the role of every newcomer is taken.
		Role string `json:"role,omitempty" enum:"user"`
	}
}

type credentials struct {
	Body credentialsBody
}

type credentialsBody struct {
	Username string `json:"username"`
	Password string `json:"password" format:"password"`
	// Clients made for OAuth's password grant send these; they say nothing here.
	GrantType    string `json:"grant_type,omitempty" enum:"password,"`
	Scope        string `json:"scope,omitempty"`
	ClientID     string `json:"client_id,omitempty"`
	ClientSecret string `json:"client_secret,omitempty"`
}

type refreshRequest struct {
	Body struct {
		RefreshToken string `json:"refresh_token" format:"password"`
	}
}

type tokens struct {
	AccessToken  string `json:"access_token" doc:"Send it as Authorization: Bearer …"`
	TokenType    string `json:"token_type" enum:"bearer"`
	ExpiresIn    int    `json:"expires_in" doc:"Seconds until the access token expires"`
	RefreshToken string `json:"refresh_token" doc:"Good for one use at /api/auth/refresh"`
}

func viewTokens(t auth.Tokens) tokens {
	return tokens{
		AccessToken: t.Access, TokenType: "bearer", ExpiresIn: int(t.AccessExpiresIn.Seconds()), RefreshToken: t.Refresh,
	}
}

// routeLogin adds the routes by which a person comes in.
func (a *api) routeLogin() {
	open(a, huma.Operation{
		OperationID: "register", Method: http.MethodPost, Path: "/api/auth/register", Tags: []string{"Account"},
		Summary:       "Become a user",
		Description:   "Whether this takes an invite, is open or closed is the operator's policy. Role and tenant never come from the body.",
		DefaultStatus: http.StatusCreated,
		Errors:        []int{http.StatusForbidden, http.StatusConflict, http.StatusTooManyRequests},
	}, func(ctx context.Context, in *registration) (*answer[user], error) {
		u, err := a.companion.Auth.Register(ctx, auth.Registration{
			Username: in.Body.Username, Password: in.Body.Password, Invite: in.Body.Invite,
		})
		return reply(viewUser(u), err)
	})
	schema := huma.SchemaFromType(a.huma.OpenAPI().Components.Schemas, typeOf[credentialsBody]())
	open(a, huma.Operation{
		OperationID: "login", Method: http.MethodPost, Path: "/api/auth/login", Tags: []string{"Account"},
		Summary:     "Log in with a name and a password, as a form or as JSON",
		RequestBody: formOrJSON(schema), Errors: []int{http.StatusUnauthorized, http.StatusTooManyRequests},
	}, func(ctx context.Context, in *credentials) (*answer[tokens], error) {
		t, err := a.companion.Auth.Login(ctx, in.Body.Username, in.Body.Password)
		return reply(viewTokens(t), err)
	})
	open(a, huma.Operation{
		OperationID: "refresh", Method: http.MethodPost, Path: "/api/auth/refresh", Tags: []string{"Account"},
		Summary:     "Exchange a refresh token for new tokens",
		Description: "A refresh token is good for one use; a second use ends the whole session.",
		Errors:      []int{http.StatusUnauthorized},
	}, func(ctx context.Context, in *refreshRequest) (*answer[tokens], error) {
		t, err := a.companion.Auth.Refresh(ctx, in.Body.RefreshToken)
		return reply(viewTokens(t), err)
	})
}

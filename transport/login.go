package transport

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/transport/internal/cookie"
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
	cookie.Form
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

// refreshRequest has a refresh token in the cookie or in the body.
type refreshRequest struct {
	cookie.Form
	Cookie string `cookie:"vc_refresh" doc:"The refresh token, beside X-Refresh: cookie"`
	Body   *refreshBody
}

type refreshBody struct {
	RefreshToken string `json:"refresh_token,omitempty" format:"password"`
}

func (r *refreshRequest) token() string {
	switch {
	case r.Asked():
		return r.Cookie
	case r.Body != nil:
		return r.Body.RefreshToken
	}
	return ""
}

type tokens struct {
	AccessToken  string `json:"access_token" doc:"Send it as Authorization: Bearer …"`
	TokenType    string `json:"token_type" enum:"bearer"`
	ExpiresIn    int    `json:"expires_in" doc:"Seconds until the access token expires"`
	RefreshToken string `json:"refresh_token,omitempty" doc:"Good for one use at /api/auth/refresh; not there with X-Refresh: cookie"`
}

// tokensAnswer is the answer of the routes that give tokens.
type tokensAnswer struct {
	SetCookie string `header:"Set-Cookie" doc:"With X-Refresh: cookie, the refresh token, for the routes below api/auth alone: HttpOnly, SameSite=Strict, and Secure where the page came by TLS"`
	Body      tokens
}

// give answers with tokens in the form that the client asked for.
func (a *api) give(form *cookie.Form, t auth.Tokens, err error) (*tokensAnswer, error) {
	if err != nil {
		return nil, err
	}
	out := &tokensAnswer{Body: tokens{
		AccessToken: t.Access, TokenType: "bearer", ExpiresIn: int(t.AccessExpiresIn.Seconds()), RefreshToken: t.Refresh,
	}}
	if form.Asked() {
		out.Body.RefreshToken = ""
		out.SetCookie = form.Set(t.Refresh, t.RefreshExpiresAt.Sub(a.companion.Now()))
	}
	return out, nil
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
	}, func(ctx context.Context, in *credentials) (*tokensAnswer, error) {
		login := a.companion.Auth.Login
		if in.Asked() {
			login = a.companion.Auth.LoginShared
		}
		t, err := login(ctx, in.Body.Username, in.Body.Password)
		return a.give(&in.Form, t, err)
	})
	open(a, huma.Operation{
		OperationID: "refresh", Method: http.MethodPost, Path: "/api/auth/refresh", Tags: []string{"Account"},
		Summary: "Exchange a refresh token, from the body or the cookie, for new tokens",
		Description: "A refresh token is good for one use; a second use ends the whole session. One from the cookie, which the tabs " +
			"of a browser share, may be sent again for ten seconds. The tokens are for the tenant that was switched to last.",
		Errors: []int{http.StatusUnauthorized},
	}, func(ctx context.Context, in *refreshRequest) (*tokensAnswer, error) {
		refresh := a.companion.Auth.Refresh
		if in.Asked() {
			refresh = a.companion.Auth.RefreshShared
		}
		t, err := refresh(ctx, in.token())
		return a.give(&in.Form, t, err)
	})
	open(a, huma.Operation{
		OperationID: "logout", Method: http.MethodPost, Path: "/api/auth/logout", Tags: []string{"Account"},
		Summary:       "End the session and all its tokens",
		Description:   "The session is that of the refresh token in the body or the cookie, where there is one, else that of the access token.",
		DefaultStatus: http.StatusNoContent, Errors: []int{http.StatusUnauthorized, http.StatusForbidden},
		Security: []map[string][]string{{bearerScheme: {}}, {cookieScheme: {}}, {}},
	}, a.logOut)
}

type loggedOut struct {
	SetCookie string `header:"Set-Cookie" doc:"With X-Refresh: cookie, removes the refresh token"`
}

func (a *api) logOut(ctx context.Context, in *refreshRequest) (*loggedOut, error) {
	out := &loggedOut{}
	if in.Asked() {
		out.SetCookie = in.Remove()
	}
	if token := in.token(); token != "" {
		return out, a.companion.Auth.EndSession(ctx, token)
	}
	p, err := a.principal(in.Request())
	if err == nil {
		err = a.companion.Auth.Require(ctx, p, anyone)
	}
	if err != nil {
		return nil, err
	}
	return out, a.companion.Auth.Logout(ctx, p)
}

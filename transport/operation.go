package transport

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/textproto"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/store"
)

// The names of credentials in the OpenAPI document.
const (
	bearerScheme = "bearer"
	cookieScheme = "refreshCookie"
)

// anyone is the permission of routes that are for every user, but not for programs with a token.
const anyone = auth.UseAccount

type principalKey struct{}

// open registers a route that needs no credential.
func open[I, O any](a *api, op huma.Operation, handle func(context.Context, *I) (*O, error)) {
	a.prepare(&op)
	op.Middlewares = append(op.Middlewares, a.knownQuery, a.takeBody)
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := handle(ctx, in)
		if err != nil {
			return nil, a.problem(ctx, err)
		}
		return out, nil
	})
}

// guarded registers a route for principals whose role holds the permission need in the tenant they act in. The
// credential is verified before anything of the request's body is read.
func guarded[I, O any](a *api, need auth.Permission, op huma.Operation, handle func(context.Context, auth.Principal, *I) (*O, error)) {
	op.Security = []map[string][]string{{bearerScheme: {}}}
	op.Errors = append(op.Errors, http.StatusUnauthorized, http.StatusForbidden)
	op.Middlewares = append(op.Middlewares, a.authenticate(need))
	open(a, op, func(ctx context.Context, in *I) (*O, error) {
		p, _ := ctx.Value(principalKey{}).(auth.Principal)
		return handle(ctx, p, in)
	})
}

// prepare fills in what all operations have in common.
func (a *api) prepare(op *huma.Operation) {
	op.MaxBodyBytes = cmp.Or(op.MaxBodyBytes, a.cfg.MaxBodyBytes)
	op.BodyReadTimeout = -1 // takeBody and upload set deadlines
	if strings.Contains(op.Path, "{") {
		op.Errors = append(op.Errors, http.StatusNotFound)
	}
	op.Errors = append(op.Errors, http.StatusUnprocessableEntity) // for a parameter that it does not take
	slices.Sort(op.Errors)
	op.Errors = slices.Compact(op.Errors)
}

func (a *api) authenticate(need auth.Permission) func(huma.Context, func(huma.Context)) {
	return func(hc huma.Context, next func(huma.Context)) {
		r, _ := humago.Unwrap(hc)
		p, err := a.principal(r)
		if err == nil {
			err = a.companion.Auth.Require(r.Context(), p, need)
		}
		if err != nil {
			a.refuse(hc, err)
			return
		}
		next(huma.WithValue(hc, principalKey{}, p))
	}
}

// principal asks the Authenticator. What one that is not ours says of its errors may be about its inside: it is logged
// and not answered.
func (a *api) principal(r *http.Request) (auth.Principal, error) {
	p, err := a.companion.Authenticator.Authenticate(r.Context(), auth.Request{
		Header: textproto.MIMEHeader(r.Header), RemoteAddr: r.RemoteAddr,
	})
	if err == nil {
		err = p.Tenant.Check()
	}
	switch {
	case err == nil:
		return p, nil
	case errors.Is(err, store.ErrNotMigrated), errors.Is(err, store.ErrNewerSchema):
		return p, err
	case !errors.Is(err, auth.ErrUnauthenticated):
		return p, fmt.Errorf("%w: %v", errAuthenticator, err)
	case a.companion.OwnLogin():
		return p, err
	}
	a.companion.Logger.WarnContext(r.Context(), "credential refused",
		"request_id", auth.OriginFrom(r.Context()).RequestID, "error", err)
	return p, fmt.Errorf("%w: the request has no valid credential", auth.ErrUnauthenticated)
}

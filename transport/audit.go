package transport

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/transport/internal/page"
)

type auditEvent struct {
	ID        string    `json:"id" format:"uuid"`
	At        time.Time `json:"at"`
	Action    string    `json:"action" example:"grant.created"`
	Target    string    `json:"target" doc:"The id or name of what it was done to"`
	ActorID   string    `json:"actor_id"`
	Actor     string    `json:"actor" doc:"Empty where it is not known who it was"`
	ActorHome string    `json:"actor_home_tenant_id" doc:"Differs from this tenant for work under a grant"`
	RequestID string    `json:"request_id"`
	Address   string    `json:"address"`
	Detail    string    `json:"detail"`
}

func viewAuditEvent(e auth.AuditEvent) auditEvent {
	return auditEvent{
		ID: e.ID, At: e.At, Action: string(e.Action), Target: e.Target, ActorID: e.ActorID, Actor: e.Actor,
		ActorHome: e.ActorHome.String(), RequestID: e.RequestID, Address: e.Address, Detail: e.Detail,
	}
}

func (a *api) routeAudit() {
	guarded(a, auth.ReadAudit, huma.Operation{
		OperationID: "list-audit-events", Method: http.MethodGet, Path: "/api/audit", Tags: []string{"Audit"},
		Summary: "Who did what in the tenant, newest first",
	}, func(ctx context.Context, p auth.Principal, in *pageOnly) (*listed[auditEvent], error) {
		before, err := in.After(p.Tenant)
		if err != nil {
			return nil, err
		}
		found, err := a.companion.Auth.AuditEvents(ctx, p, before, in.Limit+1)
		if err != nil {
			return nil, err
		}
		found, link := page.Cut(&in.Request, p.Tenant, found, func(e auth.AuditEvent) string { return e.ID })
		return list(found, link, viewAuditEvent), nil
	})
}

package transport

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/companion/hunt"
	"github.com/velocicompanion/velocicompanion/transport/internal/page"
)

type timelineRequest struct {
	HostID      string    `json:"host_id" query:"host_id" required:"true" minLength:"1" maxLength:"512" doc:"The host's id"`
	Tenants     []string  `json:"tenants,omitempty" query:"tenants,explode" maxItems:"1000" doc:"Where to look for the host; the tenant that the caller acts in where none is named"`
	Artifacts   []string  `json:"artifacts,omitempty" query:"artifacts,explode" maxItems:"1000" doc:"Whole names; all where none is named"`
	Collections []string  `json:"collections,omitempty" query:"collections,explode" maxItems:"10000" doc:"Ids of collections"`
	Hunts       []string  `json:"hunts,omitempty" query:"hunts,explode" maxItems:"1000" doc:"Velociraptor's ids of hunts"`
	From        time.Time `json:"from,omitzero" query:"from" doc:"Only rows of this time or later"`
	To          time.Time `json:"to,omitzero" query:"to" doc:"Only rows before this time"`
	Query       string    `json:"query,omitempty" query:"query" maxLength:"65536" doc:"In the query language"`
	Order       string    `json:"order,omitempty" query:"order" enum:"oldest,newest" default:"oldest"`
	Untimed     bool      `json:"untimed,omitempty" query:"untimed" doc:"The rows that have no time instead, in the order in which their collections came"`
	Limit       int       `json:"limit,omitempty" query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"The most rows to return; fewer come where more would be longer than 16 MiB"`
	Cursor      string    `json:"cursor,omitempty" query:"cursor" maxLength:"8192" doc:"The next or previous of another page"`
}

func (in *timelineRequest) scope() QuestionScope {
	return QuestionScope{
		Tenants: in.Tenants, Artifacts: in.Artifacts, Collections: in.Collections, Hunts: in.Hunts,
		From: in.From, To: in.To, Query: in.Query,
	}
}

func (in *timelineRequest) question(scope hunt.Scope) hunt.Timeline {
	return hunt.Timeline{Scope: scope, HostID: in.HostID, Newest: in.Order == "newest", Untimed: in.Untimed, Limit: in.Limit}
}

type timelineAnswer struct {
	Host          NamedHost  `json:"host"`
	Rows          []foundRow `json:"rows"`
	Next          string     `json:"next,omitempty" doc:"The cursor of the page behind; absent where there is none"`
	Previous      string     `json:"previous,omitempty" doc:"The cursor of the page in front; absent where there is none"`
	Buckets       []bucket   `json:"buckets" doc:"How all rows lie in time, those of other pages too; spans without rows are left out"`
	BucketSeconds int64      `json:"bucket_seconds" doc:"How long the span of a bucket is"`
	WithoutTime   int64      `json:"without_time" doc:"Rows that have no time; untimed=true shows them"`
	Account
}

type bucket struct {
	From time.Time `json:"from"`
	Rows int64     `json:"rows"`
}

func (a *api) routeTimeline() {
	guarded(a, auth.Hunt, huma.Operation{
		OperationID: "timeline", Method: http.MethodGet, Path: "/api/hunt/timeline", Tags: []string{"Hunt"},
		Summary: "The rows of all artifacts of a host, in the order of their times",
		Description: withExample("The first page begins with the earliest row, or the latest one. "+promise,
			`GET /api/hunt/timeline?host_id={host_id}&from=2026-06-02T00:00:00Z&query=Username:root`,
			`{"rows":[{"time":"2026-06-02T03:12:00.000000Z","artifact":"Linux.Sys.Pslist","data":{"Name":"kworkerds"}}],"bucket_seconds":1}`),
		Errors: []int{http.StatusNotFound, http.StatusConflict},
	}, a.timeline)
}

func (a *api) timeline(ctx context.Context, p auth.Principal, in *timelineRequest) (*answer[timelineAnswer], error) {
	scope, err := a.huntScope(ctx, p, in.scope(), "timeline "+in.HostID)
	if err != nil {
		return nil, err
	}
	binding := *in
	binding.Cursor, binding.Limit = "", 0
	bound, err := json.Marshal(binding)
	if err != nil {
		return nil, fmt.Errorf("transport: a question: %w", err)
	}
	q := in.question(scope)
	if q.Cursor, err = page.Open(in.Cursor, p.Tenant.String(), string(bound)); err != nil {
		return nil, err
	}
	found, err := a.companion.Hunt.Timeline(ctx, q)
	if err != nil {
		return nil, placed("query", err)
	}
	out := timelineAnswer{
		Host: viewNamedHost(found.Host), Rows: make([]foundRow, 0, len(found.Rows)), Buckets: make([]bucket, 0, len(found.Buckets)),
		BucketSeconds: int64(found.BucketWidth.Seconds()), WithoutTime: found.WithoutTime, Account: viewAccount(found.Account),
	}
	for _, r := range found.Rows {
		out.Rows = append(out.Rows, viewFoundRow(r))
	}
	for _, b := range found.Buckets {
		out.Buckets = append(out.Buckets, bucket(b))
	}
	if found.Next != "" {
		out.Next = page.Bind(found.Next, p.Tenant.String(), string(bound))
	}
	if found.Previous != "" {
		out.Previous = page.Bind(found.Previous, p.Tenant.String(), string(bound))
	}
	return reply(out, nil)
}

package transport

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/companion/hunt"
)

type diffBody struct {
	Tenants  []string `json:"tenants,omitempty" maxItems:"1000" doc:"The tenants to ask about; the one that the caller acts in where none is named. Each has to be one's own or granted"`
	Hosts    []string `json:"hosts,omitempty" maxItems:"10000" doc:"Ids, client ids, host names or FQDNs"`
	Labels   []string `json:"labels,omitempty" maxItems:"1000" doc:"Hosts with one of these labels"`
	Query    string   `json:"query,omitempty" maxLength:"65536" doc:"In the query language: which rows are compared"`
	Artifact string   `json:"artifact" minLength:"1" maxLength:"1024" example:"Linux.Sys.Pslist"`
	Key      []string `json:"key,omitempty" maxItems:"16" doc:"The columns that tell what a row is about; well-known artifacts have a default" example:"[\"Name\",\"Exe\"]"`
	Before   side     `json:"before"`
	After    side     `json:"after"`
}

func (b *diffBody) scope() QuestionScope {
	return QuestionScope{Tenants: b.Tenants, Hosts: b.Hosts, Labels: b.Labels, Query: b.Query}
}

func (b *diffBody) question(scope hunt.Scope) hunt.Diff {
	return hunt.Diff{Scope: scope, Artifact: b.Artifact, Key: b.Key, Before: b.Before.question(), After: b.After.question()}
}

type side struct {
	HuntID        string    `json:"hunt_id,omitempty" maxLength:"512" doc:"Velociraptor's id of a hunt"`
	CollectionIDs []string  `json:"collection_ids,omitempty" maxItems:"10000"`
	From          time.Time `json:"from,omitzero" doc:"Of each host the last collection that was made from then, and before to"`
	To            time.Time `json:"to,omitzero"`
}

func (s side) question() hunt.Side {
	return hunt.Side{Hunt: s.HuntID, Collections: s.CollectionIDs, From: s.From, To: s.To}
}

type diffAnswer struct {
	Key           []string    `json:"key"`
	Hosts         []hostDiff  `json:"hosts" doc:"Those that have both sides and differ"`
	Unchanged     int64       `json:"unchanged" doc:"Hosts that have both sides and do not differ"`
	WithoutBefore []NamedHost `json:"without_before"`
	WithoutAfter  []NamedHost `json:"without_after"`
	Account
}

type hostDiff struct {
	TenantID string         `json:"tenant_id" format:"uuid"`
	HostID   string         `json:"host_id"`
	Hostname string         `json:"hostname"`
	ClientID string         `json:"client_id"`
	Added    []addedEntry   `json:"added" doc:"What few hosts of the fleet have comes first"`
	Removed  []removedEntry `json:"removed"`
	Changed  []changedEntry `json:"changed" doc:"The same key with other columns; times and counters are not compared"`
}

type addedEntry struct {
	Key        []json.RawMessage `json:"key" doc:"One value for each column of the key"`
	Rows       int64             `json:"rows" doc:"How many rows more than before"`
	FleetHosts int64             `json:"fleet_hosts" doc:"Hosts of the tenants that have the key in any collection of the artifact"`
}

type removedEntry struct {
	Key  []json.RawMessage `json:"key"`
	Rows int64             `json:"rows" doc:"How many rows more than after"`
}

type changedEntry struct {
	Key     []json.RawMessage `json:"key"`
	Rows    int64             `json:"rows"`
	Columns []columnChange    `json:"columns"`
}

type columnChange struct {
	Column string            `json:"column" example:"Hash.SHA256"`
	Before []json.RawMessage `json:"before" doc:"The values that the row had; none where it lacked the column"`
	After  []json.RawMessage `json:"after"`
}

func (a *api) routeDiff() {
	guarded(a, auth.Hunt, huma.Operation{
		OperationID: "diff", Method: http.MethodPost, Path: "/api/hunt/diff", Tags: []string{"Hunt"},
		Summary: "What has changed on each host between two collections of an artifact",
		Description: withExample("Either side is a hunt, collections, or times. Rows with the same key are told apart by their other "+
			"columns, and each counts as often as it is there. A column is its values in their order: how they nest in arrays is not told "+
			"apart.",
			`POST /api/hunt/diff {"artifact":"Linux.Sys.Pslist","before":{"hunt_id":"H.MONDAY"},"after":{"hunt_id":"H.TUESDAY"}}`,
			`{"key":["Name","Exe"],"hosts":[{"hostname":"web01","added":[{"key":["kworkerds","/var/tmp/kworkerds"],"rows":1,"fleet_hosts":1}]}]}`),
		Errors: []int{http.StatusNotFound},
	}, a.diff)
}

func (a *api) diff(ctx context.Context, p auth.Principal, in *asked[diffBody]) (*answer[diffAnswer], error) {
	scope, err := a.huntScope(ctx, p, in.Body.scope(), "diff "+in.Body.Artifact)
	if err != nil {
		return nil, err
	}
	found, err := a.companion.Hunt.Diff(ctx, in.Body.question(scope))
	if err != nil {
		return nil, err
	}
	out := diffAnswer{
		Key: found.Key, Hosts: make([]hostDiff, 0, len(found.Hosts)), Unchanged: found.Unchanged,
		WithoutBefore: viewNamedHosts(found.WithoutBefore), WithoutAfter: viewNamedHosts(found.WithoutAfter), Account: viewAccount(found.Account),
	}
	for _, h := range found.Hosts {
		out.Hosts = append(out.Hosts, viewHostDiff(h))
	}
	return reply(out, nil)
}

func viewNamedHosts(all []hunt.HostRef) []NamedHost {
	out := make([]NamedHost, len(all))
	for i, h := range all {
		out[i] = viewNamedHost(h)
	}
	return out
}

func viewHostDiff(h hunt.HostDiff) hostDiff {
	out := hostDiff{
		TenantID: h.Tenant.String(), HostID: h.ID, Hostname: h.Hostname, ClientID: h.ClientID,
		Added: make([]addedEntry, len(h.Added)), Removed: make([]removedEntry, len(h.Removed)), Changed: make([]changedEntry, len(h.Changed)),
	}
	for i, e := range h.Added {
		out.Added[i] = addedEntry(e)
	}
	for i, e := range h.Removed {
		out.Removed[i] = removedEntry{e.Key, e.Rows}
	}
	for i, e := range h.Changed {
		out.Changed[i] = changedEntry{e.Key, e.Rows, make([]columnChange, len(e.Columns))}
		for j, c := range e.Columns {
			out.Changed[i].Columns[j] = columnChange{c.Column, nonNil(c.Before), nonNil(c.After)}
		}
	}
	return out
}

package transport

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/companion/hunt"
)

type artifactRequest struct {
	Artifact string   `path:"artifact" maxLength:"1024" doc:"The whole name, with a slash in it as %2F" example:"Linux.Sys.Pslist"`
	Tenants  []string `query:"tenants,explode" maxItems:"1000" doc:"The tenants to ask about; the one that the caller acts in where none is named"`
	Top      int      `query:"top" minimum:"0" maximum:"100" default:"10" doc:"How many values of each column"`
}

type artifactDetail struct {
	Artifact string         `json:"artifact"`
	Rows     int64          `json:"rows"`
	Hosts    int64          `json:"hosts" doc:"Hosts that have rows of it"`
	Columns  []columnDetail `json:"columns"`
	DiffKey  []string       `json:"diff_key" doc:"The key of a diff of it that names none; empty where it has to name one"`
	Account
}

type columnDetail struct {
	Name     string     `json:"name" example:"Hash.SHA256"`
	Types    []string   `json:"types" doc:"null, boolean, number, string; empty for an object or array with nothing in it"`
	Rows     int64      `json:"rows" doc:"Rows that have the column"`
	Coverage float64    `json:"coverage" doc:"The same as a part of all rows, from 0 to 1"`
	Distinct int64      `json:"distinct" doc:"How many values it has"`
	More     bool       `json:"more" doc:"It has more values than were counted, and top may lack one"`
	Top      []topValue `json:"top" doc:"The values of the most hosts"`
}

type topValue struct {
	Value json.RawMessage `json:"value"`
	Rows  int64           `json:"rows"`
	Hosts int64           `json:"hosts"`
}

func (a *api) routeArtifact() {
	guarded(a, auth.Hunt, huma.Operation{
		OperationID: "get-artifact", Method: http.MethodGet, Path: "/api/artifacts/{artifact}", Tags: []string{"Hunt"},
		Summary: "An artifact's columns: their types, how many rows have them, their commonest values",
		Description: withExample("Over everything that the tenant has of it.", `GET /api/artifacts/Linux.Sys.Pslist?top=1`,
			`{"rows":3,"columns":[{"name":"CreateTime","types":["string"],"coverage":1,"distinct":3}]}`),
	}, a.artifact)
}

func (a *api) artifact(ctx context.Context, p auth.Principal, in *artifactRequest) (*answer[artifactDetail], error) {
	scope, err := a.huntScope(ctx, p, QuestionScope{Tenants: in.Tenants}, "artifact "+in.Artifact)
	if err != nil {
		return nil, err
	}
	found, err := a.companion.Hunt.Artifact(ctx, scope, in.Artifact, in.Top)
	if err != nil {
		return nil, err
	}
	out := artifactDetail{
		Artifact: found.Artifact, Rows: found.Rows, Hosts: found.Hosts,
		Columns: make([]columnDetail, len(found.Columns)), DiffKey: nonNil(hunt.DiffKey(found.Artifact)), Account: viewAccount(found.Account),
	}
	for i, c := range found.Columns {
		view := columnDetail{
			Name: c.Path, Types: c.Types, Rows: c.Rows, Coverage: float64(c.Rows) / float64(found.Rows),
			Distinct: c.Distinct, More: c.More, Top: make([]topValue, len(c.Top)),
		}
		for j, v := range c.Top {
			view.Top[j] = topValue(v)
		}
		out.Columns[i] = view
	}
	return reply(out, nil)
}

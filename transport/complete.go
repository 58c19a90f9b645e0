package transport

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/companion/hunt"
)

type completeRequest struct {
	Body struct {
		QuestionScope
		Position int `json:"position" minimum:"0" doc:"The place of the cursor in the query, in characters"`
		Limit    int `json:"limit,omitempty" minimum:"1" maximum:"1000" default:"20" doc:"The most suggestions to return"`
	}
}

type completions struct {
	From        int          `json:"from" doc:"Where what a suggestion takes the place of begins, in characters; it ends at the position"`
	Suggestions []suggestion `json:"suggestions"`
	Account
}

type suggestion struct {
	Text  string `json:"text" doc:"As the query has to have it"`
	Kind  string `json:"kind" enum:"field,value,operator,keyword"`
	Rows  int64  `json:"rows,omitempty" doc:"Rows with the value, of those that were looked at"`
	Hosts int64  `json:"hosts,omitempty"`
}

func (a *api) routeComplete() {
	guarded(a, auth.Hunt, huma.Operation{
		OperationID: "complete", Method: http.MethodPost, Path: "/api/hunt/complete", Tags: []string{"Hunt"},
		Summary: "How a query that is being typed can go on",
		Description: withExample("Names of fields, then the values that most hosts have. What is in front of the cursor has to be right.",
			`POST /api/hunt/complete {"query":"Username: root and Name: kw","position":27}`,
			`{"from":25,"suggestions":[{"text":"\"kworkerds\"","kind":"value","rows":1}]}`),
		Errors: []int{http.StatusNotFound},
	}, a.complete)
}

func (a *api) complete(ctx context.Context, p auth.Principal, in *completeRequest) (*answer[completions], error) {
	scope, err := a.huntScope(ctx, p, in.Body.QuestionScope, "complete "+in.Body.Query)
	if err != nil {
		return nil, err
	}
	found, err := a.companion.Hunt.Complete(ctx, hunt.Complete{Scope: scope, Position: in.Body.Position, Limit: in.Body.Limit})
	if err != nil {
		return nil, err
	}
	out := completions{From: found.From, Suggestions: make([]suggestion, len(found.Suggestions)), Account: viewAccount(found.Account)}
	for i, s := range found.Suggestions {
		out.Suggestions[i] = suggestion(s)
	}
	return reply(out, nil)
}

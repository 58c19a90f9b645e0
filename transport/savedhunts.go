package transport

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/companion/hunt"
)

type savedHunt struct {
	ID        string          `json:"id" format:"uuid"`
	Name      string          `json:"name"`
	Kind      string          `json:"kind" enum:"search,stack"`
	Question  json.RawMessage `json:"question" doc:"The body of the question's own route"`
	CreatedBy string          `json:"created_by"`
	CreatedAt time.Time       `json:"created_at"`
	LastRun   *time.Time      `json:"last_run" nullable:"true"`
}

func viewSavedHunt(h hunt.SavedHunt) savedHunt {
	return savedHunt{
		ID: h.ID, Name: h.Name, Kind: h.Kind, Question: h.Question, CreatedBy: h.CreatedBy, CreatedAt: h.CreatedAt,
		LastRun: optionalTime(h.LastRun),
	}
}

type newSavedHunt struct {
	Body struct {
		Name     string          `json:"name" minLength:"1" maxLength:"200" example:"Rare names"`
		Kind     string          `json:"kind" enum:"search,stack"`
		Question json.RawMessage `json:"question" doc:"The body of the question's own route; limits and cursors do not matter"`
	}
}

type bySavedHuntID struct {
	ID string `path:"saved_hunt_id"`
}

type comparison struct {
	RanAt      time.Time         `json:"ran_at"`
	PreviousAt *time.Time        `json:"previous_at" nullable:"true" doc:"null the first time, when nothing is new or gone"`
	Entries    int               `json:"entries" doc:"How many there are now"`
	New        []json.RawMessage `json:"new" doc:"What was not there the last time: of a stack the values, of a search host, artifact and data"`
	Gone       []json.RawMessage `json:"gone" doc:"What is not there any more"`
	Complete   bool              `json:"complete" doc:"false where there were more entries than are kept to compare"`
}

func (a *api) routeSavedHunts() {
	guarded(a, auth.Hunt, huma.Operation{
		OperationID: "list-saved-hunts", Method: http.MethodGet, Path: "/api/hunt/saved", Tags: []string{"Hunt"},
		Summary: "The tenant's saved hunts, oldest first",
	}, func(ctx context.Context, p auth.Principal, _ *struct{}) (*listed[savedHunt], error) {
		found, err := a.companion.Hunt.SavedHunts(ctx, p.Tenant)
		if err != nil {
			return nil, err
		}
		return list(found, "", viewSavedHunt), nil
	})
	guarded(a, auth.Hunt, huma.Operation{
		OperationID: "create-saved-hunt", Method: http.MethodPost, Path: "/api/hunt/saved", Tags: []string{"Hunt"},
		Summary: "Keep a question under a name, to ask it again", DefaultStatus: http.StatusCreated,
	}, a.saveHunt)
	guarded(a, auth.Hunt, huma.Operation{
		OperationID: "get-saved-hunt", Method: http.MethodGet, Path: "/api/hunt/saved/{saved_hunt_id}", Tags: []string{"Hunt"},
		Summary: "One saved hunt",
	}, func(ctx context.Context, p auth.Principal, in *bySavedHuntID) (*answer[savedHunt], error) {
		h, err := a.companion.Hunt.SavedHunt(ctx, p.Tenant, in.ID)
		return reply(viewSavedHunt(h), err)
	})
	guarded(a, auth.Hunt, huma.Operation{
		OperationID: "run-saved-hunt", Method: http.MethodPost, Path: "/api/hunt/saved/{saved_hunt_id}/run", Tags: []string{"Hunt"},
		Summary: "Ask a saved question again, and tell what is new and what is gone since it was last run",
	}, a.runSavedHunt)
	guarded(a, auth.Hunt, huma.Operation{
		OperationID: "delete-saved-hunt", Method: http.MethodDelete, Path: "/api/hunt/saved/{saved_hunt_id}", Tags: []string{"Hunt"},
		Summary: "Forget a saved hunt", DefaultStatus: http.StatusNoContent,
	}, func(ctx context.Context, p auth.Principal, in *bySavedHuntID) (*struct{}, error) {
		return nil, a.companion.Hunt.DeleteSaved(ctx, p.Tenant, in.ID)
	})
}

func (a *api) saveHunt(ctx context.Context, p auth.Principal, in *newSavedHunt) (*answer[savedHunt], error) {
	h := hunt.SavedHunt{Name: in.Body.Name, Kind: in.Body.Kind, Question: in.Body.Question, CreatedBy: p.UserID}
	if _, err := a.savedQuestion(ctx, p, h); err != nil {
		return nil, err
	}
	h, err := a.companion.Hunt.Save(ctx, p.Tenant, h)
	return reply(viewSavedHunt(h), err)
}

func (a *api) runSavedHunt(ctx context.Context, p auth.Principal, in *bySavedHuntID) (*answer[comparison], error) {
	h, err := a.companion.Hunt.SavedHunt(ctx, p.Tenant, in.ID)
	if err != nil {
		return nil, err
	}
	run, err := a.savedQuestion(ctx, p, h)
	if err != nil {
		return nil, err
	}
	found, err := run()
	if err != nil {
		return nil, err
	}
	c, err := a.companion.Hunt.Compare(ctx, p.Tenant, h.ID, found)
	return reply(comparison{
		RanAt: c.At, PreviousAt: optionalTime(c.Previous), Entries: c.Entries, New: nonNil(c.New), Gone: nonNil(c.Gone),
		Complete: c.Complete,
	}, err)
}

// savedQuestion reads the question of a saved hunt, and returns what asks it.
func (a *api) savedQuestion(ctx context.Context, p auth.Principal, h hunt.SavedHunt) (func() (hunt.Run, error), error) {
	switch h.Kind {
	case "search":
		var body searchBody
		if err := strictly(h.Question, &body); err != nil {
			return nil, err
		}
		scope, err := a.huntScope(ctx, p, body.QuestionScope, "saved search "+body.Query)
		q := hunt.Search{Scope: scope, Order: hunt.Order(body.Order)}
		return func() (hunt.Run, error) { return a.companion.Hunt.SearchEntries(ctx, q) }, err
	case "stack":
		var in stackRequest
		if err := strictly(h.Question, &in.Body); err != nil {
			return nil, err
		}
		scope, err := a.huntScope(ctx, p, in.Body.QuestionScope, "saved stack "+in.Body.Artifact)
		q := hunt.Stack{Scope: scope, Artifact: in.Body.Artifact, Fields: in.Body.Fields, Order: hunt.StackOrder(in.Body.Order)}
		return func() (hunt.Run, error) { return a.companion.Hunt.StackEntries(ctx, q) }, err
	}
	return nil, fmt.Errorf("%w: the kind is search or stack", hunt.ErrQuestion)
}

// strictly reads a question and refuses what it does not know.
func strictly(question json.RawMessage, into any) error {
	d := json.NewDecoder(bytes.NewReader(question))
	d.DisallowUnknownFields()
	if d.Decode(into) != nil {
		return fmt.Errorf("%w: the question is no body of its route", hunt.ErrQuestion)
	}
	return nil
}

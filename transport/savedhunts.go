package transport

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/companion/hunt"
	"github.com/velocicompanion/velocicompanion/companion/hunt/indicator"
)

type savedHunt struct {
	ID        string          `json:"id" format:"uuid"`
	Name      string          `json:"name"`
	Kind      string          `json:"kind" enum:"search,stack,pivot,sweep,timeline,diff"`
	Question  json.RawMessage `json:"question" doc:"What the question's own route takes"`
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
		Kind     string          `json:"kind" enum:"search,stack,pivot,sweep,timeline,diff"`
		Question json.RawMessage `json:"question" doc:"What the question's own route takes, in one object, whether in its body or its query; of a sweep the list as the text list. Limits and cursors do not matter"`
	}
}

type bySavedHuntID struct {
	ID string `path:"saved_hunt_id"`
}

type renamedSavedHunt struct {
	ID   string `path:"saved_hunt_id"`
	Body struct {
		Name string `json:"name" minLength:"1" maxLength:"200" example:"Rare names"`
	}
}

type comparison struct {
	RanAt      time.Time         `json:"ran_at"`
	PreviousAt *time.Time        `json:"previous_at" nullable:"true" doc:"null the first time, when nothing is new or gone"`
	Entries    int               `json:"entries" doc:"How many there are now, equal rows each for itself"`
	New        []json.RawMessage `json:"new" doc:"What was not there the last time: of a stack the values, of a search and a timeline host, artifact and data, of a pivot host and artifact, of a sweep indicator, host and artifact, of a diff a difference of a host. Hosts are known by their ids, whatever their names"`
	Gone       []json.RawMessage `json:"gone" doc:"What is not there any more"`
	Changed    []changedThing    `json:"changed" doc:"What is still there in another way: a value of a stack on more hosts, a row of a search or timeline more or less often, a hit of a pivot or sweep in more rows or seen again, a difference of a diff in more rows or on more hosts"`
	Complete   bool              `json:"complete" doc:"false where there were more entries than are kept to compare"`
	Reason     string            `json:"reason,omitempty"`
}

type changedThing struct {
	Entry  json.RawMessage `json:"entry"`
	Before json.RawMessage `json:"before"`
	After  json.RawMessage `json:"after"`
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
		Description: withExample("A question that its own route would refuse is refused, with the place. A list of more indicators than this "+
			"route's body takes is for a watchlist.",
			`POST /api/hunt/saved {"name":"Rare names","kind":"stack","question":{"artifact":"Linux.Sys.Pslist","fields":["Name"]}}`,
			`{"name":"Rare names","kind":"stack","last_run":null}`),
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
		Summary: "Ask a saved question again, and tell what is new, gone and changed since it was last run",
	}, a.runSavedHunt)
	guarded(a, auth.Hunt, huma.Operation{
		OperationID: "rename-saved-hunt", Method: http.MethodPut, Path: "/api/hunt/saved/{saved_hunt_id}", Tags: []string{"Hunt"},
		Summary: "Give a saved hunt another name",
	}, func(ctx context.Context, p auth.Principal, in *renamedSavedHunt) (*answer[savedHunt], error) {
		h, err := a.companion.Hunt.RenameSaved(ctx, p.Tenant, in.ID, in.Body.Name)
		return reply(viewSavedHunt(h), err)
	})
	guarded(a, auth.Hunt, huma.Operation{
		OperationID: "delete-saved-hunt", Method: http.MethodDelete, Path: "/api/hunt/saved/{saved_hunt_id}", Tags: []string{"Hunt"},
		Summary: "Forget a saved hunt", DefaultStatus: http.StatusNoContent,
	}, func(ctx context.Context, p auth.Principal, in *bySavedHuntID) (*struct{}, error) {
		return nil, a.companion.Hunt.DeleteSaved(ctx, p.Tenant, in.ID)
	})
}

func (a *api) saveHunt(ctx context.Context, p auth.Principal, in *newSavedHunt) (*answer[savedHunt], error) {
	h := hunt.SavedHunt{Name: in.Body.Name, Kind: in.Body.Kind, Question: in.Body.Question, CreatedBy: p.UserID}
	q, err := a.savedQuestion(ctx, p, h)
	if err == nil {
		err = q.Check()
	}
	if err != nil {
		return nil, placed("body.question", err)
	}
	h, err = a.companion.Hunt.Save(ctx, p.Tenant, h)
	return reply(viewSavedHunt(h), err)
}

func (a *api) runSavedHunt(ctx context.Context, p auth.Principal, in *bySavedHuntID) (*answer[comparison], error) {
	h, err := a.companion.Hunt.SavedHunt(ctx, p.Tenant, in.ID)
	if err != nil {
		return nil, err
	}
	q, err := a.savedQuestion(ctx, p, h)
	if err != nil {
		return nil, err
	}
	c, err := a.companion.Hunt.RunSaved(ctx, p.Tenant, h.ID, q)
	out := comparison{
		RanAt: c.At, PreviousAt: optionalTime(c.Previous), Entries: c.Entries, New: nonNil(c.New), Gone: nonNil(c.Gone),
		Changed: make([]changedThing, len(c.Changed)), Complete: c.Complete, Reason: c.Reason,
	}
	for i, changed := range c.Changed {
		out.Changed[i] = changedThing(changed)
	}
	return reply(out, err)
}

// savedSweep is a saved question of a sweep, whose route has the list for its body.
type savedSweep struct {
	QuestionScope
	List string `json:"list" minLength:"1"`
}

// savedQuestion reads the question of a saved hunt.
func (a *api) savedQuestion(ctx context.Context, p auth.Principal, h hunt.SavedHunt) (hunt.Question, error) {
	what := "saved " + h.Kind + " " + h.Name
	switch h.Kind {
	case "search":
		body, scope, err := readSaved(a, ctx, p, h.Question, what, func(b *searchBody) QuestionScope { return b.QuestionScope })
		body.Limit = anyLimit
		return body.question(scope), err
	case "stack":
		body, scope, err := readSaved(a, ctx, p, h.Question, what, func(b *stackBody) QuestionScope { return b.QuestionScope })
		body.Limit = anyLimit
		return body.question(scope), err
	case "pivot":
		body, scope, err := readSaved(a, ctx, p, h.Question, what, func(b *pivotRequest) QuestionScope { return b.QuestionScope })
		return hunt.Pivot{Scope: scope, Value: body.Value}, err
	case "sweep":
		body, scope, err := readSaved(a, ctx, p, h.Question, what, func(b *savedSweep) QuestionScope { return b.QuestionScope })
		if err != nil {
			return nil, err
		}
		list, err := indicator.Read(strings.NewReader(body.List))
		if err == nil && len(list.Indicators) == 0 {
			err = fmt.Errorf("%w: the list has no indicator", hunt.ErrQuestion)
		}
		return hunt.Sweep{Scope: scope, List: list}, placed("body.question.list", err)
	case "timeline":
		body, scope, err := readSaved(a, ctx, p, h.Question, what, (*timelineRequest).scope)
		body.Limit = anyLimit
		return body.question(scope), err
	case "diff":
		body, scope, err := readSaved(a, ctx, p, h.Question, what, (*diffBody).scope)
		return body.question(scope), err
	}
	return nil, fmt.Errorf("%w: there is no such kind", hunt.ErrQuestion)
}

// anyLimit stands for the limit of a question that is saved, which has none.
const anyLimit = 1

// readSaved reads a question as its route would, and refuses what its route would refuse. scope returns what it is about.
func readSaved[T any](a *api, ctx context.Context, p auth.Principal, question json.RawMessage, what string, scope func(*T) QuestionScope) (*T, hunt.Scope, error) {
	body := new(T)
	var given any
	if err := json.Unmarshal(question, &given); err != nil {
		return body, hunt.Scope{}, fmt.Errorf("%w: it is no JSON", hunt.ErrQuestion)
	}
	known := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	path, result := huma.NewPathBuffer(nil, 0), huma.ValidateResult{}
	path.Push("body")
	path.Push("question")
	huma.Validate(known, known.Schema(reflect.TypeFor[T](), false, ""), path, huma.ModeWriteToServer, given, &result)
	if len(result.Errors) > 0 {
		return body, hunt.Scope{}, huma.Error422UnprocessableEntity("validation failed", result.Errors...)
	}
	if err := json.Unmarshal(question, body); err != nil {
		return body, hunt.Scope{}, fmt.Errorf("%w: a value is of the wrong type or out of range", hunt.ErrQuestion)
	}
	found, err := a.huntScope(ctx, p, scope(body), what)
	return body, found, err
}

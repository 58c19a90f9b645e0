package transport

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/companion/hunt"
	"github.com/velocicompanion/velocicompanion/companion/hunt/indicator"
	"github.com/velocicompanion/velocicompanion/transport/internal/page"
)

// Watchlist is exported like QuestionScope.
type Watchlist struct {
	ID         string     `json:"id" format:"uuid"`
	Name       string     `json:"name"`
	Indicators int        `json:"indicators" doc:"How many it has; the same one twice counts once"`
	Invalid    int        `json:"invalid" doc:"How many pieces of what was given are no indicators"`
	CreatedBy  string     `json:"created_by"`
	CreatedAt  time.Time  `json:"created_at"`
	ChangedAt  time.Time  `json:"changed_at" doc:"When it was given its indicators"`
	MatchedAt  *time.Time `json:"matched_at" nullable:"true" doc:"When these indicators were matched with everything stored; null while that goes on in the background. What is ingested is matched in any case"`
	Sightings  int        `json:"sightings" doc:"How many there are"`
	Complete   bool       `json:"complete" doc:"false where there are more sightings than are kept, and reason says how many that is"`
	Reason     string     `json:"reason,omitempty"`
}

func viewWatchlist(w hunt.Watchlist) Watchlist {
	view := Watchlist{
		ID: w.ID, Name: w.Name, Indicators: w.Indicators, Invalid: w.Invalid, CreatedBy: w.CreatedBy, CreatedAt: w.CreatedAt,
		ChangedAt: w.ChangedAt, MatchedAt: optionalTime(w.MatchedAt), Sightings: w.Sightings, Complete: !w.Full,
	}
	if w.Full {
		view.Reason = "There are more than " + strconv.Itoa(w.Sightings) + " sightings; the others are not kept. Take indicators out that every host has."
	}
	return view
}

type watchlistAnswer struct {
	Watchlist
	InvalidPieces []invalidPiece `json:"invalid_pieces" doc:"What of the list is no indicator"`
}

type watchedIndicator struct {
	Indicator string `json:"indicator" doc:"As the list has it"`
	Line      int    `json:"line"`
	Kind      string `json:"kind"`
	Value     string `json:"value" doc:"In normal form"`
}

type newWatchlist struct {
	Name string `query:"name" required:"true" minLength:"1" maxLength:"200" example:"Beacon"`
	ListBody
}

type byWatchlistID struct {
	ID string `path:"watchlist_id"`
}

type renamedWatchlist struct {
	ID   string `path:"watchlist_id"`
	Body struct {
		Name string `json:"name" minLength:"1" maxLength:"200" example:"Beacon"`
	}
}

type otherIndicators struct {
	ID string `path:"watchlist_id"`
	ListBody
}

type indicatorList struct {
	ID string `path:"watchlist_id"`
	page.Request
}

const (
	watchlistsPath = "/api/watchlists"
	watchlistPath  = watchlistsPath + "/{watchlist_id}"
	indicatorsPath = watchlistPath + "/indicators"
)

func (a *api) routeWatchlists() {
	guarded(a, auth.Hunt, huma.Operation{
		OperationID: "list-watchlists", Method: http.MethodGet, Path: watchlistsPath, Tags: []string{"Watchlists"},
		Summary: "The tenant's watchlists, oldest first",
	}, func(ctx context.Context, p auth.Principal, _ *struct{}) (*listed[Watchlist], error) {
		found, err := a.companion.Hunt.Watchlists(ctx, p.Tenant)
		if err != nil {
			return nil, err
		}
		return list(found, "", viewWatchlist), nil
	})
	guarded(a, auth.Hunt, huma.Operation{
		OperationID: "create-watchlist", Method: http.MethodPost, Path: watchlistsPath, Tags: []string{"Watchlists"},
		Summary: "Keep a list of indicators under a name, and watch for them",
		Description: withExample("It is matched with everything stored and with whatever is ingested from now on. "+listForms,
			`POST /api/watchlists?name=Beacon 203[.]0[.]113[.]66 // its server`,
			`{"name":"Beacon","indicators":1,"invalid":0,"sightings":0,"complete":true}`),
		DefaultStatus: http.StatusCreated, MaxBodyBytes: streamed,
		Errors: []int{http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity},
	}, a.createWatchlist)
	takesList(a.huma.OpenAPI().Paths[watchlistsPath].Post)
	guarded(a, auth.Hunt, huma.Operation{
		OperationID: "get-watchlist", Method: http.MethodGet, Path: watchlistPath, Tags: []string{"Watchlists"},
		Summary: "One watchlist, with what of its list is no indicator",
	}, func(ctx context.Context, p auth.Principal, in *byWatchlistID) (*answer[watchlistAnswer], error) {
		w, l, err := a.companion.Hunt.Watchlist(ctx, p.Tenant, in.ID)
		return reply(watchlistAnswer{viewWatchlist(w), viewInvalid(l.Invalid)}, err)
	})
	guarded(a, auth.Hunt, huma.Operation{
		OperationID: "rename-watchlist", Method: http.MethodPut, Path: watchlistPath, Tags: []string{"Watchlists"},
		Summary: "Give a watchlist another name", Errors: []int{http.StatusConflict},
	}, func(ctx context.Context, p auth.Principal, in *renamedWatchlist) (*answer[Watchlist], error) {
		w, err := a.companion.Hunt.RenameWatchlist(ctx, p.Tenant, in.ID, in.Body.Name)
		return reply(viewWatchlist(w), err)
	})
	guarded(a, auth.Hunt, huma.Operation{
		OperationID: "delete-watchlist", Method: http.MethodDelete, Path: watchlistPath, Tags: []string{"Watchlists"},
		Summary: "Forget a watchlist and its sightings", DefaultStatus: http.StatusNoContent,
	}, func(ctx context.Context, p auth.Principal, in *byWatchlistID) (*struct{}, error) {
		return nil, a.companion.Hunt.DeleteWatchlist(ctx, p.Tenant, in.ID)
	})
	a.routeIndicators()
}

func (a *api) routeIndicators() {
	guarded(a, auth.Hunt, huma.Operation{
		OperationID: "list-indicators", Method: http.MethodGet, Path: indicatorsPath, Tags: []string{"Watchlists"},
		Summary: "The indicators of a watchlist, in the order of its list",
	}, a.listIndicators)
	guarded(a, auth.Hunt, huma.Operation{
		OperationID: "replace-indicators", Method: http.MethodPut, Path: indicatorsPath, Tags: []string{"Watchlists"},
		Summary: "Give a watchlist other indicators",
		Description: "They are matched with everything stored. Sightings of indicators that stay are kept, those of others are gone " +
			"when that is done. " + listForms,
		MaxBodyBytes: streamed, Errors: []int{http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity},
	}, a.replaceIndicators)
	takesList(a.huma.OpenAPI().Paths[indicatorsPath].Put)
}

func (a *api) createWatchlist(ctx context.Context, p auth.Principal, in *newWatchlist) (*answer[watchlistAnswer], error) {
	l, err := a.readList(&in.ListBody)
	if err != nil {
		return nil, err
	}
	w, err := a.companion.Hunt.SaveWatchlist(ctx, p.Tenant, in.Name, p.UserID, l)
	return reply(watchlistAnswer{viewWatchlist(w), viewInvalid(l.Invalid)}, err)
}

func (a *api) replaceIndicators(ctx context.Context, p auth.Principal, in *otherIndicators) (*answer[watchlistAnswer], error) {
	l, err := a.readList(&in.ListBody)
	if err != nil {
		return nil, err
	}
	w, err := a.companion.Hunt.ReplaceIndicators(ctx, p.Tenant, in.ID, l)
	return reply(watchlistAnswer{viewWatchlist(w), viewInvalid(l.Invalid)}, err)
}

// listIndicators has for its cursor the place in the list.
func (a *api) listIndicators(ctx context.Context, p auth.Principal, in *indicatorList) (*listed[watchedIndicator], error) {
	after, err := in.After(p.Tenant)
	if err != nil {
		return nil, err
	}
	_, l, err := a.companion.Hunt.Watchlist(ctx, p.Tenant, in.ID)
	if err != nil {
		return nil, err
	}
	from, _ := strconv.Atoi(after)
	from = min(max(from, 0), len(l.Indicators))
	rest := l.Indicators[from:]
	link := ""
	if len(rest) > in.Limit {
		rest, link = rest[:in.Limit], in.Link(p.Tenant, strconv.Itoa(from+in.Limit))
	}
	return list(rest, link, viewIndicator), nil
}

func viewIndicator(i indicator.Indicator) watchedIndicator {
	o := i.Observables[0]
	return watchedIndicator{Indicator: i.Text, Line: i.Line, Kind: o.Kind.String(), Value: o.Value}
}

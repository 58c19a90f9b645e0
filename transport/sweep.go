package transport

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/companion/hunt"
	"github.com/velocicompanion/velocicompanion/companion/hunt/indicator"
)

// ListBody is a request whose body is a list of indicators, which is read as it comes.
// It is exported like QuestionScope.
type ListBody struct {
	request *http.Request
	writer  http.ResponseWriter
}

// Resolve takes hold of the request.
func (in *ListBody) Resolve(hc huma.Context) []error {
	in.request, in.writer = humago.Unwrap(hc)
	return nil
}

// readList reads the body to its end.
func (a *api) readList(in *ListBody) (indicator.List, error) {
	body := a.newUpload(in.writer, in.request)
	list, err := indicator.Read(body)
	if err != nil {
		return indicator.List{}, body.cause(err)
	}
	return list, nil
}

const listForms = "The body is a list of up to 100,000 indicators, told by its content: text with one a line, also defanged and " +
	"with comments behind # or //, users as user:NAME; CSV; a JSON array of texts; a STIX 2.1 bundle; or MISP JSON. A network, " +
	"203.0.113.0/24 or 203.0.113.1-203.0.113.9, stands for its addresses, of which those of a list may have 100,000 together. A domain in the letters of its language is looked for in its " +
	"xn-- form, in which rows have it; where they may have it as it is, search for it. A domain that could be the name of a file, " +
	"run.py, is looked for as that too, where it is all that a column has."

// takesList documents that the body of an operation is a list. It is said only when the operation is registered, because
// huma would read a body that it knows of.
func takesList(op *huma.Operation) {
	text := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}, Example: "# beacon\n203[.]0[.]113[.]66\nhxxp://evil.example/p.sh\n"}
	document := &huma.MediaType{Schema: &huma.Schema{Description: "STIX 2.1, MISP or an array of texts"}}
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"text/plain": text, csvType: {Schema: text.Schema}, "application/json": document,
	}}
}

type sweepRequest struct {
	QuestionScope
	ListBody
}

type sweepAnswer struct {
	Indicators int            `json:"indicators" doc:"How many were looked for; the same one twice counts once"`
	Misses     int            `json:"misses" doc:"How many of them no host has"`
	Hits       []sweepHit     `json:"hits" doc:"In the order of the list, then by host and artifact"`
	Missed     []missed       `json:"missed" doc:"Which those are, in the order of the list"`
	Invalid    []invalidPiece `json:"invalid" doc:"What of the list is no indicator"`
	Account
}

type missed struct {
	Indicator string `json:"indicator" doc:"As the list has it"`
	Line      int    `json:"line"`
	Kind      string `json:"kind"`
}

type sweepHit struct {
	Indicator string `json:"indicator" doc:"As the list has it"`
	Line      int    `json:"line"`
	Kind      string `json:"kind"`
	Value     string `json:"value" doc:"In normal form"`
	NamedHost
	FoundIn
}

type invalidPiece struct {
	Line   int    `json:"line"`
	Text   string `json:"text" doc:"The beginning of it"`
	Reason string `json:"reason"`
}

func viewInvalid(pieces []indicator.Invalid) []invalidPiece {
	out := make([]invalidPiece, 0, len(pieces))
	for _, i := range pieces {
		out = append(out, invalidPiece(i))
	}
	return out
}

func (a *api) routeSweep() {
	guarded(a, auth.Hunt, huma.Operation{
		OperationID: "sweep", Method: http.MethodPost, Path: "/api/hunt/sweep", Tags: []string{"Hunt"},
		Summary: "Which of a list of indicators are on which hosts",
		Description: withExample(listForms,
			`POST /api/hunt/sweep /var/tmp/kworkerds // in the cache`,
			`{"indicators":1,"misses":0,"hits":[{"indicator":"/var/tmp/kworkerds","line":1,"kind":"path","hostname":"web01","artifact":"Linux.Sys.Pslist","rows":1}],"invalid":[]}`),
		MaxBodyBytes: streamed,
		Errors:       []int{http.StatusNotFound, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity},
	}, a.sweep)
	takesList(a.huma.OpenAPI().Paths["/api/hunt/sweep"].Post)
}

func (a *api) sweep(ctx context.Context, p auth.Principal, in *sweepRequest) (*answer[sweepAnswer], error) {
	scope, err := a.huntScope(ctx, p, in.QuestionScope, "sweep")
	if err != nil {
		return nil, err
	}
	list, err := a.readList(&in.ListBody)
	if err != nil {
		return nil, err
	}
	found, err := a.companion.Hunt.Sweep(ctx, hunt.Sweep{Scope: scope, List: list})
	if err != nil {
		return nil, placed("query", err)
	}
	out := sweepAnswer{
		Indicators: found.Indicators, Misses: len(found.Missed), Missed: make([]missed, len(found.Missed)),
		Hits: make([]sweepHit, 0, len(found.Hits)), Invalid: viewInvalid(found.Invalid), Account: viewAccount(found.Account),
	}
	for i, one := range found.Missed {
		out.Missed[i] = missed{one.Text, one.Line, one.Observables[0].Kind.String()}
	}
	for _, h := range found.Hits {
		out.Hits = append(out.Hits, sweepHit{
			Indicator: h.Indicator, Line: h.Line, Kind: h.Kind, Value: h.Value, NamedHost: viewNamedHost(h.Host), FoundIn: viewFoundIn(h.Found),
		})
	}
	return reply(out, nil)
}

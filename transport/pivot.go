package transport

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/companion/hunt"
	"github.com/velocicompanion/velocicompanion/virustotal"
)

type pivotRequest struct {
	QuestionScope
	Value string `json:"value" query:"value" required:"true" minLength:"1" maxLength:"32768" doc:"A hash, address, domain, URL, path, user or any other text, also defanged" example:"203.0.113.66"`
}

type pivotAnswer struct {
	Kind    string      `json:"kind" enum:"md5,sha1,sha256,imphash,ip,domain,url,email,path,user,sid,registry_key,text" doc:"What the value most likely is"`
	Value   string      `json:"value" doc:"In normal form"`
	Verdict *verdict    `json:"verdict" doc:"What VirusTotal said of a hash when it was last asked; null when it never was"`
	Hosts   []pivotHost `json:"hosts"`
	Account
}

type pivotHost struct {
	NamedHost
	Artifacts []FoundIn `json:"artifacts"`
}

// FoundIn says in which rows of a host something was found. It is exported like QuestionScope.
type FoundIn struct {
	Artifact    string    `json:"artifact"`
	Rows        int64     `json:"rows"`
	FirstSeen   time.Time `json:"first_seen"`
	LastSeen    time.Time `json:"last_seen"`
	Collections []string  `json:"collections" doc:"Ids of the collections with the rows"`
}

func viewFoundIn(f hunt.Found) FoundIn {
	return FoundIn{Artifact: f.Artifact, Rows: f.Rows, FirstSeen: f.FirstSeen, LastSeen: f.LastSeen, Collections: nonNil(f.Collections)}
}

func (a *api) routePivot() {
	guarded(a, auth.Hunt, huma.Operation{
		OperationID: "pivot", Method: http.MethodGet, Path: "/api/hunt/pivot", Tags: []string{"Hunt"},
		Summary: "Every host, artifact and collection that has a value",
		Description: withExample("An observable is found wherever it stands, also inside command lines and messages, and however it is "+
			"written: ?value=203[.]0[.]113[.]66 finds the URLs of that address too. Any value is found where it stands whole in a column, and as the name of a user. A "+
			"network is looked for as a text: search for its addresses with a query such as Raddr: 10.0.0.0/8. The hashes of the empty "+
			"file, which every host has, are found nowhere. VirusTotal is not asked.",
			`GET /api/hunt/pivot?value=/var/tmp/kworkerds`,
			`{"kind":"path","verdict":null,"hosts":[{"hostname":"web01","artifacts":[{"artifact":"Linux.Sys.Pslist","rows":1,"first_seen":"2026-06-02T03:12:00Z"}]}]}`),
		Errors: []int{http.StatusNotFound},
	}, a.pivot)
	// huma cannot say of an object that it may be null.
	verdicts := a.huma.OpenAPI().Components.Schemas.Map()["PivotAnswer"].Properties
	verdicts["verdict"] = &huma.Schema{
		Description: verdicts["verdict"].Description, OneOf: []*huma.Schema{{Ref: verdicts["verdict"].Ref}, {Type: "null"}},
	}
}

func (a *api) pivot(ctx context.Context, p auth.Principal, in *pivotRequest) (*answer[pivotAnswer], error) {
	scope, err := a.huntScope(ctx, p, in.QuestionScope, "pivot "+in.Value)
	if err != nil {
		return nil, err
	}
	found, err := a.companion.Hunt.Pivot(ctx, hunt.Pivot{Scope: scope, Value: in.Value})
	if err != nil {
		return nil, placed("query", err)
	}
	out := pivotAnswer{Kind: found.Kind, Value: found.Value, Hosts: make([]pivotHost, 0, len(found.Hosts)), Account: viewAccount(found.Account)}
	for _, h := range found.Hosts {
		view := pivotHost{NamedHost: viewNamedHost(h.Host)}
		for _, f := range h.Artifacts {
			view.Artifacts = append(view.Artifacts, viewFoundIn(f))
		}
		out.Hosts = append(out.Hosts, view)
	}
	out.Verdict, err = a.knownVerdict(ctx, p, found.Value)
	return reply(out, err)
}

// knownVerdict returns what is kept of a hash in the tenant that the caller acts in; nil for what is none.
func (a *api) knownVerdict(ctx context.Context, p auth.Principal, value string) (*verdict, error) {
	known, err := a.companion.VirusTotal.Known(ctx, p.Tenant, virustotal.Hash(value))
	if errors.Is(err, virustotal.ErrNotFound) || errors.Is(err, virustotal.ErrInvalidHash) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	view := viewVerdict(known)
	return &view, nil
}

package transport

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/companion/hunt"
	"github.com/velocicompanion/velocicompanion/tenancy"
	"github.com/velocicompanion/velocicompanion/transport/internal/page"
)

// QuestionScope is what every question takes, in its body or in its query.
// It is exported so that the document shows the fields of what it is embedded in.
type QuestionScope struct {
	Tenants     []string  `json:"tenants,omitempty" query:"tenants,explode" maxItems:"1000" doc:"The tenants to ask about; the one that the caller acts in where none is named. Each has to be one's own or granted"`
	Artifacts   []string  `json:"artifacts,omitempty" query:"artifacts,explode" maxItems:"1000" doc:"Whole names"`
	Hosts       []string  `json:"hosts,omitempty" query:"hosts,explode" maxItems:"10000" doc:"Ids, client ids, host names or FQDNs"`
	Labels      []string  `json:"labels,omitempty" query:"labels,explode" maxItems:"1000" doc:"Hosts with one of these labels"`
	Collections []string  `json:"collections,omitempty" query:"collections,explode" maxItems:"10000" doc:"Ids of collections"`
	Hunts       []string  `json:"hunts,omitempty" query:"hunts,explode" maxItems:"1000" doc:"Velociraptor's ids of hunts"`
	From        time.Time `json:"from,omitzero" query:"from" doc:"Only rows of this time or later"`
	To          time.Time `json:"to,omitzero" query:"to" doc:"Only rows before this time"`
	Query       string    `json:"query,omitempty" query:"query" maxLength:"65536" doc:"In the query language, as in Kibana; empty or * for every row" example:"Name: \"powershell.exe\" and CommandLine: *-enc*"`
}

// Account is what every answer of a question says of itself.
// It is exported for the same reason.
type Account struct {
	Scanned  scanned `json:"scanned" doc:"How much was looked at"`
	Complete bool    `json:"complete" doc:"false where a limit was met, and reason says which"`
	Reason   string  `json:"reason,omitempty"`
}

type scanned struct {
	Chunks       int64 `json:"chunks"`
	Rows         int64 `json:"rows"`
	Hosts        int64 `json:"hosts"`
	Bytes        int64 `json:"bytes" doc:"What was read of the store"`
	Milliseconds int64 `json:"milliseconds"`
}

func viewAccount(a hunt.Account) Account {
	s := a.Scanned
	return Account{
		Scanned:  scanned{Chunks: s.Chunks, Rows: s.Rows, Hosts: s.Hosts, Bytes: s.Bytes, Milliseconds: s.Elapsed.Milliseconds()},
		Complete: a.Complete, Reason: a.Reason,
	}
}

// huntScope turns the scope of a request into that of a question. A tenant that the caller may not enter is answered like
// one that does not exist; what the question is, for the trail of those it acts in through a grant, says what.
func (a *api) huntScope(ctx context.Context, p auth.Principal, in QuestionScope, what string) (hunt.Scope, error) {
	s := hunt.Scope{
		Tenants: []tenancy.ID{p.Tenant}, Artifacts: in.Artifacts, Hosts: in.Hosts, Labels: in.Labels,
		Collections: in.Collections, Hunts: in.Hunts, From: in.From, To: in.To, Query: in.Query,
	}
	if len(in.Tenants) == 0 {
		return s, nil
	}
	s.Tenants = nil
	for _, name := range in.Tenants {
		id, err := tenancy.Parse(name)
		if err != nil {
			return s, tenancy.ErrNotFound
		}
		if err := a.companion.Auth.RequireIn(ctx, p, id, auth.Hunt, what); err != nil {
			return s, err
		}
		s.Tenants = append(s.Tenants, id)
	}
	return s, nil
}

// asked is a request whose body is a question.
type asked[T any] struct {
	Body T
}

type searchBody struct {
	QuestionScope
	Order   string   `json:"order,omitempty" enum:"newest,stored" default:"newest" doc:"newest: the collection that came last comes first; stored: by artifact"`
	Limit   int      `json:"limit,omitempty" minimum:"1" maximum:"1000" default:"100" doc:"The most rows of a page, which has fewer where more would be longer than 16 MiB; an export has all rows"`
	Cursor  string   `json:"cursor,omitempty" maxLength:"8192" doc:"The next of the page before"`
	Skip    int      `json:"skip,omitempty" minimum:"0" doc:"Rows to pass over behind the cursor, to begin anywhere in a long answer"`
	Count   bool     `json:"count,omitempty" doc:"Look at everything, and say in total how many rows there are"`
	Columns []string `json:"columns,omitempty" maxItems:"1000" doc:"The columns of an export as CSV; those of all its rows where none is named"`
}

func (b *searchBody) question(scope hunt.Scope) hunt.Search {
	return hunt.Search{Scope: scope, Order: hunt.Order(b.Order), Limit: b.Limit, Skip: b.Skip, Count: b.Count}
}

type searchRequest struct {
	Accept string `header:"Accept" doc:"application/x-ndjson or text/csv for an export of all rows"`
	Body   searchBody
}

type foundRow struct {
	TenantID     string          `json:"tenant_id" format:"uuid"`
	HostID       string          `json:"host_id"`
	Hostname     string          `json:"hostname"`
	ClientID     string          `json:"client_id"`
	Artifact     string          `json:"artifact"`
	CollectionID string          `json:"collection_id" format:"uuid"`
	FlowID       string          `json:"flow_id"`
	Row          int64           `json:"row" doc:"Its place among the artifact's rows in the collection, from 0"`
	Time         *string         `json:"time" nullable:"true" format:"date-time" doc:"The row's own time, in UTC and as long as any other, so that texts sort as times do; null where it has none"`
	Data         json.RawMessage `json:"data" doc:"The row as Velociraptor wrote it"`
}

func viewFoundRow(r hunt.Row) foundRow {
	return foundRow{
		TenantID: r.Tenant.String(), HostID: r.HostID, Hostname: r.Hostname, ClientID: r.ClientID, Artifact: r.Artifact,
		CollectionID: r.CollectionID, FlowID: r.FlowID, Row: r.Row, Time: rowTime(r.Time), Data: r.Data,
	}
}

func rowTime(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	text := t.UTC().Format("2006-01-02T15:04:05.000000Z")
	return &text
}

type searchAnswer struct {
	Rows []foundRow `json:"rows"`
	Next string     `json:"next,omitempty" doc:"The cursor of the next page; absent on the last"`
	// Total is nil where nobody asked.
	Total *int64 `json:"total,omitempty" doc:"How many rows there are behind the cursor, skipped or not; absent without count"`
	Account
}

type stackBody struct {
	QuestionScope
	Artifact string   `json:"artifact" minLength:"1" maxLength:"1024" example:"Windows.System.Pslist"`
	Fields   []string `json:"fields" minItems:"1" maxItems:"3" doc:"Paths, as Hash.SHA256"`
	Order    string   `json:"order,omitempty" enum:"rare,common" default:"rare" doc:"rare: the values of the fewest hosts come first"`
	Limit    int      `json:"limit,omitempty" minimum:"1" maximum:"100000" default:"100" doc:"The most values to return"`
}

func (b *stackBody) question(scope hunt.Scope) hunt.Stack {
	return hunt.Stack{Scope: scope, Artifact: b.Artifact, Fields: b.Fields, Order: hunt.StackOrder(b.Order), Limit: b.Limit}
}

type stackAnswer struct {
	Values            []stackValue   `json:"values"`
	Distinct          int64          `json:"distinct" doc:"How many values there are, returned or not"`
	Missing           int64          `json:"missing" doc:"Rows without one of the fields"`
	Unknown           []unknownField `json:"unknown_fields,omitempty" doc:"Where no row has all fields: those that no row has at all, as a mistyped one"`
	HostsWithArtifact int64          `json:"hosts_with_artifact" doc:"Hosts of the scope that have rows of the artifact, of whatever time"`
	HostsTotal        int64          `json:"hosts_total" doc:"Hosts of the tenants"`
	Account
}

type unknownField struct {
	Field   string `json:"field"`
	Nearest string `json:"nearest,omitempty" doc:"The path that rows have and that is most like it"`
}

type stackValue struct {
	Values      []json.RawMessage `json:"values" doc:"One for each field"`
	Rows        int64             `json:"rows"`
	Hosts       int64             `json:"hosts"`
	FirstSeen   time.Time         `json:"first_seen"`
	LastSeen    time.Time         `json:"last_seen"`
	SampleHosts []NamedHost       `json:"sample_hosts" doc:"Some of the hosts"`
}

// NamedHost names a host. It is exported for the same reason.
type NamedHost struct {
	TenantID string `json:"tenant_id" format:"uuid"`
	HostID   string `json:"host_id"`
	Hostname string `json:"hostname"`
	ClientID string `json:"client_id"`
}

func viewNamedHost(h hunt.HostRef) NamedHost {
	return NamedHost{TenantID: h.Tenant.String(), HostID: h.ID, Hostname: h.Hostname, ClientID: h.ClientID}
}

// promise is what pages of rows say of rows that come meanwhile.
const promise = "Pages that follow one another have each row once that was there when the first was made, whatever is ingested " +
	"meanwhile; of that, they have what stands behind the cursor. Where a longer export took the place of rows, they have the ones or " +
	"the others. Where it did so with those in the middle of which a page would begin, the answer is 409: begin again without a cursor."

func (a *api) routeHunt() {
	found := a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[searchAnswer](), true, "SearchAnswer")
	row := a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[foundRow](), true, "FoundRow")
	guarded(a, auth.Hunt, huma.Operation{
		OperationID: "search", Method: http.MethodPost, Path: "/api/hunt/search", Tags: []string{"Hunt"},
		Summary: "The rows that a query selects, over all hosts",
		Description: withExample("A page of them; or with Accept: application/x-ndjson or text/csv all of them, streamed, as they were "+
			"when the export began. In CSV, cells that a spreadsheet would take for a formula have a ' before them, and columns of rows "+
			"that are called as those that say where a row comes from have data. before their names. "+promise,
			`POST /api/hunt/search {"query":"Exe: /var/tmp/* and not Username: daemon","limit":10}`,
			`{"rows":[{"hostname":"web01","artifact":"Linux.Sys.Pslist","row":1,"time":"2026-06-02T03:12:00.000000Z","data":{"Name":"kworkerds"}}],"complete":true}`),
		Responses: map[string]*huma.Response{"200": {Description: "Rows", Content: map[string]*huma.MediaType{
			"application/json": {Schema: found}, linesType: {Schema: row}, csvType: {Schema: &huma.Schema{Type: huma.TypeString}},
		}}},
		Errors: []int{http.StatusNotFound, http.StatusConflict},
	}, a.search)
	guarded(a, auth.Hunt, huma.Operation{
		OperationID: "stack", Method: http.MethodPost, Path: "/api/hunt/stack", Tags: []string{"Hunt"},
		Summary: "The values that fields have, and how many hosts have each",
		Description: withExample("Values keep their types, and numbers how they are written: 1, 1.0 and \"1\" are three. A row that lacks one of the fields is counted as missing.",
			`POST /api/hunt/stack {"artifact":"Linux.Sys.Pslist","fields":["Name","Username"],"order":"rare"}`,
			`{"values":[{"values":["kworkerds","root"],"rows":1,"hosts":1,"sample_hosts":[{"hostname":"web01"}]}],"distinct":2,"missing":0,"hosts_with_artifact":1,"hosts_total":1}`),
		Errors: []int{http.StatusNotFound},
	}, a.stack)
}

func (a *api) search(ctx context.Context, p auth.Principal, in *searchRequest) (*huma.StreamResponse, error) {
	scope, err := a.huntScope(ctx, p, in.Body.QuestionScope, "search "+in.Body.Query)
	if err != nil {
		return nil, err
	}
	q := in.Body.question(scope)
	if preferred(in.Accept, linesType, csvType) != "" {
		return a.export(ctx, p, q, in), nil
	}
	binding := in.Body
	binding.Cursor, binding.Limit, binding.Skip, binding.Count = "", 0, 0, false
	bound, err := json.Marshal(binding)
	if err != nil {
		return nil, fmt.Errorf("transport: a question: %w", err)
	}
	if q.After, err = page.Open(in.Body.Cursor, p.Tenant.String(), string(bound)); err != nil {
		return nil, err
	}
	found, err := a.companion.Hunt.Search(ctx, q)
	if err != nil {
		return nil, err
	}
	out := searchAnswer{Rows: make([]foundRow, 0, len(found.Rows)), Account: viewAccount(found.Account)}
	for _, r := range found.Rows {
		out.Rows = append(out.Rows, viewFoundRow(r))
	}
	if in.Body.Count {
		out.Total = &found.Total
	}
	if found.Next != "" {
		out.Next = page.Bind(found.Next, p.Tenant.String(), string(bound))
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		hc.SetHeader("Content-Type", "application/json")
		_ = huma.DefaultJSONFormat.Marshal(hc.BodyWriter(), out)
	}}, nil
}

func (a *api) stack(ctx context.Context, p auth.Principal, in *asked[stackBody]) (*answer[stackAnswer], error) {
	scope, err := a.huntScope(ctx, p, in.Body.QuestionScope, "stack "+in.Body.Artifact)
	if err != nil {
		return nil, err
	}
	found, err := a.companion.Hunt.Stack(ctx, in.Body.question(scope))
	if err != nil {
		return nil, err
	}
	out := stackAnswer{
		Values: make([]stackValue, 0, len(found.Values)), Distinct: found.Distinct, Missing: found.Missing,
		HostsWithArtifact: found.HostsWithArtifact, HostsTotal: found.HostsTotal, Account: viewAccount(found.Account),
	}
	for _, u := range found.Unknown {
		out.Unknown = append(out.Unknown, unknownField(u))
	}
	for _, v := range found.Values {
		view := stackValue{Values: v.Values, Rows: v.Rows, Hosts: v.Hosts, FirstSeen: v.FirstSeen, LastSeen: v.LastSeen}
		for _, h := range v.SampleHosts {
			view.SampleHosts = append(view.SampleHosts, viewNamedHost(h))
		}
		out.Values = append(out.Values, view)
	}
	return reply(out, nil)
}

package transport

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/ingest/velociraptor"
)

// ingestion is the request as it comes: its body is streamed, so huma does not get to read it.
type ingestion struct {
	Artifact string `query:"artifact" doc:"For JSON Lines: the artifact that the rows belong to"`
	Hostname string `query:"hostname" doc:"For JSON Lines: the host, unless client_id says which"`
	ClientID string `query:"client_id" doc:"For JSON Lines: Velociraptor's id of the host"`
	FlowID   string `query:"flow_id" doc:"For JSON Lines: the flow; rows of one flow sent twice are kept once"`
	Encoding string `header:"Content-Encoding" doc:"gzip or zstd, where the body is compressed"`

	request *http.Request
	writer  http.ResponseWriter
}

// Resolve takes hold of the request.
func (in *ingestion) Resolve(hc huma.Context) []error {
	in.request, in.writer = humago.Unwrap(hc)
	return nil
}

type ingested struct {
	Message     string       `json:"message"`
	HostID      string       `json:"host_id,omitempty" doc:"Where all of it came from one host"`
	Collections []collection `json:"collections"`
	Notes       []string     `json:"notes" doc:"What was left as it was, and why"`
}

func (a *api) routeIngestion() {
	guarded(a, auth.Ingest, huma.Operation{
		OperationID: "ingest", Method: http.MethodPost, Path: "/api/ingestion/ingest", Tags: []string{"Ingestion"},
		Summary: "Take in what Velociraptor collected",
		Description: "application/zip: an export of a flow or of a hunt, as the body or as the part \"file\" of a form. " +
			"application/x-ndjson: rows of one artifact of one host, named in the query. " +
			"application/json: one document, {\"hostname\", \"data\"} or {\"hostname\" or \"client_id\", \"artifact\", \"flow_id\", \"rows\"}. " +
			"Bodies are streamed and may be gzip or zstd. All of a request becomes visible at once, or nothing of it.",
		DefaultStatus: http.StatusCreated, MaxBodyBytes: streamed,
		Errors: []int{http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity},
	}, a.ingest)
	a.mayBeThere("/api/ingestion/ingest")
	// Said only now, because huma would read a body that it knows of.
	a.huma.OpenAPI().Paths["/api/ingestion/ingest"].Post.RequestBody = ingestionBody()
}

func ingestionBody() *huma.RequestBody {
	file := &huma.Schema{Type: huma.TypeString, Format: "binary"}
	text := &huma.Schema{Type: huma.TypeString}
	row := &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true}
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"application/zip": {Schema: file},
		linesType:         {Schema: &huma.Schema{Type: huma.TypeString, Description: "A JSON object a line"}},
		"multipart/form-data": {Schema: &huma.Schema{
			Type: huma.TypeObject, Required: []string{"file"}, Properties: map[string]*huma.Schema{"file": file},
		}},
		"application/json": {Schema: &huma.Schema{Type: huma.TypeObject, Properties: map[string]*huma.Schema{
			"hostname": text, "client_id": text, "artifact": text, "flow_id": text, "data": row,
			"rows": {Type: huma.TypeArray, Items: row},
		}}},
	}}
}

func (a *api) ingest(ctx context.Context, p auth.Principal, in *ingestion) (*answerWithStatus[ingested], error) {
	body := &upload{body: in.request.Body, control: http.NewResponseController(in.writer)}
	report, err := a.keep(ctx, p, in, body)
	if err != nil {
		return nil, body.cause(err)
	}
	out := viewIngested(report)
	if out.Status == http.StatusCreated {
		a.companion.Auth.Record(ctx, p, auth.ActionIngested, out.Body.Collections[0].ID, out.Body.Message)
	}
	return out, nil
}

func (a *api) keep(ctx context.Context, p auth.Principal, in *ingestion, body io.Reader) (ingest.Report, error) {
	plain, err := a.companion.Ingest.Decompress(body, in.Encoding)
	if err != nil {
		return ingest.Report{}, err
	}
	defer plain.Close()
	reader, release, err := a.reader(ctx, in, plain)
	if err != nil {
		return ingest.Report{}, err
	}
	defer release()
	return a.companion.Ingest.Ingest(ctx, p.Tenant, reader)
}

// reader returns what reads a body of the request's type, and what to call when it has been read.
func (a *api) reader(ctx context.Context, in *ingestion, body io.Reader) (ingest.Reader, func(), error) {
	none := func() {}
	switch mediaType(in.request.Header) {
	case linesType:
		return &velociraptor.JSONLines{
			Body: body, Artifact: in.Artifact, Hostname: in.Hostname, ClientID: in.ClientID, FlowID: in.FlowID,
		}, none, nil
	case "application/json":
		return &velociraptor.Document{Body: body}, none, nil
	case "application/zip":
		return a.archive(ctx, body)
	case "multipart/form-data":
		return a.formFile(ctx, in.request, body)
	}
	return nil, none, huma.Error415UnsupportedMediaType("Say with Content-Type what the body is: application/json, application/x-ndjson, application/zip or multipart/form-data.")
}

// archive puts a zip into a file of its own, because its directory stands at its end.
func (a *api) archive(ctx context.Context, body io.Reader) (ingest.Reader, func(), error) {
	file, err := a.companion.Ingest.Spool(ctx, body)
	if err != nil {
		return nil, nil, err
	}
	return &velociraptor.Archive{File: file, Size: file.Size()}, func() { _ = file.Close() }, nil
}

func viewIngested(report ingest.Report) *answerWithStatus[ingested] {
	out := &answerWithStatus[ingested]{Status: http.StatusOK}
	out.Body.Notes = nonNil(report.Notes)
	out.Body.Collections = []collection{}
	var rows int64
	hosts := map[string]bool{}
	for _, c := range report.Collections {
		view := viewCollection(c.Collection)
		view.Artifacts = make([]result, 0, len(c.Brought))
		for _, brought := range c.Brought {
			account := viewResult(brought.Result)
			account.Outcome = string(brought.Outcome)
			view.Artifacts = append(view.Artifacts, account)
			rows += brought.Stored
		}
		out.Body.Collections = append(out.Body.Collections, view)
		if c.Collection.Status != ingest.Duplicate {
			out.Status = http.StatusCreated
		}
		hosts[c.Collection.HostID] = true
	}
	if len(hosts) == 1 {
		out.Body.HostID = report.Collections[0].Collection.HostID
	}
	out.Body.Message = fmt.Sprintf("%d rows of %d collections are kept.", rows, len(report.Collections))
	if out.Status == http.StatusOK {
		out.Body.Message = "All of it was there already."
	}
	return out
}

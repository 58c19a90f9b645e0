package transport

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/ingest/velociraptor"
)

// ingestion is the request as it comes: its body is streamed, so huma does not get to read it.
type ingestion struct {
	Artifact string `query:"artifact" doc:"For tables: the artifact that the rows belong to, unless their column _Source says it"`
	Hostname string `query:"hostname" doc:"For tables: the host, unless client_id or the rows themselves say which. For archives that name none"`
	ClientID string `query:"client_id" doc:"Velociraptor's id of the host, likewise"`
	FlowID   string `query:"flow_id" doc:"For tables of a named host: the flow; rows of one flow sent twice are kept once"`
	Encoding string `header:"Content-Encoding" doc:"gzip or zstd, where the body is compressed"`
	Password string `header:"X-Container-Password" doc:"For archives that are locked with a password"`
	Prefer   string `header:"Prefer" doc:"respond-async: the body is read to its end and answered with 202 and a job"`

	fileName  string // of the part of a form
	request   *http.Request
	writer    http.ResponseWriter
	principal auth.Principal
}

// readerOf returns what reads a body, and what to call when it has been read.
type readerOf func(a *api, ctx context.Context, in *ingestion, body io.Reader) (ingest.Reader, func(), error)

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
		Description: "application/zip: an export of a flow or of a hunt, what an offline collector collected, or a zip of such, as the " +
			"body or as the part \"file\" of a form, whose part \"password\" opens a locked one; a part that is named as *.jsonl, *.json or " +
			"*.csv is a table. " +
			"application/x-ndjson, text/csv: a table of rows. The query names their host and artifact, or each row does: rows of " +
			"several hosts in ClientId and FlowId, their artifact in _Source. " +
			"application/json: an array of rows, or rows one after the other, likewise, or one document, {\"hostname\", \"data\"} or " +
			"{\"hostname\" or \"client_id\", \"artifact\", \"flow_id\", \"rows\"}. " +
			"Bodies are streamed and may be gzip or zstd. All of a request becomes visible at once, or nothing of it. " +
			"With Prefer: respond-async the answer is a job once the whole body is there; the job goes on by itself.",
		DefaultStatus: http.StatusCreated, MaxBodyBytes: streamed,
		Errors: []int{http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity},
	}, a.ingest)
	a.documentIngested()
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
			Type: huma.TypeObject, Required: []string{"file"}, Properties: map[string]*huma.Schema{"file": file, "password": text},
		}},
		csvType: {Schema: &huma.Schema{Type: huma.TypeString, Description: "A table with a header"}},
		"application/json": {Schema: &huma.Schema{OneOf: []*huma.Schema{
			{Type: huma.TypeObject, Properties: map[string]*huma.Schema{
				"hostname": text, "client_id": text, "artifact": text, "flow_id": text, "data": row,
				"rows": {Type: huma.TypeArray, Items: row},
			}},
			{Type: huma.TypeArray, Items: row},
		}}},
	}}
}

// ingestAnswer is what was kept, or the job that will keep it.
type ingestAnswer struct {
	Status   int
	Location string `header:"Location" doc:"Of the job, relative to this route"`
	Applied  string `header:"Preference-Applied" doc:"respond-async where the answer is a job"`
	Body     any
}

// documentIngested documents the bodies of an ingestAnswer.
func (a *api) documentIngested() {
	schema := func(of any, name string) map[string]*huma.MediaType {
		return map[string]*huma.MediaType{"application/json": {
			Schema: a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeOf(of), true, name),
		}}
	}
	responses := a.huma.OpenAPI().Paths["/api/ingestion/ingest"].Post.Responses
	responses["201"].Content = schema(ingested{}, "Ingested")
	a.mayBeThere("/api/ingestion/ingest")
	responses["202"] = &huma.Response{
		Description: "It is being taken in", Content: schema(job{}, "Job"), Headers: responses["201"].Headers,
	}
	responses["201"].Headers = nil
}

func (a *api) ingest(ctx context.Context, p auth.Principal, in *ingestion) (*ingestAnswer, error) {
	in.principal = p
	body := a.newUpload(in.writer, in.request)
	if a.companion.Ingest.Jobs.Open() && prefersAsync(in.Prefer) {
		begun, err := a.begin(ctx, in, body)
		if err != nil {
			return nil, body.cause(err)
		}
		return &ingestAnswer{Status: http.StatusAccepted, Location: "jobs/" + begun.ID, Applied: respondAsync, Body: begun}, nil
	}
	report, err := a.keep(ctx, in, body, (*api).reader)
	if err != nil {
		return nil, body.cause(err)
	}
	out := viewIngested(report)
	return &ingestAnswer{Status: out.Status, Body: out.Body}, nil
}

// keep ingests a body and records that. Nothing of the body is read before it is its turn.
func (a *api) keep(ctx context.Context, in *ingestion, body io.Reader, of readerOf) (ingest.Report, error) {
	ctx, leave, err := a.companion.Ingest.Admit(ctx, in.principal.Tenant)
	if err != nil {
		return ingest.Report{}, err
	}
	defer leave()
	plain, err := a.companion.Ingest.Decompress(in.principal.Tenant, body, in.Encoding)
	if err != nil {
		return ingest.Report{}, err
	}
	defer plain.Close()
	reader, release, err := of(a, ctx, in, plain)
	if err != nil {
		return ingest.Report{}, err
	}
	defer release()
	return a.keepRead(ctx, in.principal, reader)
}

// keepRead ingests what a reader reads and records that.
func (a *api) keepRead(ctx context.Context, p auth.Principal, reader ingest.Reader) (ingest.Report, error) {
	report, err := a.companion.Ingest.Ingest(ctx, p.Tenant, reader)
	if err != nil {
		return ingest.Report{}, err
	}
	if out := viewIngested(report); out.Status == http.StatusCreated {
		a.companion.Auth.Record(ctx, p, auth.ActionIngested, out.Body.Collections[0].ID, out.Body.Message)
	}
	return report, nil
}

// reader is the readerOf a request's type.
func (a *api) reader(ctx context.Context, in *ingestion, body io.Reader) (ingest.Reader, func(), error) {
	none := func() {}
	switch mediaType(in.request.Header) {
	case linesType:
		return in.table(body, velociraptor.JSONLines), none, nil
	case csvType:
		return in.table(body, velociraptor.CSV), none, nil
	case "application/json":
		return in.json(body), none, nil
	case zipType, multipartType:
		return a.archiveReader(ctx, in, body)
	}
	return nil, none, huma.Error415UnsupportedMediaType("Say with Content-Type what the body is: application/json, " +
		"application/x-ndjson, text/csv, application/zip or multipart/form-data.")
}

const (
	csvType       = "text/csv"
	zipType       = "application/zip"
	multipartType = "multipart/form-data"
)

func (in *ingestion) table(body io.Reader, form velociraptor.Form) *velociraptor.Table {
	return &velociraptor.Table{
		Body: body, Form: form, Artifact: in.Artifact, Hostname: in.Hostname, ClientID: in.ClientID, FlowID: in.FlowID,
	}
}

// json returns the reader of a JSON text: rows, or a document.
func (in *ingestion) json(body io.Reader) ingest.Reader {
	buffered := bufio.NewReader(body)
	if startsArray(buffered) {
		return in.table(buffered, velociraptor.JSONArrays)
	}
	return &velociraptor.Document{Body: buffered, Rows: *in.table(nil, velociraptor.JSONLines)}
}

// startsArray reports whether the first thing in a JSON text is an array. It looks no further than r has buffered; white
// space of that length is in no table.
func startsArray(r *bufio.Reader) bool {
	for n := 1; n <= r.Size(); n++ {
		start, err := r.Peek(n)
		if err != nil {
			return false // whoever reads it will see
		}
		if c := start[n-1]; strings.IndexByte(" \t\r\n\xef\xbb\xbf", c) < 0 { // white space and a byte order mark
			return c == '['
		}
	}
	return false
}

// archiveReader is the readerOf archives.
func (a *api) archiveReader(ctx context.Context, in *ingestion, body io.Reader) (ingest.Reader, func(), error) {
	archive, release, err := a.bodyArchive(ctx, in, body)
	if err != nil {
		return nil, nil, err
	}
	return in.named(archive), release, nil
}

// bodyArchive returns the archive that a body is, or that a form has.
func (a *api) bodyArchive(ctx context.Context, in *ingestion, body io.Reader) (*velociraptor.Archive, func(), error) {
	if mediaType(in.request.Header) == zipType {
		return a.archive(ctx, in, body)
	}
	return a.formFile(ctx, in, body)
}

// archive puts a zip into a file of its own, because its directory stands at its end.
func (a *api) archive(ctx context.Context, in *ingestion, body io.Reader) (*velociraptor.Archive, func(), error) {
	file, err := a.companion.Ingest.Spool(ctx, in.principal.Tenant, body)
	if err != nil {
		return nil, nil, err
	}
	return &velociraptor.Archive{
		File: file, Size: file.Size(), Hostname: in.Hostname, ClientID: in.ClientID,
		Password: in.Password, Keys: a.cfg.ContainerKeys,
		KeyUsed: a.keyUsed(ctx, in.principal),
	}, func() { _ = file.Close() }, nil
}

// keyUsed returns what records that a key opened something.
func (a *api) keyUsed(ctx context.Context, p auth.Principal) func(string) {
	return func(key string) { a.companion.Auth.Record(ctx, p, auth.ActionKeyUsed, key, "") }
}

func viewIngested(report ingest.Report) *answerWithStatus[ingested] {
	out := &answerWithStatus[ingested]{Status: http.StatusOK}
	out.Body.Notes = nonNil(report.Notes)
	out.Body.Collections = []collection{}
	var rows int64
	left := 0
	hosts, seen := map[string]bool{}, map[string]bool{}
	for _, c := range report.Collections {
		view := viewCollection(c.Collection)
		view.Artifacts = make([]result, 0, len(c.Brought))
		for _, brought := range c.Brought {
			account := viewResult(brought.Result)
			account.Outcome = string(brought.Outcome)
			view.Artifacts = append(view.Artifacts, account)
			if brought.Outcome != ingest.Same || !seen[c.Collection.ID] {
				rows += brought.Stored
			}
			if brought.Outcome == ingest.Shorter {
				left++
			}
		}
		out.Body.Collections = append(out.Body.Collections, view)
		if c.Collection.Status != ingest.Duplicate {
			out.Status = http.StatusCreated
		}
		hosts[c.Collection.HostID], seen[c.Collection.ID] = true, true
	}
	if len(hosts) == 1 {
		out.Body.HostID = report.Collections[0].Collection.HostID
	}
	out.Body.Message = fmt.Sprintf("%d rows of %d collections are kept.", rows, len(seen))
	switch {
	case out.Status == http.StatusOK && left == 0:
		out.Body.Message = "All of it was there already."
	case out.Status == http.StatusOK:
		out.Body.Message = "Nothing was added."
	}
	if left > 0 {
		out.Body.Message += fmt.Sprintf(" The rows of %d artifacts were not kept, because more of the same flow were there: see notes.", left)
	}
	return out
}

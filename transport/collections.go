package transport

import (
	"bufio"
	"context"
	"fmt"
	"hash/fnv"
	"io"
	"iter"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/transport/internal/page"
)

const linesType = "application/x-ndjson"

type collection struct {
	ID           string    `json:"id" format:"uuid"`
	HostID       string    `json:"host_id" format:"uuid"`
	Hostname     string    `json:"hostname"`
	ClientID     string    `json:"client_id"`
	FlowID       string    `json:"flow_id" example:"F.DC28ASD4A4E92"`
	HuntID       string    `json:"hunt_id,omitempty"`
	Status       string    `json:"status" enum:"complete,partial,duplicate" doc:"partial: rows were rejected or are missing; duplicate, after an ingest only: all of it was there"`
	ExpectedRows *int64    `json:"expected_rows" nullable:"true" doc:"What Velociraptor says the flow has; null where it does not say"`
	CollectedAt  time.Time `json:"collected_at"`
	IngestedAt   time.Time `json:"ingested_at"`
	Artifacts    []result  `json:"artifacts"`
	Uploads      *uploads  `json:"uploads,omitempty" doc:"Files that were copied from the host, where they are listed"`
}

type uploads struct {
	Listed   int64  `json:"listed"`
	Expected *int64 `json:"expected" nullable:"true" doc:"Files that Velociraptor says there are; null where it does not say"`
}

type result struct {
	Artifact   string      `json:"artifact" example:"Linux.Sys.Pslist"`
	Expected   *int64      `json:"expected" nullable:"true" doc:"Rows that Velociraptor says there are; null where it does not say"`
	Read       int64       `json:"read" doc:"Rows that were offered"`
	Stored     int64       `json:"stored"`
	Rejected   int64       `json:"rejected" doc:"Rows that could not be kept"`
	NullRows   int64       `json:"null_rows" doc:"Stored rows that hold nothing but nulls"`
	Rejections []rejection `json:"rejections" doc:"The first of them"`
	Outcome    string      `json:"outcome,omitempty" enum:"added,same,replaced,shorter,whole" doc:"After an ingest: what became of the rows; shorter: none is kept, because more of the flow came earlier; whole: they took the place of what was pushed"`
}

type rejection struct {
	Line   int64  `json:"line"`
	Reason string `json:"reason"`
}

func viewCollection(c ingest.Collection) collection {
	out := collection{
		ID: c.ID, HostID: c.HostID, Hostname: c.Hostname, ClientID: c.ClientID, FlowID: c.FlowID, HuntID: c.HuntID,
		Status: string(c.Status), ExpectedRows: c.ExpectedRows, CollectedAt: c.CollectedAt, IngestedAt: c.IngestedAt,
		Artifacts: make([]result, 0, len(c.Results)),
	}
	for _, r := range c.Artifacts() {
		out.Artifacts = append(out.Artifacts, viewResult(r))
	}
	if listed, ok := c.Uploads(); ok {
		out.Uploads = &uploads{Listed: listed.Stored, Expected: listed.Expected}
	}
	return out
}

func viewResult(r ingest.Result) result {
	view := result{
		Artifact: r.Artifact, Expected: r.Expected, Read: r.Read, Stored: r.Stored, Rejected: r.Rejected, NullRows: r.NullRows,
		Rejections: make([]rejection, 0, len(r.Rejections)),
	}
	for _, rejected := range r.Rejections {
		view.Rejections = append(view.Rejections, rejection(rejected))
	}
	return view
}

type artifact struct {
	Artifact  string    `json:"artifact"`
	Rows      int64     `json:"rows"`
	Hosts     int64     `json:"hosts" doc:"Hosts that returned it, if only with no rows"`
	FirstSeen time.Time `json:"first_seen" doc:"When it was first collected"`
	LastSeen  time.Time `json:"last_seen"`
}

type collectionList struct {
	page.Request
	HostID   string `query:"host_id" maxLength:"512"`
	Artifact string `query:"artifact" maxLength:"512"`
	FlowID   string `query:"flow_id" maxLength:"512"`
	HuntID   string `query:"hunt_id" maxLength:"512"`
}

type byCollectionID struct {
	ID string `path:"collection_id"`
}

type rowList struct {
	ID string `path:"collection_id"`
	page.Request
	Artifact string `query:"artifact" maxLength:"1024" doc:"May be left out where the collection has just one"`
	Accept   string `header:"Accept" doc:"application/x-ndjson for all rows, exact, streamed"`
}

type uploadList struct {
	ID string `path:"collection_id"`
	page.Request
	Accept string `header:"Accept" doc:"application/x-ndjson for all of them, streamed"`
}

func (a *api) routeCollections() {
	guarded(a, auth.ReadCollections, huma.Operation{
		OperationID: "list-collections", Method: http.MethodGet, Path: "/api/collections", Tags: []string{"Collections"},
		Summary: "What was ingested, newest first",
	}, a.listCollections)
	guarded(a, auth.ReadCollections, huma.Operation{
		OperationID: "get-collection", Method: http.MethodGet, Path: "/api/collections/{collection_id}", Tags: []string{"Collections"},
		Summary: "One collection, with the account of its rows",
	}, func(ctx context.Context, p auth.Principal, in *byCollectionID) (*answer[collection], error) {
		c, err := a.companion.Ingest.Collection(ctx, p.Tenant, in.ID)
		return reply(viewCollection(c), err)
	})
	row := &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true, Description: "A row as Velociraptor wrote it"}
	guarded(a, auth.ReadCollections, huma.Operation{
		OperationID: "list-rows", Method: http.MethodGet, Path: "/api/collections/{collection_id}/rows", Tags: []string{"Collections"},
		Summary: "The rows of one artifact of a collection, exactly as they came",
		Description: "A page of them as an array, or with Accept: application/x-ndjson all of them, streamed, a row a line. Where " +
			"others took the place of the rows of the pages before, a page is 409: begin again without a cursor.",
		Responses: map[string]*huma.Response{"200": {Description: "Rows", Content: map[string]*huma.MediaType{
			"application/json": {Schema: &huma.Schema{Type: huma.TypeArray, Items: row}}, linesType: {Schema: row},
		}}},
		Errors: []int{http.StatusConflict},
	}, a.listRows)
	upload := a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[ingest.Upload](), true, "Upload")
	guarded(a, auth.ReadCollections, huma.Operation{
		OperationID: "list-uploads", Method: http.MethodGet, Path: "/api/collections/{collection_id}/uploads", Tags: []string{"Collections"},
		Summary:     "The files that were copied from the host, with their hashes where Velociraptor tells them",
		Description: "A page of them as an array, or with Accept: application/x-ndjson all of them, streamed. Their content is not kept.",
		Responses: map[string]*huma.Response{"200": {Description: "Uploaded files", Content: map[string]*huma.MediaType{
			"application/json": {Schema: &huma.Schema{Type: huma.TypeArray, Items: upload}}, linesType: {Schema: upload},
		}}},
		Errors: []int{http.StatusConflict},
	}, a.listUploads)
	guarded(a, auth.ReadCollections, huma.Operation{
		OperationID: "list-artifacts", Method: http.MethodGet, Path: "/api/artifacts", Tags: []string{"Collections"},
		Summary: "Every artifact of the tenant, by name",
	}, func(ctx context.Context, p auth.Principal, _ *struct{}) (*listed[artifact], error) {
		found, err := a.companion.Ingest.Artifacts(ctx, p.Tenant)
		if err != nil {
			return nil, err
		}
		return list(found, "", func(s ingest.ArtifactSummary) artifact { return artifact(s) }), nil
	})
}

func (a *api) listCollections(ctx context.Context, p auth.Principal, in *collectionList) (*listed[collection], error) {
	before, err := in.After(p.Tenant)
	if err != nil {
		return nil, err
	}
	found, err := a.companion.Ingest.Collections(ctx, p.Tenant, ingest.CollectionFilter{
		HostID: in.HostID, Artifact: in.Artifact, FlowID: in.FlowID, HuntID: in.HuntID,
		Before: before, Limit: in.Limit + 1,
	})
	if err != nil {
		return nil, err
	}
	found, link := page.Cut(&in.Request, p.Tenant, found, func(c ingest.Collection) string { return c.ID })
	return list(found, link, viewCollection), nil
}

func (a *api) listRows(ctx context.Context, p auth.Principal, in *rowList) (*huma.StreamResponse, error) {
	c, err := a.companion.Ingest.Collection(ctx, p.Tenant, in.ID)
	if err != nil {
		return nil, err
	}
	rows, err := in.choose(c)
	if err != nil {
		return nil, err
	}
	return a.answerRows(ctx, p, &in.Request, in.Accept, c, rows)
}

func (a *api) listUploads(ctx context.Context, p auth.Principal, in *uploadList) (*huma.StreamResponse, error) {
	c, err := a.companion.Ingest.Collection(ctx, p.Tenant, in.ID)
	if err != nil {
		return nil, err
	}
	files, _ := c.Uploads()
	return a.answerRows(ctx, p, &in.Request, in.Accept, c, files)
}

// answerRows answers with the rows of a result of a collection.
func (a *api) answerRows(
	ctx context.Context, p auth.Principal, in *page.Request, accept string, c ingest.Collection, rows ingest.Result,
) (*huma.StreamResponse, error) {
	after, err := in.After(p.Tenant)
	if err != nil {
		return nil, err
	}
	from, err := rowAt(after, c, rows.Artifact)
	if err != nil {
		return nil, err
	}
	all := func(func([]byte, error) bool) {}
	if rows.Stored > 0 {
		all = a.companion.Ingest.Rows(ctx, p.Tenant, c.ID, rows.Artifact, from)
	}
	// Rows that leave are recorded, be it page by page.
	send := func(hc huma.Context, limit int64, around layout) {
		if hc.Method() == http.MethodHead {
			return
		}
		a.companion.Auth.Record(ctx, p, auth.ActionExported, c.ID, rowsSent(rows, from, limit))
		a.streamRows(hc, all, limit, around)
	}
	if preferred(accept, linesType) != "" {
		return &huma.StreamResponse{Body: func(hc huma.Context) {
			hc.SetHeader("Content-Type", linesType)
			send(hc, rows.Stored, layout{after: "\n"})
		}}, nil
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		hc.SetHeader("Content-Type", "application/json")
		if next := from + int64(in.Limit); next < rows.Stored {
			hc.SetHeader("Link", in.Link(p.Tenant, placeOfRow(next, c, rows.Artifact)))
		}
		send(hc, int64(in.Limit), layout{open: "[", between: ",", close: "]\n"})
	}}, nil
}

// placeOfRow is the key of a page of rows: the place of its first, and a digest of the results that those before it are of.
func placeOfRow(row int64, c ingest.Collection, artifact string) string {
	digest := fnv.New64a()
	first := int64(0)
	for _, r := range c.Results {
		if r.Artifact == artifact && first < row {
			_, _ = io.WriteString(digest, r.ID)
			first += r.Stored
		}
	}
	return fmt.Sprintf("%d %016x", row, digest.Sum64())
}

// rowAt returns the row of a key, 0 of none. ingest.ErrReplaced where those before it are not of the same results any more.
func rowAt(key string, c ingest.Collection, artifact string) (int64, error) {
	if key == "" {
		return 0, nil
	}
	number, _, _ := strings.Cut(key, " ")
	row, err := strconv.ParseInt(number, 10, 64)
	if err != nil || key != placeOfRow(row, c, artifact) {
		return 0, ingest.ErrReplaced
	}
	return row, nil
}

// rowsSent says for the audit trail which rows a request is for: those from a place on, at most limit.
func rowsSent(r ingest.Result, from, limit int64) string {
	return fmt.Sprintf("%d of %d rows of %s, from row %d", min(limit, max(0, r.Stored-from)), r.Stored, r.Artifact, from)
}

// choose returns the result that the request is about.
func (in *rowList) choose(c ingest.Collection) (ingest.Result, error) {
	if in.Artifact == "" {
		if all := c.Artifacts(); len(all) == 1 {
			return all[0], nil
		}
		return ingest.Result{}, huma.Error422UnprocessableEntity("The collection has several artifacts. Name one with ?artifact=.")
	}
	for _, r := range c.Artifacts() {
		if r.Artifact == in.Artifact {
			return r, nil
		}
	}
	return ingest.Result{}, ingest.ErrNotFound
}

// layout is what stands around rows.
type layout struct{ open, between, after, close string }

// streamRows writes rows as they are read, at most limit of them. When it cannot go on, the answer is a problem as long
// as nothing was sent; later it breaks the connection, so that the reader does not take a part for the whole.
func (a *api) streamRows(hc huma.Context, rows iter.Seq2[[]byte, error], limit int64, around layout) {
	_, rw := humago.Unwrap(hc)
	to := &download{body: rw, control: http.NewResponseController(rw), idle: a.cfg.idleAnswer}
	w := bufio.NewWriterSize(to, 64<<10)
	_, _ = w.WriteString(around.open)
	written := int64(0)
	for row, err := range rows {
		if written == limit {
			break
		}
		if err == nil && written > 0 {
			_, err = w.WriteString(around.between)
		}
		if err == nil {
			_, err = w.Write(row)
		}
		if err == nil {
			_, err = w.WriteString(around.after)
		}
		if err != nil {
			a.breakOff(hc, err)
			return
		}
		written++
	}
	_, _ = w.WriteString(around.close)
	_ = w.Flush()
}

func (a *api) breakOff(hc huma.Context, err error) {
	_, w := humago.Unwrap(hc)
	if !w.(*responseWriter).begun {
		w.Header().Del("Link")
		a.refuse(hc, err)
		return
	}
	a.logCause(hc.Context(), err)
	panic(http.ErrAbortHandler)
}

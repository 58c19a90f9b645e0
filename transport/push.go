package transport

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/ingest/velociraptor"
)

// pushPath is where servers push to. The routes below it speak the protocols of other systems, which Velociraptor's own
// artifacts know, and are not in the OpenAPI document. Each is there a second time with the token in its path, for
// clients that can be given nothing but a URL.
const pushPath = "/api/ingestion/push/"

// pushed is a protocol: where it is spoken, what reads it, and what tells the client that the rows are committed.
type pushed struct {
	path   string
	reader readerOf
	done   string
	// hopeless says that the client gives rows up on a JSON object and sends them again for ever on anything else.
	hopeless bool
}

var pushes = []pushed{
	{path: "elastic/_bulk", reader: pushOf(velociraptor.ElasticBulk), done: `{"took":1,"errors":false,"items":[]}`, hopeless: true},
	{path: "splunk", reader: pushOf(velociraptor.SplunkHEC), done: `{"text":"Success","code":0}`},
	{path: "logscale/api/v1/ingest/humio-structured", reader: pushOf(velociraptor.LogScale), done: `{}`},
	{path: "flow", reader: (*api).archiveReader, done: `{"status":"kept"}`},
}

func pushOf(protocol velociraptor.Protocol) readerOf {
	return func(_ *api, _ context.Context, _ *ingestion, body io.Reader) (ingest.Reader, func(), error) {
		return &velociraptor.Push{Body: body, Protocol: protocol}, func() {}, nil
	}
}

func (a *api) routePush(mux *http.ServeMux) {
	for _, p := range pushes {
		mux.HandleFunc("POST "+pushPath+p.path, func(w http.ResponseWriter, r *http.Request) {
			a.push(w, r, p, headerSecret(r.Header))
		})
		mux.HandleFunc("POST "+pushPath+"t/{token}/"+p.path, func(w http.ResponseWriter, r *http.Request) {
			a.push(w, r, p, r.PathValue("token"))
		})
	}
}

// headerSecret returns the token of a header in the ways in which clients of these systems send one: as Bearer, Splunk or
// APIKey, or as the password of Basic.
func headerSecret(h http.Header) string {
	scheme, secret, _ := strings.Cut(h.Get("Authorization"), " ")
	switch strings.ToLower(scheme) {
	case "bearer", "splunk", "apikey":
		return secret
	case "basic":
		decoded, err := base64.StdEncoding.DecodeString(secret)
		if err == nil {
			_, secret, _ = strings.Cut(string(decoded), ":")
			return secret
		}
	}
	return ""
}

// push answers 200 when the rows are committed and not before. Anything else makes the client keep them and send them
// again, as far as it does that.
func (a *api) push(w http.ResponseWriter, r *http.Request, p pushed, secret string) {
	ctx := r.Context()
	in := &ingestion{Encoding: r.Header.Get("Content-Encoding"), request: r, writer: w}
	body := a.newUpload(w, r)
	err := a.keepPush(ctx, p, in, body, secret)
	if err == nil {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, p.done)
		return
	}
	err = a.problem(ctx, body.cause(err))
	var model *huma.ErrorModel
	if !errors.As(err, &model) {
		model = &huma.ErrorModel{Status: http.StatusInternalServerError, Detail: internalDetail}
	}
	var with huma.HeadersError
	if errors.As(err, &with) {
		for name, values := range with.GetHeaders() {
			w.Header()[name] = values
		}
	}
	if p.hopeless && (model.Status == http.StatusUnprocessableEntity || model.Status == http.StatusRequestEntityTooLarge) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(map[string]any{"status": http.StatusBadRequest, "error": model.Detail})
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(model.Status)
	_, _ = io.WriteString(w, model.Detail+"\n")
}

// keepPush verifies the token before anything of the body is read.
func (a *api) keepPush(ctx context.Context, p pushed, in *ingestion, body io.Reader, secret string) error {
	who, err := a.companion.Auth.AuthenticateToken(ctx, secret)
	if err != nil {
		return err
	}
	if err := a.companion.Auth.Require(ctx, who, auth.Ingest); err != nil {
		return err
	}
	in.principal = who
	report, err := a.keep(ctx, in, body, p.reader)
	a.recordRefused(ctx, who, p, report.Notes, err)
	return err
}

// recordRefused puts on the audit trail that rows could not be kept, which nobody else learns: the server that pushed them
// tells it to nobody, and gives them up.
func (a *api) recordRefused(ctx context.Context, who auth.Principal, p pushed, notes []string, err error) {
	var input *ingest.InputError
	if errors.As(err, &input) {
		notes = append(notes, input.Error())
	}
	if len(notes) > 0 {
		a.companion.Auth.Record(ctx, who, auth.ActionRowsRefused, p.path, strings.Join(notes, "; "))
	}
}

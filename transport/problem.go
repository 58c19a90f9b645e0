package transport

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/companion/hunt"
	"github.com/velocicompanion/velocicompanion/companion/hunt/indicator"
	"github.com/velocicompanion/velocicompanion/companion/hunt/kql"
	"github.com/velocicompanion/velocicompanion/hosts"
	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/store"
	"github.com/velocicompanion/velocicompanion/tenancy"
	"github.com/velocicompanion/velocicompanion/virustotal"
)

const internalDetail = "Something went wrong on the server. Its log has the cause under this answer's X-Request-Id."

const noRouteDetail = "There is no such route. The document at openapi.json lists all routes."

// errAuthenticator marks the failure of an Authenticator to tell who is asking.
var errAuthenticator = errors.New("transport: the authenticator failed")

// statuses is the one table from errors to HTTP. An empty detail means that the error's own text is for users.
var statuses = []struct {
	err    error
	status int
	detail string
}{
	{auth.ErrUnauthenticated, http.StatusUnauthorized, ""},
	{auth.ErrReused, http.StatusUnauthorized, "This refresh token was used before. Log in again."},
	{auth.ErrForbidden, http.StatusForbidden, ""},
	{auth.ErrLastAdmin, http.StatusConflict, "A tenant keeps at least one active admin."},
	{auth.ErrExists, http.StatusConflict, ""},
	{auth.ErrNotFound, http.StatusNotFound, notFoundDetail},
	{tenancy.ErrNotFound, http.StatusNotFound, notFoundDetail},
	{hosts.ErrNotFound, http.StatusNotFound, notFoundDetail},
	{ingest.ErrNotFound, http.StatusNotFound, notFoundDetail},
	{hunt.ErrNotFound, http.StatusNotFound, notFoundDetail},
	{hunt.ErrExists, http.StatusConflict, "Another watchlist has this name."},
	{hunt.ErrQuestion, http.StatusUnprocessableEntity, ""},
	{hunt.ErrBusy, http.StatusTooManyRequests, "As many questions are at work as may be at once. Try again later."},
	{indicator.ErrTooLarge, http.StatusRequestEntityTooLarge, ""},
	{indicator.ErrSyntax, http.StatusUnprocessableEntity, ""},
	{hosts.ErrInvalid, http.StatusUnprocessableEntity, ""},
	{ingest.ErrTooLarge, http.StatusRequestEntityTooLarge, ""},
	{ingest.ErrUnsupported, http.StatusUnsupportedMediaType, ""},
	{ingest.ErrReplaced, http.StatusConflict, "The rows were replaced by others while they were read. Read them again, from the first page on."},
	{ingest.ErrBusy, http.StatusTooManyRequests, "As many uploads are at work as may be at once. Try again later."},
	{ingest.ErrExpired, http.StatusServiceUnavailable, "The upload stood still for too long and was cleared away. Send it again."},
	{ingest.ErrNoSpace, http.StatusInsufficientStorage, "The server's disk for temporary files is full. The operator has to make room on it."},
	{ingest.ErrInput, http.StatusUnprocessableEntity, ""},
	{virustotal.ErrInvalidHash, http.StatusUnprocessableEntity, ""},
	{virustotal.ErrNotConfigured, http.StatusServiceUnavailable, "No reputation source is configured. The operator has to give the server a VirusTotal API key (VT_API_KEY)."},
	{virustotal.ErrQuota, http.StatusTooManyRequests, "The VirusTotal quota is used up for now. Try again later."},
	{virustotal.ErrCredentials, http.StatusServiceUnavailable, "VirusTotal refuses the server's API key. The operator has to check VT_API_KEY."},
	{virustotal.ErrForeign, http.StatusServiceUnavailable, "What answers in VirusTotal's place does not answer as it does. The operator has to check VT_API_URL, and what stands between."},
	{virustotal.ErrUnavailable, http.StatusServiceUnavailable, "VirusTotal does not answer at the moment. Try again later."},
	{store.ErrNotMigrated, http.StatusServiceUnavailable, "The database has to be migrated up by the operator."},
	{store.ErrNewerSchema, http.StatusServiceUnavailable, "The database was made by a newer version of the server."},
	{store.ErrNoSpace, http.StatusInsufficientStorage, "The disk of the database is full. The operator has to make room on it."},
	{store.ErrUnavailable, http.StatusServiceUnavailable, "The database does not answer at the moment. Try again later."},
	// The last two say more than themselves where they wrap one of those above.
	{errAuthenticator, http.StatusServiceUnavailable, "The server cannot check credentials at the moment. Try again later."},
	{errStore, http.StatusServiceUnavailable, "The store does not answer."},
}

const notFoundDetail = "There is nothing under this id."

// placedError is an error about a question, and where in the request that is.
type placedError struct {
	error
	place string
}

func (e *placedError) Unwrap() error { return e.error }

// placed says where in the request the question is that err is about, unless err says so itself.
func placed(place string, err error) error {
	var at *placedError
	if err == nil || errors.As(err, &at) {
		return err
	}
	return &placedError{err, place}
}

// problem turns an error of a service into the answer: a status with a text for users, or a 500 that says nothing of
// the inside, with the cause in the log.
func (a *api) problem(ctx context.Context, err error) error {
	var own huma.StatusError
	if errors.As(err, &own) {
		return err
	}
	if ctx.Err() != nil {
		return huma.NewError(http.StatusServiceUnavailable, "The request was broken off.")
	}
	var throttled *auth.ThrottleError
	if errors.As(err, &throttled) {
		return retryLater("Too many attempts.", http.StatusTooManyRequests, throttled.RetryAfter)
	}
	var invalid *auth.ValidationError
	if errors.As(err, &invalid) {
		name := invalid.Field
		if strings.Contains(name, "_") { // it is no word that a sentence could begin with
			name = strconv.Quote(name)
		}
		return huma.Error422UnprocessableEntity(sentence(name+" "+invalid.Reason),
			&huma.ErrorDetail{Message: invalid.Reason, Location: "body." + invalid.Field})
	}
	at := &placedError{place: "body"}
	errors.As(err, &at)
	var syntax *kql.SyntaxError
	if errors.As(err, &syntax) {
		return huma.Error422UnprocessableEntity(sentence(syntax.Error()),
			&huma.ErrorDetail{Message: sentence(syntax.Error()), Location: at.place + ".query"})
	}
	var input *ingest.InputError
	if errors.As(err, &input) {
		return inputProblem(input)
	}
	for _, known := range statuses {
		if !errors.Is(err, known.err) {
			continue
		}
		if known.status >= http.StatusInternalServerError {
			a.logCause(ctx, err)
		}
		detail := known.detail
		if detail == "" {
			detail = sentence(err.Error())
		}
		var details []error
		if known.err == hunt.ErrQuestion || at.error != nil && known.status == http.StatusUnprocessableEntity {
			details = append(details, &huma.ErrorDetail{Message: detail, Location: at.place})
		}
		return withHeaders(huma.NewError(known.status, detail, details...), err, a.companion.Now())
	}
	a.logCause(ctx, err)
	return huma.Error500InternalServerError(internalDetail)
}

func (a *api) logCause(ctx context.Context, err error) {
	a.companion.Logger.ErrorContext(ctx, "request failed", "request_id", auth.OriginFrom(ctx).RequestID, "error", err)
}

// inputProblem tells of bad input with its place: the file and line as the location of each error.
func inputProblem(input *ingest.InputError) error {
	status := http.StatusUnprocessableEntity
	switch {
	case errors.Is(input, ingest.ErrTooLarge):
		status = http.StatusRequestEntityTooLarge
	case errors.Is(input, ingest.ErrUnsupported):
		status = http.StatusUnsupportedMediaType
	}
	var details []error
	for _, r := range input.Rejections {
		details = append(details, &huma.ErrorDetail{Message: r.Reason, Location: "line " + strconv.FormatInt(r.Line, 10)})
	}
	text := input.Error()
	if input.Place == "" && predicate.MatchString(input.Reason) {
		text = "the body " + text
	}
	return huma.NewError(status, sentence(text), details...)
}

// predicate is how reasons begin that go on from the name of a file. Where it is the body that is meant there is none.
var predicate = regexp.MustCompile(`^(is|has|holds|decompresses) `)

// busyTime is when an upload or a question that had to wait in vain is to be tried again. It has waited already.
const busyTime = 5 * time.Second

func withHeaders(answer, cause error, now time.Time) error {
	var quota *virustotal.QuotaError
	switch {
	case errors.Is(cause, auth.ErrUnauthenticated), errors.Is(cause, auth.ErrReused):
		return huma.ErrorWithHeaders(answer, http.Header{"WWW-Authenticate": {"Bearer"}})
	case errors.Is(cause, ingest.ErrBusy), errors.Is(cause, hunt.ErrBusy):
		return huma.ErrorWithHeaders(answer, retryAfter(busyTime))
	case errors.As(cause, &quota):
		return huma.ErrorWithHeaders(answer, retryAfter(quota.RetryAt.Sub(now)))
	}
	return answer
}

func retryLater(what string, status int, after time.Duration) error {
	seconds := int(math.Ceil(after.Seconds()))
	return huma.ErrorWithHeaders(huma.NewError(status, fmt.Sprintf("%s Try again in %d seconds.", what, seconds)), retryAfter(after))
}

func retryAfter(d time.Duration) http.Header {
	return http.Header{"Retry-After": {strconv.Itoa(max(1, int(math.Ceil(d.Seconds()))))}}
}

// refuse answers from within a middleware.
func (a *api) refuse(hc huma.Context, err error) {
	answer := a.problem(hc.Context(), err)
	var with huma.HeadersError
	if errors.As(answer, &with) {
		for name, values := range with.GetHeaders() {
			hc.SetHeader(name, strings.Join(values, ", "))
		}
	}
	var model *huma.ErrorModel
	if !errors.As(answer, &model) {
		model = &huma.ErrorModel{Status: http.StatusInternalServerError, Detail: internalDetail}
	}
	details := make([]error, len(model.Errors))
	for i, e := range model.Errors {
		details[i] = e
	}
	_ = huma.WriteErr(a.huma, hc, model.Status, model.Detail, details...)
}

// noRoute answers for paths and methods that no route takes.
func (a *api) noRoute(w http.ResponseWriter, r *http.Request) {
	var taken []string
	for path, item := range a.huma.OpenAPI().Paths {
		if matches(path, r.URL.Path) {
			taken = append(taken, slices.Sorted(maps.Keys(operations(item)))...)
		}
	}
	if len(taken) == 0 {
		writeProblem(w, http.StatusNotFound, noRouteDetail)
		return
	}
	allowed := append(taken, http.MethodOptions)
	if slices.Contains(taken, http.MethodGet) {
		allowed = append(allowed, http.MethodHead)
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	if r.Method == http.MethodOptions {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	writeProblem(w, http.StatusMethodNotAllowed, "This route takes "+strings.Join(taken, " and ")+".")
}

// matches reports whether a concrete path is one of a route's template.
func matches(template, path string) bool {
	want, have := strings.Split(template, "/"), strings.Split(path, "/")
	return slices.EqualFunc(want, have, func(w, h string) bool { return w == h || strings.HasPrefix(w, "{") && h != "" })
}

func operations(item *huma.PathItem) map[string]*huma.Operation {
	all := map[string]*huma.Operation{
		http.MethodGet: item.Get, http.MethodPost: item.Post, http.MethodPut: item.Put, http.MethodDelete: item.Delete,
	}
	maps.DeleteFunc(all, func(_ string, op *huma.Operation) bool { return op == nil })
	return all
}

// aboutBlank is the type of all problems: their status says it all (RFC 9457, section 4.2.1).
const aboutBlank = "about:blank"

// writeProblem answers where no operation is at work.
func writeProblem(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(huma.ErrorModel{Type: aboutBlank, Title: http.StatusText(status), Status: status, Detail: detail})
}

// finishProblem puts the first of the errors that huma found into the detail, which is all that the original's clients
// look at. It keeps values that a request sent from being echoed where they may hold a secret: whole bodies, and fields
// that are named like one.
func finishProblem(_ huma.Context, _ string, v any) (any, error) {
	model, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	model.Type = aboutBlank
	for _, e := range model.Errors {
		if _, isText := e.Value.(string); !isText || secretPlaces.MatchString(e.Location) {
			e.Value = nil
		}
		switch { // instead of Go's words
		case strings.HasPrefix(e.Message, "json: "):
			e.Message = "a value is of the wrong type or out of range"
		case strings.HasPrefix(e.Message, "invalid date/time for format "):
			e.Message = "expected a time such as 2026-01-31T12:00:00Z"
		}
	}
	if model.Detail == "validation failed" && len(model.Errors) > 0 {
		model.Detail = "The request is not valid: " + model.Errors[0].Location + ": " + model.Errors[0].Message + "."
	}
	return model, nil
}

var secretPlaces = regexp.MustCompile(`(?i)^body$|password|secret|token|invite`)

// sentence makes a text for users of an error's text: without the package's name, with a capital and a full stop.
func sentence(text string) string {
	for _, pkg := range [...]string{"auth: ", "hosts: ", "ingest: ", "virustotal: ", "tenancy: ", "hunt: ", "indicator: ", "kql: ", "invalid: ", "invalid question: "} {
		text = strings.TrimPrefix(text, pkg)
	}
	if text == "" {
		return text
	}
	text = strings.ToUpper(text[:1]) + text[1:]
	if !strings.HasSuffix(text, ".") {
		text += "."
	}
	return text
}

package transport

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/ingest"
)

const (
	respondAsync = "respond-async" // RFC 7240
	eventsType   = "text/event-stream"
	// eventPause is between two events about the progress of a job.
	eventPause = time.Second
)

type job struct {
	ID         string           `json:"id" format:"uuid"`
	State      string           `json:"state" enum:"waiting,running,done,failed,cancelled" doc:"The last three are final"`
	CreatedAt  time.Time        `json:"created_at"`
	EndedAt    *time.Time       `json:"ended_at" nullable:"true"`
	BytesTotal int64            `json:"bytes_total" doc:"Of the archive, or of another body as it was sent"`
	Bytes      int64            `json:"bytes" doc:"Of these, how many were read"`
	Rows       int64            `json:"rows" doc:"Rows that were read, as the account counts them"`
	Entries    int64            `json:"entries" doc:"Files of archives that were opened"`
	Result     *ingested        `json:"result,omitempty" doc:"What is kept, where the job is done"`
	Problem    *huma.ErrorModel `json:"problem,omitempty" doc:"Why nothing is kept, where it failed"`
}

func viewJob(j ingest.Job) job {
	view := job{
		ID: j.ID, State: string(j.State), CreatedAt: j.CreatedAt, BytesTotal: j.Size, Bytes: j.Bytes, Rows: j.Rows,
		Entries: j.Entries,
	}
	if j.State.Ended() {
		view.EndedAt = &j.EndedAt
	}
	if j.State == ingest.JobDone {
		view.Result = &viewIngested(j.Report).Body
	}
	_ = errors.As(j.Err, &view.Problem)
	return view
}

type byJobID struct {
	ID string `path:"job_id"`
}

func (a *api) routeJobs() {
	tags := []string{"Ingestion"}
	about := "A job is known to the server that took it, until that stops; what has not ended by then is kept in no part. " +
		"Users see the jobs of the tenant, a token its own."
	guarded(a, auth.Ingest, huma.Operation{
		OperationID: "list-jobs", Method: http.MethodGet, Path: "/api/ingestion/jobs", Tags: tags,
		Summary: "Ingests in the background, newest first", Description: about,
	}, func(_ context.Context, p auth.Principal, _ *struct{}) (*listed[job], error) {
		var seen []ingest.Job
		for _, j := range a.companion.Ingest.Jobs.List(p.Tenant) {
			if mayFollow(p, j) {
				seen = append(seen, j)
			}
		}
		return list(seen, "", viewJob), nil
	})
	guarded(a, auth.Ingest, huma.Operation{
		OperationID: "get-job", Method: http.MethodGet, Path: "/api/ingestion/jobs/{job_id}", Tags: tags,
		Summary: "How far an ingest in the background is, and what came of it", Description: about,
	}, func(_ context.Context, p auth.Principal, in *byJobID) (*answer[job], error) {
		j, _, err := a.job(p, in.ID)
		return reply(viewJob(j), err)
	})
	guarded(a, auth.Ingest, huma.Operation{
		OperationID: "cancel-job", Method: http.MethodDelete, Path: "/api/ingestion/jobs/{job_id}", Tags: tags,
		Summary:       "Cancel an ingest in the background, or forget one that ended",
		Description:   "The answer is the job as it ended: what was kept before it could be cancelled stays.",
		DefaultStatus: http.StatusOK,
	}, func(ctx context.Context, p auth.Principal, in *byJobID) (*answer[job], error) {
		if _, _, err := a.job(p, in.ID); err != nil {
			return nil, err
		}
		j, err := a.companion.Ingest.Jobs.Cancel(ctx, p.Tenant, in.ID)
		return reply(viewJob(j), err)
	})
	guarded(a, auth.Ingest, huma.Operation{
		OperationID: "follow-job", Method: http.MethodGet, Path: "/api/ingestion/jobs/{job_id}/events", Tags: tags,
		Summary:     "The progress of an ingest in the background, as server-sent events",
		Description: "An event \"progress\" a second, and one \"end\", each with the job as its data. " + about,
		Responses: map[string]*huma.Response{"200": {Description: "Events", Content: map[string]*huma.MediaType{
			eventsType: {Schema: &huma.Schema{Type: huma.TypeString}},
		}}},
	}, a.followJob)
}

// job returns a job that p may follow, and what is closed when it ends.
func (a *api) job(p auth.Principal, id string) (ingest.Job, <-chan struct{}, error) {
	j, ended, err := a.companion.Ingest.Jobs.Job(p.Tenant, id)
	if err == nil && !mayFollow(p, j) {
		err = ingest.ErrNotFound
	}
	if err != nil {
		return ingest.Job{}, nil, err
	}
	return j, ended, nil
}

// mayFollow reports whether p may know of a job: what is good for bringing data in is not for seeing what others bring.
func mayFollow(p auth.Principal, j ingest.Job) bool {
	return j.Owner == p.UserID || p.Allows(auth.ReadCollections)
}

// begin reads a body to its end and begins the job that ingests it. What is wrong with its content is the job's to tell.
func (a *api) begin(ctx context.Context, in *ingestion, body io.Reader) (job, error) {
	if content := ingestionBody().Content; content[mediaType(in.request.Header)] == nil {
		return job{}, unsupportedType(content)
	}
	to, err := a.spooled(ctx, in, body)
	if err != nil {
		return job{}, err
	}
	origin := auth.OriginFrom(ctx)
	work := func(ctx context.Context, progress *ingest.Progress) (ingest.Report, error) {
		defer to.release()
		report, err := to.keep(auth.WithOrigin(ctx, origin), progress)
		if err != nil {
			return report, a.problem(ctx, err)
		}
		return report, nil
	}
	begun, err := a.companion.Ingest.Jobs.Begin(in.principal.Tenant, in.principal.UserID, to.size, work)
	if err != nil {
		to.release()
		return job{}, err
	}
	return viewJob(begun), nil
}

// errand is what a job has to do: it has all of the input, of so many bytes.
type errand struct {
	size    int64
	keep    func(context.Context, *ingest.Progress) (ingest.Report, error)
	release func()
}

// spooled reads a body to its end, when it is its turn: an archive, alone or in a form, as it is read later; others as they
// were sent.
func (a *api) spooled(ctx context.Context, in *ingestion, body io.Reader) (errand, error) {
	ctx, leave, err := a.companion.Ingest.Admit(ctx, in.principal.Tenant)
	if err != nil {
		return errand{}, err
	}
	defer leave()
	if given := mediaType(in.request.Header); given == zipType || given == multipartType {
		return a.spooledArchive(ctx, in, body)
	}
	plain, err := a.companion.Ingest.Decompress(in.principal.Tenant, body, "")
	if err != nil {
		return errand{}, err
	}
	file, err := a.companion.Ingest.Spool(ctx, in.principal.Tenant, plain)
	if err != nil {
		return errand{}, err
	}
	keep := func(ctx context.Context, progress *ingest.Progress) (ingest.Report, error) {
		body := &followed{io.NewSectionReader(file, 0, file.Size()), progress}
		return a.keep(ctx, in, body, (*api).reader)
	}
	return errand{file.Size(), keep, func() { _ = file.Close() }}, nil
}

func (a *api) spooledArchive(ctx context.Context, in *ingestion, body io.Reader) (errand, error) {
	plain, err := a.companion.Ingest.Decompress(in.principal.Tenant, body, in.Encoding)
	if err != nil {
		return errand{}, err
	}
	defer plain.Close()
	archive, release, err := a.bodyArchive(ctx, in, plain)
	if err != nil {
		return errand{}, err
	}
	keep := func(ctx context.Context, _ *ingest.Progress) (ingest.Report, error) {
		archive.KeyUsed = a.keyUsed(ctx, in.principal) // the request is over
		return a.keepRead(ctx, in.principal, in.named(archive))
	}
	return errand{archive.Size, keep, release}, nil
}

// followed is the body of a job, which counts what is read of it.
type followed struct {
	io.Reader
	progress *ingest.Progress
}

func (f *followed) Read(b []byte) (int, error) {
	n, err := f.Reader.Read(b)
	f.progress.AddBytes(n)
	return n, err
}

// prefersAsync reports whether a Prefer header asks for a job.
func prefersAsync(prefer string) bool {
	for one := range strings.SplitSeq(prefer, ",") {
		name, _, _ := strings.Cut(one, ";")
		if strings.EqualFold(strings.TrimSpace(name), respondAsync) {
			return true
		}
	}
	return false
}

// followJob sends the job again and again until it has ended. It ends, too, when the job is forgotten.
func (a *api) followJob(_ context.Context, p auth.Principal, in *byJobID) (*huma.StreamResponse, error) {
	if _, _, err := a.job(p, in.ID); err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		hc.SetHeader("Content-Type", eventsType)
		if hc.Method() == http.MethodHead {
			return
		}
		_, w := humago.Unwrap(hc)
		control := http.NewResponseController(w)
		to := &download{body: w, control: control, idle: a.cfg.idleAnswer}
		pause := time.NewTicker(eventPause)
		defer pause.Stop()
		for {
			j, ended, err := a.job(p, in.ID)
			if err != nil || sendJob(to, j) != nil || j.State.Ended() {
				return
			}
			_ = control.Flush()
			select {
			case <-ended:
			case <-pause.C:
			case <-hc.Context().Done():
				return
			}
		}
	}}, nil
}

func sendJob(to io.Writer, j ingest.Job) error {
	name := "progress"
	if j.State.Ended() {
		name = "end"
	}
	data, err := json.Marshal(viewJob(j))
	if err == nil {
		_, err = fmt.Fprintf(to, "event: %s\ndata: %s\n\n", name, data)
	}
	return err
}

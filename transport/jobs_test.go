package transport_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/companion"
	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/store/memory"
)

// jobView is a job as a client reads it.
type jobView struct {
	ID, State            string
	Bytes, Rows, Entries int64
	BytesTotal           int64 `json:"bytes_total"`
	Result               *ingested
	Problem              *struct {
		Status        int
		Title, Detail string
	}
}

// job sends a body to be taken in in the background, follows the job to its end, and returns it as it is then.
func (s *server) job(t *testing.T, token, contentType, target string, body any) jobView {
	t.Helper()
	w := s.call(t, token, "POST", target, body, "Content-Type", contentType, "Prefer", "handling=lenient, respond-async; wait=1")
	begun := into[jobView](t, w, http.StatusAccepted)
	require.Equal(t, "jobs/"+begun.ID, w.Header().Get("Location"), "relative to the route that answered")
	require.Equal(t, "respond-async", w.Header().Get("Preference-Applied"))

	path := "/api/ingestion/jobs/" + begun.ID
	events := s.call(t, token, "GET", path+"/events", nil)
	require.Equal(t, "text/event-stream", events.Header().Get("Content-Type"))
	all := strings.Split(strings.TrimSuffix(events.Body.String(), "\n\n"), "\n\n")
	name, data, _ := strings.Cut(all[len(all)-1], "\ndata: ")
	require.Equal(t, "event: end", name)
	var last jobView
	require.NoError(t, json.Unmarshal([]byte(data), &last))
	require.Equal(t, last, into[jobView](t, s.call(t, token, "GET", path, nil), http.StatusOK))
	return last
}

func newJobServer(t *testing.T) *server {
	s := newServer(t)
	s.Start()
	t.Cleanup(func() { assert.NoError(t, s.Stop(context.Background())) })
	return s
}

func TestAnUploadGoesOnInTheBackgroundWhereThatIsPreferred(t *testing.T) {
	t.Parallel()
	s := newJobServer(t)
	content := readSample(t, "db01.corp.example-C.9ea32b8485cedac1-F.DC28ASM1FNVD8.zip")
	form, formType := multipartOf(t, file{"file", string(content)})
	for contentType, body := range map[string][]byte{zipType: content, formType: form} {
		j := s.job(t, s.Admin.Token, contentType, ingestPath, body)
		require.Equal(t, "done", j.State)
		assert.Equal(t, []int64{int64(len(content)), int64(len(content))}, []int64{j.BytesTotal, j.Bytes}, "of the archive")
		assert.EqualValues(t, 77, j.Rows, "as the account says, without the list of uploaded files")
		assert.Greater(t, j.Entries, int64(6))
		require.Len(t, j.Result.Collections, 1)
		rows := s.allRows(t, s.Admin.Token, j.Result.Collections[0].ID, "Linux.Sys.BashHistory")
		assert.Equal(t, member(t, content, "results/Linux.Sys.BashHistory.json"), rows)
	}

	j := s.job(t, s.Admin.Token, lines, linesTarget("A", "pc1", "F.1"), "{\"a\":1}\n")
	assert.Equal(t, []any{"done", int64(8), int64(1)}, []any{j.State, j.Bytes, j.Rows})
	jobs := into[[]jobView](t, s.call(t, s.Admin.Token, "GET", "/api/ingestion/jobs", nil), http.StatusOK)
	require.Len(t, jobs, 3)
	assert.Equal(t, j, jobs[0], "newest first")
	ended := into[jobView](t, s.call(t, s.Admin.Token, "DELETE", "/api/ingestion/jobs/"+j.ID, nil), http.StatusOK)
	assert.Equal(t, j, ended, "what is done stays")
	problem(t, s.call(t, s.Admin.Token, "GET", "/api/ingestion/jobs/"+j.ID, nil), http.StatusNotFound)
	problem(t, s.call(t, s.Admin.Token, "DELETE", "/api/ingestion/jobs/"+j.ID, nil), http.StatusNotFound)
}

// TestTheUploadOfAJobIsHeldToTheLimitsAtOnce also holds that an archive in a form is put into a file once, without the form.
func TestTheUploadOfAJobIsHeldToTheLimitsAtOnce(t *testing.T) {
	t.Parallel()
	content := readSample(t, "db01.corp.example-C.9ea32b8485cedac1-F.DC28ASM1FNVD8.zip")
	form, formType := multipartOf(t, file{"file", string(content)})
	for _, limits := range []struct {
		ingest.Config
		contentType string
		body        []byte
		status      int
	}{
		{ingest.Config{MaxSpoolBytes: int64(len(content))}, formType, form, http.StatusAccepted},
		{ingest.Config{MaxSpoolBytes: int64(len(content)) - 1}, formType, form, http.StatusRequestEntityTooLarge},
		{ingest.Config{MaxBodyBytes: int64(len(content)) - 1}, zipType, content, http.StatusRequestEntityTooLarge},
		{ingest.Config{MaxBodyBytes: 1}, lines, []byte(`{"a":1}`), http.StatusRequestEntityTooLarge},
	} {
		s := newServerWith(t, memory.New(), companion.Config{Ingest: limits.Config})
		s.Start()
		t.Cleanup(func() { assert.NoError(t, s.Stop(context.Background())) })
		target := linesTarget("A", "pc1", "F.1")
		w := s.call(t, s.Admin.Token, "POST", target, limits.body, "Content-Type", limits.contentType, "Prefer", "respond-async")
		assert.Equal(t, limits.status, w.Code, w.Body.String())
	}
}

func TestAJobSaysWhyNothingWasKept(t *testing.T) {
	t.Parallel()
	s := newJobServer(t)
	j := s.job(t, s.Admin.Token, zipType, ingestPath, "no zip")
	require.Equal(t, "failed", j.State)
	assert.Equal(t, http.StatusUnprocessableEntity, j.Problem.Status)
	assert.Contains(t, j.Problem.Detail, "no zip")
	assert.NotEmpty(t, j.Problem.Title)
	s.keepsNothing(t, s.Admin.Token)
	w := s.call(t, s.Admin.Token, "POST", ingestPath, "x", "Content-Type", "text/plain", "Prefer", "respond-async")
	problem(t, w, http.StatusUnsupportedMediaType)
}

func TestThePreferenceIsPassedOverWhereNothingRunsInTheBackground(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	w := s.call(t, s.Admin.Token, "POST", linesTarget("A", "pc1", "F.1"), `{"a":1}`, "Content-Type", lines, "Prefer", "respond-async")
	into[ingested](t, w, http.StatusCreated)
	assert.Empty(t, w.Header().Get("Preference-Applied"))
}

func TestATokenSeesItsOwnJobsAlone(t *testing.T) {
	t.Parallel()
	s := newJobServer(t)
	token := s.token(t)
	of := s.job(t, s.Admin.Token, lines, linesTarget("A", "pc1", "F.1"), `{"a":1}`)
	own := s.job(t, token, lines, linesTarget("A", "pc1", "F.2"), `{"a":1}`)
	seen := into[[]jobView](t, s.call(t, token, "GET", "/api/ingestion/jobs", nil), http.StatusOK)
	assert.Equal(t, []jobView{own}, seen)
	for _, verb := range []string{"GET", "DELETE"} {
		problem(t, s.call(t, token, verb, "/api/ingestion/jobs/"+of.ID, nil), http.StatusNotFound)
	}
	assert.Len(t, into[[]jobView](t, s.call(t, s.Admin.Token, "GET", "/api/ingestion/jobs", nil), http.StatusOK), 2)
}

package transport_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/companion"
	"github.com/velocicompanion/velocicompanion/companion/companiontest"
	"github.com/velocicompanion/velocicompanion/companion/hunt"
	"github.com/velocicompanion/velocicompanion/hosts"
	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/store"
	"github.com/velocicompanion/velocicompanion/store/memory"
	"github.com/velocicompanion/velocicompanion/store/postgres"
	"github.com/velocicompanion/velocicompanion/store/postgres/pgtest"
	"github.com/velocicompanion/velocicompanion/store/sqlite"
	"github.com/velocicompanion/velocicompanion/tenancy"
	"github.com/velocicompanion/velocicompanion/transport"
)

// logged is a server and what it logs.
func logged(t *testing.T) (*server, *logBuffer) {
	t.Helper()
	log := &logBuffer{}
	stores := memory.New()
	stores.Hosts = faultyHosts{stores.Hosts}
	stores.Collections = faultyCollections{stores.Collections, new(atomic.Int64)}
	stores.Ping = func(context.Context) error { return errors.New("no route to 10.0.0.1") }
	return newServerWith(t, stores, companion.Config{
		Logger: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}), log
}

// logBuffer is a log that may be written and read at once.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logBuffer) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// faultyHosts panics or fails for certain hosts.
type faultyHosts struct{ hosts.Store }

func (s faultyHosts) Host(ctx context.Context, tenant tenancy.ID, id string) (hosts.Host, error) {
	switch id {
	case "panic":
		panic("the inside of the server")
	case "fail":
		return hosts.Host{}, errors.New("pq: password of user \"inside\" is wrong\nlevel=INFO msg=forged")
	}
	return s.Store.Host(ctx, tenant, id)
}

// faultyCollections panics in the middle of rows, when they are read on, and clears stages away under those who fill them.
type faultyCollections struct {
	ingest.Store
	readings *atomic.Int64
}

func (s faultyCollections) Blocks(
	ctx context.Context, tenant tenancy.ID, artifact string, columns, chunks []string,
) iter.Seq2[ingest.ChunkBlock, error] {
	return func(yield func(ingest.ChunkBlock, error) bool) {
		if s.readings.Add(1) > firstRows {
			panic("the inside of the server")
		}
		for block, err := range s.Store.Blocks(ctx, tenant, artifact, columns, chunks) {
			if !yield(block, err) {
				return
			}
		}
	}
}

func (s faultyCollections) CommitStage(
	ctx context.Context, tenant tenancy.ID, stage string, collections ingest.CollectFunc,
) ([]ingest.Merged, error) {
	return s.Store.CommitStage(ctx, tenant, stage, func(ctx context.Context) ([]ingest.Collection, error) {
		all, err := collections(ctx)
		if err == nil && all[0].FlowID == "F.expired" {
			return nil, ingest.ErrNotFound
		}
		return all, err
	})
}

// TestWhatFailsInsideStaysInside is A3: the answer says nothing, the log has the cause under the request's id.
func TestWhatFailsInsideStaysInside(t *testing.T) {
	t.Parallel()
	s, log := logged(t)
	for _, test := range []struct {
		path   string
		status int
		cause  string
	}{
		{"/api/hosts/panic", http.StatusInternalServerError, "the inside of the server"},
		{"/api/hosts/fail", http.StatusInternalServerError, "pq: password"},
		{"/health", http.StatusServiceUnavailable, "no route to 10.0.0.1"},
	} {
		w := s.call(t, s.Admin.Token, "GET", test.path, nil)
		problem(t, w, test.status)
		require.NotContains(t, w.Body.String(), "inside", test.path)
		require.NotContains(t, w.Body.String(), "10.0.0.1")
		require.NotContains(t, w.Body.String(), ".go")
		require.Contains(t, lineOf(t, log, w.Header().Get("X-Request-Id")), test.cause)
	}
	require.NotContains(t, log.String(), "\nlevel=INFO msg=forged")
}

// lineOf is the line of the log that has a request's id.
func lineOf(t *testing.T, log *logBuffer, id string) string {
	t.Helper()
	require.NotEmpty(t, id)
	for line := range strings.Lines(log.String()) {
		if strings.Contains(line, id) {
			return line
		}
	}
	require.Fail(t, "the log has nothing of request "+id)
	return ""
}

func TestAPanicInTheMiddleBreaksTheConnection(t *testing.T) {
	t.Parallel()
	s, log := logged(t)
	id := s.ingest(t, s.Admin.Token, "A", "pc1", "F.1", manyRows()...)
	server := httptest.NewServer(s.handler)
	defer server.Close()
	r, err := http.NewRequestWithContext(t.Context(), "GET", server.URL+rowsTarget(id, "A"), nil)
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+s.Admin.Token)
	r.Header.Set("Accept", lines)
	answer, err := server.Client().Do(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	require.Equal(t, http.StatusOK, answer.StatusCode)
	text, err := io.ReadAll(answer.Body)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.NotContains(t, string(text), "problem")
	require.Contains(t, lineOf(t, log, answer.Header.Get("X-Request-Id")), "the inside of the server")
}

func TestAnUploadThatWasClearedAwayMayBeSentAgain(t *testing.T) {
	t.Parallel()
	s, _ := logged(t)
	w := s.call(t, s.Admin.Token, "POST", linesTarget("A", "pc1", "F.expired"), `{"a":1}`, "Content-Type", lines)
	require.Contains(t, problem(t, w, http.StatusServiceUnavailable)["detail"], "Send it again")
}

func TestAnUploadThatWaitedInVainIsTriedLater(t *testing.T) {
	t.Parallel()
	limits := ingest.Config{MaxTenantIngests: 1, MaxWait: time.Nanosecond}
	s := newServerWith(t, memory.New(), companion.Config{Ingest: limits})
	running := func(_ context.Context, b *ingest.Batch) error {
		w := s.call(t, s.Admin.Token, "POST", linesTarget("A", "pc1", ""), `{"a":1}`, "Content-Type", lines)
		require.Contains(t, problem(t, w, http.StatusTooManyRequests)["detail"], "Try again later")
		require.Equal(t, "5", w.Header().Get("Retry-After"))
		return nil
	}
	_, err := s.Ingest.Ingest(t.Context(), s.Admin.TenantID, whileReading(running))
	require.ErrorIs(t, err, ingest.ErrInput, "it brought no row")
	s.ingest(t, s.Admin.Token, "A", "pc1", "", `{"a":1}`)
}

func TestAQuestionThatWaitedInVainIsAskedLater(t *testing.T) {
	t.Parallel()
	stores := memory.New()
	reading := &onBlocks{Store: stores.Collections}
	stores.Collections = reading
	s := newServerWith(t, stores, companion.Config{Hunt: hunt.Config{Workers: 1, MaxWait: time.Nanosecond}})
	s.ingest(t, s.Admin.Token, "A", "pc1", "", `{"a":1}`)
	ask := func() *httptest.ResponseRecorder {
		return s.call(t, s.Admin.Token, "POST", "/api/hunt/search", object{"query": "a: 1"})
	}
	refused := 0
	reading.then = func() {
		w := ask()
		require.Contains(t, problem(t, w, http.StatusTooManyRequests)["detail"], "Try again later")
		require.Equal(t, "5", w.Header().Get("Retry-After"))
		refused++
	}
	require.Equal(t, http.StatusOK, ask().Code)
	require.NotZero(t, refused)
}

// onBlocks calls then before it reads blocks.
type onBlocks struct {
	ingest.Store
	then func()
}

func (s *onBlocks) Blocks(ctx context.Context, tenant tenancy.ID, artifact string, columns, chunkIDs []string) iter.Seq2[ingest.ChunkBlock, error] {
	if s.then != nil {
		s.then()
	}
	return s.Store.Blocks(ctx, tenant, artifact, columns, chunkIDs)
}

// whileReading is an ingest.Reader that brings nothing.
type whileReading func(ctx context.Context, b *ingest.Batch) error

func (f whileReading) ReadInto(ctx context.Context, b *ingest.Batch) error { return f(ctx, b) }

const secret = "s3cr3t-that-nobody-else-may-see"

// TestProblemsDoNotEchoSecrets sends secrets where they are looked for and where they are not, in bodies that are refused.
func TestProblemsDoNotEchoSecrets(t *testing.T) {
	t.Parallel()
	s, log := logged(t)
	for _, r := range []struct {
		method, path string
		bodies       []any
	}{
		{"POST", "/api/auth/register", []any{
			object{"username": "x y", "password": secret}, object{"username": "x", "password": secret + strings.Repeat("x", 72)},
			object{"username": "x", "password": []string{secret}}, object{"username": "x", "password": companiontest.Password, "invite": secret},
			object{"username": "x", "password": secret, "invite": 5}, object{"username": "x", "password": secret, "more": 1},
			object{"username": "x", "password": secret, "role": "admin"}, object{"username": "x", "invite": []string{secret}},
		}},
		{"POST", "/api/auth/login", []any{
			object{"username": "admin", "password": secret}, object{"username": 5, "password": secret}, object{"password": secret},
			object{"username": "admin", "password": secret, "more": secret}, object{"username": "admin", "client_secret": secret},
			object{"username": "admin", "password": secret, "client_secret": []string{secret}}, []string{secret}, `"` + secret + `"`,
			`{"password":"` + secret, `{"password":"` + secret + `"}}`, secret, object{"username": "admin", "password": object{"p": secret}},
		}},
		{"POST", "/api/auth/refresh", []any{
			object{"refresh_token": secret}, object{"refresh_token": []string{secret}}, object{"refresh_token": secret, "more": 1}, object{"token": secret},
		}},
		{"PUT", "/api/auth/me", []any{
			object{"current_password": secret, "new_password": "short"}, object{"current_password": secret, "new_password": companiontest.Password + "2"},
			object{"current_password": secret}, object{"current_password": secret, "new_password": 5}, object{"password": secret},
		}},
	} {
		for _, body := range r.bodies {
			w := s.call(t, s.Admin.Token, r.method, r.path, body, "Content-Type", "application/json")
			badInput(t, w)
			assert.NotContains(t, w.Body.String(), secret, fmt.Sprint(r.path, body))
		}
	}
	w := s.call(t, "", "POST", "/api/auth/login", "username=admin&password="+secret+"&more="+secret, "Content-Type", form)
	badInput(t, w)
	assert.NotContains(t, w.Body.String(), secret)
	assert.NotContains(t, s.call(t, secret, "GET", "/api/auth/me", nil).Body.String(), secret)
	assert.NotContains(t, log.String(), secret)
}

// TestLogsHoldNoSecretsAndNoRows is A2, over requests that succeed and requests that fail.
func TestLogsHoldNoSecretsAndNoRows(t *testing.T) {
	t.Parallel()
	s, log := logged(t)
	made := into[object](t, s.call(t, s.Admin.Token, "POST", "/api/auth/invites", object{"role": "user"}), http.StatusCreated)
	login := s.logIn(t, "admin")
	id := s.ingest(t, login.Access, "A", "pc1", "F.1", `{"row":"`+secret+`"}`)
	s.call(t, login.Access, "GET", rowsTarget(id, "A"), nil)
	s.call(t, login.Access, "POST", ingestPath, object{"hostname": "pc1", "data": secret})
	s.call(t, login.Access, "GET", "/api/hosts/fail", nil)
	s.call(t, login.Access, "GET", "/api/hosts?token="+secret, nil)
	s.call(t, login.Access, "GET", "/api/hunt/timeline?host_id=fail&query="+secret, nil)
	s.call(t, login.Access, "GET", "/api/hosts/panic", nil, "Cookie", secret)
	s.call(t, "", "POST", "/api/auth/refresh", object{"refresh_token": login.Refresh})
	s.call(t, "", "POST", "/api/auth/refresh", object{"refresh_token": login.Refresh})
	require.NotEmpty(t, log.String())
	for what, text := range map[string]string{
		"password": companiontest.Password, "access token": login.Access, "refresh token": login.Refresh, "row or header": secret,
		"invite": made["invite"].(string),
	} {
		require.NotContains(t, log.String(), text, what)
	}
}

func TestInputForgesNoLogLines(t *testing.T) {
	t.Parallel()
	s, log := logged(t)
	const line = "x\nlevel=ERROR msg=forged\r\nlevel=ERROR msg=forged"
	s.call(t, s.Admin.Token, "GET", "/api/hosts/fail", nil, "User-Agent", line, "X-Request-Id", line)
	s.call(t, "", "POST", "/api/auth/login", object{"username": line, "password": "x"})
	s.call(t, s.Admin.Token, "POST", linesTarget(line, line, line), `{"a":1}`, "Content-Type", lines)
	s.call(t, s.Admin.Token, "POST", "/api/hosts", object{"hostname": line})
	s.call(t, s.Admin.Token, "GET", "/api/hosts/fail?name="+strings.Repeat("%0a", 3)+"level=ERROR", nil)
	for text := range strings.Lines(log.String()) {
		require.True(t, strings.HasPrefix(text, "time="), text)
	}
	require.NotContains(t, log.String(), "\nlevel=")
}

// TestEveryAnswerIsKeptOutOfCachesAndNamesItsRequest holds the headers that all answers have.
func TestEveryAnswerIsKeptOutOfCachesAndNamesItsRequest(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	seen := map[string]bool{}
	for _, path := range []string{"/health", "/docs", "/openapi.json", "/api/hosts", "/api/hosts/x", "/nothing", "//"} {
		h := s.call(t, s.Admin.Token, "GET", path, nil, "X-Request-Id", "mine").Header()
		require.Equal(t, "no-store", h.Get("Cache-Control"), path)
		require.Equal(t, "nosniff", h.Get("X-Content-Type-Options"), path)
		require.Regexp(t, uuids, h.Get("X-Request-Id"), path)
		require.False(t, seen[h.Get("X-Request-Id")])
		seen[h.Get("X-Request-Id")] = true
	}
}

// TestAnswersAreJSONWhateverIsAccepted asks for types that no answer has.
func TestAnswersAreJSONWhateverIsAccepted(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for _, accept := range []string{"", "*/*", "text/html", form, "application/cbor", "application/xml;q=1, */*;q=0.1", ";;;", "\x00"} {
		w := s.call(t, s.Admin.Token, "GET", "/api/hosts", nil, "Accept", accept)
		into[[]object](t, w, http.StatusOK)
		require.Equal(t, "application/json", w.Header().Get("Content-Type"), accept)
		problem(t, s.call(t, s.Admin.Token, "GET", "/api/hosts/x", nil, "Accept", accept), http.StatusNotFound)
		problem(t, s.call(t, "", "GET", "/api/hosts/x", nil, "Accept", accept), http.StatusUnauthorized)
	}
}

// TestTheDetailSaysWhatIsWrong is for the original's clients, which show nothing else.
func TestTheDetailSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for path, test := range map[string]struct {
		body any
		want string
	}{
		"/api/hosts":        {object{"hostname": 5}, "body.hostname: expected string"},
		"/api/tenants":      {object{"name": "x", "more": 1}, "body.more: unexpected property"},
		"/api/auth/invites": {object{"role": "owner"}, "body.role"},
		"/api/vt/lookup":    {object{"hash": "zz"}, "32, 40 or 64"},
		ingestPath:          {object{"hostname": "pc1"}, `of "data", an object, and "rows"`},
	} {
		p := problem(t, s.call(t, s.Admin.Token, "POST", path, test.body), http.StatusUnprocessableEntity)
		require.Contains(t, p["detail"], test.want)
	}
}

func TestTheStoreIsAskedForHealth(t *testing.T) {
	t.Parallel()
	require.JSONEq(t, `{"status":"ok"}`, newServer(t).call(t, "", "GET", "/health", nil).Body.String())
}

// TestADatabaseThatIsNotMigratedIsToldFromOneThatIsDown asks with a token that is good, which only a store could refuse.
func TestADatabaseThatIsNotMigratedIsToldFromOneThatIsDown(t *testing.T) {
	t.Parallel()
	secret := []byte("0123456789abcdefghijklmnopqrstuv")
	token := newServerWith(t, memory.New(), companion.Config{Secret: secret}).Admin.Token
	file, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "companion.db"), sqlite.Config{})
	require.NoError(t, err)
	defer file.Close()
	db, err := postgres.Open(t.Context(), pgtest.EmptyURL(t), postgres.Config{})
	require.NoError(t, err)
	defer db.Close()
	for name, stores := range map[string]store.Stores{"sqlite": file.Stores(), "postgres": db.Stores()} {
		c, err := companion.New(stores, companion.Config{Secret: secret})
		require.NoError(t, err)
		s := &server{handler: transport.New(c, transport.Config{})}
		for what, w := range map[string]*httptest.ResponseRecorder{
			"health": s.call(t, "", "GET", "/health", nil),
			"login":  s.call(t, "", "POST", "/api/auth/login", object{"username": "admin", "password": companiontest.Password}),
			"hosts":  s.call(t, token, "GET", "/api/hosts", nil),
		} {
			p := problem(t, w, http.StatusServiceUnavailable)
			assert.Contains(t, p["detail"], "migrated up by the operator", "%s on %s", what, name)
		}
	}
}

package transport_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/companion"
	"github.com/velocicompanion/velocicompanion/companion/companiontest"
	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/store/memory"
	"github.com/velocicompanion/velocicompanion/tenancy"
	"github.com/velocicompanion/velocicompanion/transport"
)

func TestOrdinaryBodiesAreBounded(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	small := transport.New(s.Companion, transport.Config{MaxBodyBytes: 100})
	for _, r := range routes(t, s) {
		if !r.HasBody || slices.Contains([]string{"ingest", "sweep", "create-watchlist", "replace-indicators"}, r.ID) {
			continue // which read their bodies themselves, within bounds of their own
		}
		path := strings.NewReplacer("{user_id}", s.Admin.ID, "{tenant_id}", s.Admin.TenantID.String()).Replace(r.Path)
		body := `{"filler":"` + strings.Repeat("x", 1<<20) + `"}`
		w := s.call(t, s.Admin.Token, r.Method, path, body, "Content-Type", "application/json")
		p := problem(t, w, http.StatusRequestEntityTooLarge)
		assert.Contains(t, p["detail"], "1048576", r.ID)
		w = serve(small, request(t, s.Admin.Token, r.Method, path, body[:200], "Content-Type", "application/json"))
		problem(t, w, http.StatusRequestEntityTooLarge)

		problem(t, s.call(t, s.Admin.Token, r.Method, path, "<x/>", "Content-Type", "text/xml"), http.StatusUnsupportedMediaType)
		if r.ID != "login" {
			problem(t, s.call(t, s.Admin.Token, r.Method, path, "a=b", "Content-Type", form), http.StatusUnsupportedMediaType)
		}
		p = problem(t, s.call(t, s.Admin.Token, r.Method, path, object{"unheard_of": 1}), http.StatusUnprocessableEntity)
		assert.Contains(t, fmt.Sprint(p["errors"]), "unheard_of", r.ID)
		for _, text := range []string{"", "{", "nul", "\xff", "{}{}", "\x00"} {
			if text == "" && r.ID == "logout" {
				continue // the access token is enough
			}
			badInput(t, s.call(t, s.Admin.Token, r.Method, path, text))
		}
	}
}

func TestABodyThatBreaksOffIsTheClientsFault(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	row := `{"a":1}` + "\n"
	many := strings.Repeat(row, 200_000)
	login := `{"username":"admin","password":"` + companiontest.Password + `"}`
	for name, test := range map[string]struct {
		target, contentType, framing, body string
		status                             int
	}{
		"ends before its length":      {linesTarget("A", "pc1", ""), lines, "Content-Length: 1000", row, http.StatusBadRequest},
		"ends after many rows":        {linesTarget("A", "pc1", ""), lines, "Content-Length: 100000000", many, http.StatusBadRequest},
		"zip ends before its length":  {ingestPath, zipType, "Content-Length: 5000000", many, http.StatusBadRequest},
		"form ends before its length": {ingestPath, "multipart/form-data; boundary=x", "Content-Length: 1000", "--x\r\n", http.StatusBadRequest},
		"gzip ends before its length": {linesTarget("A", "pc1", ""), lines + "\r\nContent-Encoding: gzip", "Content-Length: 1000", string(gzipped(t, []byte(row))[:12]), http.StatusBadRequest},
		"a chunk that is none":        {linesTarget("A", "pc1", ""), lines, "Transfer-Encoding: chunked", "8\r\n" + row + "\r\nzz\r\n", http.StatusBadRequest},
		"chunks without an end":       {linesTarget("A", "pc1", ""), lines, "Transfer-Encoding: chunked", "8\r\n" + row + "\r\n", http.StatusBadRequest},
		"goes on after its length":    {linesTarget("A", "pc1", ""), lines, "Content-Length: 4", row, http.StatusUnprocessableEntity},
		"login before its length":     {"/api/auth/login", "application/json", "Content-Length: 1000", login, http.StatusBadRequest},
		"login in damaged chunks":     {"/api/auth/login", "application/json", "Transfer-Encoding: chunked", "zz\r\n", http.StatusBadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(s.handler)
			defer server.Close()
			conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
			require.NoError(t, err)
			defer conn.Close()
			_, err = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: %s\r\n%s\r\n\r\n%s",
				test.target, s.Admin.Token, test.contentType, test.framing, test.body)
			require.NoError(t, err)
			if test.status == http.StatusBadRequest {
				require.NoError(t, conn.(*net.TCPConn).CloseWrite())
			}
			answered(t, conn, test.status)
			server.Close()
			s.keepsNothing(t, s.Admin.Token)
		})
	}
}

// answered requires a problem of a status on a connection.
func answered(t *testing.T, conn io.Reader, status int) {
	t.Helper()
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	defer answer.Body.Close()
	w := httptest.NewRecorder()
	maps.Copy(w.Header(), answer.Header)
	w.WriteHeader(answer.StatusCode)
	_, err = w.Body.ReadFrom(answer.Body)
	require.NoError(t, err)
	problem(t, w, status)
}

func TestAClientThatGoesAwayLeavesNothing(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	server := httptest.NewServer(s.handler)
	defer server.Close()
	ctx, hangUp := context.WithCancel(t.Context())
	rows := strings.Repeat(`{"a":1}`+"\n", 100_000)
	body := io.MultiReader(strings.NewReader(rows), readerFunc(func([]byte) (int, error) {
		hangUp()
		return 0, errors.New("gone")
	}))
	r, err := http.NewRequestWithContext(ctx, "POST", server.URL+linesTarget("A", "pc1", "F.1"), body)
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+s.Admin.Token)
	r.Header.Set("Content-Type", lines)
	_, err = server.Client().Do(r)
	require.Error(t, err)
	server.Close() // waits for the request
	s.keepsNothing(t, s.Admin.Token)
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

// overPipe sends a request, of which body may be just the beginning, and returns the connection.
func overPipe(t *testing.T, h http.Handler, head, body string) net.Conn {
	t.Helper()
	listener := companiontest.NewPipes()
	server := &http.Server{Handler: h}
	go server.Serve(listener)
	t.Cleanup(func() { _ = server.Close() })
	client := listener.Dial(t)
	_, err := io.WriteString(client, head+"\r\n\r\n"+body)
	require.NoError(t, err)
	return client
}

// stopped is a clock for a server that is asked from within a bubble of synctest, where it is another year.
func stopped() func() time.Time {
	now := time.Now()
	return func() time.Time { return now }
}

func TestABodyThatStandsStillIsGivenUp(t *testing.T) {
	t.Parallel()
	s := newServerWith(t, memory.New(), companion.Config{Now: stopped()})
	for name, head := range map[string]string{
		"an upload": "POST " + linesTarget("A", "pc1", "F.1") + " HTTP/1.1\r\nContent-Type: " + lines,
		"a login":   "POST /api/auth/login HTTP/1.1\r\nContent-Type: application/json",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				head += "\r\nHost: x\r\nAuthorization: Bearer " + s.Admin.Token + "\r\nContent-Length: 1000"
				answered(t, overPipe(t, s.handler, head, `{"a":1}`+"\n"), http.StatusRequestTimeout)
			})
			s.keepsNothing(t, s.Admin.Token)
		})
	}
}

// TestAnUploadThatTricklesIsGivenUp sends a row at a time, so slowly that it never stands still and would never end.
func TestAnUploadThatTricklesIsGivenUp(t *testing.T) {
	t.Parallel()
	s := newServerWith(t, memory.New(), companion.Config{Now: stopped()})
	patient := transport.New(s.Companion, transport.Config{MaxStall: time.Hour})
	row := `{"a":1}` + "\n"
	for name, test := range map[string]struct {
		handler http.Handler
		piece   string
		pieces  int
		every   time.Duration
		status  int
	}{
		"a row in 50 seconds":                    {s.handler, row, 100, 50 * time.Second, http.StatusRequestTimeout},
		"a row a second":                         {s.handler, row, 100, time.Second, http.StatusRequestTimeout},
		"where that is let pass, a row a second": {patient, row, 100, time.Second, http.StatusCreated},
		"16 KiB in 50 seconds":                   {s.handler, strings.Repeat(row, 2048), 100, 50 * time.Second, http.StatusCreated},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				host := "pc-" + strings.Map(letter, name)
				head := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nAuthorization: Bearer %s\r\nContent-Length: %d",
					linesTarget("A", host, "F.1"), lines, s.Admin.Token, len(test.piece)*test.pieces)
				conn := overPipe(t, test.handler, head, "")
				var sending sync.WaitGroup
				sending.Go(func() {
					for range test.pieces {
						<-time.After(test.every)
						if _, err := io.WriteString(conn, test.piece); err != nil {
							return
						}
					}
				})
				defer sending.Wait()
				defer conn.Close()
				answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
				require.NoError(t, err)
				defer answer.Body.Close()
				require.Equal(t, test.status, answer.StatusCode)
			})
			kept := into[[]object](t, s.call(t, s.Admin.Token, "GET", "/api/hosts?name=pc-"+strings.Map(letter, name), nil), http.StatusOK)
			require.Equal(t, test.status == http.StatusCreated, len(kept) == 1)
		})
	}
}

// TestARequestThatIsBrokenOffWaitsForNoBody holds that a server can stop although a client holds on to a body.
func TestARequestThatIsBrokenOffWaitsForNoBody(t *testing.T) {
	t.Parallel()
	s := newServerWith(t, memory.New(), companion.Config{Now: stopped()})
	for name, test := range map[string]struct {
		head   string
		status int
	}{
		"an upload":         {"POST " + linesTarget("A", "pc1", "F.1") + " HTTP/1.1\r\nContent-Type: " + lines, http.StatusServiceUnavailable},
		"a zip":             {"POST " + ingestPath + " HTTP/1.1\r\nContent-Type: " + zipType, http.StatusServiceUnavailable},
		"a sweep":           {"POST /api/hunt/sweep HTTP/1.1\r\nContent-Type: text/plain", http.StatusServiceUnavailable},
		"a login":           {"POST /api/auth/login HTTP/1.1\r\nContent-Type: application/json", http.StatusRequestTimeout},
		"a refused request": {"POST /api/nowhere HTTP/1.1\r\nContent-Type: " + zipType, http.StatusNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, breakOff := context.WithCancel(t.Context())
				handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					s.handler.ServeHTTP(w, r.WithContext(ctx))
				})
				head := test.head + "\r\nHost: x\r\nAuthorization: Bearer " + s.Admin.Token + "\r\nContent-Length: 1000000"
				began := time.Now()
				conn := overPipe(t, handler, head, `{"a":1}`+"\n")
				go func() {
					synctest.Wait()
					breakOff()
				}()
				answered(t, conn, test.status)
				_, err := io.Copy(io.Discard, conn)
				require.NoError(t, err, "the server closes the connection")
				require.Less(t, time.Since(began), time.Second, "of the bubble's own time")
			})
			s.keepsNothing(t, s.Admin.Token)
		})
	}
}

// slowStore takes its time for a commit.
type slowStore struct {
	ingest.Store
	delay time.Duration
}

func (s *slowStore) CommitStage(
	ctx context.Context, tenant tenancy.ID, stage string, all ingest.CollectFunc,
) ([]ingest.Merged, error) {
	select {
	case <-time.After(s.delay):
		return s.Store.CommitStage(ctx, tenant, stage, all)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// TestWorkMayTakeLongAfterTheBody holds that the deadline for reading a body does not end the request once it is read.
func TestWorkMayTakeLongAfterTheBody(t *testing.T) {
	t.Parallel()
	stores := memory.New()
	slow := &slowStore{Store: stores.Collections}
	stores.Collections = slow
	s := newServerWith(t, stores, companion.Config{Now: stopped()})
	s.ingest(t, s.Admin.Token, "A", "first", "", `{}`) // makes channels that no bubble may make for another
	slow.delay = time.Hour
	const rows = `{"a":1}` + "\n"
	archive := export(t, file{"results/A.json", rows})
	form, formType := multipartOf(t, file{"file", string(archive)})
	for name, test := range map[string]struct{ contentType, body string }{
		"lines":       {lines, rows},
		"lines, gzip": {lines + "\r\nContent-Encoding: gzip", string(gzipped(t, []byte(rows)))},
		"lines, zstd": {lines + "\r\nContent-Encoding: zstd", string(zstded(t, []byte(rows)))},
		"document":    {"application/json", `{"hostname":"pc1","data":{}}`},
		"zip":         {zipType, string(archive)},
		"multipart":   {formType, string(form)},
		"many lines":  {lines, strings.Repeat(rows, 100_000)},
		"large zip":   {zipType, string(padded(t, rows))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				head := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: %s\r\nContent-Length: %d",
					linesTarget("A", "pc-"+strings.Map(letter, name), ""), s.Admin.Token, test.contentType, len(test.body))
				answer, err := http.ReadResponse(bufio.NewReader(overPipe(t, s.handler, head, test.body)), nil)
				require.NoError(t, err)
				defer answer.Body.Close()
				text, err := io.ReadAll(answer.Body)
				require.NoError(t, err)
				require.Less(t, answer.StatusCode, 300, string(text))
			})
		})
	}
}

// TestNothingOfAnUploadIsReadBeforeItIsItsTurn holds that uploads beyond the limit do not fill the disk while they wait.
func TestNothingOfAnUploadIsReadBeforeItIsItsTurn(t *testing.T) {
	t.Parallel()
	form := "multipart/form-data; boundary=x"
	for name, headers := range map[string][]string{
		"zip": {"Content-Type", zipType}, "form": {"Content-Type", form}, "table": {"Content-Type", lines},
		"job of a zip":   {"Content-Type", zipType, "Prefer", "respond-async"},
		"job of a form":  {"Content-Type", form, "Prefer", "respond-async"},
		"job of a table": {"Content-Type", lines, "Prefer", "respond-async"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServerWith(t, memory.New(), companion.Config{Ingest: ingest.Config{MaxTenantIngests: 1, MaxWait: time.Millisecond}})
			s.Start()
			t.Cleanup(func() { assert.NoError(t, s.Stop(context.Background())) })
			stalled, send := io.Pipe()
			first := request(t, s.Admin.Token, "POST", linesTarget("A", "pc1", "F.1"), nil, headers...)
			first.Body = stalled
			var done sync.WaitGroup
			done.Go(func() { serve(s.handler, first) })
			_, err := send.Write([]byte("P"))
			require.NoError(t, err, "the first is being read")

			second := request(t, s.Admin.Token, "POST", linesTarget("A", "pc1", "F.2"), nil, headers...)
			second.Body = io.NopCloser(unread{t})
			w := serve(s.handler, second)
			problem(t, w, http.StatusTooManyRequests)
			assert.NotEmpty(t, w.Header().Get("Retry-After"))
			require.NoError(t, send.Close())
			done.Wait()
		})
	}
}

// unread is a body that must not be read.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	assert.Fail(u.t, "the body was read")
	return 0, io.EOF
}

// TestARefusedUploadIsToldWhy is a client that sends all of its body before it looks at the answer.
func TestARefusedUploadIsToldWhy(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	listening := httptest.NewServer(s.handler)
	t.Cleanup(listening.Close)
	const size = 32 << 20
	for _, framing := range []string{"Content-Length: " + strconv.Itoa(size), "Transfer-Encoding: chunked"} {
		conn, err := net.Dial("tcp", listening.Listener.Addr().String())
		require.NoError(t, err)
		defer conn.Close()
		_, err = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\n%s\r\n\r\n", ingestPath, zipType, framing)
		require.NoError(t, err)
		body := bytes.Repeat([]byte("x"), size)
		if strings.HasPrefix(framing, "Transfer") {
			body = slices.Concat(fmt.Appendf(nil, "%x\r\n", size), body, []byte("\r\n0\r\n\r\n"))
		}
		_, err = conn.Write(body)
		require.NoError(t, err)
		answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
		require.NoError(t, err)
		require.Equal(t, http.StatusUnauthorized, answer.StatusCode)
		require.NoError(t, answer.Body.Close())
	}
}

package transport_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/companion"
	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/store/memory"
	"github.com/velocicompanion/velocicompanion/tenancy"
	"github.com/velocicompanion/velocicompanion/transport"
)

// oddRows are rows that a JSON library would not give back as they are.
var oddRows = []string{
	`{"z":1,"a":2,"z":3}`,
	`{"n":18446744073709551615,"m":-0,"f":1e+300,"g":1.10}`,
	`{"s":"\u0000\ud800\u00e9é\/","r":"` + "\uFFFD" + `"}`,
	`{ "spaced" : [ 1 , 2 ] ,	"tab" : null }`,
	`{}`,
	`{"":{"":[]},"long":"` + strings.Repeat("x", 100_000) + `"}`,
}

func TestRowsComeBackExactly(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, s *server) {
		id := s.ingest(t, s.Admin.Token, "Odd.Rows/A b", "pc1", "F.1", oddRows...)
		require.Equal(t, strings.Join(oddRows, "\n")+"\n", s.allRows(t, s.Admin.Token, id, "Odd.Rows/A b"))
		for _, limit := range []string{"1", "2", "6", "1000"} {
			all := pages[json.RawMessage](t, s, s.Admin.Token, "/api/collections/"+id+"/rows", "limit="+limit)
			require.Len(t, all, len(oddRows))
			for i, row := range all {
				assert.Equal(t, oddRows[i], string(row))
			}
		}
	})
}

// TestAPageOfRowsMayBeginInAnyChunk reads rows over the borders of the chunks that they are kept in.
func TestAPageOfRowsMayBeginInAnyChunk(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	rows := make([]string, 10_000)
	for i := range rows {
		rows[i] = fmt.Sprintf(`{"i":%d}`, i)
	}
	id := s.ingest(t, s.Admin.Token, "A", "pc1", "F.1", rows...)
	all := pages[struct{ I int }](t, s, s.Admin.Token, "/api/collections/"+id+"/rows", "limit=999")
	require.Len(t, all, len(rows))
	for i, row := range all {
		require.Equal(t, i, row.I)
	}
}

func TestAPageBehindRowsOfACollectionThatWereReplacedIsAConflict(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, s *server) {
		id := s.ingest(t, s.Admin.Token, "A", "pc1", "F.1", `{"a":1}`, `{"a":2}`, `{"a":3}`)
		rows := "/api/collections/" + id + "/rows"
		second := nextPage(t, s.call(t, s.Admin.Token, "GET", rows+"?artifact=A&limit=1", nil))
		s.ingest(t, s.Admin.Token, "B", "pc1", "F.1", `{"b":1}`)
		require.JSONEq(t, `[{"a":2}]`, s.call(t, s.Admin.Token, "GET", rows+second, nil).Body.String(), "others do not matter")
		s.ingest(t, s.Admin.Token, "A", "pc1", "F.1", `{"a":0}`, `{"a":1}`, `{"a":2}`, `{"a":3}`)
		p := problem(t, s.call(t, s.Admin.Token, "GET", rows+second, nil), http.StatusConflict)
		assert.Contains(t, p["detail"], "first page")
	})
}

func TestRowsNeedAnArtifactWhereThereAreSeveral(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	one := s.ingest(t, s.Admin.Token, "A", "pc1", "F.1", `{"a":1}`)
	require.JSONEq(t, `[{"a":1}]`, s.call(t, s.Admin.Token, "GET", "/api/collections/"+one+"/rows", nil).Body.String())

	require.Equal(t, one, s.ingest(t, s.Admin.Token, "B", "pc1", "F.1", `{"b":1}`), "another artifact of the same flow")
	p := problem(t, s.call(t, s.Admin.Token, "GET", "/api/collections/"+one+"/rows", nil), http.StatusUnprocessableEntity)
	require.Contains(t, p["detail"], "?artifact=")
	require.Equal(t, "{\"b\":1}\n", s.allRows(t, s.Admin.Token, one, "B"))

	unknown := s.call(t, s.Admin.Token, "GET", rowsTarget(uuid.NewString(), "A"), nil)
	problem(t, unknown, http.StatusNotFound)
	for _, artifact := range []string{"C", "a", "\x00", "\xff"} {
		require.Equal(t, unknown.Body.String(), s.call(t, s.Admin.Token, "GET", rowsTarget(one, artifact), nil).Body.String())
	}
}

func TestCollectionsAreFoundByWhereTheyCameFrom(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, s *server) {
		first := s.ingest(t, s.Admin.Token, "A", "pc1", "F.1", `{"a":1}`)
		second := s.ingest(t, s.Admin.Token, "B", "pc2", "F.2.H", `{"a":1}`)
		found := into[[]collection](t, s.call(t, s.Admin.Token, "GET", "/api/collections", nil), http.StatusOK)
		require.Equal(t, []string{second, first}, []string{found[0].ID, found[1].ID}, "newest first")
		for query, want := range map[string]string{
			"artifact=A": first, "flow_id=F.2.H": second, "host_id=" + found[0].HostID: second, "hunt_id=H.2": second,
			"host_id=" + found[1].HostID + "&artifact=B": "", "artifact=%00": "", "flow_id=%ff": "", "host_id=x": "", "artifact=a": "",
		} {
			found := into[[]collection](t, s.call(t, s.Admin.Token, "GET", "/api/collections?"+query, nil), http.StatusOK)
			if want == "" {
				assert.Empty(t, found, query)
				continue
			}
			require.Len(t, found, 1, query)
			assert.Equal(t, want, found[0].ID, query)
		}
	})
}

func TestArtifactsAddUp(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, s *server) {
		s.ingest(t, s.Admin.Token, "B", "pc1", "F.1", `{"a":1}`, `{"a":2}`)
		s.ingest(t, s.Admin.Token, "B", "pc2", "F.1", `{"a":1}`)
		s.ingest(t, s.Admin.Token, "A", "pc1", "F.1", `{"a":1}`)
		found := into[[]struct {
			Artifact    string
			Rows, Hosts int
		}](t, s.call(t, s.Admin.Token, "GET", "/api/artifacts", nil), http.StatusOK)
		require.Equal(t, "[{A 1 1} {B 3 2}]", fmt.Sprint(found))
	})
}

// firstRows is in how many readings of blocks the first rows come: what columns there are, then those.
const firstRows = 2

// brokenStore fails from a certain reading of blocks on, counted from 1.
type brokenStore struct {
	ingest.Store
	reading int64
	done    *atomic.Int64
}

func (s brokenStore) Blocks(
	ctx context.Context, tenant tenancy.ID, artifact string, columns, chunks []string,
) iter.Seq2[ingest.ChunkBlock, error] {
	return func(yield func(ingest.ChunkBlock, error) bool) {
		if s.done.Add(1) >= s.reading {
			yield(ingest.ChunkBlock{}, errors.New("the disk is on fire"))
			return
		}
		for block, err := range s.Store.Blocks(ctx, tenant, artifact, columns, chunks) {
			if !yield(block, err) {
				return
			}
		}
	}
}

// broken is a server whose store fails from a certain reading on, and a collection of more rows than one reading brings.
func broken(t *testing.T, reading int64) (s *server, collection string) {
	t.Helper()
	stores := memory.New()
	stores.Collections = brokenStore{stores.Collections, reading, new(atomic.Int64)}
	s = newServerWith(t, stores, companion.Config{})
	return s, s.ingest(t, s.Admin.Token, "A", "pc1", "F.1", manyRows()...)
}

// manyRows are 40 MB of rows, which are read in several readings.
func manyRows() []string {
	rows := make([]string, 10_000)
	for i := range rows {
		rows[i] = fmt.Sprintf(`{"i":%d,"text":"%s"}`, i, strings.Repeat("some text to fill the buffers ", 130))
	}
	return rows
}

func TestRowsThatCannotBeReadAreAProblem(t *testing.T) {
	t.Parallel()
	s, id := broken(t, 1)
	for _, accept := range []string{lines, "application/json"} {
		w := s.call(t, s.Admin.Token, "GET", rowsTarget(id, "A")+"&limit=1", nil, "Accept", accept)
		problem(t, w, http.StatusInternalServerError)
		require.NotContains(t, w.Body.String(), "fire")
		require.Empty(t, w.Header().Get("Link"))
	}
}

// TestHeadReadsNoRows asks a store that fails when it is asked for any.
func TestHeadReadsNoRows(t *testing.T) {
	t.Parallel()
	s, id := broken(t, 1)
	for accept, link := range map[string]bool{lines: false, "application/json": true} {
		w := s.call(t, s.Admin.Token, "HEAD", rowsTarget(id, "A")+"&limit=1", nil, "Accept", accept)
		require.Equal(t, http.StatusOK, w.Code)
		require.Equal(t, accept, w.Header().Get("Content-Type"))
		require.Equal(t, link, w.Header().Get("Link") != "")
		require.Empty(t, w.Body)
	}
	require.NotContains(t, s.call(t, s.Admin.Token, "GET", "/api/audit", nil).Body.String(), auth.ActionExported)
	problem(t, s.call(t, s.Admin.Token, "HEAD", rowsTarget(id, "B"), nil), http.StatusNotFound)
}

func TestRowsThatEndInAnErrorBreakTheConnection(t *testing.T) {
	t.Parallel()
	s, id := broken(t, firstRows+1)
	server := httptest.NewServer(s.handler)
	defer server.Close()
	r, err := http.NewRequestWithContext(t.Context(), "GET", server.URL+rowsTarget(id, "A"), nil)
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+s.Admin.Token)
	r.Header.Set("Accept", lines)
	answer, err := server.Client().Do(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	_, err = io.ReadAll(answer.Body)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
}

// TestAReaderWhoStandsStillIsGivenUp holds a connection open on which nothing is read.
func TestAReaderWhoStandsStillIsGivenUp(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	long := make([]string, 300)
	for i := range long {
		long[i] = fmt.Sprintf(`{"i":%d,"long":"%s"}`, i, strings.Repeat("x", 100_000)) // more than TCP buffers
	}
	id := s.ingest(t, s.Admin.Token, "A", "pc1", "F.1", long...)
	handler := transport.New(s.Companion, transport.Config{}.WithIdleAnswer(50*time.Millisecond))
	ended := make(chan any)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { ended <- recover() }()
		handler.ServeHTTP(w, r)
	}))
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	_, err = fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: x\r\nAccept: %s\r\nAuthorization: Bearer %s\r\n\r\n",
		rowsTarget(id, "A"), lines, s.Admin.Token)
	require.NoError(t, err)
	require.Equal(t, http.ErrAbortHandler, <-ended)
}

func TestRowsOfACollectionThatWasReplacedMeanwhileAreAConflict(t *testing.T) {
	t.Parallel()
	stores := memory.New()
	stores.Collections = replacedStore{stores.Collections}
	s := newServerWith(t, stores, companion.Config{})
	id := s.ingest(t, s.Admin.Token, "A", "pc1", "F.1", `{"a":1}`)
	p := problem(t, s.call(t, s.Admin.Token, "GET", rowsTarget(id, "A"), nil), http.StatusConflict)
	require.Contains(t, p["detail"], "Read them again")
}

// replacedStore has no blocks any more when it is asked for them.
type replacedStore struct{ ingest.Store }

func (replacedStore) Blocks(context.Context, tenancy.ID, string, []string, []string) iter.Seq2[ingest.ChunkBlock, error] {
	return func(func(ingest.ChunkBlock, error) bool) {}
}

func TestTheLinkKeepsTheFilters(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for i := range 3 {
		s.ingest(t, s.Admin.Token, "A&b=c/é", fmt.Sprintf("pc%d", i), "F.1", `{"a":1}`)
		s.ingest(t, s.Admin.Token, "Other", fmt.Sprintf("pc%d", i), "F.2", `{"a":1}`)
	}
	all := pages[collection](t, s, s.Admin.Token, "/api/collections", url.Values{"artifact": {"A&b=c/é"}, "limit": {"1"}}.Encode())
	require.Len(t, all, 3)
}

func TestAnAcceptHeaderIsWeighed(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.ingest(t, s.Admin.Token, "A", "pc1", "F.1", `{"a":1}`)
	for accept, want := range map[string]string{
		"": "application/json", "*/*": "application/json", lines: lines, lines + ", */*;q=0.1": lines, lines + "; charset=utf-8": lines,
		lines + ";q=0.1, application/json": "application/json", "application/json;q=0.5, " + lines: lines, lines + ";q=0": "application/json",
	} {
		for _, w := range []*httptest.ResponseRecorder{
			s.call(t, s.Admin.Token, "GET", rowsTarget(id, "A"), nil, "Accept", accept),
			s.call(t, s.Admin.Token, "POST", "/api/hunt/search", object{}, "Accept", accept),
		} {
			require.Equal(t, http.StatusOK, w.Code)
			require.Equal(t, want, w.Header().Get("Content-Type"), accept)
		}
	}
}

package transport_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/auth"
)

type foundRows struct {
	Rows []struct {
		TenantID string `json:"tenant_id"`
		Hostname string
		Data     json.RawMessage
	}
	Next     string
	Total    *int64
	Complete bool
	Scanned  struct{ Rows, Hosts int64 }
}

func TestASearchIsPagedAndItsRowsAreExact(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, s *server) {
		rows := []string{`{"Name":"a\u0000<b>","N":18446744073709551615}`, `{"Name":"x","Name":"y"}`, `{"Pid":1e+300}`}
		s.ingest(t, s.Admin.Token, "A", "pc-1", "F.1", strings.Join(rows, "\n"))
		body := object{"artifacts": []string{"A"}, "limit": 2}
		first := into[foundRows](t, s.call(t, s.Admin.Token, "POST", "/api/hunt/search", body), http.StatusOK)
		require.NotEmpty(t, first.Next)
		body["cursor"] = first.Next
		second := into[foundRows](t, s.call(t, s.Admin.Token, "POST", "/api/hunt/search", body), http.StatusOK)
		require.Empty(t, second.Next)
		var got []string
		for _, r := range append(first.Rows, second.Rows...) {
			got = append(got, string(r.Data))
			assert.Equal(t, "pc-1", r.Hostname)
		}
		assert.Equal(t, rows, got)
		assert.EqualValues(t, 3, first.Scanned.Rows)
		assert.EqualValues(t, 1, first.Scanned.Hosts)

		require.Nil(t, second.Total)
		body["skip"], body["count"] = 1, true
		past := into[foundRows](t, s.call(t, s.Admin.Token, "POST", "/api/hunt/search", body), http.StatusOK)
		require.Empty(t, past.Rows, "one row is behind the cursor")
		require.EqualValues(t, 1, *past.Total)
		delete(body, "cursor")
		all := into[foundRows](t, s.call(t, s.Admin.Token, "POST", "/api/hunt/search", body), http.StatusOK)
		require.Len(t, all.Rows, 2)
		assert.Equal(t, rows[1], string(all.Rows[0].Data))
		require.EqualValues(t, 3, *all.Total)

		body["cursor"], body["query"] = first.Next, "Pid: *"
		problem(t, s.call(t, s.Admin.Token, "POST", "/api/hunt/search", body), http.StatusUnprocessableEntity)
	})
}

func TestAnExportAsCSVHoldsNoFormula(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.ingest(t, s.Admin.Token, "A", "pc-1", "F.1", `{"Name":"=cmd()","Pid":-4,"Hash":{"MD5":"@x"}}`+"\n"+`{"+Other":"\tx","Wide":"＝1"}`)
	w := s.call(t, s.Admin.Token, "POST", "/api/hunt/search", object{"columns": []string{"Name", "Pid", "Hash.MD5"}}, "Accept", "text/csv")
	require.Equal(t, http.StatusOK, w.Code, w.Body)
	assert.Contains(t, w.Body.String(), ",'=cmd(),-4,'@x\n")
	w = s.call(t, s.Admin.Token, "POST", "/api/hunt/search", object{}, "Accept", "text/csv")
	assert.Contains(t, w.Body.String(), ",Name,Pid,Hash,'+Other,Wide\n")
	assert.Contains(t, w.Body.String(), ",'\tx,'＝1\n")
	s.ingest(t, s.Admin.Token, "B", "pc-1", "F.1", `{"hostname":"h","row":7,"time":"x","data.row":8}`)
	w = s.call(t, s.Admin.Token, "POST", "/api/hunt/search", object{"artifacts": []string{"B"}}, "Accept", "text/csv")
	assert.Contains(t, w.Body.String(), "flow_id,row,time,data.hostname,data.row,data.time,data.data.row\n", "each name once")
	assert.Contains(t, w.Body.String(), ",h,7,x,8\n")
	w = s.call(t, s.Admin.Token, "POST", "/api/hunt/search", object{"query": "Pid: -4"}, "Accept", "application/x-ndjson")
	assert.Equal(t, 1, strings.Count(w.Body.String(), "\n"))
	assert.Contains(t, w.Body.String(), `"data":{"Name":"=cmd()","Pid":-4,"Hash":{"MD5":"@x"}}`)
	assert.Contains(t, s.call(t, s.Admin.Token, "GET", "/api/audit", nil).Body.String(), "collection.exported")
}

func TestAPageBehindRowsThatWereReplacedIsAConflict(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, s *server) {
		rows := []string{`{"Time":"2026-06-01T00:00:00Z"}`, `{"Time":"2026-06-01T00:00:01Z"}`, `{"Time":"2026-06-01T00:00:02Z"}`}
		s.ingest(t, s.Admin.Token, "A", "pc-1", "F.1", strings.Join(rows, "\n"))
		search := func(body object) *httptest.ResponseRecorder {
			body["limit"] = 1
			return s.call(t, s.Admin.Token, "POST", "/api/hunt/search", body)
		}
		found := into[struct {
			Next string
			Rows []struct {
				HostID string `json:"host_id"`
			}
		}](t, search(object{}), http.StatusOK)
		timeline := "/api/hunt/timeline?limit=1&host_id=" + found.Rows[0].HostID
		first := into[foundRows](t, s.call(t, s.Admin.Token, "GET", timeline, nil), http.StatusOK)
		s.ingest(t, s.Admin.Token, "A", "pc-1", "F.2", "{}")
		require.Len(t, into[foundRows](t, search(object{"cursor": found.Next}), http.StatusOK).Rows, 1, "others do not matter")
		s.ingest(t, s.Admin.Token, "A", "pc-1", "F.1", strings.Join(append(rows, "{}"), "\n"))
		for _, w := range []*httptest.ResponseRecorder{
			search(object{"cursor": found.Next}), s.call(t, s.Admin.Token, "GET", timeline+"&cursor="+first.Next, nil),
		} {
			assert.Contains(t, problem(t, w, http.StatusConflict)["detail"], "first page")
		}
	})
}

func TestAQuestionAboutSeveralTenantsNeedsAGrantForEach(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, s *server) {
		a, b := s.Tenant(t, "tenant-a", auth.RoleAdmin), s.Tenant(t, "tenant-b", auth.RoleUser)
		s.ingest(t, a.Token, "A", "pc-a", "F.1", `{"Name":"of-a"}`)
		s.ingest(t, b.Token, "A", "pc-b", "F.1", `{"Name":"of-b"}`)
		ask := object{"tenants": []string{a.TenantID.String(), b.TenantID.String()}}
		problem(t, s.call(t, b.Token, "POST", "/api/hunt/search", ask), http.StatusNotFound)
		s.must(t, a.Token, "POST", "/api/tenants/"+a.TenantID.String()+"/grants", object{"user_id": b.ID, "role": "user"}, http.StatusCreated)

		both := into[foundRows](t, s.call(t, b.Token, "POST", "/api/hunt/search", ask), http.StatusOK)
		got := map[string]string{}
		for _, r := range both.Rows {
			got[r.TenantID] = string(r.Data)
		}
		assert.Equal(t, map[string]string{a.TenantID.String(): `{"Name":"of-a"}`, b.TenantID.String(): `{"Name":"of-b"}`}, got)
		assert.Contains(t, s.call(t, a.Token, "GET", "/api/audit", nil).Body.String(), "tenant.queried")

		s.must(t, a.Token, "DELETE", "/api/tenants/"+a.TenantID.String()+"/grants/"+b.ID, nil, http.StatusNoContent)
		problem(t, s.call(t, b.Token, "POST", "/api/hunt/search", ask), http.StatusNotFound)
		own := into[foundRows](t, s.call(t, b.Token, "POST", "/api/hunt/search", object{}), http.StatusOK)
		require.Len(t, own.Rows, 1)
	})
}

func TestAQuestionThatCannotBeAskedIsRefusedWithThePlace(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	side := object{"hunt_id": "H.1"}
	for _, c := range []struct {
		method, path string
		body         any
		place, words string
	}{
		{"POST", "/search", object{"query": "日本 and ("}, "body.query", "column 9"},
		{"POST", "/search", object{"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, "body", "before"},
		{"POST", "/search", object{"from": "2026"}, "body.from", "RFC 3339"},
		{"POST", "/stack", object{"artifact": "A", "fields": []string{}}, "body.fields", "length"},
		{"POST", "/stack", object{"artifact": "A", "fields": []string{"B"}, "query": "a:"}, "body.query", "column 3"},
		{"POST", "/diff", object{"artifact": "A", "before": side, "after": side}, "body", "key"},
		{"POST", "/complete", object{"query": "Name: (a) b:", "position": 0, "limit": 0}, "body.limit", ">= 1"},
		{"POST", "/sweep?query=a:", "10.0.0.1", "query.query", "column 3"},
		{"GET", "/pivot?value=x&query=a:", nil, "query.query", "column 3"},
		{"GET", "/timeline?host_id=x&from=yesterday", nil, "query.from", "2026-01-31T12:00:00Z"},
	} {
		p := problem(t, s.call(t, s.Admin.Token, c.method, "/api/hunt"+c.path, c.body), http.StatusUnprocessableEntity)
		require.NotEmpty(t, p["errors"], c.path)
		assert.Equal(t, c.place, p["errors"].([]any)[0].(object)["location"], c.path)
		assert.Contains(t, p["detail"], c.words, c.path)
	}
	p := problem(t, s.call(t, s.Admin.Token, "POST", "/api/hunt/search", object{"query": "a:"}, "Accept", "text/csv"), http.StatusUnprocessableEntity)
	assert.NotEmpty(t, p["errors"], "an export says it like a page")
}

package transport_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/companion"
	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/store"
	"github.com/velocicompanion/velocicompanion/store/memory"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

const push = "/api/ingestion/push/"

// token makes a token for pushing.
func (s *server) token(t *testing.T) string {
	t.Helper()
	made := into[object](t, s.call(t, s.Admin.Token, "POST", "/api/tokens", object{"name": "push", "scope": "ingest"}), http.StatusCreated)
	return made["token"].(string)
}

// totals is how many rows of each artifact there are.
func (s *server) totals(t *testing.T) map[string]int {
	t.Helper()
	totals := map[string]int{}
	for _, a := range into[[]struct {
		Artifact string
		Rows     int
	}](t, s.call(t, s.Admin.Token, "GET", "/api/artifacts", nil), http.StatusOK) {
		totals[a.Artifact] = a.Rows
	}
	return totals
}

// captured is the type and the body of a request as a Velociraptor server sent it, without its chunks.
func captured(t *testing.T, name string) (contentType string, body []byte) {
	t.Helper()
	head, body, found := bytes.Cut(readSample(t, name), []byte("\r\n\r\n"))
	require.True(t, found)
	_, after, found := strings.Cut(string(head), "Content-Type: ")
	require.True(t, found)
	contentType, _, _ = strings.Cut(after, "\r\n")
	return contentType, body
}

// TestWhatAServerPushesIsKeptOnce replays what a Velociraptor server sent: rows to two other systems, and the whole flow.
func TestWhatAServerPushesIsKeptOnce(t *testing.T) {
	t.Parallel()
	want := map[string]int{"Generic.Client.Info/BasicInformation": 1, "Generic.Client.Info/DetailedInfo": 20, "Generic.Client.Info/LinuxInfo": 1}
	onEveryStore(t, func(t *testing.T, s *server) {
		secret := s.token(t)
		for path, name := range map[string]string{
			"elastic/_bulk": "034-POST_OACME__bulk.req", "splunk": "035-POST_OACME_services_collector.req", "flow": "033-POST_OACME_ingest_v1_flow.req",
		} {
			contentType, body := captured(t, name)
			for range 2 {
				w := s.call(t, "", "POST", push+"t/"+secret+"/"+path, body, "Content-Type", contentType)
				require.Equal(t, http.StatusOK, w.Code, w.Body.String())
				require.Equal(t, "application/json", w.Header().Get("Content-Type"))
			}
		}
		require.Equal(t, want["Generic.Client.Info/DetailedInfo"], s.totals(t)["Generic.Client.Info/DetailedInfo"],
			"the flow that was pushed in three ways is one, because the whole of it came")
		collections := into[[]collection](t, s.call(t, s.Admin.Token, "GET", "/api/collections", nil), http.StatusOK)
		require.Len(t, collections, 1)
		require.Equal(t, "C.ea79e029f1db0407-OACME", collections[0].ClientID)
		require.Equal(t, want, s.totals(t))
	})
}

func TestAWholeExportMayBePushedWithoutAForm(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	content := readSample(t, "web01-types-csv-and-json.zip")
	for range 2 {
		w := s.call(t, s.token(t), "POST", push+"flow", content, "Content-Type", zipType)
		require.Equal(t, http.StatusOK, w.Code, w.Body.String())
	}
	require.Equal(t, map[string]int{"Generic.Client.VQL": 1, "Generic.Client.VQL/Overview": 1}, s.totals(t))
	w := s.call(t, s.token(t), "POST", push+"flow", content, "Content-Type", "application/json")
	require.Equal(t, http.StatusUnprocessableEntity, w.Code)
}

// TestTheWaysToSendAToken has one for each kind of client.
func TestTheWaysToSendAToken(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	secret := s.token(t)
	event := `{"event":{"n":1,"Artifact":"A","ClientId":"C.1","FlowId":"F.1"}}`
	r := httptest.NewRequest("POST", "/", nil)
	r.SetBasicAuth("velociraptor", secret)
	for _, header := range []string{"Bearer " + secret, "Splunk " + secret, "APIKey " + secret, "ApiKey " + secret, r.Header.Get("Authorization")} {
		w := s.call(t, "", "POST", push+"splunk", event, "Authorization", header)
		require.Equal(t, http.StatusOK, w.Code, header)
	}
	for _, header := range []string{"", "Bearer", "Bearer " + s.Admin.Token, "Splunk vct_wrong", "Basic x", "Digest " + secret} {
		w := s.call(t, "", "POST", push+"splunk", event, "Authorization", header)
		require.Equal(t, http.StatusUnauthorized, w.Code, header)
	}
	require.Equal(t, http.StatusUnauthorized, s.call(t, "", "POST", push+"t/vct_wrong/splunk", event).Code)
	require.Equal(t, map[string]int{"A": 1}, s.totals(t))
}

// bulk is a batch of rows of one artifact of one flow with the given ids.
func bulk(ids ...string) string {
	var b strings.Builder
	for _, id := range ids {
		b.WriteString(`{ "index" : {"_id" : "` + id + `", "_index": "artifact_a"} }` + "\n")
		b.WriteString(`{"n":1,"Hostname":"own","Artifact":"A","Hostname":"pc1","timestamp":"x","ClientId":"C.1","FlowId":"F.1","Organization":"\u003croot\u003e"}` + "\n")
	}
	return b.String()
}

// TestBatchesAddUp holds that rows are kept as often as they were sent by intention.
func TestBatchesAddUp(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, s *server) {
		path := push + "t/" + s.token(t) + "/elastic/_bulk"
		for _, step := range []struct {
			ids  []string
			rows int
		}{
			{[]string{"1", "2"}, 2},             // equal rows with ids of their own
			{[]string{"1", "2"}, 2},             // the answer was lost
			{[]string{"1", "2", "3"}, 3},        // and the buffer has grown meanwhile
			{[]string{"1", "2"}, 3},             // an old one that was late
			{[]string{"-7", "8", "9"}, 6},       // the next batch
			{[]string{"-7", "8", "9", "10"}, 7}, // grown
		} {
			w := s.call(t, "", "POST", path, bulk(step.ids...))
			require.Equal(t, http.StatusOK, w.Code, w.Body.String())
			require.JSONEq(t, `{"took":1,"errors":false,"items":[]}`, w.Body.String())
			require.Equal(t, map[string]int{"A": step.rows}, s.totals(t), step.ids)
		}
		collections := into[[]collection](t, s.call(t, s.Admin.Token, "GET", "/api/collections", nil), http.StatusOK)
		require.Len(t, collections, 1)
		require.Len(t, collections[0].Artifacts, 1)
		require.EqualValues(t, 7, collections[0].Artifacts[0].Stored)
		row := `{"n":1,"Hostname":"own"}` + "\n"
		require.Equal(t, strings.Repeat(row, 7), s.allRows(t, s.Admin.Token, collections[0].ID, "A"))
		page := s.call(t, s.Admin.Token, "GET", "/api/collections/"+collections[0].ID+"/rows?artifact=A&limit=5", nil)
		require.Contains(t, page.Header().Get("Link"), "next")
	})
}

// TestRowsThatAServerGivesUpAreOnTheAuditTrail holds that somebody learns of rows that were pushed and are not there.
func TestRowsThatAServerGivesUpAreOnTheAuditTrail(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	path := push + "t/" + s.token(t) + "/elastic/_bulk"
	nobodys := `{"index":{"_id":"9"}}` + "\n" + `{"n":1}` + "\n"
	for body, said := range map[string]string{
		bulk("1") + nobodys: "1 rows could not be kept and do not say which host and flow they are from",
		nobodys:             "no row could be kept",
	} {
		s.call(t, "", "POST", path, body)
		trail := into[[]struct{ Action, Target, Detail string }](t, s.call(t, s.Admin.Token, "GET", "/api/audit", nil), http.StatusOK)
		i := slices.IndexFunc(trail, func(e struct{ Action, Target, Detail string }) bool { return strings.Contains(e.Detail, said) })
		require.GreaterOrEqual(t, i, 0, trail)
		require.Equal(t, []string{"rows.refused", "elastic/_bulk"}, []string{trail[i].Action, trail[i].Target})
	}
}

func TestLogScaleGroups(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	body := `[{"tags":{"Artifact":"A","ClientHostname":"pc1","ClientId":"C.1"},"events":[
		{"timestamp":"x","attributes":{"n":1,"Artifact":"A","timestamp":"x","ClientId":"C.1","FlowId":"F.1"}},
		{"timestamp":"x","attributes":{"n":2,"FlowId":"F.1"}}]}]`
	for range 2 {
		w := s.call(t, s.token(t), "POST", push+"logscale/api/v1/ingest/humio-structured", body)
		require.Equal(t, http.StatusOK, w.Code, w.Body.String())
	}
	require.Equal(t, map[string]int{"A": 2}, s.totals(t))
	collections := into[[]collection](t, s.call(t, s.Admin.Token, "GET", "/api/collections", nil), http.StatusOK)
	require.Equal(t, []string{"C.1", "pc1"}, []string{collections[0].ClientID, collections[0].Hostname})
	require.Equal(t, `{"n":1}`+"\n"+`{"n":2}`+"\n", s.allRows(t, s.Admin.Token, collections[0].ID, "A"))
}

// TestAPushReachesTheTenantOfItsTokenAlone is T1 and T7 for the routes that are not in the document: two tenants that have
// the same client and flow, and a body, a query and a header that name the other.
func TestAPushReachesTheTenantOfItsTokenAlone(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, s *server) {
		a, b := s.Tenant(t, "tenant-a", auth.RoleAdmin), s.Tenant(t, "tenant-b", auth.RoleAdmin)
		target := ingestPath + "?artifact=A&client_id=C.1&flow_id=F.1"
		require.Equal(t, http.StatusCreated, s.call(t, a.Token, "POST", target, `{"of":"a"}`, "Content-Type", lines).Code)
		before := s.lists(t, a.Token, a.TenantID.String())
		made := into[object](t, s.call(t, b.Token, "POST", "/api/tokens", object{"name": "push", "scope": "ingest"}), http.StatusCreated)
		id := a.TenantID.String()
		row := `{"of":"b","tenant_id":"` + id + `","Artifact":"A","ClientId":"C.1","FlowId":"F.1"}`
		for path, body := range map[string]string{
			"elastic/_bulk": `{"index":{"_index":"A"}}` + "\n" + row + "\n", "splunk": `{"event":` + row + `}`,
			"logscale/api/v1/ingest/humio-structured": `[{"tags":{"tenant_id":"` + id + `"},"events":[{"attributes":` + row + `}]}]`,
		} {
			w := s.call(t, made["token"].(string), "POST", push+path+"?tenant_id="+id, body, "X-Tenant-Id", id)
			require.Equal(t, http.StatusOK, w.Code, w.Body.String())
		}
		require.Equal(t, before, s.lists(t, a.Token, a.TenantID.String()))
		for _, user := range []struct{ token, of string }{{a.Token, "a"}, {b.Token, "b"}} {
			found := into[[]collection](t, s.call(t, user.token, "GET", "/api/collections", nil), http.StatusOK)
			require.NotEmpty(t, found)
			for _, c := range found {
				rows := s.allRows(t, user.token, c.ID, "A")
				require.Equal(t, strings.Count(rows, "\n"), strings.Count(rows, `"of":"`+user.of+`"`), rows)
			}
		}
	})
}

// away is a store that cannot commit for a while.
type away struct {
	ingest.Store
	err error
}

func (s *away) CommitStage(
	ctx context.Context, tenant tenancy.ID, stage string, collections ingest.CollectFunc,
) ([]ingest.Merged, error) {
	if s.err != nil {
		return nil, s.err
	}
	return s.Store.CommitStage(ctx, tenant, stage, collections)
}

// TestPressureMakesServersWait holds that an answer other than success never makes a client forget rows that could be kept,
// and that rows which never can be do not come for ever.
func TestPressureMakesServersWait(t *testing.T) {
	t.Parallel()
	stores := memory.New()
	collections := &away{Store: stores.Collections}
	stores.Collections = collections
	s := newServerWith(t, stores, companion.Config{Ingest: ingest.Config{MaxWait: time.Second}})
	secret := s.token(t)
	paths := map[string]string{
		"elastic/_bulk": bulk("1"), "splunk": `{"event":{"n":1,"Artifact":"A","ClientId":"C.1","FlowId":"F.2"}}`,
		"logscale/api/v1/ingest/humio-structured": `[{"events":[{"attributes":{"n":1,"Artifact":"A","ClientId":"C.1","FlowId":"F.3"}}]}]`,
	}
	for _, failure := range []struct {
		err    error
		status int
	}{{store.ErrUnavailable, http.StatusServiceUnavailable}, {ingest.ErrBusy, http.StatusTooManyRequests}, {errors.New("x"), http.StatusInternalServerError}} {
		collections.err = failure.err
		for path, body := range paths {
			w := s.call(t, secret, "POST", push+path, body)
			assert.Equal(t, failure.status, w.Code, path)
			assert.NotContains(t, w.Body.String(), "{", "Elastic's client drops rows on JSON")
		}
	}
	collections.err = nil
	require.Empty(t, s.totals(t))
	for path, body := range paths {
		require.Equal(t, http.StatusOK, s.call(t, secret, "POST", push+path, body).Code, path)
	}
	require.Equal(t, map[string]int{"A": 3}, s.totals(t))

	for path, body := range map[string]string{
		"elastic/_bulk": "{}\n{}\n", "splunk": "{}", "logscale/api/v1/ingest/humio-structured": "[{}]",
	} {
		w := s.call(t, secret, "POST", push+path, body)
		assert.Contains(t, []int{http.StatusBadRequest, http.StatusUnprocessableEntity}, w.Code, path)
		assert.Equal(t, strings.HasPrefix(path, "elastic"), strings.HasPrefix(w.Body.String(), "{"), path)
	}
}

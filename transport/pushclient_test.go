package transport_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/companion"
	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/store"
	"github.com/velocicompanion/velocicompanion/store/memory"
)

// pusher is a Velociraptor server that pushes: what it does with a batch after an answer was watched on real ones.
type pusher struct {
	path   string
	body   func(rows []int) string
	header string
	// keeps reports whether rows stay in the buffer after an answer, to be sent again; done whether that is success.
	keeps func(*httptest.ResponseRecorder) bool
	done  func(*httptest.ResponseRecorder) bool
	tries int // after which the batch is lost; 0 for none
}

// isObject reports whether a client of Elastic takes an answer for one of Elastic's.
func isObject(w *httptest.ResponseRecorder) bool {
	var object map[string]any
	return json.Unmarshal(w.Body.Bytes(), &object) == nil
}

func is200(w *httptest.ResponseRecorder) bool { return w.Code == http.StatusOK }

// pushers are the tables of VELOCIRAPTOR's clients: Elastic's takes every JSON object for an acknowledgement and sends all
// else again for ever; Splunk's takes 200 alone, and gives up after four tries; LogScale's takes 200, gives up on 4xx at
// once, and sends again after 429, 5xx and lost connections.
var pushers = map[string]pusher{
	"Elastic": {
		path: "elastic/_bulk", header: "APIKey ",
		body: func(rows []int) string {
			var b strings.Builder
			for _, n := range rows {
				fmt.Fprintf(&b, "{ \"index\" : {\"_id\" : \"%d\", \"_index\": \"artifact_a\"} }\n"+
					`{"n":%d,"Artifact":"A","Hostname":"pc1","timestamp":"x","ClientId":"C.1","FlowId":"F.1","Organization":"\u003croot\u003e"}`+"\n", n, n)
			}
			return b.String()
		},
		keeps: func(w *httptest.ResponseRecorder) bool { return !isObject(w) },
		done:  func(w *httptest.ResponseRecorder) bool { return isObject(w) && w.Code == http.StatusOK },
	},
	"Splunk": {
		path: "splunk", header: "Splunk ", tries: 4,
		body: func(rows []int) string {
			var b strings.Builder
			for _, n := range rows {
				fmt.Fprintf(&b, `{"time":1795455437.0,"host":"C.1","source":"velociraptor","sourcetype":"vql","event":{"n":%d,"Artifact":"A",`+
					`"timestamp":"x","ClientId":"C.1","FlowId":"F.1","src_artifact":"artifact_A","org_name":"\u003croot\u003e"}}`+"\r\n\r\n", n)
			}
			return b.String()
		},
		keeps: func(w *httptest.ResponseRecorder) bool { return !is200(w) },
		done:  is200,
	},
	"LogScale": {
		path: "logscale/api/v1/ingest/humio-structured", header: "Bearer ",
		body: func(rows []int) string {
			var events []string
			for _, n := range rows {
				events = append(events, fmt.Sprintf(
					`{"timestamp":"x","attributes":{"n":%d,"Artifact":"A","timestamp":"x","ClientId":"C.1","FlowId":"F.1"}}`, n))
			}
			return `[{"tags":{"ClientId":"C.1"},"events":[` + strings.Join(events, ",") + `]}]`
		},
		keeps: func(w *httptest.ResponseRecorder) bool {
			return w.Code == http.StatusTooManyRequests || w.Code >= http.StatusInternalServerError
		},
		done: is200,
	},
}

// send sends rows as the pusher does, and reports whether they were acknowledged and whether it would send them again.
func (p pusher) send(t *testing.T, s *server, secret string, rows []int) (acknowledged, again bool) {
	t.Helper()
	w := s.call(t, "", "POST", push+p.path, p.body(rows), "Authorization", p.header+secret)
	return p.done(w), p.keeps(w)
}

// TestAnOutageLosesNothingThatWasAcknowledged pushes through a database that is down for a while, as each client does: what
// is acknowledged is there, what is not is sent again until it is, and comes in once.
func TestAnOutageLosesNothingThatWasAcknowledged(t *testing.T) {
	t.Parallel()
	for name, p := range pushers {
		for _, failure := range []error{store.ErrUnavailable, store.ErrNoSpace, ingest.ErrBusy, ingest.ErrNoSpace, fmt.Errorf("a bug")} {
			t.Run(name+"/"+failure.Error(), func(t *testing.T) {
				t.Parallel()
				stores := memory.New()
				collections := &away{Store: stores.Collections}
				stores.Collections = collections
				s := newServerWith(t, stores, companion.Config{})
				secret := s.token(t)

				acknowledged, again := p.send(t, s, secret, []int{1, 2})
				require.True(t, acknowledged)
				require.False(t, again)
				collections.err = failure
				buffer := []int{3}
				for n := 4; n < 7; n++ {
					acknowledged, again := p.send(t, s, secret, buffer)
					require.False(t, acknowledged)
					require.True(t, again, "the client must not drop rows")
					if name == "Elastic" {
						buffer = append(buffer, n) // its buffer grows while it waits
					}
				}
				require.Equal(t, map[string]int{"A": 2}, s.totals(t))
				collections.err = nil
				for range 2 { // the second time because the answer was lost
					acknowledged, again = p.send(t, s, secret, buffer)
					require.True(t, acknowledged)
					require.False(t, again)
				}
				require.Equal(t, map[string]int{"A": 2 + len(buffer)}, s.totals(t))
			})
		}
	}
}

// TestWhatNeverCanBeKeptIsNotSentForEver holds that clients drop what will be refused as often as it comes.
func TestWhatNeverCanBeKeptIsNotSentForEver(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	secret := s.token(t)
	for name, p := range pushers {
		w := s.call(t, "", "POST", push+p.path, `{"no":"rows"}`+"\n", "Authorization", p.header+secret)
		assert.False(t, p.done(w), name)
		assert.True(t, !p.keeps(w) || p.tries > 0, "%s would send it for ever: %d %s", name, w.Code, w.Body)
	}
	require.Empty(t, s.totals(t))
}

// TestATokenThatEndedMakesElasticKeepItsRows holds that an operator who renews a token in time loses nothing.
func TestATokenThatEndedMakesElasticKeepItsRows(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	acknowledged, again := pushers["Elastic"].send(t, s, "vct_ended", []int{1})
	require.False(t, acknowledged)
	require.True(t, again)
	acknowledged, _ = pushers["Elastic"].send(t, s, s.token(t), []int{1})
	require.True(t, acknowledged)
	require.Equal(t, map[string]int{"A": 1}, s.totals(t))
}

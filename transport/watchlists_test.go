package transport_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/transport/internal/page"
)

type watchlistView struct {
	ID, Name           string
	Indicators         int
	Invalid, Sightings int
	MatchedAt          *string `json:"matched_at"`
	Complete           bool
	InvalidPieces      []struct {
		Line         int
		Text, Reason string
	} `json:"invalid_pieces"`
}

type sightingView struct {
	ID, Indicator, Kind, Value, Hostname, Artifact string
	WatchlistID                                    string `json:"watchlist_id"`
	HostID                                         string `json:"host_id"`
	CollectionID                                   string `json:"collection_id"`
	Rows                                           int
}

func TestAWatchlistFromItsTextToItsSightings(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, s *server) {
		token := s.Admin.Token
		s.ingest(t, token, "A", "pc-1", "F.1", `{"Raddr":"203.0.113.66"}`)
		made := into[watchlistView](t, s.call(t, token, "POST", "/api/watchlists?name="+url.QueryEscape("Beacon <1>"),
			"203[.]0[.]113[.]66 # its server\nwhat?\nevil.example\n", "Content-Type", "text/plain"), http.StatusCreated)
		assert.Equal(t, "Beacon <1>", made.Name)
		assert.Equal(t, []int{2, 1, 1}, []int{made.Indicators, made.Invalid, made.Sightings})
		assert.NotNil(t, made.MatchedAt)
		assert.True(t, made.Complete)
		require.Len(t, made.InvalidPieces, 1)
		assert.Equal(t, 2, made.InvalidPieces[0].Line)
		collection := s.ingest(t, token, "B", "pc-2", "F.2", `{"Url":"https://evil.example/x"}`)

		found := pages[sightingView](t, s, token, "/api/sightings", "limit=1&watchlist_id="+made.ID)
		require.Len(t, found, 2)
		assert.Equal(t, "evil.example domain pc-2 B", strings.Join([]string{found[0].Indicator, found[0].Kind, found[0].Hostname, found[0].Artifact}, " "))
		assert.Equal(t, collection, found[0].CollectionID)
		assert.Equal(t, "203.0.113.66", found[1].Value)
		for query, want := range map[string]int{
			"indicator=" + url.QueryEscape("203[.]0.113.66"): 1, "indicator=EVIL.example.": 1, "indicator=other.example": 0,
			"host_id=" + found[0].HostID: 1, "since=2026-01-01T00:00:00Z": 2, "since=2999-01-01T00:00:00Z": 0,
		} {
			assert.Len(t, pages[sightingView](t, s, token, "/api/sightings", query), want, query)
		}

		path := "/api/watchlists/" + made.ID
		indicators := pages[sightingView](t, s, token, path+"/indicators", "limit=1")
		require.Len(t, indicators, 2)
		assert.Equal(t, "203[.]0[.]113[.]66 ip 203.0.113.66", strings.Join([]string{indicators[0].Indicator, indicators[0].Kind, indicators[0].Value}, " "))
		for _, forged := range []string{"-1", "9223372036854775807", "x"} {
			cursor := page.Bind(forged, s.Admin.TenantID.String(), path+"/indicators", "")
			require.Equal(t, http.StatusOK, s.call(t, token, "GET", path+"/indicators?cursor="+cursor, nil).Code, forged)
		}
		renamed := into[watchlistView](t, s.call(t, token, "PUT", path, object{"name": "another"}), http.StatusOK)
		assert.Equal(t, "another", renamed.Name)
		replaced := into[watchlistView](t, s.call(t, token, "PUT", path+"/indicators",
			`{"type":"domain-name","value":"evil.example"}`, "Content-Type", "application/json"), http.StatusOK)
		assert.Equal(t, []int{1, 0, 1}, []int{replaced.Indicators, replaced.Invalid, replaced.Sightings})
		assert.Equal(t, found[:1], pages[sightingView](t, s, token, "/api/sightings", ""))
		all := into[[]watchlistView](t, s.call(t, token, "GET", "/api/watchlists", nil), http.StatusOK)
		require.Len(t, all, 1)
		got := into[watchlistView](t, s.call(t, token, "GET", path, nil), http.StatusOK)
		assert.Equal(t, replaced, got)

		s.must(t, token, "DELETE", path, nil, http.StatusNoContent)
		problem(t, s.call(t, token, "GET", path, nil), http.StatusNotFound)
		assert.Empty(t, pages[sightingView](t, s, token, "/api/sightings", ""))
	})
}

func TestASecondWatchlistOfANameIsRefused(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	create := func(token, name string) *httptest.ResponseRecorder {
		return s.call(t, token, "POST", "/api/watchlists?name="+name, "evil.example", "Content-Type", "text/plain")
	}
	into[watchlistView](t, create(s.Admin.Token, "Beacon"), http.StatusCreated)
	other := into[watchlistView](t, create(s.Admin.Token, "Other"), http.StatusCreated)
	p := problem(t, create(s.Admin.Token, "Beacon"), http.StatusConflict)
	require.Equal(t, "Another watchlist has this name.", p["detail"])
	problem(t, s.call(t, s.Admin.Token, "PUT", "/api/watchlists/"+other.ID, object{"name": "Beacon"}), http.StatusConflict)
	into[watchlistView](t, create(s.Tenant(t, "other", auth.RoleUser).Token, "Beacon"), http.StatusCreated)
	require.Len(t, into[[]object](t, s.call(t, s.Admin.Token, "GET", "/api/watchlists", nil), http.StatusOK), 2)
}

func TestAListThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for _, body := range []string{"", "# nothing", "what?\nnothing"} {
		badInput(t, s.call(t, s.Admin.Token, "POST", "/api/watchlists?name=x", body), "indicator")
	}
	problem(t, s.call(t, s.Admin.Token, "POST", "/api/watchlists?name=x", `{"type":`), http.StatusUnprocessableEntity)
	problem(t, s.call(t, s.Admin.Token, "POST", "/api/watchlists", "evil.example"), http.StatusUnprocessableEntity)
	assert.Equal(t, "[]", strings.TrimSpace(s.call(t, s.Admin.Token, "GET", "/api/watchlists", nil).Body.String()))
}

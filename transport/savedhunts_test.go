package transport_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// compared is the answer to a run of a saved hunt.
type compared struct {
	PreviousAt *string `json:"previous_at"`
	Entries    int
	New, Gone  []any
	Changed    []struct{ Entry, Before, After any }
	Complete   bool
	Reason     string
}

func (s *server) save(t *testing.T, kind string, question object) (run string) {
	t.Helper()
	saved := into[object](t, s.call(t, s.Admin.Token, "POST", "/api/hunt/saved", object{
		"name": "a " + kind, "kind": kind, "question": question,
	}), http.StatusCreated)
	return "/api/hunt/saved/" + saved["id"].(string) + "/run"
}

func (s *server) run(t *testing.T, path string) compared {
	t.Helper()
	return into[compared](t, s.call(t, s.Admin.Token, "POST", path, nil), http.StatusOK)
}

func TestASavedHuntOfEachKindTellsWhatIsNewAndChangedSinceItsLastRun(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, s *server) {
		row := func(name, time string) string {
			return `{"Name":"` + name + `","Raddr":"203.0.113.66","CreateTime":"2026-01-01T00:00:0` + time + `Z"}`
		}
		monday := s.ingest(t, s.Admin.Token, "A", "pc-1", "F.1", row("known.exe", "1"))
		tuesday := s.ingest(t, s.Admin.Token, "A", "pc-1", "F.2", row("known.exe", "1")+"\n"+row("bad.exe", "2"))
		pc1 := into[[]object](t, s.call(t, s.Admin.Token, "GET", "/api/hosts", nil), http.StatusOK)[0]["id"]
		runs := map[string]string{
			"search":   s.save(t, "search", object{"query": "Name: evil.exe or Name: bad.exe", "limit": 1, "cursor": "none"}),
			"stack":    s.save(t, "stack", object{"artifact": "A", "fields": []string{"Name"}}),
			"pivot":    s.save(t, "pivot", object{"value": "203[.]0.113.66"}),
			"sweep":    s.save(t, "sweep", object{"list": "# ours\n203.0.113.66\n198.51.100.1\n", "artifacts": []string{"A"}}),
			"timeline": s.save(t, "timeline", object{"host_id": pc1, "from": "2026-01-01T00:00:02Z"}),
			"diff": s.save(t, "diff", object{
				"artifact": "A", "key": []string{"Name"},
				"before": object{"collection_ids": []string{monday}}, "after": object{"collection_ids": []string{tuesday}},
			}),
		}
		for kind, path := range runs {
			first := s.run(t, path)
			assert.Nil(t, first.PreviousAt, kind)
			assert.Empty(t, first.New, kind)
			assert.True(t, first.Complete, kind)
			assert.Positive(t, first.Entries, kind)
			second := s.run(t, path)
			assert.NotNil(t, second.PreviousAt, kind)
			assert.Empty(t, append(second.New, second.Gone...), kind)
			assert.Empty(t, second.Changed, kind)
		}
		s.ingest(t, s.Admin.Token, "A", "pc-2", "F.3", row("evil.exe", "3"))
		s.ingest(t, s.Admin.Token, "A", "pc-2", "F.4", row("bad.exe", "4"))
		s.ingest(t, s.Admin.Token, "A", "pc-1", "F.5", row("late.exe", "5"))
		for kind, want := range map[string]string{
			"search":   `pc-2 "Name":"evil.exe"; pc-2 "Name":"bad.exe"`,
			"stack":    `["evil.exe"]; ["late.exe"]; changed ["bad.exe"] {"hosts":1} {"hosts":2}`,
			"pivot":    `pc-2; changed pc-1 "rows":3 "rows":4`,
			"sweep":    `pc-2 203.0.113.66; changed pc-1 203.0.113.66 "rows":3 "rows":4`,
			"timeline": `pc-1 "Name":"late.exe"`,
			"diff":     `changed pc-1 added ["bad.exe"] "fleet_hosts":1 "fleet_hosts":2`,
		} {
			found := s.run(t, runs[kind])
			assert.Empty(t, found.Gone, kind)
			requireWords(t, kind, want, found)
		}
	})
}

// requireWords requires what is new, and then what has changed, in any order, each with its words.
func requireWords(t *testing.T, kind, want string, found compared) {
	t.Helper()
	text := func(values ...any) string {
		var out strings.Builder
		for _, v := range values {
			part, err := json.Marshal(v)
			require.NoError(t, err)
			out.Write(part)
		}
		return out.String()
	}
	var all []string
	for _, e := range found.New {
		all = append(all, text(e))
	}
	for _, c := range found.Changed {
		all = append(all, "changed "+text(c.Entry, c.Before, c.After))
	}
	wanted := strings.Split(want, "; ")
	require.Len(t, all, len(wanted), "%s: %s", kind, all)
	for _, words := range wanted {
		has := func(e string) bool {
			return !slices.ContainsFunc(strings.Fields(words), func(word string) bool { return !strings.Contains(e, word) })
		}
		require.True(t, slices.ContainsFunc(all, has), "%s: %s in %s", kind, words, all)
	}
}

func TestAQuestionThatCannotBeAskedIsNotSaved(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	side := object{"hunt_id": "H.1"}
	for _, c := range []struct {
		kind     string
		question any
		place    string
	}{
		{"search", object{"query": "Name: (a or"}, "body.question.query"},
		{"search", object{"order": "oldest"}, "body.question.order"},
		{"search", object{"nothing": 1}, "body.question.nothing"},
		{"search", "Name: a", "body.question"},
		{"search", object{"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, "body.question"},
		{"search", object{"from": "yesterday"}, "body.question.from"},
		{"stack", object{"artifact": "A"}, "body.question"},
		{"stack", object{"artifact": "A", "fields": []string{"a", "b", "c", "d"}}, "body.question.fields"},
		{"pivot", object{"value": " "}, "body.question"},
		{"pivot", object{"value": "x", "query": "a:"}, "body.question.query"},
		{"sweep", object{"list": "# nothing\n"}, "body.question.list"},
		{"sweep", object{"list": "{\"type\":"}, "body.question.list"},
		{"timeline", object{"host_id": "h", "hosts": []string{"a"}}, "body.question.hosts"},
		{"diff", object{"artifact": "Custom", "before": side, "after": side}, "body.question"},
		{"diff", object{"artifact": "Linux.Sys.Pslist", "before": side, "after": object{}}, "body.question"},
		{"diff", object{"artifact": "A", "before": object{"hunt": "H.1"}, "after": side}, "body.question.before.hunt"},
		{"count", object{}, "body.kind"},
	} {
		p := problem(t, s.call(t, s.Admin.Token, "POST", "/api/hunt/saved", object{
			"name": "x", "kind": c.kind, "question": c.question,
		}), http.StatusUnprocessableEntity)
		require.NotEmpty(t, p["errors"], "%s %v", c.kind, c.question)
		assert.Equal(t, c.place, p["errors"].([]any)[0].(object)["location"], "%s %v", c.kind, c.question)
	}
	none := into[[]any](t, s.call(t, s.Admin.Token, "GET", "/api/hunt/saved", nil), http.StatusOK)
	assert.Empty(t, none)
	other := s.call(t, s.Admin.Token, "POST", "/api/hunt/saved", object{
		"name": "x", "kind": "search", "question": object{"tenants": []string{"018f3a5c-0000-7000-8000-000000000000"}},
	})
	problem(t, other, http.StatusNotFound)
}

package transport_test

import (
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/auth"
)

type timelinePage struct {
	Rows []struct {
		Time     string
		Artifact string
		Data     struct{ Name string }
	}
	Next, Previous string
	Buckets        []struct{ Rows int }
	WithoutTime    int `json:"without_time"`
	Scanned        struct{ Rows int }
	Complete       bool
}

func TestTimelineIsPagedBothWays(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	u := s.Tenant(t, "tenant", auth.RoleUser)
	s.ingest(t, u.Token, "Linux.Sys.Pslist", "pc", "F.1",
		`{"CreateTime":"2026-01-01T00:00:00.25Z","Name":"b"}`+"\n"+`{"CreateTime":"2026-01-01T00:00:00Z","Name":"a"}`+"\n"+`{"Name":"none"}`)
	s.ingest(t, u.Token, "Linux.Search.FileFinder", "pc", "F.2", `{"MTime":"2026-01-01T00:00:00.5Z","Name":"c"}`)
	hosts := into[[]struct{ ID string }](t, s.call(t, u.Token, "GET", "/api/hosts", nil), http.StatusOK)
	path := "/api/hunt/timeline?host_id=" + hosts[0].ID
	first := into[timelinePage](t, s.call(t, u.Token, "GET", path+"&limit=2", nil), http.StatusOK)
	require.Len(t, first.Rows, 2)
	assert.Equal(t, []string{"a", "b"}, []string{first.Rows[0].Data.Name, first.Rows[1].Data.Name})
	assert.Empty(t, first.Previous)
	assert.Equal(t, 1, first.WithoutTime)
	assert.True(t, first.Complete)
	second := into[timelinePage](t, s.call(t, u.Token, "GET", path+"&limit=2&cursor="+url.QueryEscape(first.Next), nil), http.StatusOK)
	require.Len(t, second.Rows, 1)
	assert.Equal(t, "Linux.Search.FileFinder", second.Rows[0].Artifact)
	assert.Empty(t, second.Next)
	back := into[timelinePage](t, s.call(t, u.Token, "GET", path+"&limit=2&cursor="+url.QueryEscape(second.Previous), nil), http.StatusOK)
	assert.Equal(t, first.Rows, back.Rows)
	all := into[timelinePage](t, s.call(t, u.Token, "GET", path, nil), http.StatusOK)
	times := []string{all.Rows[0].Time, all.Rows[1].Time, all.Rows[2].Time}
	assert.True(t, slices.IsSorted(times), "%v sort as texts", times)
	untimed := into[timelinePage](t, s.call(t, u.Token, "GET", path+"&untimed=true", nil), http.StatusOK)
	require.Len(t, untimed.Rows, 1)
	problem(t, s.call(t, u.Token, "GET", path+"&order=newest&cursor="+url.QueryEscape(first.Next), nil), http.StatusUnprocessableEntity)
	problem(t, s.call(t, u.Token, "GET", path+"&query="+url.QueryEscape("Name: ("), nil), http.StatusUnprocessableEntity)
}

func TestDiffTellsAddedFromChanged(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	u := s.Tenant(t, "tenant", auth.RoleUser)
	old := s.ingest(t, u.Token, "X", "pc", "F.1", `{"Name":"p","User":"u"}`+"\n"+`{"Name":"gone"}`)
	now := s.ingest(t, u.Token, "X", "pc", "F.2", `{"Name":"p","User":"v"}`+"\n"+`{"Name":"new"}`)
	question := object{
		"artifact": "X", "key": []string{"Name"},
		"before": object{"collection_ids": []string{old}}, "after": object{"collection_ids": []string{now}},
	}
	d := into[struct {
		Hosts []struct{ Added, Removed, Changed any }
	}](t, s.call(t, u.Token, "POST", "/api/hunt/diff", question), http.StatusOK)
	require.Len(t, d.Hosts, 1)
	assert.Equal(t, []any{map[string]any{"key": []any{"new"}, "rows": 1.0, "fleet_hosts": 1.0}}, d.Hosts[0].Added)
	assert.Equal(t, []any{map[string]any{"key": []any{"gone"}, "rows": 1.0}}, d.Hosts[0].Removed)
	assert.Equal(t, []any{map[string]any{"key": []any{"p"}, "rows": 1.0, "columns": []any{
		map[string]any{"column": "User", "before": []any{"u"}, "after": []any{"v"}},
	}}}, d.Hosts[0].Changed)
	question["before"] = object{}
	problem(t, s.call(t, u.Token, "POST", "/api/hunt/diff", question), http.StatusUnprocessableEntity)
}

func TestArtifactsAndQueriesAreTold(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	u := s.Tenant(t, "tenant", auth.RoleUser)
	s.ingest(t, u.Token, "A/Source", "pc", "F.1", `{"Name":"p"}`+"\n"+`{"Name":"p","Pid":1}`)
	d := into[struct {
		Rows    int
		Columns []struct {
			Name     string
			Types    []string
			Coverage float64
			Distinct int
		}
	}](t, s.call(t, u.Token, "GET", "/api/artifacts/A%2FSource", nil), http.StatusOK)
	assert.Equal(t, 2, d.Rows)
	require.Len(t, d.Columns, 2)
	assert.Equal(t, "Pid", d.Columns[1].Name)
	assert.Equal(t, 0.5, d.Columns[1].Coverage)
	problem(t, s.call(t, u.Token, "GET", "/api/artifacts/B", nil), http.StatusNotFound)
	s.ingest(t, u.Token, "Linux.Sys.Pslist", "pc", "F.2", `{"Name":"p"}`)
	known := into[object](t, s.call(t, u.Token, "GET", "/api/artifacts/Linux.Sys.Pslist", nil), http.StatusOK)
	assert.Equal(t, []any{"Name", "Exe"}, known["diff_key"])
	bare := into[object](t, s.call(t, u.Token, "GET", "/api/artifacts/Linux.Sys.Pslist?top=0", nil), http.StatusOK)
	assert.Empty(t, bare["columns"].([]any)[0].(object)["top"], "without values where none are asked for")
	c := into[struct {
		From        int
		Suggestions []struct{ Text, Kind string }
	}](t, s.call(t, u.Token, "POST", "/api/hunt/complete", object{"query": "Name: ", "position": 6}), http.StatusOK)
	assert.Equal(t, 6, c.From)
	require.Len(t, c.Suggestions, 1)
	assert.Equal(t, `"p"`, c.Suggestions[0].Text)
}

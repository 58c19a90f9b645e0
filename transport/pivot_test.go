package transport_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/companion/hunt/indicator"
)

const beacon = "16313da1bf9c4b7edfb44318bd922d6cf2bfd3b1031606d856f8835230e0081f"

func TestPivotAndSweepNameHostsArtifactsAndRows(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	u := s.Tenant(t, "acme", auth.RoleUser)
	s.ingest(t, u.Token, "Linux.Sys.Pslist", "web01", "F.1", `{"Name":"kworkerds","Hash":{"SHA256":"`+beacon+`"}}`)
	pivot := into[object](t, s.call(t, u.Token, "GET", "/api/hunt/pivot?value="+strings.ToUpper(beacon), nil), http.StatusOK)
	require.Equal(t, "sha256", pivot["kind"])
	require.Equal(t, beacon, pivot["value"])
	require.Nil(t, pivot["verdict"])
	require.Equal(t, true, pivot["complete"])
	host := pivot["hosts"].([]any)[0].(object)
	require.Equal(t, "web01", host["hostname"])
	found := host["artifacts"].([]any)[0].(object)
	require.Equal(t, "Linux.Sys.Pslist", found["artifact"])
	require.EqualValues(t, 1, found["rows"])
	require.Len(t, found["collections"], 1)

	list := "# list\n" + beacon + "\nhxxp://nothing[.]example/x\nnot an indicator at all\n"
	sweep := into[object](t, s.call(t, u.Token, "POST", "/api/hunt/sweep", []byte(list), "Content-Type", "text/plain"), http.StatusOK)
	require.EqualValues(t, 2, sweep["indicators"])
	require.EqualValues(t, 1, sweep["misses"])
	require.Equal(t, []any{object{"indicator": "hxxp://nothing[.]example/x", "line": 3.0, "kind": "url"}}, sweep["missed"])
	hit := sweep["hits"].([]any)[0].(object)
	require.Equal(t, beacon, hit["indicator"])
	require.Equal(t, "sha256", hit["kind"])
	require.Equal(t, "web01", hit["hostname"])
	require.Equal(t, u.TenantID.String(), hit["tenant_id"])
	invalid := sweep["invalid"].([]any)[0].(object)
	require.EqualValues(t, 4, invalid["line"])
	require.Equal(t, "not an indicator at all", invalid["text"])
	require.NotEmpty(t, invalid["reason"])

	sweep = into[object](t, s.call(t, u.Token, "POST", "/api/hunt/sweep?artifacts=Other", []byte(list)), http.StatusOK)
	require.EqualValues(t, 2, sweep["misses"])
	problem(t, s.call(t, u.Token, "POST", "/api/hunt/sweep", []byte(`{"type":`)), http.StatusUnprocessableEntity)
	problem(t, s.call(t, u.Token, "GET", "/api/hunt/pivot?value=x&query=%28a+or", nil), http.StatusUnprocessableEntity)
}

func TestAPivotTellsWhatIsKnownAndAsksNobody(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	u := s.Tenant(t, "acme", auth.RoleUser)
	into[object](t, s.call(t, u.Token, "POST", "/api/vt/lookup", object{"hash": beacon}), http.StatusOK)
	pivot := into[object](t, s.call(t, u.Token, "GET", "/api/hunt/pivot?value="+beacon, nil), http.StatusOK)
	require.Equal(t, beacon, pivot["verdict"].(object)["hash"])
	other := into[object](t, s.call(t, u.Token, "GET", "/api/hunt/pivot?value="+strings.Repeat("a", 64), nil), http.StatusOK)
	require.Nil(t, other["verdict"])
}

func TestASweepBoundsItsList(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	var many strings.Builder
	for i := range indicator.MaxIndicators + 1 {
		fmt.Fprintf(&many, "10.%d.%d.%d\n", i>>16, i>>8&255, i&255)
	}
	p := problem(t, s.call(t, s.Admin.Token, "POST", "/api/hunt/sweep", many.String()), http.StatusRequestEntityTooLarge)
	require.Contains(t, p["detail"], "100000 indicators")

	comments := io.LimitReader(&repeating{text: "# " + strings.Repeat("x", 1000) + "\n"}, indicator.MaxBytes+1)
	p = problem(t, s.call(t, s.Admin.Token, "POST", "/api/hunt/sweep", comments), http.StatusRequestEntityTooLarge)
	require.Contains(t, p["detail"], "bytes")
}

// repeating is a text again and again.
type repeating struct {
	text string
	at   int
}

func (r *repeating) Read(b []byte) (n int, err error) {
	for n < len(b) {
		copied := copy(b[n:], r.text[r.at:])
		n, r.at = n+copied, (r.at+copied)%len(r.text)
	}
	return n, nil
}

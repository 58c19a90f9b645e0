package transport_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/companion"
	"github.com/velocicompanion/velocicompanion/companion/companiontest"
	"github.com/velocicompanion/velocicompanion/transport"
)

type auditEvent struct {
	Action, Target, Actor, Address, Detail string
	ActorHome                              string `json:"actor_home_tenant_id"`
	RequestID                              string `json:"request_id"`
}

func (s *server) audit(t *testing.T, token string) []auditEvent {
	t.Helper()
	return pages[auditEvent](t, s, token, "/api/audit", "")
}

// TestWhatIsDoneIsRecorded is A1: who did what, from where, in which request.
func TestWhatIsDoneIsRecorded(t *testing.T) {
	t.Parallel()
	v := newVisit(t, companion.Config{})
	inside := v.enter(t, object{"user_id": v.bob.ID, "role": "user"})
	v.handler = transport.New(v.Companion, transport.Config{
		ClientAddress: func(r *http.Request) string { return r.Header.Get("X-Real-Ip") },
	})
	collection := v.ingest(t, inside, "A", "pc1", "F.1", `{"a":1}`)
	for _, r := range []struct {
		token, method, path string
		body                any
		header              []string
		want                auditEvent
	}{
		{inside, "GET", "/api/users", nil, nil, auditEvent{Action: "access.refused", Actor: "bob"}},
		{inside, "GET", rowsTarget(collection, "A"), nil, []string{"Accept", lines}, auditEvent{Action: "collection.exported", Actor: "bob", Target: collection, Detail: "1 of 1 rows of A, from row 0"}},
		{inside, "GET", rowsTarget(collection, "A"), nil, nil, auditEvent{Action: "collection.exported", Actor: "bob", Target: collection, Detail: "1 of 1 rows of A, from row 0"}},
		{"", "POST", "/api/auth/login", object{"username": "host", "password": "wrong-wrong"}, nil, auditEvent{Action: "login.refused", Target: "host"}},
		{v.host.Token, "PUT", "/api/auth/me", object{"current_password": "wrong-wrong", "new_password": companiontest.Password}, nil,
			auditEvent{Action: "access.refused", Actor: "host", Target: v.host.ID}},
		{v.host.Token, "POST", "/api/auth/invites", object{"role": "user"}, nil, auditEvent{Action: "invite.created", Actor: "host"}},
		{v.host.Token, "DELETE", v.grants() + "/" + v.bob.ID, nil, nil, auditEvent{Action: "grant.revoked", Actor: "host", Target: v.bob.ID}},
	} {
		w := v.call(t, r.token, r.method, r.path, r.body, append(r.header, "X-Real-Ip", "192.0.2.7")...)
		got := v.audit(t, v.host.Token)[0]
		assert.Equal(t, r.want.Action, got.Action)
		assert.Equal(t, r.want.Actor, got.Actor, r.want.Action)
		assert.Equal(t, "192.0.2.7", got.Address, r.want.Action)
		assert.Equal(t, w.Header().Get("X-Request-Id"), got.RequestID, r.want.Action)
		if r.want.Target != "" {
			assert.Equal(t, r.want.Target, got.Target, r.want.Action)
		}
		if r.want.Detail != "" {
			assert.Equal(t, r.want.Detail, got.Detail, r.want.Action)
		}
		if r.want.Actor == "bob" {
			assert.Equal(t, v.bob.TenantID.String(), got.ActorHome)
		}
	}
	actions := map[string]int{}
	for _, e := range v.audit(t, v.host.Token) {
		actions[e.Action]++
	}
	for _, action := range []string{"user.registered", "login", "grant.created", "tenant.entered", "collection.ingested"} {
		assert.NotZero(t, actions[action], action)
	}
}

// TestTheTrailCannotBeForgedOrChanged sends line ends in all that is recorded, and tries every verb on the trail.
func TestTheTrailCannotBeForgedOrChanged(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.must(t, s.Admin.Token, "POST", "/api/auth/login", object{"username": "admin\r\nlogin admin", "password": "x"}, http.StatusUnauthorized)
	s.handler = transport.New(s.Companion, transport.Config{ClientAddress: func(*http.Request) string { return "1.1.1.1\r\nforged\u2028" }})
	s.must(t, "", "POST", "/api/auth/login", object{"username": "admin", "password": "x"}, http.StatusUnauthorized)
	require.Equal(t, "1.1.1.1  forged ", s.audit(t, s.Admin.Token)[0].Address)
	for _, method := range []string{"POST", "PUT", "PATCH", "DELETE"} {
		w := s.call(t, s.Admin.Token, method, "/api/audit", nil)
		problem(t, w, http.StatusMethodNotAllowed)
		require.Equal(t, "GET, OPTIONS, HEAD", w.Header().Get("Allow"))
	}
}

func TestADuplicateIsNotRecordedAsIngested(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.ingest(t, s.Admin.Token, "A", "pc1", "F.1", `{"a":1}`)
	before := len(s.audit(t, s.Admin.Token))
	s.must(t, s.Admin.Token, "POST", linesTarget("A", "pc1", "F.1"), nil, http.StatusUnsupportedMediaType)
	w := s.call(t, s.Admin.Token, "POST", linesTarget("A", "pc1", "F.1"), `{"a":1}`, "Content-Type", lines)
	require.Equal(t, http.StatusOK, w.Code)
	require.Len(t, s.audit(t, s.Admin.Token), before)
}

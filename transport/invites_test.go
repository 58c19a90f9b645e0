package transport_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestInvitesAreListedWithoutTheirSecretAndRevoked(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	made := into[object](t, s.call(t, s.Admin.Token, "POST", "/api/auth/invites", object{"role": "admin"}), http.StatusCreated)
	w := s.call(t, s.Admin.Token, "GET", "/api/auth/invites", nil)
	require.NotContains(t, w.Body.String(), made["invite"])
	open := into[[]object](t, w, http.StatusOK)
	require.Len(t, open, 1)
	require.NotEmpty(t, open[0]["created_at"])
	delete(open[0], "created_at")
	require.Equal(t, object{
		"id": made["id"], "role": "admin", "expires_at": made["expires_at"], "usable": true, "created_by": s.Admin.ID,
		"created_by_username": s.Admin.Username, "created_by_is_active": true,
	}, open[0])

	path := "/api/auth/invites/" + made["id"].(string)
	require.Equal(t, http.StatusNoContent, s.call(t, s.Admin.Token, "DELETE", path, nil).Code)
	problem(t, s.call(t, s.Admin.Token, "DELETE", path, nil), http.StatusNotFound)
	require.Empty(t, into[[]object](t, s.call(t, s.Admin.Token, "GET", "/api/auth/invites", nil), http.StatusOK))
	user := object{"username": "late", "password": "a-good-long-password", "invite": made["invite"]}
	problem(t, s.call(t, "", "POST", "/api/auth/register", user), http.StatusUnprocessableEntity)
	require.Contains(t, s.call(t, s.Admin.Token, "GET", "/api/audit", nil).Body.String(), `"invite.revoked"`)
}

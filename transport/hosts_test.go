package transport_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/auth"
)

func TestAHostIsMadeOnceAndThenAddedTo(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, s *server) {
		user := s.Tenant(t, "tenant-a", auth.RoleUser)
		w := s.call(t, user.Token, "POST", "/api/hosts", `{"hostname":"pc1","client_id":"C.1","os":"windows","labels":["b","a"],`+
			`"host_metadata":{"rack":18446744073709551615,"note":"\u0000","deep":{"a":[1e+300]}}}`, "Content-Type", "application/json")
		made := into[object](t, w, http.StatusCreated)
		for _, exact := range []string{`18446744073709551615`, `"\u0000"`, `[1e+300]`} {
			require.Contains(t, w.Body.String(), exact)
		}
		require.Equal(t, user.TenantID.String(), made["tenant_id"])

		w = s.call(t, user.Token, "POST", "/api/hosts", object{
			"hostname": "pc1", "client_id": "C.1", "ip_address": "10.0.0.5", "host_metadata": object{"owner": "it"}, "labels": []string{"c"},
		})
		added := into[object](t, w, http.StatusOK)
		require.Equal(t, made["id"], added["id"])
		require.Equal(t, made["created_at"], added["created_at"])
		require.Equal(t, "windows", added["os"])
		require.Equal(t, []any{"a", "b", "c"}, added["labels"])
		require.Equal(t, "it", added["host_metadata"].(object)["owner"])
		require.Contains(t, w.Body.String(), `18446744073709551615`)
		require.Equal(t, added, into[object](t, s.call(t, user.Token, "GET", "/api/hosts/"+added["id"].(string), nil), http.StatusOK))
	})
}

func TestHostsAreFoundByWhatIsKnownOfThem(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, s *server) {
		for _, host := range []object{
			{"hostname": "web01.corp.example", "client_id": "C.1", "os": "linux", "ip_address": "10.0.0.1", "labels": []string{"Prod"}},
			{"hostname": "db_01.corp.example", "client_id": "C.2", "os": "windows", "ip_address": "10.0.0.2"},
		} {
			s.must(t, s.Admin.Token, "POST", "/api/hosts", host, http.StatusCreated)
		}
		for query, want := range map[string]string{
			"name=WEB": "web01", "name=_": "db_01", "client_id=C.2": "db_01", "os=Linux": "web01", "ip_address=10.0.0.2": "db_01",
			"label=prod": "web01", "name=corp&os=windows": "db_01",
			"name=%25": "", "name=zzz": "", "client_id=C": "", "label=pro": "", "name=%00": "", "label=%00": "", "name=%ff": "", "os=%00": "",
			"client_id=%27%20OR%201=1%20--": "",
		} {
			found := into[[]object](t, s.call(t, s.Admin.Token, "GET", "/api/hosts?"+query, nil), http.StatusOK)
			if want == "" {
				assert.Empty(t, found, query)
				continue
			}
			require.Len(t, found, 1, query)
			assert.Contains(t, found[0]["hostname"], want, query)
		}
	})
}

func TestHostsThatCannotBeKept(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	long := strings.Repeat("x", 513)
	for name, body := range map[string]any{
		"no name":            object{"client_id": "C.1"},
		"empty name":         object{"hostname": ""},
		"long name":          object{"hostname": long},
		"NUL in the name":    object{"hostname": "a\x00b"},
		"NUL in a label":     object{"hostname": "a", "labels": []string{"\x00"}},
		"a long label":       object{"hostname": "a", "labels": []string{long}},
		"many labels":        object{"hostname": "a", "labels": make([]string, 1001)},
		"metadata is a list": object{"hostname": "a", "host_metadata": []int{1}},
		"an id of its own":   object{"hostname": "a", "id": "x"},
		"no body":            nil,
		"no JSON":            `{"hostname":"a"`,
		"two documents":      `{"hostname":"a"}{"hostname":"b"}`,
		"an array":           `[{"hostname":"a"}]`,
		"deep":               `{"hostname":"a","host_metadata":{"a":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + `}}`,
		"invalid UTF-8":      "{\"hostname\":\"\xff\"}",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			user := s.Tenant(t, strings.ReplaceAll(name, " ", "-"), auth.RoleUser)
			badInput(t, s.call(t, user.Token, "POST", "/api/hosts", body))
			s.keepsNothing(t, user.Token)
		})
	}
}

package transport_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/companion"
	"github.com/velocicompanion/velocicompanion/store/postgres"
	"github.com/velocicompanion/velocicompanion/store/postgres/pgtest"
)

// failing makes the database do something whenever a row is written into a table.
const failing = `
CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN %s; RETURN NEW; END $$;
CREATE TRIGGER fail BEFORE INSERT ON %s FOR EACH ROW EXECUTE FUNCTION fail()`

func TestADatabaseThatIsAwayOrFullIsTold(t *testing.T) {
	t.Parallel()
	const (
		lost = "PERFORM pg_terminate_backend(pg_backend_pid())"
		full = "RAISE 'no space left in /var/lib/postgresql' USING ERRCODE = 'disk_full'"
	)
	for name, test := range map[string]struct {
		does, table string
		status      int
		detail      string
	}{
		"lost while chunks are stored":      {lost, "vc_chunks", http.StatusServiceUnavailable, "Try again later"},
		"lost while a collection is merged": {lost, "vc_collections", http.StatusServiceUnavailable, "Try again later"},
		"lost while a host is kept":         {lost, "vc_hosts", http.StatusServiceUnavailable, "Try again later"},
		"full":                              {full, "vc_chunks", http.StatusInsufficientStorage, "operator has to make room"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := pgtest.URL(t)
			db, err := postgres.Open(t.Context(), url, postgres.Config{MaxConns: 2})
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, db.Close()) })
			var log bytes.Buffer
			s := newServerWith(t, db.Stores(), companion.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))})
			admin := pgtest.Handle(t, url)
			_, err = admin.ExecContext(t.Context(), fmt.Sprintf(failing, test.does, test.table))
			require.NoError(t, err)

			w := s.call(t, s.Admin.Token, "POST", linesTarget("A.B", "pc1", "F.1"), `{"a":1}`, "Content-Type", lines)
			require.Contains(t, problem(t, w, test.status)["detail"], test.detail)
			require.NotContains(t, w.Body.String(), "/var/lib")
			require.Contains(t, log.String(), "request failed")
			s.keepsNothing(t, s.Admin.Token)
			s.keepsNothing(t, s.Admin.Token)

			_, err = admin.ExecContext(t.Context(), "DROP FUNCTION fail CASCADE")
			require.NoError(t, err)
			s.ingest(t, s.Admin.Token, "A.B", "pc1", "F.1", `{"a":1}`)
		})
	}
}

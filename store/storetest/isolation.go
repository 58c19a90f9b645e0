package storetest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/companion/hunt"
	"github.com/velocicompanion/velocicompanion/hosts"
	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/tenancy"
	"github.com/velocicompanion/velocicompanion/virustotal"
)

// testIsolation holds what is true of every method: it tries all of them.
func testIsolation(s suite) {
	s.t.Run("No method of an interface is left out below", func(t *testing.T) {
		t.Parallel()
		var want, got []string
		for _, store := range []reflect.Type{
			reflect.TypeFor[tenancy.Store](), reflect.TypeFor[auth.Store](), reflect.TypeFor[hosts.Store](),
			reflect.TypeFor[ingest.Store](), reflect.TypeFor[virustotal.Store](), reflect.TypeFor[hunt.Store](),
		} {
			for i := range store.NumMethod() {
				want = append(want, store.String()+"."+store.Method(i).Name)
			}
		}
		for _, c := range calls() {
			got = append(got, c.method)
		}
		assert.ElementsMatch(t, want, got)
	})
	testZeroTenant(s)
	testForeignIDs(s)
	testSideBySide(s)
	testEndedContext(s)
}

func testZeroTenant(s suite) {
	s.holds("Every method is ErrNoTenant for the zero tenant, and changes nothing", func(t *testing.T, w world) {
		n := w.populate(t, w.a)
		before := w.dump(t, w.a, n)
		for _, c := range calls() {
			value, err := c.do(w.ctx, w.Stores, tenancy.ID{}, n)
			assert.ErrorIs(t, err, tenancy.ErrNoTenant, c.method)
			assertNothing(t, value, c.method)
		}
		assert.Equal(t, before, w.dump(t, w.a, n))
	})
}

// assertNothing holds that a call that failed returned zero values.
func assertNothing(t *testing.T, value any, method string) {
	t.Helper()
	if values, several := value.([]any); several {
		for _, v := range values {
			assert.Zero(t, v, method)
		}
		return
	}
	assert.Empty(t, value, method)
}

func testForeignIDs(s suite) {
	s.holds("An id of another tenant is answered exactly like one that does not exist", func(t *testing.T, w world) {
		n := w.populate(t, w.a)
		before := w.dump(t, w.a, n)
		malformed := names{
			user: "x", session: "x", invite: "x", token: "x", grantee: "x", host: "x", clientID: "x", collection: "x", artifact: "x",
			chunk: "x", stagedChunk: "x", stage: "x", stagedResult: "x", savedHunt: "x", watchlist: "x", hash: "x", refresh: "x", key: "x", result: "x",
		}
		for _, c := range append(reads(), changes()...) {
			unknown, wantErr := c.do(w.ctx, w.Stores, w.b, newNames())
			for _, ids := range []names{n, malformed} {
				foreign, err := c.do(w.ctx, w.Stores, w.b, ids)
				assert.Equal(t, unknown, foreign, c.method)
				assert.Equal(t, wantErr == nil, err == nil, "%s: %v", c.method, err)
				assert.Equal(t, isNotFound(wantErr), isNotFound(err), "%s: %v", c.method, err)
			}
		}
		assert.Equal(t, before, w.dump(t, w.a, n))
	})
}

func testSideBySide(s suite) {
	s.holds("Two tenants keep things under the same ids, and neither sees the other's", func(t *testing.T, w world) {
		ours := w.populate(t, w.a)
		before := w.dump(t, w.a, ours)
		theirs := w.populateAs(t, w.b, ours.withOwnKeys())

		assert.Equal(t, before, w.dump(t, w.a, ours))
		for tenant, n := range map[tenancy.ID]names{w.a: ours, w.b: theirs} {
			other := w.a
			if tenant == w.a {
				other = w.b
			}
			read := fmt.Sprintf("%+v", w.dump(t, tenant, n))
			assert.Contains(t, read, tenant.String())
			assert.NotContains(t, read, other.String())
		}
	})
	s.holds("No method changes anything in a tenant that has the same ids", func(t *testing.T, w world) {
		ours := w.populate(t, w.a)
		theirs := w.populateAs(t, w.b, ours.withOwnKeys())
		before := w.dump(t, w.a, ours)
		for _, c := range scopedCalls() {
			_, err := c.do(w.ctx, w.Stores, w.b, theirs)
			if !errors.Is(err, ingest.ErrNotFound) && !errors.Is(err, auth.ErrNotFound) && !errors.Is(err, hunt.ErrNotFound) { // an earlier call removed it
				require.NoError(t, err, c.method)
			}
			require.Equal(t, before, w.dump(t, w.a, ours), c.method)
		}

		_, err := w.Collections.CommitStage(w.ctx, w.a, ours.stage, Ready())
		require.NoError(t, err, "the stage is open as before")
		ok, err := w.Verdicts.Spend(w.ctx, w.a, ours.day, 2)
		require.NoError(t, err)
		assert.True(t, ok, "one call was counted as before")
	})
	s.holds("Calls in two tenants at once each see their own tenant", func(t *testing.T, w world) {
		ours := w.populate(t, w.a)
		theirs := w.populateAs(t, w.b, ours.withOwnKeys())
		want := map[tenancy.ID]map[string][]any{w.a: w.dump(t, w.a, ours), w.b: w.dump(t, w.b, theirs)}
		errs := race(16, func(i int) error {
			tenant, n := w.a, ours
			if i%2 == 1 {
				tenant, n = w.b, theirs
			}
			for _, c := range append(reads(), reads()...) {
				value, err := c.do(w.ctx, w.Stores, tenant, n)
				if err != nil {
					return fmt.Errorf("%s: %w", c.method, err)
				}
				if !reflect.DeepEqual(want[tenant][c.method][0], value) {
					return fmt.Errorf("%s returned %+v", c.method, value)
				}
			}
			return nil
		})
		assert.Len(t, succeeded(errs), len(errs), errs)
	})
}

func testEndedContext(s suite) {
	s.holds("Every method fails when its context has ended, and changes nothing", func(t *testing.T, w world) {
		n := w.populate(t, w.a)
		before := w.dump(t, w.a, n)
		ctx := ended(w.ctx)
		for _, c := range calls() {
			_, err := c.do(ctx, w.Stores, w.a, n)
			assert.ErrorIs(t, err, context.Canceled, c.method)
		}
		_, _, err := w.Directory.Resolve(ctx, auth.EntryUser, n.user)
		require.ErrorIs(t, err, context.Canceled)
		_, err = w.Directory.GrantsOf(ctx, n.user)
		require.ErrorIs(t, err, context.Canceled)
		assert.Equal(t, before, w.dump(t, w.a, n))
	})
}

package storetest

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/auth"
)

func testAudit(s suite) {
	testAppendAudit(s)
	testAuditEvents(s)
}

func testAppendAudit(s suite) {
	s.holds("AppendAudit keeps an event, stamped with the tenant of the call", func(t *testing.T, w world) {
		full := auth.AuditEvent{
			ID: newID(), TenantID: w.b, At: odd(0), Action: auth.ActionTenantEntered, Target: hostile,
			ActorID: newID(), Actor: hostile, ActorHome: w.b, RequestID: hostile, Address: "2001:db8::1",
			Detail: hostile + strings.Repeat("長", 50_000),
		}
		bare := auth.AuditEvent{ID: newID(), At: odd(0), Action: auth.ActionLoginRefused}
		for _, e := range []auth.AuditEvent{full, bare} {
			require.NoError(t, w.Auth.AppendAudit(w.ctx, w.a, e))
		}
		full.TenantID, full.At = w.a, at(0)
		bare.TenantID, bare.At = w.a, at(0)

		events, err := w.Auth.AuditEvents(w.ctx, w.a, "", 10)
		require.NoError(t, err)
		assert.ElementsMatch(t, []auth.AuditEvent{full, bare}, events)
		events, err = w.Auth.AuditEvents(w.ctx, w.b, "", 10)
		require.NoError(t, err)
		assert.Empty(t, events)
	})
	s.holds("AppendAudit changes no event that is there", func(t *testing.T, w world) {
		e := newEvent()
		require.NoError(t, w.Auth.AppendAudit(w.ctx, w.a, e))
		second := e
		second.Detail = "forged"
		require.Error(t, w.Auth.AppendAudit(w.ctx, w.a, second))

		e.TenantID = w.a
		events, err := w.Auth.AuditEvents(w.ctx, w.a, "", 10)
		require.NoError(t, err)
		assert.Equal(t, []auth.AuditEvent{e}, events)
	})
	s.holds("Of concurrent calls of AppendAudit none is lost", func(t *testing.T, w world) {
		ids := newIDs(20)
		errs := race(len(ids), func(i int) error {
			e := newEvent()
			e.ID = ids[i]
			return w.Auth.AppendAudit(w.ctx, w.a, e)
		})

		require.Len(t, succeeded(errs), len(ids), errs)
		events, err := w.Auth.AuditEvents(w.ctx, w.a, "", 100)
		require.NoError(t, err)
		assert.Len(t, events, len(ids))
	})
}

func testAuditEvents(s suite) {
	s.holds("AuditEvents returns at most limit events, newest first, beginning after an id", func(t *testing.T, w world) {
		ids := newIDs(6)
		for _, i := range []int{4, 0, 5, 2, 1} {
			e := newEvent()
			e.ID, e.At = ids[i], at(-i) // the time does not count
			require.NoError(t, w.Auth.AppendAudit(w.ctx, w.a, e))
		}
		page := func(before string, limit int) (got []string) {
			events, err := w.Auth.AuditEvents(w.ctx, w.a, before, limit)
			require.NoError(t, err)
			for _, e := range events {
				got = append(got, e.ID)
			}
			return got
		}

		assert.Equal(t, []string{ids[5], ids[4]}, page("", 2))
		assert.Equal(t, []string{ids[2], ids[1]}, page(ids[4], 2))
		assert.Equal(t, []string{ids[2], ids[1], ids[0]}, page(ids[3], 3), "before an id that no event has")
		assert.Equal(t, []string{ids[1], ids[0]}, page(ids[2], 9))
		assert.Empty(t, page(ids[0], 9))
	})
}

package auth_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/auth"
)

func TestEveryMethodChecksThePermission(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	ana := e.invited(e.admin, "ana", auth.RoleUser)
	p := e.login("ana")
	for name, call := range map[string]func() error{
		"Users":        func() error { _, err := e.Users(e.ctx, p, "", 1); return err },
		"User":         func() error { _, err := e.User(e.ctx, p, ana.ID); return err },
		"UpdateUser":   func() error { _, err := e.UpdateUser(e.ctx, p, e.admin.UserID, auth.UserUpdate{}); return err },
		"CreateInvite": func() error { _, _, err := e.CreateInvite(e.ctx, p, auth.RoleUser, 0); return err },
		"CreateTenant": func() error { _, err := e.CreateTenant(e.ctx, p, "x", ""); return err },
		"DeleteTenant": func() error { return e.DeleteTenant(e.ctx, p, p.Tenant) },
		"Grants":       func() error { _, err := e.Grants(e.ctx, p, p.Tenant); return err },
		"Grant": func() error {
			_, err := e.Grant(e.ctx, p, p.Tenant, ana.ID, auth.RoleUser, time.Time{})
			return err
		},
		"Revoke":      func() error { return e.Revoke(e.ctx, p, p.Tenant, ana.ID) },
		"AuditEvents": func() error { _, err := e.AuditEvents(e.ctx, p, "", 1); return err },
		"Require":     func() error { return e.Require(e.ctx, p, auth.ReadAudit) },
	} {
		before := len(e.trail(p.Tenant))
		require.ErrorIs(t, call(), auth.ErrForbidden, name)
		assert.Len(t, e.trail(p.Tenant), before+1, name)
		event := e.recorded(p.Tenant, auth.ActionAccessRefused)
		assert.Equal(t, "ana", event.Actor, name)
	}
	require.NoError(t, e.Require(e.ctx, p, auth.Ingest))
	require.ErrorIs(t, e.Require(e.ctx, auth.Principal{Tenant: p.Tenant, Role: "root"}, auth.Ingest), auth.ErrForbidden)
}

func TestA1TheTrailIsReadNewestFirst(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	for _, target := range []string{"a", "b", "c"} {
		e.Record(e.ctx, e.admin, auth.ActionExported, target, "")
	}
	page, err := e.AuditEvents(e.ctx, e.admin, "", 2)
	require.NoError(t, err)
	next, err := e.AuditEvents(e.ctx, e.admin, page[1].ID, 1)
	require.NoError(t, err)
	assert.Equal(t, []string{"c", "b", "a"}, []string{page[0].Target, page[1].Target, next[0].Target})
	assert.Equal(t, e.clock.Now(), page[0].At)

	other, err := e.AuditEvents(e.ctx, e.tenant("Second"), "", 10)
	require.NoError(t, err)
	for _, event := range other {
		assert.NotEqual(t, auth.ActionExported, event.Action)
	}
}

func TestA2EventsCannotBeForged(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	ctx := auth.WithOrigin(e.ctx, auth.Origin{RequestID: "r\n2", Address: "192.0.2.1\x00"})
	e.Record(ctx, e.admin, auth.ActionExported, "line\r\nline\u2028\x1b[31m\xff", strings.Repeat("é", 1000))
	event := e.recorded(e.admin.Tenant, auth.ActionExported)
	assert.Equal(t, "line  line  [31m\ufffd", event.Target)
	assert.Equal(t, []string{"r 2", "192.0.2.1 "}, []string{event.RequestID, event.Address})
	assert.Equal(t, strings.Repeat("é", 500), event.Detail)
}

func TestA1HangingUpDoesNotEscapeTheTrail(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	ctx, hangUp := context.WithCancel(e.ctx)
	hangUp()
	e.Record(ctx, e.admin, auth.ActionExported, "F.1", "")
	assert.Equal(t, "r1", e.recorded(e.admin.Tenant, auth.ActionExported).RequestID)

	ctx, hangUp = context.WithCancel(e.ctx)
	e.OnHash(hangUp)
	_, err := e.Login(ctx, "admin", "wrong-wrong-wrong")
	require.ErrorIs(t, err, auth.ErrUnauthenticated)
	e.recorded(e.admin.Tenant, auth.ActionLoginRefused)
}

func TestA1AnEventThatCannotBeWrittenIsLogged(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	broken := &brokenStore{}
	e := newEnv(t, withBroken(broken, &log))
	broken.audit = errors.New("disk full")
	tokens, err := e.Login(e.ctx, "admin", password)
	require.NoError(t, err, "what was done is done")
	for _, want := range []string{"level=ERROR", "disk full", "action=login", e.admin.Tenant.String(), e.admin.UserID} {
		assert.Contains(t, log.String(), want)
	}
	for _, secret := range []string{tokens.Access, tokens.Refresh, password} {
		assert.NotContains(t, log.String(), secret)
	}
}

package bunstore

import (
	"context"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

type auditRow struct {
	bun.BaseModel `bun:"table:vc_audit,alias:a"`
	owned
	ID        string `bun:"id,pk"`
	At        time.Time
	Action    auth.Action
	Target    string
	ActorID   string
	Actor     string
	ActorHome string `bun:",nullzero"`
	RequestID string
	Address   string
	Detail    string
}

func (r auditRow) entity() (e auth.AuditEvent, err error) {
	e = auth.AuditEvent{
		ID: r.ID, At: kept(r.At), Action: r.Action, Target: r.Target, ActorID: r.ActorID, Actor: r.Actor,
		RequestID: r.RequestID, Address: r.Address, Detail: r.Detail,
	}
	if e.ActorHome, err = tenantID(r.ActorHome); err != nil {
		return e, err
	}
	e.TenantID, err = r.tenant()
	return e, err
}

func (s authStore) AppendAudit(ctx context.Context, tenant tenancy.ID, e auth.AuditEvent) error {
	return s.write(ctx, tenant, func(tx scopedTx) error {
		_, err := insert(tx, auditRow{
			ID: e.ID, At: kept(e.At), Action: e.Action, Target: plain(e.Target), ActorID: plain(e.ActorID),
			Actor: plain(e.Actor), ActorHome: e.ActorHome.String(), RequestID: plain(e.RequestID),
			Address: plain(e.Address), Detail: plain(e.Detail),
		}).Exec(ctx)
		return err
	})
}

// plain makes a text storable: nobody escapes the audit trail by a text that cannot be kept.
func plain(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

func (s authStore) AuditEvents(
	ctx context.Context, tenant tenancy.ID, before string, limit int,
) (events []auth.AuditEvent, err error) {
	err = s.read(ctx, tenant, func(tx scopedTx) error {
		events, err = list[auditRow](ctx, tx, "id DESC", limit, beyond("id", "<", before))
		return err
	})
	return events, err
}

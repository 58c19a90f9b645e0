package memory

import (
	"context"
	"slices"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

func (b *backend) AppendAudit(ctx context.Context, tenant tenancy.ID, e auth.AuditEvent) error {
	return b.updateExisting(ctx, tenant, func(t *tenantData) error {
		if _, taken := t.audit[e.ID]; taken {
			return auth.ErrExists
		}
		e.TenantID, e.At = t.ID, kept(e.At)
		t.audit[e.ID] = e
		return nil
	})
}

func (b *backend) AuditEvents(
	ctx context.Context, tenant tenancy.ID, before string, limit int,
) (events []auth.AuditEvent, err error) {
	err = b.view(ctx, tenant, func(t *tenantData) error {
		events = slices.DeleteFunc(sorted(t.audit), func(e auth.AuditEvent) bool { return before != "" && e.ID >= before })
		slices.Reverse(events)
		events = first(events, limit)
		return nil
	})
	return events, err
}

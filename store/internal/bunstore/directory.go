package bunstore

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

type directory struct{ database }

// directoryRow is found by its kind and key before a tenant is known. It is why a key is unique over all tenants.
type directoryRow struct {
	bun.BaseModel `bun:"table:vc_directory,alias:d"`
	owned
	Kind auth.EntryKind
	Key  string
	ID   string `bun:"id"`
}

func (s directory) Resolve(ctx context.Context, kind auth.EntryKind, key string) (tenant tenancy.ID, id string, err error) {
	err = s.lookup(ctx, key, func(tx scopedTx) error {
		entry, err := one[directoryRow](ctx, tx, auth.ErrNotFound, is("kind", string(kind)), is("key", key))
		tenant, id = entry.tenant, entry.id
		return err
	})
	return tenant, id, err
}

type directoryEntry struct {
	tenant tenancy.ID
	id     string
}

func (r directoryRow) entity() (directoryEntry, error) {
	tenant, err := r.tenant()
	return directoryEntry{tenant, r.ID}, err
}

func (s directory) GrantsOf(ctx context.Context, userID string) (grants []auth.Grant, err error) {
	err = s.lookup(ctx, userID, func(tx scopedTx) error {
		grants, err = list[grantRow](ctx, tx, "tenant_id", unlimited, is("user_id", userID))
		return err
	})
	return grants, err
}

// enter adds entries to the directory, or returns auth.ErrExists when one of the keys is taken.
func enter(ctx context.Context, tx scopedTx, entries ...directoryRow) error {
	entered, err := affected(insert(tx, entries...).On("CONFLICT DO NOTHING").Exec(ctx))
	if err == nil && entered < int64(len(entries)) {
		return auth.ErrExists
	}
	return err
}

// leave removes the entries of one kind for some ids from the directory.
func leave(ctx context.Context, tx scopedTx, kind auth.EntryKind, ids ...string) error {
	_, err := tx.remove((*directoryRow)(nil), is("kind", string(kind)), in("id", ids)).Exec(ctx)
	return err
}

package bunstore

import (
	"context"

	"github.com/google/uuid"
	"github.com/uptrace/bun"

	"github.com/velocicompanion/velocicompanion/tenancy"
)

// revisionRow is the revision of the chunks of a tenant.
type revisionRow struct {
	bun.BaseModel `bun:"table:vc_revisions,alias:rev"`
	owned
	Revision string
}

func (s collectionStore) Revision(ctx context.Context, tenant tenancy.ID) (revision string, err error) {
	err = s.read(ctx, tenant, func(tx scopedTx) error {
		found, err := list[revisionRow](ctx, tx, "revision", 1)
		if err == nil && len(found) > 0 {
			revision = found[0]
		}
		return err
	})
	return revision, err
}

func (r revisionRow) entity() (string, error) { return r.Revision, nil }

// revise gives the tenant a new revision. It is the last that a transaction does, since all others that do wait for it then.
func revise(ctx context.Context, tx scopedTx) error {
	next := revisionRow{Revision: uuid.NewString()}
	_, err := replacing(insert(tx, next).On("CONFLICT (tenant_id) DO UPDATE"), "revision").Exec(ctx)
	return err
}

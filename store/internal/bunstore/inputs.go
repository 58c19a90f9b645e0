package bunstore

import (
	"context"
	"crypto/sha256"

	"github.com/uptrace/bun"

	"github.com/velocicompanion/velocicompanion/tenancy"
)

// inputRow is an input that need not be read again.
type inputRow struct {
	bun.BaseModel `bun:"table:vc_inputs,alias:inp"`
	owned
	Digest []byte `bun:"digest,pk"`
}

func (s collectionStore) KeepInput(ctx context.Context, tenant tenancy.ID, digest [sha256.Size]byte) error {
	return s.write(ctx, tenant, func(tx scopedTx) error {
		_, err := insert(tx, inputRow{Digest: digest[:]}).On("CONFLICT (tenant_id, digest) DO NOTHING").Exec(ctx)
		return err
	})
}

func (s collectionStore) HasInput(ctx context.Context, tenant tenancy.ID, digest [sha256.Size]byte) (has bool, err error) {
	err = s.read(ctx, tenant, func(tx scopedTx) error {
		has, err = tx.find((*inputRow)(nil), where("?TableAlias.digest = ?", digest[:])).Exists(ctx)
		return err
	})
	return has, err
}

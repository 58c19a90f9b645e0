package bunstore

import (
	"context"
	"crypto/sha256"

	"github.com/uptrace/bun"

	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// inputRow is an input that need not be read again.
type inputRow struct {
	bun.BaseModel `bun:"table:vc_inputs,alias:inp"`
	owned
	Digest  []byte `bun:"digest,pk"`
	Brought []byte
}

func (r inputRow) entity() ([]byte, error) { return r.Brought, nil }

func (s collectionStore) KeepInput(ctx context.Context, tenant tenancy.ID, digest [sha256.Size]byte, brought []byte) error {
	return s.write(ctx, tenant, func(tx scopedTx) error {
		row := inputRow{Digest: digest[:], Brought: append([]byte{}, brought...)} // not NULL
		_, err := replacing(insert(tx, row).On("CONFLICT (tenant_id, digest) DO UPDATE"), "brought").Exec(ctx)
		return err
	})
}

func (s collectionStore) Input(ctx context.Context, tenant tenancy.ID, digest [sha256.Size]byte) (brought []byte, err error) {
	err = s.read(ctx, tenant, func(tx scopedTx) error {
		brought, err = one[inputRow](ctx, tx, ingest.ErrNotFound, where("?TableAlias.digest = ?", digest[:]))
		return err
	})
	return brought, err
}

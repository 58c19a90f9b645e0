package memory

import (
	"context"
	"crypto/sha256"
	"slices"

	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

func (b *backend) KeepInput(ctx context.Context, tenant tenancy.ID, digest [sha256.Size]byte, brought []byte) error {
	return b.updateExisting(ctx, tenant, func(t *tenantData) error {
		t.inputs[digest] = append([]byte{}, brought...)
		return nil
	})
}

func (b *backend) Input(ctx context.Context, tenant tenancy.ID, digest [sha256.Size]byte) (brought []byte, err error) {
	err = b.view(ctx, tenant, func(t *tenantData) error {
		kept, there := t.inputs[digest]
		if !there {
			return ingest.ErrNotFound
		}
		brought = slices.Clone(kept)
		return nil
	})
	return brought, err
}

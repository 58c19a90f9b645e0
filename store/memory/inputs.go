package memory

import (
	"context"
	"crypto/sha256"

	"github.com/velocicompanion/velocicompanion/tenancy"
)

func (b *backend) KeepInput(ctx context.Context, tenant tenancy.ID, digest [sha256.Size]byte) error {
	return b.updateExisting(ctx, tenant, func(t *tenantData) error {
		t.inputs[digest] = true
		return nil
	})
}

func (b *backend) HasInput(ctx context.Context, tenant tenancy.ID, digest [sha256.Size]byte) (has bool, err error) {
	err = b.view(ctx, tenant, func(t *tenantData) error {
		has = t.inputs[digest]
		return nil
	})
	return has, err
}

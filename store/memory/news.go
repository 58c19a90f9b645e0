package memory

import (
	"context"

	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

func (b *backend) News(ctx context.Context, tenant tenancy.ID, limit int) (page []ingest.News, err error) {
	err = b.view(ctx, tenant, func(t *tenantData) error {
		page = first(sorted(t.news), limit)
		return nil
	})
	return page, err
}

func (b *backend) ForgetNews(ctx context.Context, tenant tenancy.ID, resultIDs []string) error {
	return b.update(ctx, tenant, func(t *tenantData) error {
		for _, id := range resultIDs {
			delete(t.news, id)
		}
		return nil
	})
}

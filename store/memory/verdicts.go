package memory

import (
	"context"
	"slices"

	"github.com/velocicompanion/velocicompanion/tenancy"
	"github.com/velocicompanion/velocicompanion/virustotal"
)

func (b *backend) Record(
	ctx context.Context, tenant tenancy.ID, hash virustotal.Hash,
) (r virustotal.Record, err error) {
	err = b.view(ctx, tenant, func(t *tenantData) error {
		found, ok := t.records[hash]
		if !ok {
			return virustotal.ErrNotFound
		}
		r = cloneRecord(found)
		return nil
	})
	return r, err
}

func (b *backend) PutRecord(
	ctx context.Context, tenant tenancy.ID, hashes []virustotal.Hash, r virustotal.Record,
) error {
	return b.updateExisting(ctx, tenant, func(t *tenantData) error {
		r = cloneRecord(r)
		for _, hash := range hashes {
			t.records[hash] = r
		}
		return nil
	})
}

func (b *backend) Spend(ctx context.Context, tenant tenancy.ID, day string, limit int) (ok bool, err error) {
	err = b.updateExisting(ctx, tenant, func(t *tenantData) error {
		if ok = t.spent[day] < limit; ok {
			t.spent[day]++
		}
		return nil
	})
	return ok, err
}

func cloneRecord(r virustotal.Record) virustotal.Record {
	r.FetchedAt, r.ExpiresAt = kept(r.FetchedAt), kept(r.ExpiresAt)
	r.Report.FirstSubmittedAt, r.Report.LastAnalyzedAt = kept(r.Report.FirstSubmittedAt), kept(r.Report.LastAnalyzedAt)
	r.Report.Names, r.Report.Tags = slices.Clone(r.Report.Names), slices.Clone(r.Report.Tags)
	return r
}

package memory

import (
	"cmp"
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
		r = cloneRecord(found.Record)
		return nil
	})
	return r, err
}

func (b *backend) PutRecord(
	ctx context.Context, tenant tenancy.ID, hashes []virustotal.Hash, r virustotal.Record,
) error {
	return b.updateExisting(ctx, tenant, func(t *tenantData) error {
		files := make(map[virustotal.Hash]bool)
		for _, hash := range hashes {
			if known, ok := t.records[hash]; ok {
				files[known.Hash] = true
			}
		}
		for hash, known := range t.records {
			if files[known.Hash] {
				t.records[hash] = virustotal.File{Hash: hashes[0], Record: known.Record}
			}
		}
		r = cloneRecord(r)
		for _, hash := range hashes {
			t.records[hash] = virustotal.File{Hash: hashes[0], Record: r}
		}
		return nil
	})
}

func (b *backend) Files(
	ctx context.Context, tenant tenancy.ID, f virustotal.FileFilter,
) (page []virustotal.File, err error) {
	before := virustotal.FilePlace{FetchedAt: kept(f.Before.FetchedAt), Hash: f.Before.Hash}
	err = b.view(ctx, tenant, func(t *tenantData) error {
		for hash, file := range t.records {
			if hash == file.Hash && (f.Verdict == "" || f.Verdict == file.Verdict) &&
				(f.Before == virustotal.FilePlace{} || comparePlaces(placeOf(file), before) < 0) {
				page = append(page, virustotal.File{Hash: hash, Record: cloneRecord(file.Record)})
			}
		}
		slices.SortFunc(page, func(a, b virustotal.File) int { return comparePlaces(placeOf(b), placeOf(a)) })
		page = first(page, f.Limit)
		return nil
	})
	return page, err
}

func placeOf(f virustotal.File) virustotal.FilePlace {
	return virustotal.FilePlace{FetchedAt: f.FetchedAt, Hash: f.Hash}
}

// comparePlaces is below zero where a is the older of two places.
func comparePlaces(a, b virustotal.FilePlace) int {
	return cmp.Or(a.FetchedAt.Compare(b.FetchedAt), cmp.Compare(a.Hash, b.Hash))
}

func (b *backend) CountFiles(
	ctx context.Context, tenant tenancy.ID,
) (counts map[virustotal.Verdict]int, err error) {
	err = b.view(ctx, tenant, func(t *tenantData) error {
		counts = make(map[virustotal.Verdict]int)
		for hash, file := range t.records {
			if hash == file.Hash {
				counts[file.Verdict]++
			}
		}
		return nil
	})
	return counts, err
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

package bunstore

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/velocicompanion/velocicompanion/tenancy"
	"github.com/velocicompanion/velocicompanion/virustotal"
)

type verdictStore struct{ database }

type verdictRow struct {
	bun.BaseModel `bun:"table:vc_verdicts,alias:v"`
	owned
	Hash      virustotal.Hash `bun:"hash,pk"`
	Verdict   virustotal.Verdict
	FetchedAt time.Time
	ExpiresAt time.Time
	Report    []byte
}

// report is the document of a verdict.
type report struct {
	MD5              virustotal.Hash  `json:"md5"`
	SHA1             virustotal.Hash  `json:"sha1"`
	SHA256           virustotal.Hash  `json:"sha256"`
	Stats            virustotal.Stats `json:"stats"`
	Names            []string         `json:"names"`
	MeaningfulName   string           `json:"meaningful_name"`
	ThreatLabel      string           `json:"threat_label"`
	Type             string           `json:"type"`
	Size             int64            `json:"size"`
	Tags             []string         `json:"tags"`
	Reputation       int              `json:"reputation"`
	FirstSubmittedAt time.Time        `json:"first_submitted_at"`
	LastAnalyzedAt   time.Time        `json:"last_analyzed_at"`
}

func (r verdictRow) entity() (virustotal.Record, error) {
	document, err := decode[report](r.Report)
	return virustotal.Record{
		Verdict: r.Verdict, Report: virustotal.Report(document), FetchedAt: kept(r.FetchedAt), ExpiresAt: kept(r.ExpiresAt),
	}, err
}

func (s verdictStore) Record(
	ctx context.Context, tenant tenancy.ID, hash virustotal.Hash,
) (record virustotal.Record, err error) {
	err = s.read(ctx, tenant, func(tx scopedTx) error {
		record, err = one[verdictRow](ctx, tx, virustotal.ErrNotFound, is("hash", string(hash)))
		return err
	})
	return record, err
}

func (s verdictStore) PutRecord(
	ctx context.Context, tenant tenancy.ID, hashes []virustotal.Hash, record virustotal.Record,
) error {
	return s.write(ctx, tenant, func(tx scopedTx) error {
		record.Report.FirstSubmittedAt = kept(record.Report.FirstSubmittedAt)
		record.Report.LastAnalyzedAt = kept(record.Report.LastAnalyzedAt)
		document, err := encode(report(record.Report))
		if err != nil {
			return err
		}
		var rows []verdictRow
		for _, hash := range slices.Compact(slices.Sorted(slices.Values(hashes))) { // in one order, against deadlocks
			rows = append(rows, verdictRow{
				Hash: hash, Verdict: record.Verdict, FetchedAt: kept(record.FetchedAt), ExpiresAt: kept(record.ExpiresAt),
				Report: document,
			})
		}
		if len(rows) == 0 {
			return nil
		}
		_, err = replacing(insert(tx, rows...).On("CONFLICT (tenant_id, hash) DO UPDATE"),
			"verdict", "fetched_at", "expires_at", "report").Exec(ctx)
		return err
	})
}

type spendingRow struct {
	bun.BaseModel `bun:"table:vc_spending,alias:sp"`
	owned
	Day   string `bun:"day,pk"`
	Calls int
}

func (s verdictStore) Spend(ctx context.Context, tenant tenancy.ID, day string, limit int) (spent bool, err error) {
	err = s.write(ctx, tenant, func(tx scopedTx) error {
		if limit <= 0 {
			return nil
		}
		q := insert(tx, spendingRow{Day: day, Calls: 1}).On("CONFLICT (tenant_id, day) DO UPDATE")
		counted, err := affected(incrementing(q, "calls", limit).Exec(ctx))
		spent = counted == 1
		return err
	})
	return spent && err == nil, err
}

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
	Hash virustotal.Hash `bun:"hash,pk"`
	// File is the hash under which the file is listed, in the rows of all of its hashes.
	File      virustotal.Hash
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

// verdictLock is held by what keeps records: it looks which file they are of.
const verdictLock = "verdicts"

func (s verdictStore) PutRecord(
	ctx context.Context, tenant tenancy.ID, hashes []virustotal.Hash, record virustotal.Record,
) error {
	return s.exclusive(ctx, tenant, verdictLock, func(tx scopedTx) error {
		record.Report.FirstSubmittedAt = kept(record.Report.FirstSubmittedAt)
		record.Report.LastAnalyzedAt = kept(record.Report.LastAnalyzedAt)
		document, err := encode(report(record.Report))
		if err != nil || len(hashes) == 0 {
			return err
		}
		if err := joinFiles(ctx, tx, hashes); err != nil {
			return err
		}
		var rows []verdictRow
		for _, hash := range slices.Compact(slices.Sorted(slices.Values(hashes))) {
			rows = append(rows, verdictRow{
				Hash: hash, File: hashes[0], Verdict: record.Verdict,
				FetchedAt: kept(record.FetchedAt), ExpiresAt: kept(record.ExpiresAt), Report: document,
			})
		}
		_, err = replacing(insert(tx, rows...).On("CONFLICT (tenant_id, hash) DO UPDATE"),
			"file", "verdict", "fetched_at", "expires_at", "report").Exec(ctx)
		return err
	})
}

// joinFiles makes one file, listed under the first of hashes, of all that have one of them.
func joinFiles(ctx context.Context, tx scopedTx, hashes []virustotal.Hash) error {
	texts := make([]string, len(hashes))
	for i, hash := range hashes {
		texts[i] = string(hash)
	}
	var files []string
	err := tx.find((*verdictRow)(nil), in("hash", texts)).Column("file").Distinct().Scan(ctx, &files)
	if err != nil || len(files) == 0 {
		return err
	}
	_, err = tx.update((*verdictRow)(nil), in("file", files)).Set("file = ?", texts[0]).Exec(ctx)
	return err
}

// listedFile holds in one row of each file.
var listedFile = where("hash = file")

func (s verdictStore) Files(
	ctx context.Context, tenant tenancy.ID, f virustotal.FileFilter,
) (files []virustotal.File, err error) {
	before := condition{}
	if f.Before != (virustotal.FilePlace{}) {
		before = where("(fetched_at, hash) < (?, ?)", kept(f.Before.FetchedAt), string(f.Before.Hash))
	}
	err = s.read(ctx, tenant, func(tx scopedTx) error {
		files, err = list[fileRow](ctx, tx, "fetched_at DESC, hash DESC", f.Limit,
			listedFile, matches("verdict", string(f.Verdict)), before)
		return err
	})
	return files, err
}

// fileRow is a verdictRow as a file.
type fileRow struct {
	verdictRow `bun:",extend"`
}

func (r fileRow) entity() (virustotal.File, error) {
	record, err := r.verdictRow.entity()
	return virustotal.File{Hash: r.Hash, Record: record}, err
}

func (s verdictStore) CountFiles(
	ctx context.Context, tenant tenancy.ID,
) (counts map[virustotal.Verdict]int, err error) {
	var rows []struct {
		Verdict virustotal.Verdict
		Files   int
	}
	err = s.read(ctx, tenant, func(tx scopedTx) error {
		return tx.find((*verdictRow)(nil), listedFile).Column("verdict").ColumnExpr("count(*) AS files").
			Group("verdict").Scan(ctx, &rows)
	})
	if err != nil {
		return nil, err
	}
	counts = make(map[virustotal.Verdict]int)
	for _, r := range rows {
		counts[r.Verdict] = r.Files
	}
	return counts, nil
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

package bunstore

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

type collectionStore struct{ database }

// collectionRow has in columns what collections are found by, and the rest in a document.
type collectionRow struct {
	bun.BaseModel `bun:"table:vc_collections,alias:co"`
	owned
	ID          string `bun:"id,pk"`
	Key         string
	HostID      string
	FlowID      string
	HuntID      string
	CollectedAt time.Time
	IngestedAt  time.Time
	Details     []byte
}

// collectionDetails is the document of a collection.
type collectionDetails struct {
	Hostname     string        `json:"hostname"`
	ClientID     string        `json:"client_id"`
	Status       ingest.Status `json:"status"`
	ExpectedRows *int64        `json:"expected_rows"`
	Dating       ingest.Dating `json:"dating,omitempty"`
}

// resultRow is one result of a collection. Chunks are visible when their result has a row.
type resultRow struct {
	bun.BaseModel `bun:"table:vc_results,alias:r"`
	owned
	resultColumns
}

type resultColumns struct {
	ID           string `bun:"id,pk"`
	CollectionID string
	Artifact     string
	StoredRows   int64
	Details      []byte
}

// markedRow is a result with its marks, which are many bytes and are read by themselves.
type markedRow struct {
	bun.BaseModel `bun:"table:vc_results,alias:r"`
	owned
	resultColumns
	Marks []byte
}

// resultDetails is the document of a result.
type resultDetails struct {
	Expected   *int64      `json:"expected"`
	Read       int64       `json:"read"`
	Rejected   int64       `json:"rejected"`
	Rejections []rejection `json:"rejections"`
	NullRows   int64       `json:"null_rows,omitempty"`
	Digest     string      `json:"digest"`
	Part       string      `json:"part,omitempty"`
	Lossy      bool        `json:"lossy,omitempty"`

	Extent ingest.Extent `json:"extent,omitempty"`
}

type rejection struct {
	Line   int64  `json:"line"`
	Reason string `json:"reason"`
}

func newCollectionRow(c ingest.Collection) (collectionRow, error) {
	details, err := encode(collectionDetails{c.Hostname, c.ClientID, c.Status, c.ExpectedRows, c.Dating})
	return collectionRow{
		ID: c.ID, Key: c.Key, HostID: c.HostID, FlowID: c.FlowID, HuntID: c.HuntID, CollectedAt: c.CollectedAt,
		IngestedAt: c.IngestedAt, Details: details,
	}, err
}

func (r collectionRow) entity() (ingest.Collection, error) {
	tenant, err := r.tenant()
	if err != nil {
		return ingest.Collection{}, err
	}
	d, err := decode[collectionDetails](r.Details)
	return ingest.Collection{
		ID: r.ID, TenantID: tenant, HostID: r.HostID, Hostname: d.Hostname, ClientID: d.ClientID, FlowID: r.FlowID,
		HuntID: r.HuntID, Key: r.Key, Status: d.Status, ExpectedRows: d.ExpectedRows, CollectedAt: kept(r.CollectedAt),
		Dating: d.Dating, IngestedAt: kept(r.IngestedAt),
	}, err
}

func newMarkedRow(collectionID string, r ingest.Result) (markedRow, error) {
	d := resultDetails{
		Expected: r.Expected, Read: r.Read, Rejected: r.Rejected, NullRows: r.NullRows, Digest: r.Digest, Part: r.Part, Lossy: r.Lossy,
		Extent: r.Extent,
	}
	for _, rejected := range r.Rejections {
		d.Rejections = append(d.Rejections, rejection(rejected))
	}
	details, err := encode(d)
	return markedRow{
		resultColumns: resultColumns{
			ID: r.ID, CollectionID: collectionID, Artifact: r.Artifact, StoredRows: r.Stored, Details: details,
		},
		Marks: append([]byte{}, r.Marks...), // not NULL
	}, err
}

// collectionResult is a result and the collection that it belongs to.
type collectionResult struct {
	collectionID string
	ingest.Result
}

func (r resultRow) entity() (collectionResult, error) {
	d, err := decode[resultDetails](r.Details)
	result := ingest.Result{
		ID: r.ID, Artifact: r.Artifact, Expected: d.Expected, Read: d.Read, Stored: r.StoredRows, Rejected: d.Rejected,
		NullRows: d.NullRows, Digest: d.Digest, Part: d.Part, Lossy: d.Lossy, Extent: d.Extent,
	}
	for _, rejected := range d.Rejections {
		result.Rejections = append(result.Rejections, ingest.Rejection(rejected))
	}
	return collectionResult{r.CollectionID, result}, err
}

func (s collectionStore) Collection(ctx context.Context, tenant tenancy.ID, id string) (c ingest.Collection, err error) {
	err = s.read(ctx, tenant, func(tx scopedTx) error {
		found, err := collections(ctx, tx, 1, hasID("id", id))
		if err == nil && len(found) == 0 {
			return ingest.ErrNotFound
		}
		if err == nil {
			c = found[0]
		}
		return err
	})
	return c, err
}

func (s collectionStore) Collections(
	ctx context.Context, tenant tenancy.ID, f ingest.CollectionFilter,
) (found []ingest.Collection, err error) {
	err = s.read(ctx, tenant, func(tx scopedTx) error {
		found, err = collections(ctx, tx, f.Limit,
			beyond("id", "<", f.Before),
			matches("host_id", f.HostID),
			matches("flow_id", f.FlowID),
			matches("hunt_id", f.HuntID),
			hasArtifact(tx, f.Artifact))
		return err
	})
	return found, err
}

func hasArtifact(tx scopedTx, artifact string) condition {
	if artifact == "" {
		return condition{}
	}
	return where("id IN (?)", tx.find((*resultRow)(nil), is("artifact", artifact)).Column("collection_id"))
}

// collections returns whole collections, newest first.
func collections(ctx context.Context, tx scopedTx, limit int, conditions ...condition) ([]ingest.Collection, error) {
	found, err := list[collectionRow](ctx, tx, "id DESC", limit, conditions...)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	place := make(map[string]int, len(found))
	ids := make([]string, len(found))
	for i, c := range found {
		place[c.ID], ids[i] = i, c.ID
	}
	results, err := list[resultRow](ctx, tx, "collection_id, artifact, id", unlimited, hasIDIn("collection_id", ids))
	if err != nil {
		return nil, err
	}
	for _, r := range results {
		c := &found[place[r.collectionID]]
		c.Results = append(c.Results, r.Result)
	}
	return found, nil
}

func (s collectionStore) Marks(ctx context.Context, tenant tenancy.ID, resultID string) (marks []byte, err error) {
	var found [][]byte
	err = s.read(ctx, tenant, func(tx scopedTx) error {
		return tx.find((*markedRow)(nil), hasID("id", resultID)).Column("marks").Scan(ctx, &found)
	})
	if err != nil || len(found) == 0 || len(found[0]) == 0 {
		return nil, err
	}
	return found[0], nil
}

func (s collectionStore) Artifacts(ctx context.Context, tenant tenancy.ID) (summaries []ingest.ArtifactSummary, err error) {
	err = s.read(ctx, tenant, func(tx scopedTx) error {
		return tx.find((*resultRow)(nil), where("r.artifact != ?", ingest.Uploads)).
			Join("JOIN vc_collections AS co ON co.tenant_id = r.tenant_id AND co.id = r.collection_id").
			ColumnExpr("r.artifact").
			ColumnExpr("CAST(sum(r.stored_rows) AS bigint) AS rows").
			ColumnExpr("count(DISTINCT co.host_id) AS hosts").
			ColumnExpr("min(co.collected_at) AS first_seen").
			ColumnExpr("max(co.collected_at) AS last_seen").
			GroupExpr("r.artifact").OrderExpr("r.artifact").Scan(ctx, &summaries)
	})
	for i, s := range summaries {
		summaries[i].FirstSeen, summaries[i].LastSeen = kept(s.FirstSeen), kept(s.LastSeen)
	}
	return summaries, err
}

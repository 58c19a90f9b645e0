package memory

import (
	"context"
	"slices"

	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

type result struct {
	collectionID string
	chunkIDs     []string
	marks        []byte
}

func (b *backend) Collection(ctx context.Context, tenant tenancy.ID, id string) (c ingest.Collection, err error) {
	err = b.view(ctx, tenant, func(t *tenantData) error {
		c, err = find(t.collections, id, ingest.ErrNotFound)
		return err
	})
	return cloneCollection(c), err
}

func (b *backend) Collections(
	ctx context.Context, tenant tenancy.ID, f ingest.CollectionFilter,
) (page []ingest.Collection, err error) {
	err = b.view(ctx, tenant, func(t *tenantData) error {
		page = slices.DeleteFunc(sorted(t.collections), func(c ingest.Collection) bool {
			return f.Before != "" && c.ID >= f.Before || !selectsCollection(f, c)
		})
		slices.Reverse(page)
		page = first(page, f.Limit)
		for i, c := range page {
			page[i] = cloneCollection(c)
		}
		return nil
	})
	return page, err
}

func selectsCollection(f ingest.CollectionFilter, c ingest.Collection) bool {
	return (f.HostID == "" || f.HostID == c.HostID) &&
		(f.FlowID == "" || f.FlowID == c.FlowID) &&
		(f.HuntID == "" || f.HuntID == c.HuntID) &&
		(f.Artifact == "" || slices.ContainsFunc(c.Results, func(r ingest.Result) bool { return r.Artifact == f.Artifact }))
}

func (b *backend) Marks(ctx context.Context, tenant tenancy.ID, resultID string) (marks []byte, err error) {
	err = b.view(ctx, tenant, func(t *tenantData) error {
		marks = slices.Clone(t.results[resultID].marks)
		return nil
	})
	return marks, err
}

func (b *backend) Artifacts(ctx context.Context, tenant tenancy.ID) (list []ingest.ArtifactSummary, err error) {
	err = b.view(ctx, tenant, func(t *tenantData) error {
		summaries := make(map[string]ingest.ArtifactSummary)
		type presence struct{ artifact, hostID string }
		counted := make(map[presence]bool)
		for _, c := range t.collections {
			for _, r := range c.Results {
				if r.Artifact == ingest.Uploads {
					continue
				}
				s, there := summaries[r.Artifact]
				if !there || c.CollectedAt.Before(s.FirstSeen) {
					s.FirstSeen = c.CollectedAt
				}
				if !there || c.CollectedAt.After(s.LastSeen) {
					s.LastSeen = c.CollectedAt
				}
				if at := (presence{r.Artifact, c.HostID}); !counted[at] {
					counted[at] = true
					s.Hosts++
				}
				s.Artifact = r.Artifact
				s.Rows += r.Stored
				summaries[r.Artifact] = s
			}
		}
		list = sorted(summaries)
		return nil
	})
	return list, err
}

func cloneCollection(c ingest.Collection) ingest.Collection {
	c.ExpectedRows = clonePointer(c.ExpectedRows)
	c.Results = slices.Clone(c.Results)
	for i, r := range c.Results {
		c.Results[i].Expected = clonePointer(r.Expected)
		c.Results[i].Rejections = slices.Clone(r.Rejections)
		c.Results[i].Marks = nil
	}
	return c
}

func clonePointer[V any](p *V) *V {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}

package hunt

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// collectionKey names a collection over all tenants.
type collectionKey struct {
	tenant tenancy.ID
	id     string
}

// sides says which collections belong to the two sides of a diff, and which hosts have them.
type sides struct {
	of  map[collectionKey][2]bool
	has map[hostKey][2]bool
}

func (s sides) hosts() map[hostKey]bool {
	all := make(map[hostKey]bool, len(s.has))
	for key := range s.has {
		all[key] = true
	}
	return all
}

// sides finds the collections of a diff.
func (s *Service) sides(ctx context.Context, q Diff) (sides, error) {
	out := sides{make(map[collectionKey][2]bool), make(map[hostKey][2]bool)}
	for _, tenant := range q.Tenants {
		narrowed := len(q.Hosts)+len(q.Labels) > 0
		var wanted []string
		if narrowed {
			var err error
			if wanted, err = s.hostIDs(ctx, tenant, q.Scope); err != nil {
				return out, err
			}
		}
		for side, of := range [...]Side{sideBefore: q.Before, sideAfter: q.After} {
			found, err := s.collectionsOf(ctx, tenant, q.Artifact, of)
			if err != nil {
				return out, err
			}
			for _, c := range found {
				if narrowed && !slices.Contains(wanted, c.HostID) {
					continue
				}
				collection, host := collectionKey{tenant, c.ID}, hostKey{tenant, c.HostID}
				mark := out.of[collection]
				mark[side] = true
				out.of[collection] = mark
				mark = out.has[host]
				mark[side] = true
				out.has[host] = mark
			}
		}
	}
	return out, nil
}

// collectionsOf returns the collections of a side that have a result of the artifact, if only with no rows.
func (s *Service) collectionsOf(ctx context.Context, tenant tenancy.ID, artifact string, side Side) ([]ingest.Collection, error) {
	if len(side.Collections) > 0 {
		return s.namedCollections(ctx, tenant, artifact, side.Collections)
	}
	all, err := s.allCollections(ctx, tenant, ingest.CollectionFilter{Artifact: artifact, HuntID: side.Hunt})
	if err != nil || side.Hunt != "" {
		return all, err
	}
	last := make(map[string]ingest.Collection)
	for _, c := range all {
		if c.CollectedAt.Before(side.From) || !side.To.IsZero() && !c.CollectedAt.Before(side.To) {
			continue
		}
		if known, ok := last[c.HostID]; !ok || cmp.Or(known.CollectedAt.Compare(c.CollectedAt), strings.Compare(known.ID, c.ID)) < 0 {
			last[c.HostID] = c
		}
	}
	all = all[:0]
	for _, c := range last {
		all = append(all, c)
	}
	return all, nil
}

func (s *Service) namedCollections(ctx context.Context, tenant tenancy.ID, artifact string, ids []string) ([]ingest.Collection, error) {
	var all []ingest.Collection
	for _, id := range ids {
		c, err := s.collections.Collection(ctx, tenant, id)
		if errors.Is(err, ingest.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("hunt: collections: %w", err)
		}
		if slices.ContainsFunc(c.Results, func(r ingest.Result) bool { return r.Artifact == artifact }) {
			all = append(all, c)
		}
	}
	return all, nil
}

// collectionPage is how many collections are asked for at once.
const collectionPage = 1000

func (s *Service) allCollections(ctx context.Context, tenant tenancy.ID, f ingest.CollectionFilter) ([]ingest.Collection, error) {
	var all []ingest.Collection
	f.Limit = collectionPage
	for {
		page, err := s.collections.Collections(ctx, tenant, f)
		if err != nil {
			return nil, fmt.Errorf("hunt: collections: %w", err)
		}
		all = append(all, page...)
		if len(page) < collectionPage {
			return all, nil
		}
		f.Before = page[len(page)-1].ID
	}
}

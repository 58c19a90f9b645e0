package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/velocicompanion/velocicompanion/tenancy"
)

// IngestOnce is [Service.Ingest] of an input that may have come before, as whole folders do that are brought in again.
// digest is of all its bytes, and of what else decides what r makes of them. Where all of the input was kept before, and is
// there still or has given way to more, r is not asked, nothing changes, and known is true. An input that lacks rows, or of
// which the report has notes, is not remembered.
func (s *Service) IngestOnce(
	ctx context.Context, tenant tenancy.ID, digest [sha256.Size]byte, r Reader,
) (report Report, known bool, err error) {
	if known, err = s.hasInput(ctx, tenant, digest); err != nil {
		return Report{}, false, fmt.Errorf("ingest: look for an input: %w", err)
	}
	if known {
		return Report{}, true, nil
	}
	if report, err = s.Ingest(ctx, tenant, r); err != nil || !report.whole() {
		return report, false, err
	}
	brought, err := json.Marshal(report.kept())
	if err == nil {
		err = s.store.KeepInput(ctx, tenant, digest, brought)
	}
	if err != nil {
		s.cfg.Logger.WarnContext(ctx, "ingest: an input that is kept will be read again", "tenant", tenant, "error", err)
	}
	return report, false, nil
}

// keptInput is what an input brought, for each collection of it.
type keptInput []keptCollection

type keptCollection struct {
	ID      string       `json:"id"`
	Results []keptResult `json:"results"`
}

// keptResult is what was kept of an artifact when the input was read: how many rows, and the ids of its results.
type keptResult struct {
	Artifact string   `json:"artifact"`
	Rows     int64    `json:"rows"`
	IDs      []string `json:"ids"`
}

func (r Report) kept() keptInput {
	all := keptInput{}
	for _, kept := range r.Collections {
		c := keptCollection{ID: kept.Collection.ID}
		for _, brought := range kept.Brought {
			result := keptResult{Artifact: brought.Artifact, Rows: kept.Collection.stored(brought.Artifact)}
			for _, r := range kept.Collection.Results {
				if r.Artifact == brought.Artifact {
					result.IDs = append(result.IDs, r.ID)
				}
			}
			c.Results = append(c.Results, result)
		}
		all = append(all, c)
	}
	return all
}

// hasInput reports whether all that an input brought is there.
func (s *Service) hasInput(ctx context.Context, tenant tenancy.ID, digest [sha256.Size]byte) (bool, error) {
	brought, err := s.store.Input(ctx, tenant, digest)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	var kept keptInput
	if json.Unmarshal(brought, &kept) != nil {
		return false, nil // remembered by a version that did not say
	}
	for _, k := range kept {
		c, err := s.store.Collection(ctx, tenant, k.ID)
		if errors.Is(err, ErrNotFound) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if slices.ContainsFunc(k.Results, func(r keptResult) bool { return !r.there(c) }) {
			return false, nil
		}
	}
	return true, nil
}

// there reports whether the results are those that c has, or c has more: all rows that there are, or more of an export.
func (k keptResult) there(c Collection) bool {
	more := c.stored(k.Artifact) > k.Rows
	left := len(k.IDs)
	for _, r := range c.Results {
		switch {
		case r.Artifact != k.Artifact:
		case r.Extent == Entire, more && r.Extent != Unsaid:
			return true
		case slices.Contains(k.IDs, r.ID):
			left--
		}
	}
	return left == 0
}

// whole reports whether all that the input had is kept, and all that it was said to have.
func (r Report) whole() bool {
	for _, kept := range r.Collections {
		if kept.Collection.status() == Partial {
			return false
		}
	}
	return len(r.Notes) == 0
}

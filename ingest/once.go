package ingest

import (
	"context"
	"crypto/sha256"
	"fmt"

	"github.com/velocicompanion/velocicompanion/tenancy"
)

// IngestOnce is [Service.Ingest] of an input that may have come before, as whole folders do that are brought in again.
// digest is of all its bytes, and of what else decides what r makes of them. Where all of the input was kept before, r is
// not asked, nothing changes, and known is true. An input that lacks rows, or of which the report has notes, is not
// remembered.
func (s *Service) IngestOnce(
	ctx context.Context, tenant tenancy.ID, digest [sha256.Size]byte, r Reader,
) (report Report, known bool, err error) {
	if known, err = s.store.HasInput(ctx, tenant, digest); err != nil {
		return Report{}, false, fmt.Errorf("ingest: look for an input: %w", err)
	}
	if known {
		return Report{}, true, nil
	}
	if report, err = s.Ingest(ctx, tenant, r); err != nil || !report.whole() {
		return report, false, err
	}
	if err := s.store.KeepInput(ctx, tenant, digest); err != nil {
		s.cfg.Logger.WarnContext(ctx, "ingest: an input that is kept will be read again", "tenant", tenant, "error", err)
	}
	return report, false, nil
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

package hunt

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/velocicompanion/velocicompanion/ingest"
)

// place is where a row stands among all rows. Rows that take the place of others of their collection, because more of it
// was exported, stand where those stood.
type place struct {
	tenant, collection, artifact string
	row                          int64 // of the artifact in the collection
}

func placeOf(r ref, row int) place {
	return place{r.tenant.String(), r.CollectionID, r.Artifact, r.start + int64(row)}
}

// compare goes by when collections came.
func (p place) compare(other place) int {
	return cmp.Or(strings.Compare(p.collection, other.collection), strings.Compare(p.artifact, other.artifact),
		cmp.Compare(p.row, other.row))
}

// cursor returns a place as a text that [selection.at] takes, with a digest of the results that the rows of the artifact
// up to there are of.
func (sel *selection) cursor(p place) string {
	return fmt.Sprintf("%s %s %d %016x %s", p.tenant, p.collection, p.row, sel.results(p), p.artifact)
}

// at returns the place of a cursor, and none for "". ingest.ErrReplaced where the rows up to there are not of the same
// results any more: which of those that are there now came already is not known.
func (sel *selection) at(cursor string) (p place, err error) {
	if cursor == "" {
		return p, nil
	}
	var results uint64
	parts := strings.SplitN(cursor, " ", 5)
	if len(parts) == 5 {
		p = place{tenant: parts[0], collection: parts[1], artifact: parts[4]}
		if p.row, err = strconv.ParseInt(parts[2], 10, 64); err == nil {
			results, err = strconv.ParseUint(parts[3], 16, 64)
		}
	}
	if err != nil || len(parts) != 5 {
		return place{}, fmt.Errorf("%w: the cursor is of no page", ErrQuestion)
	}
	if results != sel.results(p) {
		return place{}, fmt.Errorf("hunt: at the cursor: %w", ingest.ErrReplaced)
	}
	return p, nil
}

// results is a digest of the results that the rows of an artifact of a collection are of, up to a place.
func (sel *selection) results(p place) uint64 {
	digest := fnv.New64a()
	for _, r := range sel.refs {
		if r.CollectionID == p.collection && r.Artifact == p.artifact && r.tenant.String() == p.tenant && r.start <= p.row {
			_, _ = io.WriteString(digest, r.ResultID)
		}
	}
	return digest.Sum64()
}

// begin returns the first of refs, which are in order, that can have rows behind the place.
func (p place) begin(refs []ref, order func(x, y place) int) int {
	i, _ := slices.BinarySearchFunc(refs, p, func(r ref, p place) int {
		if order(placeOf(r, r.Rows-1), p) <= 0 {
			return -1
		}
		return 1
	})
	return i
}

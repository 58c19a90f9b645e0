package ingest

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"iter"
	"slices"

	"github.com/velocicompanion/velocicompanion/ingest/internal/jsonrow"
)

// overwritten are the columns that a server adds to the rows it pushes, whatever the protocol. A row that has one of them
// itself loses it to one protocol and keeps it in another, so none tells two rows apart.
var overwritten = []string{
	"Artifact", "Hostname", "ClientHostname", "timestamp", "ClientId", "FlowId", "Organization", "src_artifact", "org_name",
}

// rowSum is what a row has in common with itself by whatever way it comes. Rows come from endpoints, which must not be
// able to make one that passes for another.
type rowSum [16]byte

// sumOf returns the sum of a row that [jsonrow.Check] takes. at is when an event happened, which is no part of its row.
func sumOf(row []byte, at string, maxDepth int) rowSum {
	members, err := jsonrow.Split(row, maxDepth)
	if err == nil {
		members = slices.DeleteFunc(members, func(m jsonrow.Member) bool { return slices.ContainsFunc(overwritten, m.Is) })
		row = jsonrow.Join(make([]byte, 0, len(row)), members)
	}
	digest := sha256.Sum256(append(row[:len(row):len(row)], at...))
	return rowSum(digest[:])
}

// mark is what is remembered of a row of a part.
type mark struct {
	sum rowSum
	id  uint64 // stands for the sender's name of the row; 0 where it has none
}

// marks are those of a part: of the rows that are stored, in their order, and then of those that came in it and are not,
// because another result has them.
type marks []mark

// markBytes is how long a mark is where it is kept.
const markBytes = len(rowSum{}) + 8

func (m marks) encode() []byte {
	out := make([]byte, 0, len(m)*markBytes)
	for _, one := range m {
		out = binary.BigEndian.AppendUint64(append(out, one.sum[:]...), one.id)
	}
	return out
}

func decodeMarks(kept []byte) iter.Seq[mark] {
	return func(yield func(mark) bool) {
		for one := range slices.Chunk(kept, markBytes) {
			if !yield(mark{rowSum(one), binary.BigEndian.Uint64(one[len(rowSum{}):])}) {
				return
			}
		}
	}
}

// idOf returns what stands for a name, which is never 0 but for none.
func idOf(name string) uint64 {
	if name == "" {
		return 0
	}
	digest := sha256.Sum256([]byte(name))
	return max(1, binary.BigEndian.Uint64(digest[:]))
}

// maxMarks is how many rows of parts one ingest may bring: their marks are in memory until it is committed, some 100 MB of
// them. A server sends about 1,000 rows at once, and more only after it was not answered for long.
const maxMarks = 1 << 22

// remember makes a mark of a row, and lets it tell the part from others.
func (w *ResultWriter) remember(row []byte) error {
	if w.batch.marked++; w.batch.marked > maxMarks {
		return &InputError{Reason: fmt.Sprintf("more than %d rows in one push: send them in several", maxMarks), Err: ErrTooLarge}
	}
	one := mark{sumOf(row, w.next.at, w.batch.cfg.MaxDepth), idOf(w.next.id)}
	w.marks = append(w.marks, one)
	name := w.next.raw
	switch {
	case one.id != 0:
		name = []byte(w.next.id)
	case name == nil:
		name = one.sum[:]
	}
	digest := sha256.Sum256(name)
	w.name.Write(digest[:])
	return nil
}

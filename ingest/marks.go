package ingest

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"iter"
	"slices"

	"github.com/velocicompanion/velocicompanion/ingest/internal/jsonrow"
)

// The columns that a server adds to the rows that it pushes, in every protocol or in one that keeps rows from having them
// anyway, and those that only some protocols add. A row that has one of them itself loses it on such a way.
var (
	taken      = []string{"Artifact", "timestamp", "ClientId", "FlowId", "src_artifact", "org_name", "ClientHostname"}
	maybeTaken = []string{"Hostname", "Organization"}
)

// rowSum is what a row has in common with itself by whatever way it comes, and with whatever white space and escapes: its
// columns but for those that it may lose. Rows come from endpoints, which must not be able to make one that passes for another.
type rowSum [16]byte

// mark is what is remembered of a row of a part.
type mark struct {
	sum rowSum
	// variant stands for the columns of the row that only some ways take from it: rows of one sum and two variants are two.
	// It is 0 where they may have been taken: the row may be one of any variant.
	variant uint64
	id      uint64 // stands for the sender's name of the row; 0 where it has none
	full    bool   // the row has some of the columns that it may lose
}

// noColumns is the variant of rows that have none of the columns, and none of them was taken.
var noColumns = idOf("{}")

// fullBit is where a sum has no bit of its own, but says whether the row is full.
const fullBit = 1

// markOf returns the mark of a row that [jsonrow.Check] takes. at is when an event happened, which is no part of its row, and
// taking whether the row came on a way that takes all columns that may be taken.
func markOf(row []byte, at string, taking bool, maxDepth int) (m mark) {
	if members, err := jsonrow.Split(row, maxDepth); err == nil {
		var own, some []jsonrow.Member
		for _, member := range members {
			switch {
			case slices.ContainsFunc(maybeTaken, member.Is):
				some = append(some, member)
			case !slices.ContainsFunc(taken, member.Is):
				own = append(own, member)
			}
		}
		m.full = len(own) < len(members)
		if len(some) > 0 || !taking {
			m.variant = idOf(string(jsonrow.AppendCanonical(nil, jsonrow.Join(nil, some))))
		}
		row = jsonrow.Join(make([]byte, 0, len(row)), own)
	}
	digest := sha256.Sum256(append(jsonrow.AppendCanonical(make([]byte, 0, len(row)+len(at)), row), at...))
	m.sum = rowSum(digest[:])
	m.sum[0] &^= fullBit
	return m
}

// marks are those of a part: of the rows that are stored, in their order, and then of those that came in it and are not,
// because another result has them.
type marks []mark

// markBytes is how long a mark is where it is kept: the sum, the variant, and the id.
const markBytes = len(rowSum{}) + 8 + 8

func (m marks) encode() []byte {
	out := make([]byte, 0, len(m)*markBytes)
	for _, one := range m {
		if one.full {
			one.sum[0] |= fullBit
		}
		out = append(out, one.sum[:]...)
		out = binary.BigEndian.AppendUint64(out, one.variant)
		out = binary.BigEndian.AppendUint64(out, one.id)
	}
	return out
}

func decodeMarks(kept []byte) iter.Seq[mark] {
	return func(yield func(mark) bool) {
		for one := range slices.Chunk(kept, markBytes) {
			m := mark{sum: rowSum(one), full: one[0]&fullBit != 0}
			m.sum[0] &^= fullBit
			rest := one[len(m.sum):]
			m.variant, m.id = binary.BigEndian.Uint64(rest), binary.BigEndian.Uint64(rest[8:])
			if !yield(m) {
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

// maxMarks is how many rows of parts one ingest may bring: their marks are in memory until it is committed, some 130 MB of
// them. A server sends about 1,000 rows at once, and more only after it was not answered for long.
const maxMarks = 1 << 22

// remember makes a mark of a row, and lets it tell the part from others.
func (w *ResultWriter) remember(row []byte) error {
	if w.batch.marked++; w.batch.marked > maxMarks {
		return &InputError{Reason: fmt.Sprintf("more than %d rows in one push: send them in several", maxMarks), Err: ErrTooLarge}
	}
	one := markOf(row, w.next.at, w.taking, w.batch.cfg.MaxDepth)
	one.id = idOf(w.next.id)
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
	fmt.Fprintln(w.times, w.next.at)
	return nil
}

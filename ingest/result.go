package ingest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"hash"

	"github.com/velocicompanion/velocicompanion/ingest/chunk"
	"github.com/velocicompanion/velocicompanion/ingest/internal/jsonrow"
)

// ResultWriter takes the rows of one artifact of one collection.
type ResultWriter struct {
	batch  *Batch
	origin *Origin
	result Result
	rows   chunk.Builder
	large  bool      // it has filled a chunk, and so is likely to fill another
	digest hash.Hash // used by the goroutine that keeps chunks
	// Of a part:
	way    string // how it came; "" where it is none
	taking bool
	name   hash.Hash
	times  hash.Hash // over when each row happened
	next   sent
	marks  marks
}

// sent is what is known of the row that comes next.
type sent struct {
	id, at string
	raw    []byte
}

// SetPart says that the rows that come are some of the rows of the artifact, and of others it may be that they came before
// or come later, by the same way or by another. way names how they came, without a slash; taking says that it takes the columns Hostname
// and Organization from rows that have them. See [Merge].
func (w *ResultWriter) SetPart(way string, taking bool) {
	w.way, w.taking, w.name, w.times = way, taking, sha256.New(), sha256.New()
}

// Sent tells of the next row of a part. id is the sender's name for it, "" where it has none: rows of the same id that come
// by the same way are one row. at is when it happened where that is no part of the row, as with events, and raw what it
// came in: of rows without ids, as many with the same raw are the same part.
func (w *ResultWriter) Sent(id, at string, raw []byte) { w.next = sent{id, at, raw} }

// SetLossy says that the rows come in a form that loses some of what they had: as many that come in another stay instead.
func (w *ResultWriter) SetLossy() { w.result.Lossy = true }

// Result begins the result of an artifact, of which Velociraptor says that it has expected rows, or nil. A name that
// cannot be an artifact's, or that the collection has already, is an [*InputError].
func (c *CollectionWriter) Result(artifact string, expected *int64) (*ResultWriter, error) {
	if err := c.batch.CheckCollections(len(c.batch.collections)); err != nil {
		return nil, err
	}
	if artifact == "" {
		return nil, &InputError{Reason: "the name of the artifact is empty"}
	}
	if artifact == Uploads {
		return nil, &InputError{Reason: "the artifact cannot be called " + Quote(artifact)}
	}
	if err := checkName("the name of the artifact", artifact); err != nil {
		return nil, err
	}
	if c.artifacts[artifact] {
		return nil, &InputError{Reason: "the artifact " + Quote(artifact) + " is there twice"}
	}
	return c.result(artifact, expected)
}

func (c *CollectionWriter) result(artifact string, expected *int64) (*ResultWriter, error) {
	if limit := c.batch.cfg.MaxArtifacts; len(c.results) >= limit {
		return nil, &InputError{
			Reason: fmt.Sprintf("a flow or host has more than %d artifacts in it: bring it in parts, or raise the limit", limit),
			Err:    ErrTooLarge,
		}
	}
	c.artifacts[artifact] = true
	w := &ResultWriter{
		batch:  c.batch,
		origin: &c.Origin,
		result: Result{ID: newID(), Artifact: artifact, Expected: expected},
		digest: sha256.New(),
	}
	c.results = append(c.results, w)
	return w, nil
}

// Row offers a row, the raw bytes of a JSON object, which is kept exactly but for white space when it spans lines. line
// is its place in the input, from 1. A row that cannot be kept is rejected: counted, and told of in the report. An
// error says that the ingest cannot go on.
func (w *ResultWriter) Row(line int64, raw []byte) error {
	if w.batch.ctx.Err() != nil {
		return context.Cause(w.batch.ctx)
	}
	if len(raw) > w.batch.cfg.MaxRowBytes {
		w.RejectLong(line)
		return nil
	}
	if err := jsonrow.Check(raw, w.batch.cfg.MaxDepth); err != nil {
		w.Reject(line, err.Error())
		return nil
	}
	if bytes.IndexByte(raw, '\n') >= 0 {
		var oneLine bytes.Buffer
		if err := json.Compact(&oneLine, raw); err != nil {
			w.Reject(line, err.Error())
			return nil
		}
		raw = oneLine.Bytes()
	}
	if len(raw) > LongRow {
		if err := w.batch.LongRow(); err != nil {
			return err
		}
	}
	if jsonrow.AllNull(raw) {
		w.result.NullRows++
	}
	return w.append(raw)
}

// Reject counts a row that cannot be kept.
func (w *ResultWriter) Reject(line int64, reason string) {
	if w.batch.longRow {
		w.batch.longRow = false
		w.batch.place.freeLongRows(1)
	}
	w.offered()
	w.result.Rejected++
	if len(w.result.Rejections) < MaxRejections {
		w.result.Rejections = append(w.result.Rejections, Rejection{Line: line, Reason: cut(reason)})
	}
}

// RejectLong counts a row that is longer than Config.MaxRowBytes, for readers that see so before they have all of it.
func (w *ResultWriter) RejectLong(line int64) {
	w.Reject(line, fmt.Sprintf("longer than %d bytes", w.batch.cfg.MaxRowBytes))
}

// End hands over the rows gathered so far, where a reader knows that no more come. Without it they wait for the end of the
// ingest.
func (w *ResultWriter) End() error {
	if w.rows.Rows() == 0 {
		return nil
	}
	return w.cut()
}

// Restart forgets the rows that were offered so far, for readers that find more of them elsewhere.
func (w *ResultWriter) Restart() {
	w.batch.buffered -= w.rows.Memory()
	w.rows, w.large, w.digest, w.marks = chunk.Builder{}, false, sha256.New(), nil
	if w.result.Artifact != Uploads {
		w.batch.progress.rows.Add(-w.result.Read)
	}
	w.result = Result{ID: newID(), Artifact: w.result.Artifact, Expected: w.result.Expected}
}

// Read is how many rows were offered so far.
func (w *ResultWriter) Read() int64 { return w.result.Read }

// offered counts a row. The list of uploaded files has none that the account of an ingest tells of.
func (w *ResultWriter) offered() {
	w.result.Read++
	if w.result.Artifact != Uploads {
		w.batch.progress.rows.Add(1)
	}
}

func (w *ResultWriter) append(row []byte) error {
	if w.way != "" {
		if err := w.remember(row); err != nil {
			return err
		}
	}
	w.offered()
	w.result.Stored++
	b, before := w.batch, w.rows.Memory()
	if w.rows.Rows() == 0 && (w.large || b.buffered == 0) {
		select {
		case w.rows = <-b.free:
		default:
		}
	}
	w.rows.Append(row)
	b.buffered += w.rows.Memory() - before
	if w.rows.Full() || len(row) > LongRow {
		w.large = true
		return w.cut()
	}
	if b.buffered > b.cfg.MaxBufferBytes {
		return b.relieve()
	}
	return nil
}

// cut hands the rows gathered so far over to be stored as a chunk.
func (w *ResultWriter) cut() error {
	c := fullChunk{
		header: ChunkHeader{
			ID: newID(), ResultID: w.result.ID, Artifact: w.result.Artifact,
			FirstRow: w.result.Stored - int64(w.rows.Rows()), Rows: w.rows.Rows(), RawBytes: int64(w.rows.RawBytes()),
		},
		rows:   w.rows,
		digest: w.digest,
		long:   w.batch.longRow,
	}
	c.collectedAt, _ = w.origin.date(w.batch.cfg.Now())
	w.batch.longRow = false
	w.batch.buffered -= w.rows.Memory()
	w.rows = chunk.Builder{}
	select {
	case w.batch.full <- c:
		return nil
	case <-w.batch.ctx.Done():
		return context.Cause(w.batch.ctx)
	}
}

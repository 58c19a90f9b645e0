package ingest

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"hash"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/velocicompanion/velocicompanion/hosts"
	"github.com/velocicompanion/velocicompanion/ingest/chunk"
	"github.com/velocicompanion/velocicompanion/ingest/jsonrow"
)

// Batch is what one ingest brings. It and its writers are for use by one goroutine, until the [Reader] returns.
type Batch struct {
	ctx         context.Context
	cfg         Config
	full        chan fullChunk
	free        chan chunk.Builder // emptied ones
	collections []*CollectionWriter
	buffered    int // bytes that the builders of all results hold on to
	expansion   expansion
}

// Config returns the service's configuration, with its defaults filled in.
func (b *Batch) Config() Config { return b.cfg }

// Origin is where the rows of a collection come from.
type Origin struct {
	// Host names the host and tells what the input knows of it.
	Host hosts.Observation
	// FlowID and HuntID are Velociraptor's, empty where there is none. What has a FlowID adds to what is kept of the
	// flow; without one only the same rows are the same collection.
	FlowID string
	HuntID string
	// CollectedAt is when the flow ran; zero when not known.
	CollectedAt time.Time
	// ExpectedRows is how many rows Velociraptor says that the flow has; nil when it does not say.
	ExpectedRows *int64
}

// CollectionWriter takes the results of one collection.
type CollectionWriter struct {
	// Origin may be completed until the Reader returns.
	Origin    Origin
	batch     *Batch
	results   []*ResultWriter
	artifacts map[string]bool
}

// Collection begins a collection.
func (b *Batch) Collection(origin Origin) *CollectionWriter {
	c := &CollectionWriter{Origin: origin, batch: b, artifacts: make(map[string]bool)}
	b.collections = append(b.collections, c)
	return c
}

// ResultWriter takes the rows of one artifact of one collection.
type ResultWriter struct {
	batch  *Batch
	result Result
	rows   chunk.Builder
	large  bool      // it has filled a chunk, and so is likely to fill another
	digest hash.Hash // used by the goroutine that keeps chunks
}

// Result begins the result of an artifact, of which Velociraptor says that it has expected rows, or nil. A name that
// cannot be an artifact's, or that the collection has already, is an [*InputError].
func (c *CollectionWriter) Result(artifact string, expected *int64) (*ResultWriter, error) {
	if artifact == "" {
		return nil, &InputError{Reason: "the name of the artifact is empty"}
	}
	if err := checkName("the name of the artifact", artifact); err != nil {
		return nil, err
	}
	if c.artifacts[artifact] {
		return nil, &InputError{Reason: "the artifact " + Quote(artifact) + " is there twice"}
	}
	c.artifacts[artifact] = true
	w := &ResultWriter{
		batch:  c.batch,
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
	return w.append(raw)
}

// Reject counts a row that cannot be kept.
func (w *ResultWriter) Reject(line int64, reason string) {
	w.result.Read++
	w.result.Rejected++
	if len(w.result.Rejections) < MaxRejections {
		w.result.Rejections = append(w.result.Rejections, Rejection{Line: line, Reason: cut(reason)})
	}
}

// RejectLong counts a row that is longer than Config.MaxRowBytes, for readers that see so before they have all of it.
func (w *ResultWriter) RejectLong(line int64) {
	w.Reject(line, fmt.Sprintf("longer than %d bytes", w.batch.cfg.MaxRowBytes))
}

// Read is how many rows were offered so far.
func (w *ResultWriter) Read() int64 { return w.result.Read }

func (w *ResultWriter) append(row []byte) error {
	w.result.Read++
	w.result.Stored++
	b, before := w.batch, w.rows.Memory()
	if w.large && w.rows.Rows() == 0 {
		select {
		case w.rows = <-b.free:
		default:
		}
	}
	w.rows.Append(row)
	b.buffered += w.rows.Memory() - before
	if w.rows.Full() {
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
	}
	w.batch.buffered -= w.rows.Memory()
	w.rows = chunk.Builder{}
	select {
	case w.batch.full <- c:
		return nil
	case <-w.batch.ctx.Done():
		return context.Cause(w.batch.ctx)
	}
}

// relieve hands over the largest builders until half of the memory for them is free.
func (b *Batch) relieve() error {
	open := b.open()
	slices.SortFunc(open, func(x, y *ResultWriter) int { return cmp.Compare(y.rows.Memory(), x.rows.Memory()) })
	for _, w := range open {
		if b.buffered <= b.cfg.MaxBufferBytes/2 {
			break
		}
		if err := w.cut(); err != nil {
			return err
		}
	}
	return nil
}

// flush hands over all rows that are left.
func (b *Batch) flush() error {
	for _, w := range b.open() {
		if err := w.cut(); err != nil {
			return err
		}
	}
	return nil
}

// open returns the results that have rows which were not handed over.
func (b *Batch) open() (open []*ResultWriter) {
	for _, c := range b.collections {
		for _, w := range c.results {
			if w.rows.Rows() > 0 {
				open = append(open, w)
			}
		}
	}
	return open
}

// check returns an [*InputError] when the batch holds nothing to keep, or something of an origin that cannot be kept.
func (b *Batch) check() error {
	if len(b.collections) == 0 {
		return &InputError{Reason: "nothing to ingest was found"}
	}
	var stored int64
	var rejections []Rejection
	for _, c := range b.collections {
		if err := c.Origin.check(); err != nil {
			return err
		}
		for _, w := range c.results {
			stored += w.result.Stored
			rejections = append(rejections, w.result.Rejections...)
		}
	}
	if stored == 0 && len(rejections) > 0 {
		return &InputError{
			Reason:     "no row could be kept: rows are JSON objects",
			Rejections: rejections[:min(len(rejections), MaxRejections)],
		}
	}
	return nil
}

func (o Origin) check() error {
	if err := o.Host.Check(); err != nil {
		return hostError(err)
	}
	if err := checkName("the flow id", o.FlowID); err != nil {
		return err
	}
	return checkName("the hunt id", o.HuntID)
}

// hostError makes an error of the inventory that is about what was brought an [*InputError].
func hostError(err error) error {
	return &InputError{Reason: strings.TrimPrefix(err.Error(), hosts.ErrInvalid.Error()+": ")}
}

// maxNameBytes is the longest name of an artifact, flow or hunt.
const maxNameBytes = 512

func checkName(what, name string) error {
	if len(name) > maxNameBytes || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return &InputError{Reason: fmt.Sprintf(
			"%s %s is longer than %d bytes, holds control characters or is not UTF-8", what, Quote(name), maxNameBytes)}
	}
	return nil
}

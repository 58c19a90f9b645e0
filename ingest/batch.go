package ingest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/velocicompanion/velocicompanion/hosts"
	"github.com/velocicompanion/velocicompanion/ingest/chunk"
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
	notes       []string
	place       *place
	progress    *Progress
	longRow     bool // the row that is read has taken its memory
	marked      int  // rows of parts
}

// Config returns the service's configuration, with its defaults filled in.
func (b *Batch) Config() Config { return b.cfg }

// maxNotes is how many notes of a batch are reported.
const maxNotes = 100

// Note adds to [Report.Notes]. Text from outside has to be quoted: see [Quote].
func (b *Batch) Note(text string) {
	if len(b.notes) < maxNotes {
		b.notes = append(b.notes, text)
	}
}

// Origin is where the rows of a collection come from.
type Origin struct {
	// Host names the host and tells what the input knows of it.
	Host hosts.Observation
	// Named is set when whoever brings it gave the host name beside the client id: that renames no host to what another is
	// called.
	Named bool
	// FlowID and HuntID are Velociraptor's, empty where there is none. What has a FlowID adds to what is kept of the
	// flow; without one only the same rows are the same collection.
	FlowID string
	HuntID string
	// CollectedAt is when the flow ran; zero when not known.
	CollectedAt time.Time
	// LaunchedAt is when the hunt was launched, before which the flow did not run; zero when not known.
	LaunchedAt time.Time
	// ExpectedRows is how many rows Velociraptor says that the flow has; nil when it does not say.
	ExpectedRows *int64
	// Running is set when Velociraptor says that the flow had not ended.
	Running bool
	// Exported is set where the rows are of an export, and so have all of their columns.
	Exported bool
}

// CollectionWriter takes the results of one collection.
type CollectionWriter struct {
	// Origin may be completed until the Reader returns.
	Origin    Origin
	batch     *Batch
	results   []*ResultWriter
	artifacts map[string]bool
}

// CheckCollections returns an [*InputError] when so many collections are more than the Config allows.
func (b *Batch) CheckCollections(n int) error {
	if n <= b.cfg.MaxCollections {
		return nil
	}
	return &InputError{
		Reason: fmt.Sprintf("it has more than %d flows or hosts: bring it in parts, or raise the limit", b.cfg.MaxCollections), Err: ErrTooLarge,
	}
}

// Collection begins a collection. That there are too many is told by its first Result, or at the end.
func (b *Batch) Collection(origin Origin) *CollectionWriter {
	c := &CollectionWriter{Origin: origin, batch: b, artifacts: make(map[string]bool)}
	b.collections = append(b.collections, c)
	return c
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

package ingest

import (
	"context"
	"sync/atomic"
)

// Progress counts what an ingest has read so far. It is safe for concurrent use; the zero value is ready.
type Progress struct {
	begun                atomic.Bool
	bytes, rows, entries atomic.Int64
}

// Begun reports whether the ingest has its turn: see [Config].
func (p *Progress) Begun() bool { return p.begun.Load() }

// Bytes is how many bytes of the input were read or will not be, those of an archive as its members are read; Rows how
// many rows were offered, which are those that the report counts as read; Entries how many members of archives were opened.
func (p *Progress) Bytes() int64   { return p.bytes.Load() }
func (p *Progress) Rows() int64    { return p.rows.Load() }
func (p *Progress) Entries() int64 { return p.entries.Load() }

// AddBytes counts bytes that whoever brings the input has read of it, where [Batch.Expand] does not see them.
func (p *Progress) AddBytes(n int) { p.bytes.Add(int64(n)) }

type progressKey struct{}

// Background returns a context for an ingest that nobody waits for: it counts in p, and waits for its turn as long as
// that takes.
func Background(ctx context.Context, p *Progress) context.Context {
	return context.WithValue(ctx, progressKey{}, p)
}

// progressOf returns what an ingest counts in, and whether it is in the background.
func progressOf(ctx context.Context) (p *Progress, background bool) {
	if p, ok := ctx.Value(progressKey{}).(*Progress); ok {
		return p, true
	}
	return &Progress{}, false
}

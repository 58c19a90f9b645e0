package ingest

import (
	"fmt"
	"sync"

	"github.com/velocicompanion/velocicompanion/ingest/chunk"
	"github.com/velocicompanion/velocicompanion/ingest/observable"
	"github.com/velocicompanion/velocicompanion/ingest/rowtime"
)

// NewCodec returns the Codec with which chunks are made, and with which whoever reads blocks of a [Store] reads them: it
// knows the observables and the times of rows.
func NewCodec() (*chunk.Codec, error) {
	finders := sync.Pool{New: func() any { return new(observable.Finder) }}
	codec, err := chunk.NewCodec(chunk.Config{
		Observables: func(dst []uint32, path string, tokens [][]byte) []uint32 {
			f := finders.Get().(*observable.Finder)
			defer finders.Put(f)
			for _, token := range tokens {
				dst = f.AppendHashes(dst, path, token)
			}
			return dst
		},
		Times: times,
	})
	if err != nil {
		return nil, fmt.Errorf("ingest: %w", err)
	}
	return codec, nil
}

func times(from chunk.Source, rows int, column func(path string) *chunk.Column) []int64 {
	return rowtime.Times(from.Artifact, from.CollectedAt, rows, func(path string) (rowtime.Column, bool) {
		c := column(path)
		if c == nil {
			return rowtime.Column{}, false
		}
		return rowtime.Column{Tokens: c.Tokens, Codes: c.Codes, Starts: c.Starts}, true
	})
}

package ingest

import (
	"fmt"

	"github.com/velocicompanion/velocicompanion/ingest/chunk"
)

// NewCodec returns the Codec with which chunks are made, and with which whoever reads blocks of a [Store] reads them.
func NewCodec() (*chunk.Codec, error) {
	codec, err := chunk.NewCodec(chunk.Config{})
	if err != nil {
		return nil, fmt.Errorf("ingest: %w", err)
	}
	return codec, nil
}

package chunk

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"
)

// ErrCorrupt says that a block is not what a Builder wrote.
var ErrCorrupt = errors.New("chunk: corrupt block")

// The first byte of a rows block and of a section.
const (
	formatPlain = 1
	formatZstd  = 2
)

// maxDecoded is the most that the rows of a chunk can be, with their line ends.
const maxDecoded = MaxBytes + MaxRowBytes + MaxRows

// Config says what a Codec finds in the columns of a chunk. Both are optional, safe for concurrent use, and give the same
// for the same: what they gave is stored.
type Config struct {
	// Observables appends the hashes of the observables that the tokens of a column hold.
	Observables func(dst []uint32, path string, tokens [][]byte) []uint32
	// Times returns for each of so many rows its time in microseconds since 1970, or NoTime; or nil when no row has one.
	// column returns nil where there is none of that path.
	Times func(from Source, rows int, column func(path string) *Column) []int64
}

// Source says what the rows of a chunk are, for what is found in them.
type Source struct {
	Artifact string
	// CollectedAt is when they were collected, as far as known.
	CollectedAt time.Time
}

// Codec makes chunks of rows and reads them, keeping the memory that takes for the next one. It is safe for concurrent
// use, holds no goroutines and need not be closed.
type Codec struct {
	cfg      Config
	encoder  *zstd.Encoder // of rows, with checksums
	sections *zstd.Encoder
	decoder  *zstd.Decoder
	// packBytes is the constant, but in tests.
	packBytes int
	// shredders are *shredder, for rows that are to be kept by column.
	shredders sync.Pool
}

// NewCodec returns a Codec that works on as many blocks at once as there are processors.
func NewCodec(cfg Config) (*Codec, error) {
	// Levels above the fastest make process rows 2 % smaller at two thirds of the speed.
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		return nil, fmt.Errorf("chunk: %w", err)
	}
	sections, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderCRC(false))
	if err != nil {
		return nil, fmt.Errorf("chunk: %w", err)
	}
	decoder, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(maxDecoded))
	if err != nil {
		return nil, fmt.Errorf("chunk: %w", err)
	}
	return &Codec{cfg: cfg, encoder: encoder, sections: sections, decoder: decoder, packBytes: packBytes}, nil
}

func (c *Codec) compress(text []byte) []byte {
	out := make([]byte, 1, 1+len(text)/8)
	out[0] = formatZstd
	out = c.encoder.EncodeAll(text, out)
	if len(out) > len(text) {
		out = append(out[:0], formatPlain)
		out = append(out, text...)
	}
	return out
}

func (c *Codec) decompress(block []byte) ([]byte, error) {
	if len(block) < 2 {
		return nil, fmt.Errorf("%w: it is empty", ErrCorrupt)
	}
	switch block[0] {
	case formatPlain:
		return block[1:], nil
	case formatZstd:
		text, err := c.decoder.DecodeAll(block[1:], nil)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
		}
		if len(text) == 0 {
			return nil, fmt.Errorf("%w: it holds no row", ErrCorrupt)
		}
		return text, nil
	}
	return nil, fmt.Errorf("%w: format %d is not known", ErrCorrupt, block[0])
}

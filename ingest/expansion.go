package ingest

import (
	"fmt"
	"io"
)

// ratioFloor is how much may be decompressed before the ratio is looked at: small inputs may be very repetitive.
const ratioFloor = 32 << 20

// inParts says what to do about an input that is too large. Of two results of one flow [Merge] keeps the longer.
const inParts = "raise the limit, or bring it in parts, where each artifact of a flow has all of its rows in one part"

// expansion counts what decompression reads and what comes out of it.
type expansion struct{ in, out int64 }

// checkExpansion returns an [*InputError] when out bytes are more than may come of in compressed ones.
func (cfg Config) checkExpansion(in, out int64) error {
	if out > cfg.MaxDecompressedBytes {
		return &InputError{
			Reason: fmt.Sprintf("decompresses to more than %d bytes: %s", cfg.MaxDecompressedBytes, inParts),
			Err:    ErrTooLarge,
		}
	}
	if out > ratioFloor && out/int64(cfg.MaxRatio) > in {
		return &InputError{
			Reason: fmt.Sprintf("decompresses to more than %d times its size, as only hostile archives do: bring it uncompressed",
				cfg.MaxRatio),
			Err: ErrTooLarge,
		}
	}
	return nil
}

// CheckExpansion returns an [*InputError] when an archive says of itself that so many compressed bytes will expand to
// more than the Config allows.
func (b *Batch) CheckExpansion(compressed, expanded int64) error {
	return b.cfg.checkExpansion(compressed, expanded)
}

// Expand returns a reader of r, to which so many compressed bytes expand. All that a batch expands is counted together,
// and what goes past the limits of the Config is an [*InputError]. As it is read the compressed bytes count as progress,
// bit by bit: expanded is how many are said to come out of them, or 0 where they are not to count because what comes out
// is an archive, whose members do.
func (b *Batch) Expand(r io.Reader, compressed, expanded int64) io.Reader {
	b.expansion.in += compressed
	b.progress.entries.Add(1)
	return &expandingReader{
		r: r, cfg: b.cfg, count: &b.expansion, progress: b.progress, compressed: compressed, expanded: expanded,
	}
}

// PassOver counts bytes of the input that are not read as progress.
func (b *Batch) PassOver(n int64) { b.progress.bytes.Add(n) }

type expandingReader struct {
	r     io.Reader
	cfg   Config
	count *expansion

	// What follows is for progress, and zero where it is not counted here.
	progress             *Progress
	compressed, expanded int64
	out, told            int64 // bytes that came out, and compressed ones that were counted
}

// tell counts the share of the compressed bytes that what came out makes up.
func (r *expandingReader) tell(n int) {
	if r.expanded == 0 {
		return
	}
	r.out += int64(n)
	now := int64(float64(r.compressed) * min(1, float64(r.out)/float64(r.expanded)))
	r.progress.bytes.Add(now - r.told)
	r.told = now
}

func (r *expandingReader) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	r.tell(n)
	r.count.out += int64(n)
	if limit := r.cfg.checkExpansion(r.count.in, r.count.out); limit != nil {
		return 0, limit
	}
	return n, err
}

package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"github.com/velocicompanion/velocicompanion/tenancy"
)

// Spooled is an input that was read to its end, so that it can be read again at any place. It is safe for concurrent
// reading; whoever has it closes it.
type Spooled struct {
	io.ReaderAt
	size int64
	file *tempFile // nil where it fits into memory
}

// maxInMemory is the largest input that is not worth a file.
const maxInMemory = 1 << 20

// Spool reads r to its end, into memory when that is little and otherwise into a temporary file in Config.SpoolDir that
// nobody else can open. More than Config.MaxSpoolBytes is an [*InputError] of kind ErrTooLarge, a full disk ErrNoSpace;
// errors of r are passed on. The limits are those of the tenant that brings it. It does not wait its turn: see [Service.Admit].
func (s *Service) Spool(ctx context.Context, tenant tenancy.ID, r io.Reader) (*Spooled, error) {
	cfg, err := s.cfg.of(tenant)
	if err != nil {
		return nil, err
	}
	return cfg.spool(ctx, r)
}

// Spool is [Service.Spool], for readers of forms that cannot be read in one go.
func (b *Batch) Spool(ctx context.Context, r io.Reader) (*Spooled, error) { return b.cfg.spool(ctx, r) }

// Size is how many bytes there are.
func (s *Spooled) Size() int64 { return s.size }

// Close frees the memory or the disk.
func (s *Spooled) Close() error {
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}

func (cfg Config) spool(ctx context.Context, r io.Reader) (*Spooled, error) {
	limited := &limitedReader{ctx: ctx, r: r, max: cfg.MaxSpoolBytes}
	var head bytes.Buffer
	n, err := io.CopyN(&head, limited, min(maxInMemory, cfg.MaxSpoolBytes)+1)
	if err == io.EOF {
		return &Spooled{ReaderAt: bytes.NewReader(head.Bytes()), size: n}, nil
	}
	if err != nil {
		return nil, err
	}
	file, err := createTemp(cfg.SpoolDir)
	if err != nil {
		return nil, spoolError(err)
	}
	size, err := io.Copy(file, io.MultiReader(&head, limited))
	if err != nil {
		_ = file.Close()
		return nil, spoolError(err)
	}
	return &Spooled{ReaderAt: file, size: size, file: file}, nil
}

// tempFile is a file that is gone once it is closed, or the process ends.
type tempFile struct {
	*os.File
	named bool // where an open file cannot be removed
}

// createTemp makes a file with a random name, where it has one, and of mode 0600.
func createTemp(dir string) (*tempFile, error) {
	file, err := os.CreateTemp(dir, "velocicompanion-*")
	if err != nil {
		return nil, err
	}
	return &tempFile{File: file, named: os.Remove(file.Name()) != nil}, nil
}

func (f *tempFile) Close() error {
	err := f.File.Close()
	if f.named {
		err = errors.Join(err, os.Remove(f.Name()))
	}
	return err
}

// spoolError keeps the paths that errors of files name to ourselves.
func spoolError(err error) error {
	var path *os.PathError
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return ErrNoSpace
	case errors.As(err, &path):
		return fmt.Errorf("ingest: temporary file: %w", path.Err)
	}
	return err
}

// limitedReader ends with ctx and when too much was read.
type limitedReader struct {
	ctx context.Context
	r   io.Reader
	n   int64
	max int64
	// advice goes before what else may be done about too much.
	advice string
}

func (s *limitedReader) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := s.r.Read(p)
	if s.n += int64(n); s.n > s.max {
		return 0, &InputError{Reason: fmt.Sprintf("larger than %d bytes: %s%s", s.max, s.advice, inParts), Err: ErrTooLarge}
	}
	return n, err
}

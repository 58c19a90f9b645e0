package ingest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/velocicompanion/velocicompanion/tenancy"
)

// maxWindow is how far back a zstd body may refer: what RFC 9659 asks of a Content-Encoding.
const maxWindow = 8 << 20

// Decompress undoes the Content-Encoding of a body: "gzip" or "zstd", or "" or "identity", which leave it as it is.
// Reading what is damaged, cut short or grows past the limits of the Config gives an [*InputError]; errors of body are
// passed on. So does reading more than Config.MaxBodyBytes of it. The limits are those of the tenant that brings it. Any
// other encoding is an InputError of kind ErrUnsupported. Closing the result does not close body.
func (s *Service) Decompress(tenant tenancy.ID, body io.Reader, encoding string) (io.ReadCloser, error) {
	cfg, err := s.cfg.of(tenant)
	if err != nil {
		return nil, err
	}
	body = &limitedReader{ctx: context.Background(), r: body, max: cfg.MaxBodyBytes, advice: "compress it, "}
	switch strings.ToLower(encoding) {
	case "", "identity":
		return io.NopCloser(body), nil
	case "gzip", "x-gzip":
		return cfg.decompress(body, "gzip", func(r io.Reader) (io.ReadCloser, error) { return gzip.NewReader(r) })
	case "zstd":
		return cfg.decompress(body, "zstd", func(r io.Reader) (io.ReadCloser, error) {
			d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
				zstd.WithDecoderMaxWindow(maxWindow))
			if err != nil {
				return nil, err
			}
			return d.IOReadCloser(), nil
		})
	}
	return nil, &InputError{
		Reason: "the Content-Encoding " + Quote(encoding) + " is not read: use gzip, zstd or none",
		Err:    ErrUnsupported,
	}
}

func (cfg Config) decompress(
	body io.Reader, encoding string, open func(io.Reader) (io.ReadCloser, error),
) (io.ReadCloser, error) {
	count := &expansion{}
	source := &sourceReader{r: body, count: count}
	d := &decompressor{encoding: encoding, source: source}
	opened, err := open(bufio.NewReaderSize(source, 64<<10))
	if err != nil {
		return nil, d.explain(err)
	}
	d.opened = opened
	d.r = &expandingReader{r: opened, cfg: cfg, count: count}
	return d, nil
}

// decompressor tells damage in what it decompresses from errors of the body that holds it.
type decompressor struct {
	r        io.Reader
	opened   io.Closer
	encoding string
	source   *sourceReader
	begun    bool // something came out
}

func (d *decompressor) Read(p []byte) (int, error) {
	n, err := d.r.Read(p)
	d.begun = d.begun || n > 0
	if err != nil && err != io.EOF {
		err = d.explain(err)
	}
	return n, err
}

// Close frees what decompression holds. What is wrong with the body was told by Read.
func (d *decompressor) Close() error {
	_ = d.opened.Close()
	return nil
}

func (d *decompressor) explain(err error) error {
	var input *InputError
	switch {
	case errors.As(err, &input):
		return err
	case d.source.err != nil && d.source.err != io.EOF:
		return d.source.err
	case !d.begun && (errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)):
		return &InputError{Reason: fmt.Sprintf("the %s body is cut short, or is not %s", d.encoding, d.encoding)}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return &InputError{Reason: fmt.Sprintf("the %s body is cut short, or has something behind its end: send all of it and no more", d.encoding)}
	case errors.Is(err, zstd.ErrWindowSizeExceeded):
		return &InputError{Reason: fmt.Sprintf("the zstd body needs a window above %d bytes: compress it without --long", maxWindow)}
	}
	return &InputError{Reason: fmt.Sprintf("the %s body is damaged, or is not %s", d.encoding, d.encoding)}
}

// sourceReader counts what is read of a body and remembers how that ended.
type sourceReader struct {
	r     io.Reader
	count *expansion
	err   error
}

func (s *sourceReader) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	s.count.in += int64(n)
	s.err = err
	return n, err
}

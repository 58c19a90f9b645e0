package ingest_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// compress returns text in a Content-Encoding.
func compress(t testing.TB, encoding, text string) []byte {
	var out bytes.Buffer
	var w io.WriteCloser = gzip.NewWriter(&out)
	if encoding == "zstd" {
		encoder, err := zstd.NewWriter(&out)
		require.NoError(t, err)
		w = encoder
	}
	_, err := io.WriteString(w, text)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return out.Bytes()
}

func decompress(t testing.TB, s *ingest.Service, encoding string, body io.Reader) (string, error) {
	r, err := s.Decompress(tenancy.New(), body, encoding)
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(r)
	require.NoError(t, r.Close())
	return string(text), err
}

func TestDecompressUndoesTheEncoding(t *testing.T) {
	t.Parallel()
	s := newHarness(t, ingest.Config{}).Service
	text := strings.Join(numbered(10_000), "\n")
	for _, encoding := range []string{"gzip", "x-gzip", "GZIP", "zstd"} {
		have, err := decompress(t, s, encoding, bytes.NewReader(compress(t, strings.ToLower(encoding), text)))
		require.NoError(t, err)
		assert.Equal(t, text, have, encoding)
	}
	for _, encoding := range []string{"", "identity"} {
		have, err := decompress(t, s, encoding, strings.NewReader(text))
		require.NoError(t, err)
		assert.Equal(t, text, have, encoding)
	}
	twice := append(compress(t, "gzip", "a"), compress(t, "gzip", "b")...)
	have, err := decompress(t, s, "gzip", bytes.NewReader(twice))
	require.NoError(t, err)
	assert.Equal(t, "ab", have, "a gzip body may have several members")
}

func TestDecompressRefusesOtherEncodings(t *testing.T) {
	t.Parallel()
	s := newHarness(t, ingest.Config{}).Service
	for _, encoding := range []string{"br", "deflate", "gzip, gzip"} {
		_, err := s.Decompress(tenancy.New(), strings.NewReader(""), encoding)
		require.ErrorIs(t, err, ingest.ErrUnsupported)
		assert.Contains(t, err.Error(), ingest.Quote(encoding))
	}
}

func TestDecompressTellsDamageFromABrokenConnection(t *testing.T) {
	t.Parallel()
	s := newHarness(t, ingest.Config{}).Service
	text := strings.Join(numbered(10_000), "\n")
	broken := errors.New("connection lost")
	for _, encoding := range []string{"gzip", "zstd"} {
		good := compress(t, encoding, text)
		flipped := bytes.Clone(good)
		flipped[len(good)/2] ^= 0x10
		for name, body := range map[string][]byte{
			"cut short": good[:len(good)-9], "cut in half": good[:len(good)/2], "cut early": good[:5], "flipped bit": flipped,
			"something else": []byte(text), "little else": []byte("hi"), "junk behind it": append(bytes.Clone(good), "junk"...),
		} {
			_, err := decompress(t, s, encoding, bytes.NewReader(body))
			require.ErrorIs(t, err, ingest.ErrInput, encoding+" "+name)
			if strings.HasPrefix(name, "cut") {
				assert.Contains(t, err.Error(), "cut short", encoding+" "+name)
			}
			if name == "junk behind it" && encoding == "gzip" {
				assert.Contains(t, err.Error(), "something behind its end")
			}
			if name == "something else" || name == "little else" {
				assert.Contains(t, err.Error(), "is not "+encoding)
			}
		}
		for _, n := range []int{0, 3, len(good) / 2} {
			_, err := decompress(t, s, encoding, io.MultiReader(bytes.NewReader(good[:n]), iotest.ErrReader(broken)))
			require.ErrorIs(t, err, broken, encoding)
		}
	}
	_, err := decompress(t, s, "gzip", strings.NewReader(""))
	require.ErrorIs(t, err, ingest.ErrInput)
}

func TestDecompressStopsBombs(t *testing.T) {
	t.Parallel()
	zeros := strings.Repeat("\x00", 40<<20)
	limited := newHarness(t, ingest.Config{MaxDecompressedBytes: 1 << 20}).Service
	ordinary := newHarness(t, ingest.Config{}).Service
	for _, encoding := range []string{"gzip", "zstd"} {
		bomb := compress(t, encoding, zeros)
		have, err := decompress(t, ordinary, encoding, bytes.NewReader(bomb))
		require.ErrorIs(t, err, ingest.ErrTooLarge, encoding)
		assert.Less(t, len(have), 34<<20, "it stops where the ratio is first looked at")
		have, err = decompress(t, limited, encoding, bytes.NewReader(bomb))
		require.ErrorIs(t, err, ingest.ErrTooLarge, encoding)
		assert.LessOrEqual(t, len(have), 1<<20)
		have, err = decompress(t, ordinary, encoding, bytes.NewReader(compress(t, encoding, zeros[:30<<20])))
		require.NoError(t, err, "a small body may be that repetitive")
		assert.Len(t, have, 30<<20)
	}
}

func TestDecompressRefusesHugeWindows(t *testing.T) {
	t.Parallel()
	s := newHarness(t, ingest.Config{}).Service
	var body bytes.Buffer
	encoder, err := zstd.NewWriter(&body, zstd.WithWindowSize(64<<20))
	require.NoError(t, err)
	for range 20 {
		_, err = encoder.Write(scramble(1, 1<<20))
		require.NoError(t, err)
	}
	require.NoError(t, encoder.Close())
	_, err = decompress(t, s, "zstd", &body)
	require.ErrorIs(t, err, ingest.ErrInput)
	assert.Contains(t, err.Error(), "window")
}

// TestWhatIsTooLargeSaysWhatToDo holds that it is nothing by which rows are lost.
func TestWhatIsTooLargeSaysWhatToDo(t *testing.T) {
	t.Parallel()
	s := newHarness(t, ingest.Config{MaxBodyBytes: 10, MaxSpoolBytes: 10}).Service
	_, err := decompress(t, s, "", strings.NewReader(strings.Repeat("x", 11)))
	require.ErrorIs(t, err, ingest.ErrTooLarge)
	const parts = "raise the limit, or bring it in parts, where each artifact of a flow has all of its rows in one part"
	require.ErrorContains(t, err, "larger than 10 bytes: compress it, "+parts)
	_, err = s.Spool(t.Context(), tenancy.New(), strings.NewReader(strings.Repeat("x", 11)))
	assert.ErrorContains(t, err, "larger than 10 bytes: "+parts)
}

func TestExpandCountsAllThatABatchExpands(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{MaxDecompressedBytes: 100})
	_, err := h.Ingest(t.Context(), h.tenant, readerFunc(func(_ context.Context, b *ingest.Batch) error {
		for range 3 {
			if _, err := io.Copy(io.Discard, b.Expand(strings.NewReader(strings.Repeat("x", 40)), 40, 40)); err != nil {
				return err
			}
		}
		return nil
	}))
	require.ErrorIs(t, err, ingest.ErrTooLarge)
}

// FuzzDecompress holds decompression to: an InputError, or all of the text.
func FuzzDecompress(f *testing.F) {
	s := newHarness(f, ingest.Config{MaxDecompressedBytes: 1 << 20}).Service
	for _, encoding := range []string{"gzip", "zstd"} {
		f.Add(encoding, compress(f, encoding, strings.Join(numbered(100), "\n")))
		f.Add(encoding, []byte(nil))
	}
	f.Fuzz(func(t *testing.T, encoding string, body []byte) {
		_, err := decompress(t, s, encoding, bytes.NewReader(body))
		if err != nil {
			var input *ingest.InputError
			require.ErrorAs(t, err, &input)
		}
	})
}

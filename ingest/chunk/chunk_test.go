package chunk_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/ingest/chunk"
)

func newCodec(t testing.TB) *chunk.Codec {
	codec, err := chunk.NewCodec()
	require.NoError(t, err)
	return codec
}

// build returns the one block of a chunk of rows.
func build(t testing.TB, codec *chunk.Codec, rows ...string) []byte {
	var b chunk.Builder
	for _, row := range rows {
		b.Append([]byte(row))
	}
	blocks := b.Build(codec)
	require.Len(t, blocks, 1)
	require.Equal(t, chunk.RowsColumn, blocks[0].Column)
	return blocks[0].Data
}

func read(t testing.TB, codec *chunk.Codec, block []byte) (rows []string) {
	seq, err := codec.Rows(block)
	require.NoError(t, err)
	for row := range seq {
		rows = append(rows, string(row))
	}
	return rows
}

func TestRowsComeBackByteForByte(t *testing.T) {
	t.Parallel()
	codec := newCodec(t)
	noise := make([]byte, 4000)
	for i := range noise {
		noise[i] = byte('!' + rand.IntN(90))
	}
	for name, rows := range map[string][]string{
		"one":            {`{}`},
		"odd":            {` {"a":18446744073709551615, "a":1e+300}`, "{\"s\":\"\\u0000\uFFFD\"}\r", `{"x":"файл"}`},
		"many":           slices.Repeat([]string{`{"Pid":4,"Name":"System"}`}, chunk.MaxRows),
		"incompressible": {string(noise)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, rows, read(t, codec, build(t, codec, rows...)))
		})
	}
}

func TestBlocksAreSmallWhereZstdHelpsAndNeverMuchLarger(t *testing.T) {
	t.Parallel()
	codec := newCodec(t)
	repetitive := strings.Repeat(`"Name":"svchost.exe",`, 1000)
	assert.Less(t, len(build(t, codec, repetitive)), len(repetitive)/20)
	assert.Equal(t, len(`{}`)+1, len(build(t, codec, `{}`)))
}

func TestBuilderSaysWhenItIsFull(t *testing.T) {
	t.Parallel()
	var rows chunk.Builder
	for range chunk.MaxRows - 1 {
		rows.Append([]byte(`{}`))
	}
	assert.False(t, rows.Full())
	rows.Append([]byte(`{}`))
	assert.True(t, rows.Full())
	assert.Equal(t, chunk.MaxRows, rows.Rows())
	assert.Equal(t, 2*chunk.MaxRows, rows.RawBytes())

	var large chunk.Builder
	large.Append(make([]byte, chunk.MaxBytes-2))
	assert.False(t, large.Full())
	large.Append([]byte(`{}`))
	assert.True(t, large.Full())
}

func TestBuilderCopiesRows(t *testing.T) {
	t.Parallel()
	codec := newCodec(t)
	var b chunk.Builder
	row := []byte(`{"a":1}`)
	b.Append(row)
	copy(row, `xxxxxxx`)
	assert.Equal(t, []string{`{"a":1}`}, read(t, codec, b.Build(codec)[0].Data))
}

func TestTheLongestRowComesBack(t *testing.T) {
	t.Parallel()
	codec := newCodec(t)
	var b chunk.Builder
	b.Append(make([]byte, chunk.MaxBytes-2))
	b.Append(bytes.Repeat([]byte("x"), chunk.MaxRowBytes))
	seq, err := codec.Rows(b.Build(codec)[0].Data)
	require.NoError(t, err)
	var sizes []int
	for row := range seq {
		sizes = append(sizes, len(row))
	}
	assert.Equal(t, []int{chunk.MaxBytes - 2, chunk.MaxRowBytes}, sizes)
}

func TestCorruptBlocksAreErrors(t *testing.T) {
	t.Parallel()
	codec := newCodec(t)
	good := build(t, codec, slices.Repeat([]string{`{"Pid":4}`}, 100)...)
	flipped := bytes.Clone(good)
	flipped[len(flipped)/2] ^= 0x40
	encoder, err := zstd.NewWriter(nil)
	require.NoError(t, err)
	bomb := encoder.EncodeAll(make([]byte, chunk.MaxBytes+chunk.MaxRowBytes+chunk.MaxRows+1), []byte{2})
	for name, block := range map[string][]byte{
		"nothing": nil, "format only": good[:1], "cut short": good[:len(good)-1], "flipped bit": flipped,
		"no row": encoder.EncodeAll(nil, []byte{2}), "unknown format": append([]byte{3}, good[1:]...), "larger than any chunk": bomb,
	} {
		_, err := codec.Rows(block)
		assert.ErrorIs(t, err, chunk.ErrCorrupt, name)
	}
}

func TestCodecIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	codec := newCodec(t)
	var workers sync.WaitGroup
	for i := range 8 {
		workers.Go(func() {
			rows := slices.Repeat([]string{fmt.Sprintf(`{"worker":%d}`, i)}, 500)
			assert.Equal(t, rows, read(t, codec, build(t, codec, rows...)))
		})
	}
	workers.Wait()
}

// FuzzRows holds decoding to: an error, or rows that encode to a block that decodes to them again.
func FuzzRows(f *testing.F) {
	codec := newCodec(f)
	f.Add([]byte(nil))
	f.Add([]byte("\x01{}\n{}"))
	f.Add(build(f, codec, slices.Repeat([]string{`{"Pid":4}`}, 100)...))
	f.Fuzz(func(t *testing.T, block []byte) {
		seq, err := codec.Rows(block)
		if err != nil {
			require.ErrorIs(t, err, chunk.ErrCorrupt)
			return
		}
		var rows []string
		for row := range seq {
			rows = append(rows, string(row))
		}
		require.NotEmpty(t, rows)
		require.Equal(t, rows, read(t, codec, build(t, codec, rows...)))
	})
}

func BenchmarkBuild(b *testing.B) {
	codec := newCodec(b)
	var full chunk.Builder
	for i := 0; !full.Full(); i++ {
		full.Append(fmt.Appendf(nil, `{"Pid":%d,"Ppid":%d,"Name":"svchost.exe","CommandLine":"C:\\Windows\\System32\\`+
			`svchost.exe -k netsvcs -p -s svc%d","Hash":{"SHA256":"%064x"},"WorkingSetSize":%d}`,
			rand.IntN(20000), rand.IntN(20000), rand.IntN(100), rand.IntN(600)*7919, rand.IntN(1<<28)))
	}
	block := full.Build(codec)[0].Data
	b.Run("encode", func(b *testing.B) {
		b.SetBytes(int64(full.RawBytes()))
		b.ReportMetric(float64(full.RawBytes())/float64(len(block)), "ratio")
		for b.Loop() {
			full.Build(codec)
		}
	})
	b.Run("decode", func(b *testing.B) {
		b.SetBytes(int64(full.RawBytes()))
		for b.Loop() {
			seq, err := codec.Rows(block)
			if err != nil {
				b.Fatal(err)
			}
			for range seq {
			}
		}
	})
}

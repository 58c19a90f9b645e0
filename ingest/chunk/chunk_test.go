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

var ofA = chunk.Source{Artifact: "A"}

func newCodec(t testing.TB) *chunk.Codec {
	codec, err := chunk.NewCodec(chunk.Config{Observables: everyWord, Times: firstNumber})
	require.NoError(t, err)
	return codec
}

func builder(rows ...string) *chunk.Builder {
	var b chunk.Builder
	for _, row := range rows {
		b.Append([]byte(row))
	}
	return &b
}

// build returns the blocks of a chunk of rows.
func build(codec *chunk.Codec, rows ...string) []chunk.Block {
	return builder(rows...).Build(codec, ofA).Blocks
}

// view returns a chunk of rows as it is read back.
func view(t testing.TB, codec *chunk.Codec, rows ...string) *chunk.View {
	v, err := codec.View(ofA, len(rows), build(codec, rows...))
	require.NoError(t, err)
	return v
}

// read returns the rows of a chunk.
func read(t testing.TB, v *chunk.View) (rows []string) {
	for i := range v.Rows() {
		row, err := v.AppendRow(nil, i)
		require.NoError(t, err)
		rows = append(rows, string(row))
	}
	return rows
}

// byColumn reports whether blocks are columns, not rows.
func byColumn(blocks []chunk.Block) bool {
	return !slices.ContainsFunc(blocks, func(b chunk.Block) bool { return b.Column == chunk.RowsColumn })
}

func noise(n int) string {
	text := make([]byte, n)
	for i := range text {
		text[i] = byte('#' + rand.IntN(50))
	}
	return string(text)
}

// exact are rows which are easily read back as something else.
var exact = map[string][]string{
	"one":             {`{}`},
	"empty":           {`{}`, `{ }`, `{"a":{}}`, `{"a":[]}`, `{"a":[ ]}`, `{"a":{` + "\t" + `}}`, `{"a":[[],[[]],{}]}`},
	"white space":     {` { "a" : 1 , "b" : [ 1 , 2 ] } `, "{\"a\":1}\r", "{\t\"a\"\t:\t1\t}"},
	"duplicate keys":  {`{"a":1,"a":2,"b":3,"a":1}`, `{"a":{"b":1},"a":{"b":2},"a.b":3}`, `{"a":1}`},
	"order of keys":   {`{"a":1,"b":2}`, `{"b":2,"a":1}`, `{"a":1,"b":2}`},
	"numbers":         {`{"a":18446744073709551615,"b":1e+300}`, `{"a":-0,"b":1E5}`, `{"a":1.0,"b":0.10}`, `{"a":-9223372036854775808,"b":9223372036854775807}`},
	"integers":        {`{"a":-5}`, `{"a":9223372036854775807}`, `{"a":-9223372036854775808}`, `{"a":0}`, `{"a":-5}`},
	"texts":           {`{"s":"\u0000\uFFFD\ud800"}`, "{\"s\":\"\uFFFD\"}", `{"s":"файл"}`, `{"s":""}`, `{"s":"\\"}`, `{"s":"\\\""}`, `{"s":"a\"b"}`},
	"kinds":           {`{"a":null}`, `{"a":true}`, `{"a":"true"}`, `{"a":1}`, `{"a":"1"}`, `{"a":[]}`, `{"a":{}}`, `{"a":{"b":false}}`},
	"missing":         {`{}`, `{"a":1}`, `{}`, `{"b":1}`, `{"a":1,"b":1}`, `{}`},
	"arrays":          {`{"a":[1,2,3]}`, `{"a":[]}`, `{"a":[1]}`, `{"a":[{"b":1},{"b":2,"c":[3,[4]]}]}`, `{"a":1}`},
	"keys":            {`{"":1,"a":{"":2},"a.":3,".":4}`, `{"\u0061":1,"a":2}`, `{"a\"b":1,"a\u0000b":2,"shapes":3,"index":4}`},
	"hexadecimal":     {`{"h":"00ff00ff00"}`, `{"h":"0123456789"}`, `{"h":"00ff00ff00"}`},
	"not quite":       {`{"h":"00ff00ff00"}`, `{"h":"00FF00FF00"}`, `{"h":"00ff00ff0"}`, `{"h":1234567890}`},
	"times":           {`{"t":"2026-03-01T00:00:00Z"}`, `{"t":"2026-03-01T00:00:00.037Z"}`, `{"t":"0001-01-01T00:00:00Z"}`},
	"nanoseconds":     {`{"t":"2026-03-01T00:00:00.000000001Z"}`, `{"t":"2026-03-01T00:00:00.1Z"}`},
	"times of a sort": {`{"t":"2026-03-01T00:00:00.10Z"}`, `{"t":"2026-02-30T00:00:00Z"}`, `{"t":"2026-03-01T24:00:00Z"}`, `{"t":"2026-03-01T00:00:00+00:00"}`},
	"many":            slices.Repeat([]string{`{"Pid":4,"Name":"System"}`}, chunk.MaxRows),
	"incompressible":  {`{"noise":"` + noise(4000) + `"}`},
	"long path":       {`{"` + strings.Repeat("k", 1000) + `":1}`, `{"` + strings.Repeat("k", 1001) + `":1}`},
	"deep":            {strings.Repeat(`{"a":`, 9999) + `1` + strings.Repeat(`}`, 9999)},
}

func TestRowsComeBackByteForByte(t *testing.T) {
	t.Parallel()
	codec := newCodec(t)
	for name, rows := range exact {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, rows, read(t, view(t, codec, rows...)))
			for _, row := range rows {
				assert.Equal(t, []string{row}, read(t, view(t, codec, row)))
			}
			many := slices.Repeat(rows, min(100, chunk.MaxRows/len(rows)))
			assert.Equal(t, many, read(t, view(t, codec, many...)))
			assert.Equal(t, rows, read(t, view(t, newCodec(t).Unpack(), rows...)))
		})
	}
}

func TestRandomRowsComeBackByteForByte(t *testing.T) {
	t.Parallel()
	codec := newCodec(t)
	for seed := range uint64(300) {
		g := generator{rand.New(rand.NewPCG(seed, 1))}
		rows := g.rows()
		require.Equal(t, rows, read(t, view(t, codec, rows...)), "seed %d", seed)
	}
}

func TestRowsUnlikeOneAnotherAreKeptAsTheyAre(t *testing.T) {
	t.Parallel()
	codec := newCodec(t)
	var rows, wide []string
	for i := range 2000 {
		rows = append(rows, fmt.Sprintf(`{"key%d":{"other%d":[%d]}}`, i, i*7, i))
		wide = append(wide, fmt.Sprintf(`"k%d":%d`, i, i), fmt.Sprintf(`"l%d":%d`, i, i), fmt.Sprintf(`"m%d":%d`, i, i))
	}
	for name, rows := range map[string][]string{
		"shapes": rows, "columns": {"{" + strings.Join(wide, ",") + "}"},
		"path": {`{"` + strings.Repeat("k", 1001) + `":1}`}, "not JSON": {`{"a":1}`, `{"a":{"b":nonsense}}`},
	} {
		blocks := build(codec, rows...)
		assert.False(t, byColumn(blocks), name)
		v, err := codec.View(ofA, len(rows), blocks)
		require.NoError(t, err)
		assert.Equal(t, rows, read(t, v), name)
		after := []string{`{"x":{"y":1}}`, `{"x":{"y":[1,2]},"z":1}`}
		assert.True(t, byColumn(build(codec, after...)))
		assert.Equal(t, []string{"x.y", "z"}, paths(t, view(t, codec, after...)), "whatever came before")
	}
}

func TestBlocksAreSmallWhereThatHelpsAndNeverMuchLarger(t *testing.T) {
	t.Parallel()
	codec := newCodec(t)
	size := func(row string) (n int) {
		for _, b := range build(codec, row) {
			n += len(b.Data)
		}
		return n
	}
	repetitive := `{"a":"` + strings.Repeat(`svchost.exe,`, 1000) + `"}`
	assert.Less(t, size(repetitive), len(repetitive)/20)
	row := `{"noise":"` + noise(4000) + `"}`
	assert.Less(t, size(row), len(row)+200)
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
	v, err := codec.View(ofA, 1, b.Build(codec, ofA).Blocks)
	require.NoError(t, err)
	assert.Equal(t, []string{`{"a":1}`}, read(t, v))
}

func TestTheLongestRowComesBack(t *testing.T) {
	t.Parallel()
	codec := newCodec(t)
	var b chunk.Builder
	b.Append(make([]byte, chunk.MaxBytes-2))
	b.Append(bytes.Repeat([]byte("x"), chunk.MaxRowBytes))
	v, err := codec.View(ofA, 2, b.Build(codec, ofA).Blocks)
	require.NoError(t, err)
	rows := read(t, v)
	assert.Len(t, rows[0], chunk.MaxBytes-2)
	assert.Len(t, rows[1], chunk.MaxRowBytes)
}

func TestCorruptRowsAreErrors(t *testing.T) {
	t.Parallel()
	codec := newCodec(t)
	encoder, err := zstd.NewWriter(nil)
	require.NoError(t, err)
	good := encoder.EncodeAll(bytes.Repeat([]byte("x"), 100), []byte{2})
	flipped := bytes.Clone(good)
	flipped[len(flipped)-1] ^= 0x40
	bomb := encoder.EncodeAll(make([]byte, chunk.MaxBytes+chunk.MaxRowBytes+chunk.MaxRows+1), []byte{2})
	for name, block := range map[string][]byte{
		"nothing": nil, "format only": good[:1], "cut short": good[:len(good)-1], "flipped bit": flipped,
		"no row": encoder.EncodeAll(nil, []byte{2}), "unknown format": append([]byte{3}, good[1:]...), "larger than any chunk": bomb,
		"another number of rows": []byte("\x01{}\n{}"),
	} {
		_, err := codec.View(ofA, 1, []chunk.Block{{Column: chunk.RowsColumn, Data: block}})
		assert.ErrorIs(t, err, chunk.ErrCorrupt, name)
	}
	for _, rows := range []int{-1, 0, chunk.MaxRows + 1} {
		_, err := codec.View(ofA, rows, nil)
		assert.ErrorIs(t, err, chunk.ErrCorrupt, rows)
	}
}

func TestCorruptColumnsAreErrors(t *testing.T) {
	t.Parallel()
	codec := newCodec(t)
	rows := []string{`{"a":1,"h":"00112233"}`, `{"a":2,"b":[1,2],"h":"00112233"}`, `{"a":"x"}`}
	blocks := build(newCodec(t).Unpack(), rows...)
	require.Len(t, blocks, 7)
	for i := range blocks {
		for name, damage := range map[string]func([]byte) []byte{
			"nothing":     func([]byte) []byte { return nil },
			"cut short":   func(data []byte) []byte { return data[:len(data)-1] },
			"flipped bit": func(data []byte) []byte { data[len(data)/2] ^= 4; return data },
			"one more":    func(data []byte) []byte { return append(data, 0) },
			"a later one": func(data []byte) []byte { data[0]++; return data },
		} {
			damaged := slices.Clone(blocks)
			damaged[i].Data = damage(bytes.Clone(damaged[i].Data))
			v, err := codec.View(ofA, len(rows), damaged)
			require.NoError(t, err)
			assert.ErrorIs(t, readAll(v), chunk.ErrCorrupt, "%s %s", damaged[i].Column, name)
		}
	}
}

// readAll reads everything that there is in a view.
func readAll(v *chunk.View) error {
	paths, err := v.Columns()
	if err != nil {
		return err
	}
	for _, path := range paths {
		column, err := v.Column(path)
		if err != nil {
			return err
		}
		for row := range v.Rows() {
			if column != nil {
				column.Values(row)
			}
		}
	}
	if _, err := v.Index(); err != nil {
		return err
	}
	if _, err := v.Times(); err != nil {
		return err
	}
	for row := range v.Rows() {
		if _, err := v.AppendRow(nil, row); err != nil {
			return err
		}
	}
	return nil
}

func TestABlockThatIsMissingIsAnError(t *testing.T) {
	t.Parallel()
	codec := newCodec(t)
	for _, name := range []string{chunk.ShapesColumn, ".a", chunk.IndexColumn} {
		blocks := slices.DeleteFunc(build(newCodec(t).Unpack(), `{"a":1}`), func(b chunk.Block) bool { return b.Column == name })
		v, err := codec.View(ofA, 1, blocks)
		require.NoError(t, err)
		assert.ErrorIs(t, readAll(v), chunk.ErrCorrupt, name)
	}
}

func TestCodecIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	codec := newCodec(t)
	var workers sync.WaitGroup
	for i := range 8 {
		workers.Go(func() {
			for range 20 {
				rows := slices.Repeat([]string{fmt.Sprintf(`{"worker":%d,"x":"%d"}`, i, i*i)}, 500)
				assert.Equal(t, rows, read(t, view(t, codec, rows...)))
			}
		})
	}
	workers.Wait()
}

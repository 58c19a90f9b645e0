package chunk_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"runtime"
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

// build returns the blocks of a chunk of rows, which are to be alike.
func build(codec *chunk.Codec, rows ...string) []chunk.Block {
	all := builder(rows...).Build(codec, ofA)
	if len(all) != 1 {
		panic(fmt.Sprintf("the rows are %d chunks", len(all)))
	}
	return all[0].Blocks
}

// readBack returns rows as they are read back, of however many chunks.
func readBack(t testing.TB, codec *chunk.Codec, rows ...string) (back []string) {
	for _, built := range builder(rows...).Build(codec, ofA) {
		v, err := codec.View(ofA, built.Rows, built.Blocks)
		require.NoError(t, err)
		back = append(back, read(t, v)...)
	}
	return back
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
			assert.Equal(t, rows, readBack(t, codec, rows...))
			for _, row := range rows {
				assert.Equal(t, []string{row}, readBack(t, codec, row))
			}
			many := slices.Repeat(rows, min(100, chunk.MaxRows/len(rows)))
			assert.Equal(t, many, readBack(t, codec, many...))
			assert.Equal(t, rows, readBack(t, newCodec(t).Unpack(), rows...))
		})
	}
}

func TestRandomRowsComeBackByteForByte(t *testing.T) {
	t.Parallel()
	codec := newCodec(t)
	for seed := range uint64(300) {
		g := generator{rand.New(rand.NewPCG(seed, 1))}
		rows := g.rows()
		require.Equal(t, rows, readBack(t, codec, rows...), "seed %d", seed)
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
		"not JSON": {`{"a":{"b":nonsense}}`},
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

// TestKeysOfTheirOwnInEachRowTakeLittleMemory is not parallel, because it looks at the memory of the whole process.
func TestKeysOfTheirOwnInEachRowTakeLittleMemory(t *testing.T) {
	codec := newCodec(t)
	for name, keys := range map[string]func(row int) int{
		"in many rows": func(int) int { return 50 },
		"in one row":   func(row int) int { return 1 + 30_000*(1-min(row, 1)) },
		"few":          func(int) int { return 1 },
	} {
		var rows []string
		size := 0
		for row := 0; row < chunk.MaxRows && size < 2<<20; row++ {
			var members []string
			for i := range keys(row) {
				members = append(members, fmt.Sprintf(`"k%d_%d":1`, row, i))
			}
			rows = append(rows, "{"+strings.Join(members, ",")+"}")
			size += len(rows[row])
		}
		var all []chunk.Built
		assert.Less(t, allocated(func() { all = builder(rows...).Build(codec, ofA) }), uint64(1<<30), name)
		var back []string
		for _, built := range all {
			v, err := codec.View(ofA, built.Rows, built.Blocks)
			require.NoError(t, err)
			taken := allocated(func() {
				names, err := v.Columns()
				require.NoError(t, err)
				for _, path := range names {
					_, err = v.Column(path)
					require.NoError(t, err)
				}
			})
			assert.Less(t, taken, uint64(64<<20), name)
			back = append(back, read(t, v)...)
		}
		assert.True(t, slices.Equal(rows, back), name)
	}
}

// allocated returns how many bytes are allocated by do.
func allocated(do func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestRowsOfTooManyColumnsTogetherAreSeveralChunks(t *testing.T) {
	t.Parallel()
	codec := newCodec(t)
	var rows []string
	for row := range 10 {
		var members []string
		for i := range 1000 {
			members = append(members, fmt.Sprintf(`"k%d_%d":"%s"`, row, i, strings.Repeat("x", 100)))
		}
		rows = append(rows, "{"+strings.Join(members, ",")+"}")
	}
	all := builder(rows...).Build(codec, ofA)
	require.Len(t, all, 3)
	for i, want := range []int{4, 4, 2} {
		assert.True(t, byColumn(all[i].Blocks))
		assert.Equal(t, want, all[i].Rows)
		assert.Equal(t, len(strings.Join(rows[4*i:4*i+want], "")), all[i].RawBytes)
	}
	assert.Equal(t, rows, readBack(t, codec, rows...))
}

func TestPathsCountUpToTheirLimit(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ä", 600)
	v := view(t, newCodec(t), `{"`+long+`":{"a":1,"b":{"c":2}},"`+long+`x":3}`)
	assert.Equal(t, []string{strings.Repeat("ä", 500)}, paths(t, v))
	column, err := v.Column(strings.Repeat("ä", 500))
	require.NoError(t, err)
	assert.Len(t, column.Values(0), 3)
}

func TestPathsBeyondAllCountAreFoundInAnyColumn(t *testing.T) {
	t.Parallel()
	var members []string
	for i := range 70_000 {
		members = append(members, fmt.Sprintf(`"k%d":%d`, i, i))
	}
	v := view(t, newCodec(t), "{"+strings.Join(members, ",")+"}")
	assert.Len(t, paths(t, v), 1<<16+1)
	column, err := v.Column("")
	require.NoError(t, err)
	assert.Len(t, column.Tokens, 70_000-1<<16)
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
	v, err := codec.View(ofA, 1, b.Build(codec, ofA)[0].Blocks)
	require.NoError(t, err)
	assert.Equal(t, []string{`{"a":1}`}, read(t, v))
}

func TestTheLongestRowComesBack(t *testing.T) {
	t.Parallel()
	codec := newCodec(t)
	var b chunk.Builder
	b.Append(make([]byte, chunk.MaxBytes-2))
	b.Append(bytes.Repeat([]byte("x"), chunk.MaxRowBytes))
	all := b.Build(codec, ofA)
	require.Len(t, all, 2)
	for i, size := range []int{chunk.MaxBytes - 2, chunk.MaxRowBytes} {
		v, err := codec.View(ofA, 1, all[i].Blocks)
		require.NoError(t, err)
		assert.Len(t, read(t, v)[0], size)
	}
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

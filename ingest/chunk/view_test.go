package chunk_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/ingest/chunk"
)

var mixed = []string{
	`{"a":5,"Hash":{"SHA256":"00ff00ff"},"l":[1,"x"]}`, `{"a":7,"Hash.SHA256":"00ff00ff"}`, `{"b":null,"a":5,"l":[]}`,
}

// rowsOf makes the chunk that holds rows as chunks did before there were columns.
func rowsOf(rows []string) []chunk.Block {
	return []chunk.Block{{Column: chunk.RowsColumn, Data: []byte("\x01" + strings.Join(rows, "\n"))}}
}

// TestRowsAndColumnsAnswerAlike reads the same rows from both forms of a chunk.
func TestRowsAndColumnsAnswerAlike(t *testing.T) {
	t.Parallel()
	codec, unpacked := newCodec(t), newCodec(t).Unpack()
	sets := [][]string{mixed}
	for _, rows := range exact {
		sets = append(sets, rows)
	}
	for _, rows := range sets {
		byColumn, large := view(t, codec, rows...), view(t, unpacked, rows...)
		asRows, err := codec.View(ofA, len(rows), rowsOf(rows))
		require.NoError(t, err)
		assert.Equal(t, rows, read(t, asRows))
		assert.Equal(t, paths(t, asRows), paths(t, byColumn))
		for _, path := range paths(t, asRows) {
			assert.Equal(t, values(t, asRows, path), values(t, byColumn, path), path)
		}
		assert.Equal(t, index(t, asRows), index(t, byColumn))
		assert.Equal(t, times(t, asRows), times(t, byColumn))
		assert.Equal(t, rows, read(t, large))
		assert.Equal(t, index(t, asRows), index(t, large))
		assert.Equal(t, times(t, asRows), times(t, large))
	}
}

func paths(t testing.TB, v *chunk.View) []string {
	paths, err := v.Columns()
	require.NoError(t, err)
	return paths
}

func index(t testing.TB, v *chunk.View) *chunk.Index {
	x, err := v.Index()
	require.NoError(t, err)
	return x
}

func times(t testing.TB, v *chunk.View) []int64 {
	times, err := v.Times()
	require.NoError(t, err)
	return times
}

// values returns the tokens that each row has in a column.
func values(t testing.TB, v *chunk.View, path string) [][]string {
	column, err := v.Column(path)
	require.NoError(t, err)
	rows := make([][]string, v.Rows())
	seen := make(map[string]bool)
	for _, token := range column.Tokens {
		require.False(t, seen[string(token)], "each token is there once")
		seen[string(token)] = true
	}
	for row := range rows {
		for _, code := range column.Values(row) {
			rows[row] = append(rows[row], string(column.Tokens[code]))
		}
	}
	return rows
}

func TestColumnsAreThoseOfTheirPaths(t *testing.T) {
	t.Parallel()
	v := view(t, newCodec(t), mixed...)
	assert.Equal(t, []string{"Hash.SHA256", "a", "b", "l"}, paths(t, v))
	assert.Equal(t, [][]string{{`"00ff00ff"`}, {`"00ff00ff"`}, nil}, values(t, v, "Hash.SHA256"))
	assert.Equal(t, [][]string{{`1`, `"x"`}, nil, {`[]`}}, values(t, v, "l"))
	assert.Equal(t, [][]string{{`5`}, {`7`}, {`5`}}, values(t, v, "a"))
	none, err := v.Column("nothing")
	require.NoError(t, err)
	assert.Nil(t, none)
}

func TestAColumnIsReadFromItsBlockAlone(t *testing.T) {
	t.Parallel()
	codec := newCodec(t).Unpack()
	blocks := slices.DeleteFunc(build(codec, mixed...), func(b chunk.Block) bool { return b.Column != ".a" })
	v, err := codec.View(ofA, len(mixed), blocks)
	require.NoError(t, err)
	assert.Equal(t, [][]string{{`5`}, {`7`}, {`5`}}, values(t, v, "a"))
}

func TestAFewRowsAreOneBlock(t *testing.T) {
	t.Parallel()
	codec := newCodec(t)
	blocks := build(codec, mixed...)
	require.Len(t, blocks, 1)
	assert.Equal(t, chunk.IndexColumn, blocks[0].Column)
	large := `{"small":1,"large":"` + noise(5000) + `"}`
	names := []string{}
	for _, block := range build(codec, large) {
		names = append(names, block.Column)
	}
	assert.Equal(t, []string{chunk.IndexColumn, ".large"}, names)
}

func TestTheIndexTellsWhichBlocksAreMissing(t *testing.T) {
	t.Parallel()
	wanted := []string{chunk.ShapesColumn, chunk.TimesColumn, chunk.ObservablesColumn, ".a", ".b", ".nothing", "nonsense"}
	missing := func(rows int, blocks ...chunk.Block) []string {
		v, err := newCodec(t).View(ofA, rows, blocks)
		require.NoError(t, err)
		names, err := v.Missing(wanted)
		require.NoError(t, err)
		return names
	}
	assert.Empty(t, missing(3, build(newCodec(t), mixed...)...))
	assert.Empty(t, missing(3, rowsOf(mixed)...))
	blocks := build(newCodec(t).Unpack(), mixed...)
	assert.Equal(t, wanted[:5], missing(3, blocks[0]), "all that have a block")
	assert.Empty(t, missing(3, blocks...))
	blocks = build(newCodec(t).Unpack(), `{"b":"x"}`)
	assert.Equal(t, []string{chunk.ShapesColumn, chunk.ObservablesColumn, ".b"}, missing(1, blocks[0]), "no row has a time")
	v, err := newCodec(t).View(ofA, 1, nil)
	require.NoError(t, err)
	_, err = v.Missing(wanted)
	require.ErrorIs(t, err, chunk.ErrCorrupt)
}

func TestBlocksAreGivenToAViewOneAfterTheOther(t *testing.T) {
	t.Parallel()
	blocks := build(newCodec(t).Unpack(), mixed...)
	v, err := newCodec(t).View(ofA, len(mixed), blocks[:1])
	require.NoError(t, err)
	assert.Equal(t, []string{"Hash.SHA256", "a", "b", "l"}, paths(t, v))
	assert.Nil(t, index(t, v).Find("l").Observables)
	assert.Nil(t, times(t, v))
	_, err = v.AppendRow(nil, 0)
	require.ErrorIs(t, err, chunk.ErrCorrupt)
	require.NoError(t, v.Add(blocks[1:]...))
	assert.NotEmpty(t, index(t, v).Find("l").Observables)
	assert.NotNil(t, times(t, v))
	assert.Equal(t, mixed, read(t, v))
}

func TestTheIndexTellsWhatIsInColumns(t *testing.T) {
	t.Parallel()
	x := index(t, view(t, newCodec(t), mixed...))
	list, hash := x.Find("l"), x.Find("Hash.SHA256")
	assert.Equal(t, chunk.Number|chunk.String|chunk.Empty, list.Types)
	assert.Equal(t, 3, list.Distinct)
	assert.Equal(t, chunk.Null, x.Find("b").Types)
	assert.Equal(t, 1, hash.Distinct)
	assert.True(t, hash.MayContain([]byte("f00f")))
	assert.False(t, hash.MayContain([]byte("evil")))
	assert.Nil(t, x.Find("c"))
	assert.NotEmpty(t, list.Observables)
}

func TestTheIndexNeverLeavesOutAColumnThatContainsTheText(t *testing.T) {
	t.Parallel()
	codec := newCodec(t)
	for token, contained := range map[string]string{
		`"ABC"`: "abc", `"\u0041"`: "a", `"C:\\Evil"`: `c:\evil`, `"a\nb"`: "a\nb", `"\/"`: "/", `"É"`: "é", `"\u00c9"`: "é",
		"\"\u212a\"": "k", `"\u017f"`: "s", `-1.5E3`: "1.5e3", `true`: "rue", `"\ud83d\ude00"`: "😀", `"\ud800"`: "\uFFFD", `"\""`: `"`,
	} {
		x := index(t, view(t, codec, `{"a":`+token+`}`))
		assert.True(t, x.Find("a").MayContain([]byte(contained)), token)
	}
}

func TestTimesAreThoseThatWereFound(t *testing.T) {
	t.Parallel()
	codec := newCodec(t)
	built := builder(`{"a":5}`, `{"a":"x"}`, `{}`, `{"a":-3}`).Build(codec, ofA)[0]
	v, err := codec.View(ofA, 4, built.Blocks)
	require.NoError(t, err)
	assert.Equal(t, []int64{5, chunk.NoTime, chunk.NoTime, -3}, times(t, v))
	assert.Equal(t, []int64{-3, 5}, []int64{built.MinTime, built.MaxTime})

	built = builder(`{"b":5}`).Build(codec, ofA)[0]
	assert.Equal(t, []int64{chunk.NoTime, chunk.NoTime}, []int64{built.MinTime, built.MaxTime})
	v, err = codec.View(ofA, 1, built.Blocks)
	require.NoError(t, err)
	assert.Nil(t, times(t, v))
}

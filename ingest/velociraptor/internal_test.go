package velociraptor

import (
	"bufio"
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLongLinesAreNotHeldInMemory(t *testing.T) {
	t.Parallel()
	l := lines{r: bufio.NewReaderSize(strings.NewReader(strings.Repeat("x", 4<<20)+"\nnext"), 16), max: 1000}
	_, long, err := l.next()
	require.NoError(t, err)
	assert.True(t, long)
	assert.Less(t, cap(l.joined), 10_000)
	line, long, err := l.next()
	require.NoError(t, err)
	assert.False(t, long)
	assert.Equal(t, "next", string(line))
}

func TestLongValuesAreNotHeldInMemory(t *testing.T) {
	t.Parallel()
	s := newSplitter(strings.NewReader(`["` + strings.Repeat("x", 4<<20) + `"] 1`))
	_, long, err := s.value(1000)
	require.NoError(t, err)
	assert.True(t, long)
	assert.Less(t, cap(s.kept), 10_000)
	assert.Equal(t, int64(4<<20+4), s.at)
}

func TestValuesAreSplitWhereverTheBufferEnds(t *testing.T) {
	t.Parallel()
	values := []string{`{"a":"\\\"}"}`, `"\\"`, `[[],[{}]]`, `-1.5e+3`, `null`, `"x"`}
	for size := 16; size < 40; size++ {
		text := strings.Join(values, " ,\n")
		s := &splitter{r: bufio.NewReaderSize(io.MultiReader(bytes.NewReader([]byte(text)), strings.NewReader(" ")), size)}
		for i, want := range values {
			raw, long, err := s.value(100)
			require.NoError(t, err)
			assert.False(t, long)
			assert.Equal(t, want, string(raw))
			if i < len(values)-1 {
				_, err = s.take(",")
				require.NoError(t, err)
			}
		}
		assert.Equal(t, int64(len(text)), s.at)
		require.NoError(t, s.end())
	}
}

func TestTimesAreToldByTheirMagnitude(t *testing.T) {
	t.Parallel()
	want := time.Date(2026, 11, 23, 18, 39, 6, 0, time.UTC)
	for _, n := range []int64{want.Unix(), want.UnixMilli(), want.UnixMicro(), want.UnixNano()} {
		assert.Equal(t, want, integer(n).time(), n)
	}
	assert.Equal(t, time.Date(2001, 9, 9, 1, 46, 40, 0, time.UTC), integer(1e9).time())
	assert.Equal(t, time.UnixMilli(99_999_999_999_999).UTC(), integer(99_999_999_999_999).time())
	assert.Equal(t, time.UnixMicro(100_000_000_000_000).UTC(), integer(100_000_000_000_000).time())
	for _, n := range []integer{0, -1} {
		assert.True(t, n.time().IsZero())
	}
}

func TestHuntsAreToldByTheirFlows(t *testing.T) {
	t.Parallel()
	for flow, want := range map[string]string{
		"F.DC28A7CV632VS.H": "H.DC28A7CV632VS", "F.DC28A7CV632VS": "", "": "", ".H": "", "F..H": "", "X.DC28.H": "", "F.H": "",
	} {
		assert.Equal(t, want, huntOf(flow), flow)
	}
}

package chunk_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/ingest/chunk"
)

// FuzzRows holds chunks to giving back any rows, be they JSON or not, but for empty ones, which no ingest has.
func FuzzRows(f *testing.F) {
	codec, unpacked := newCodec(f), newCodec(f).Unpack()
	for _, rows := range exact {
		f.Add([]byte(strings.Join(rows[:min(len(rows), 20)], "\n")))
	}
	f.Add([]byte("{\"a\":\"\x00\"}\n{\"a\":\x00}\n\n{\"a\":tru}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		rows := strings.Split(string(text), "\n")
		if len(rows) > chunk.MaxRows || slices.Contains(rows, "") {
			return
		}
		require.Equal(t, rows, readBack(t, codec, rows...))
		require.Equal(t, rows, readBack(t, unpacked, rows...))
	})
}

// FuzzView holds reading to an error or an answer, whatever the bytes of a block are.
func FuzzView(f *testing.F) {
	codec, unpacked := newCodec(f), newCodec(f).Unpack()
	for _, rows := range exact {
		if len(rows) > 20 {
			continue
		}
		for _, built := range append(builder(rows...).Build(codec, ofA), builder(rows...).Build(unpacked, ofA)...) {
			for _, block := range built.Blocks {
				f.Add(built.Rows, block.Column, block.Data[:max(0, len(block.Data)-4)])
			}
		}
	}
	whole := [][]chunk.Block{build(codec, exact["missing"]...), build(unpacked, exact["missing"]...)}
	f.Fuzz(func(t *testing.T, rows int, name string, data []byte) {
		for _, data := range [][]byte{data, chunk.AppendSum(bytes.Clone(data))} {
			for _, others := range whole {
				blocks := slices.DeleteFunc(slices.Clone(others), func(b chunk.Block) bool { return b.Column == name })
				v, err := codec.View(ofA, rows, append(blocks, chunk.Block{Column: name, Data: data}))
				if err == nil {
					err = readAll(v)
				}
				if err != nil {
					require.ErrorIs(t, err, chunk.ErrCorrupt)
				}
			}
		}
	})
}

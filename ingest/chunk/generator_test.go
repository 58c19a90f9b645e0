package chunk_test

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/velocicompanion/velocicompanion/ingest/chunk"
)

// everyWord makes an observable of every text of a certain length.
func everyWord(dst []uint32, _ string, tokens [][]byte) []uint32 {
	for _, token := range tokens {
		if len(token)%3 == 0 {
			h := fnv.New32()
			h.Write(token)
			dst = append(dst, h.Sum32())
		}
	}
	return dst
}

// firstNumber takes the first value of the column a for the time, where it is a small number.
func firstNumber(_ chunk.Source, rows int, column func(string) *chunk.Column) []int64 {
	c := column("a")
	if c == nil {
		return nil
	}
	times := make([]int64, rows)
	for row := range times {
		times[row] = chunk.NoTime
		if values := c.Values(row); len(values) > 0 {
			if n, err := strconv.Atoi(string(c.Tokens[values[0]])); err == nil {
				times[row] = int64(n)
			}
		}
	}
	return times
}

// generator makes rows of everything that JSON can be.
type generator struct{ *rand.Rand }

// rows makes the rows of a chunk: some of a few shapes, some of none.
func (g generator) rows() (rows []string) {
	shapes := make([]string, 1+g.IntN(4))
	for i := range shapes {
		shapes[i] = g.object(0)
	}
	for range 1 + g.IntN(60) {
		row := shapes[g.IntN(len(shapes))]
		switch g.IntN(4) {
		case 0:
			row = g.object(0)
		case 1:
			row = strings.ReplaceAll(row, "1", strconv.Itoa(g.IntN(100)+10))
		}
		rows = append(rows, row)
	}
	return rows
}

func (g generator) pick(texts ...string) string { return texts[g.IntN(len(texts))] }

func (g generator) space() string {
	if g.IntN(8) > 0 {
		return ""
	}
	return g.pick(" ", "\t", "\r", "  ")
}

func (g generator) object(depth int) string {
	var b bytes.Buffer
	b.WriteString("{" + g.space())
	for i := range g.IntN(6) {
		if i > 0 {
			b.WriteString("," + g.space())
		}
		fmt.Fprintf(&b, "%s%s:%s%s%s", g.pick(`"a"`, `"b"`, `"c"`, `"a.b"`, `""`, `"\u0061"`, `"k\n"`, `"файл"`, `"shapes"`, `"."`),
			g.space(), g.space(), g.value(depth+1), g.space())
	}
	return b.String() + "}"
}

func (g generator) value(depth int) string {
	n := g.IntN(10)
	if depth > 4 {
		n = g.IntN(8)
	}
	switch n {
	case 0:
		return g.pick("null", "true", "false", "{}", "[]", "{ }")
	case 1, 2:
		return g.pick("0", "1", "11", "-0", "1e+300", "18446744073709551615", "-9223372036854775808", "0.50", strconv.Itoa(g.Int()))
	case 3:
		return fmt.Sprintf(`"%08x"`, g.Uint32N(20))
	case 4:
		return fmt.Sprintf(`"2026-03-%02dT00:00:0%dZ"`, 1+g.IntN(30), g.IntN(9))
	case 5, 6, 7:
		return g.pick(`""`, `"1"`, `"\u0000"`, `"\\"`, `"a\"b"`, `"\ud800"`, `"C:\\x\\y.exe"`, `"файл"`, `"\\\\\\"`, `"{\"a\":1}"`)
	case 8:
		return g.object(depth)
	}
	items := make([]string, g.IntN(4))
	for i := range items {
		items[i] = g.space() + g.value(depth+1)
	}
	return "[" + strings.Join(items, ",") + "]"
}

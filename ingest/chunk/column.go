package chunk

import "slices"

// Column is the values that the rows of a chunk have at one path.
type Column struct {
	Path string
	// Tokens are the distinct values, as JSON tokens exactly as they stand in the rows, each once; there is at least one.
	Tokens [][]byte
	// Codes has for each value its place in Tokens. Values are in the order of rows.
	Codes []uint32
	// Starts is nil where each row has exactly one value. Otherwise it has one entry more than there are rows, and the
	// values of row i are Codes[Starts[i]:Starts[i+1]].
	Starts []uint32
}

// Values returns the codes of the values of a row.
func (c *Column) Values(row int) []uint32 {
	if c.Starts == nil {
		return c.Codes[row : row+1]
	}
	return c.Codes[c.Starts[row]:c.Starts[row+1]]
}

// counts returns how many values each row has, or nil where it is one.
func (c *Column) counts(rows int) []uint32 {
	if c.Starts == nil {
		return nil
	}
	counts := make([]uint32, rows)
	for i := range counts {
		counts[i] = c.Starts[i+1] - c.Starts[i]
	}
	return counts
}

// appendColumn adds the content of the block of a column.
func (c *Codec) appendColumn(dst []byte, column *Column, rows int) []byte {
	dst, codes := c.appendTokens(dst, column.Tokens, column.Codes)
	if counts := column.counts(rows); counts != nil {
		dst = appendCount(dst, len(codes))
		dst = c.appendCodes(dst, counts)
	} else {
		dst = appendCount(dst, 0)
	}
	return c.appendCodes(dst, codes)
}

// lateColumn is a column of a View, of which no more is read than was asked for.
type lateColumn struct {
	words *dictionary
	rest  *reader // behind the tokens; nil when all is read
	Column
	looked int // how many tokens were asked for one by one
}

// readValues reads what is behind the tokens, of a column of so many rows.
func (c *lateColumn) readValues(rows int) error {
	r := c.rest
	if r == nil {
		return nil
	}
	values := r.count(maxValues)
	if values > 0 {
		c.Starts = startsOf(r.codes(rows, values+1))
		if n := len(c.Starts); n > 0 && int(c.Starts[n-1]) != values {
			r.fail("values are missing")
		}
	} else {
		values = rows
	}
	c.Codes = r.codes(values, c.words.n)
	c.rest = nil
	return r.end()
}

func (c *lateColumn) readTokens() {
	if c.Tokens == nil {
		c.Tokens = c.words.tokens()
	}
}

// appendToken adds one token. When many were asked for, it reads all.
func (c *lateColumn) appendToken(dst []byte, code uint32) []byte {
	if c.looked++; c.looked > c.words.n/16 {
		c.readTokens()
	}
	if c.Tokens != nil {
		return append(dst, c.Tokens[code]...)
	}
	return c.words.appendToken(dst, code)
}

// startsOf adds counts up.
func startsOf(counts []uint32) []uint32 {
	starts := make([]uint32, len(counts)+1)
	for i, n := range counts {
		starts[i+1] = starts[i] + n
	}
	return starts
}

// identity reports whether codes are 0, 1, 2, ….
func identity(codes []uint32) bool {
	for i, code := range codes {
		if code != uint32(i) {
			return false
		}
	}
	return true
}

// sortedCodes gives tokens their places in another order: places[new] is the old one.
func sortedCodes(codes []uint32, places []int) []uint32 {
	if slices.IsSorted(places) {
		return codes
	}
	now := make([]uint32, len(places))
	for to, from := range places {
		now[from] = uint32(to)
	}
	out := make([]uint32, len(codes))
	for i, code := range codes {
		out[i] = now[code]
	}
	return out
}

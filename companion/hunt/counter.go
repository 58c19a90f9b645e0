package hunt

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/velocicompanion/velocicompanion/ingest/chunk"
)

// hostNumbers gives the hosts of chunks small numbers.
type hostNumbers struct {
	of   map[hostKey]uint32
	keys []hostKey
}

func newHostNumbers(refs []ref) hostNumbers {
	n := hostNumbers{of: make(map[hostKey]uint32)}
	for _, r := range refs {
		key := r.host()
		if _, ok := n.of[key]; !ok {
			n.of[key] = uint32(len(n.keys))
			n.keys = append(n.keys, key)
		}
	}
	return n
}

// stackGroup is what was counted of one value, or of one combination of values.
type stackGroup struct {
	key         string // the tokens, with commas between them
	rows        int64
	hosts       []uint32 // with repetitions while it is counted
	first, last int64    // microseconds
}

func (g *stackGroup) add(rows int64, hosts []uint32, first, last int64) {
	if g.rows == 0 {
		g.first, g.last = first, last
	}
	g.rows += rows
	g.first, g.last = min(g.first, first), max(g.last, last)
	for _, h := range hosts {
		if n := len(g.hosts); n == 0 || g.hosts[n-1] != h {
			g.hosts = append(g.hosts, h)
		}
	}
}

// counter counts the values of fields, for one worker.
type counter struct {
	fields  []string
	max     int
	full    bool
	groups  map[string]*stackGroup
	missing int64

	key    []byte // scratch
	counts []span
}

// span is what was counted of one code of a chunk.
type span struct {
	rows        int64
	first, last int64
}

// count counts the rows of a chunk.
func (c *counter) count(p part, host uint32) error {
	columns := make([]*chunk.Column, len(c.fields))
	for i, path := range c.fields {
		column, err := p.view.Column(path)
		if err != nil {
			return chunkError(&p.ref, err)
		}
		if column == nil {
			c.missing += int64(p.rows.count())
			return nil
		}
		columns[i] = canonical(column)
	}
	times := rowTimes{p.times, p.CollectedAt.UnixMicro()}
	if len(columns) == 1 {
		c.countOne(columns[0], p.rows, times, host)
	} else {
		c.countSeveral(columns, p.rows, times, host)
	}
	return nil
}

// rowTimes are the times of rows, with the one that counts for those without.
type rowTimes struct {
	times  []int64
	absent int64
}

func (t rowTimes) of(row int) int64 {
	if t.times == nil || t.times[row] == chunk.NoTime {
		return t.absent
	}
	return t.times[row]
}

// countOne counts by code first, so that a value is looked up once in a chunk.
func (c *counter) countOne(column *chunk.Column, rows bitset, times rowTimes, host uint32) {
	c.counts = slices.Grow(c.counts[:0], len(column.Tokens))[:len(column.Tokens)]
	clear(c.counts)
	rows.each(func(row int) {
		values := column.Values(row)
		if len(values) == 0 {
			c.missing++
			return
		}
		at := times.of(row)
		for i, code := range values {
			if i > 0 && slices.Contains(values[:i], code) {
				continue
			}
			s := &c.counts[code]
			if s.rows == 0 {
				s.first, s.last = at, at
			}
			s.rows++
			s.first, s.last = min(s.first, at), max(s.last, at)
		}
	})
	hosts := []uint32{host}
	for code, s := range c.counts {
		if s.rows > 0 {
			c.add(column.Tokens[code], s.rows, hosts, s.first, s.last)
		}
	}
}

// countSeveral counts each combination of the values of a row once.
func (c *counter) countSeveral(columns []*chunk.Column, rows bitset, times rowTimes, host uint32) {
	hosts := []uint32{host}
	counts := make(map[[MaxStackFields]uint32]span)
	var combinations [][MaxStackFields]uint32
	rows.each(func(row int) {
		combinations = append(combinations[:0], [MaxStackFields]uint32{})
		for i, column := range columns {
			values := column.Values(row)
			before := combinations
			combinations = nil
			for _, combination := range before {
				for _, code := range values {
					combination[i] = code
					if !slices.Contains(combinations, combination) {
						combinations = append(combinations, combination)
					}
				}
			}
		}
		if len(combinations) == 0 {
			c.missing++
		}
		at := times.of(row)
		for _, combination := range combinations {
			s, ok := counts[combination]
			if !ok {
				s.first, s.last = at, at
			}
			counts[combination] = span{s.rows + 1, min(s.first, at), max(s.last, at)}
		}
	})
	for combination, s := range counts {
		c.key = c.key[:0]
		for i, column := range columns {
			if i > 0 {
				c.key = append(c.key, ',')
			}
			c.key = append(c.key, column.Tokens[combination[i]]...)
		}
		c.add(c.key, s.rows, hosts, s.first, s.last)
	}
}

func (c *counter) add(key []byte, rows int64, hosts []uint32, first, last int64) {
	g := c.groups[string(key)]
	if g == nil {
		if c.full = c.full || len(c.groups) >= c.max; c.full {
			return
		}
		g = &stackGroup{key: string(key)}
		c.groups[g.key] = g
	}
	g.add(rows, hosts, first, last)
}

func (c *counter) merge(other *counter) {
	c.missing += other.missing
	c.full = c.full || other.full
	for key, g := range other.groups {
		switch own := c.groups[key]; {
		case own != nil:
			own.add(g.rows, g.hosts, g.first, g.last)
		case len(c.groups) < c.max:
			c.groups[key] = g
		default:
			c.full = true
		}
	}
}

// sorted returns the first groups in an order, with each host once.
func (c *counter) sorted(order StackOrder, limit int) []*stackGroup {
	all := make([]*stackGroup, 0, len(c.groups))
	for _, g := range c.groups {
		slices.Sort(g.hosts)
		g.hosts = slices.Compact(g.hosts)
		all = append(all, g)
	}
	slices.SortFunc(all, func(x, y *stackGroup) int {
		byCount := cmp.Or(cmp.Compare(len(x.hosts), len(y.hosts)), cmp.Compare(x.rows, y.rows))
		if order == Common {
			byCount = -byCount
		}
		return cmp.Or(byCount, strings.Compare(x.key, y.key))
	})
	return all[:min(limit, len(all))]
}

// canonical returns a column whose tokens are written in one way: equal texts have one code. Numbers stay as they are
// written.
func canonical(column *chunk.Column) *chunk.Column {
	escaped := func(token []byte) bool { return bytes.IndexByte(token, '\\') >= 0 }
	if !slices.ContainsFunc(column.Tokens, escaped) {
		return column
	}
	out := &chunk.Column{Path: column.Path, Starts: column.Starts, Codes: make([]uint32, len(column.Codes))}
	places := make(map[string]uint32, len(column.Tokens))
	now := make([]uint32, len(column.Tokens))
	for i, token := range column.Tokens {
		if escaped(token) {
			token = rewritten(token)
		}
		place, ok := places[string(token)]
		if !ok {
			place = uint32(len(out.Tokens))
			places[string(token)] = place
			out.Tokens = append(out.Tokens, token)
		}
		now[i] = place
	}
	for i, code := range column.Codes {
		out.Codes[i] = now[code]
	}
	return out
}

// rewritten returns a JSON text with no escapes but those that it needs. One with a lone surrogate stays as it is,
// because there is no other way to write it.
func rewritten(token []byte) []byte {
	var text string
	if json.Unmarshal(token, &text) != nil || strings.ContainsRune(text, '\uFFFD') {
		return token
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(text) != nil {
		return token
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

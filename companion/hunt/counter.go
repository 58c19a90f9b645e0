package hunt

import (
	"cmp"
	"context"
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
	span
	host uint32 // the one that was counted last
}

// ranked is a group of an answer.
type ranked struct {
	key string // the tokens, with commas between them
	span
	hosts []uint32 // each once
}

// counter counts the values of fields, for one worker. It has few pointers and allocations, because there can be very many
// groups.
type counter struct {
	fields  []string
	max     int
	room    room
	full    bool
	wide    bool // a row has more combinations than are counted
	keys    keys // of the groups
	groups  list[stackGroup]
	seen    list[sighting]
	missing int64

	// Scratch.
	key          []byte
	codes        []uint32
	counts       []span
	combinations []uint64
}

// maxCombinations is how many combinations of the values of several columns are counted of one row.
const maxCombinations = 1 << 12

// sighting says that a group has a host. There may be several of one.
type sighting struct{ group, host uint32 }

// What a group takes in memory beside its key, while it is counted and while the counts of workers are put together, and
// what a sighting takes. Of a key there may be a second one then.
const (
	countedBytes  = 120
	sightingBytes = 12
)

func newCounter(max int, memory *allowance, fields ...string) *counter {
	return &counter{fields: fields, max: max, room: room{of: memory}}
}

// span is what was counted of one code of a chunk.
type span struct {
	rows        int64
	first, last int64 // microseconds
}

// count counts the rows of a chunk, or fails with the error of ctx.
func (c *counter) count(ctx context.Context, p part, host uint32) error {
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
		c.countSeveral(ctx, columns, p.rows, times, host)
	}
	return ctx.Err()
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
	c.clearCounts(len(column.Tokens))
	rows.each(func(row int) {
		values := column.Values(row)
		if len(values) == 0 {
			c.missing++
			return
		}
		at := times.of(row)
		for _, code := range c.distinct(values) {
			c.counts[code] = c.counts[code].with(span{1, at, at})
		}
	})
	for code, s := range c.counts {
		if s.rows > 0 {
			c.add(column.Tokens[code], s, host)
		}
	}
}

// distinct returns codes, each once, until the next call.
func (c *counter) distinct(codes []uint32) []uint32 {
	if len(codes) < 2 {
		return codes
	}
	c.codes = append(c.codes[:0], codes...)
	slices.Sort(c.codes)
	return slices.Compact(c.codes)
}

func (c *counter) clearCounts(n int) {
	c.counts = slices.Grow(c.counts[:0], n)[:n]
	clear(c.counts)
}

// countSeveral counts each combination of the values of a row once: by its number first, where that can be had for little
// memory.
func (c *counter) countSeveral(ctx context.Context, columns []*chunk.Column, rows bitset, times rowTimes, host uint32) {
	numbers := uint64(1)
	for _, column := range columns {
		numbers *= uint64(len(column.Tokens))
	}
	byNumber := numbers <= uint64(len(rows))*64
	if byNumber {
		c.clearCounts(int(numbers))
	}
	rows.each(func(row int) {
		switch {
		case ctx.Err() != nil:
			return
		case !c.combine(columns, row):
			c.wide = true
			return
		case len(c.combinations) == 0:
			c.missing++
			return
		}
		at := times.of(row)
		for _, number := range c.combinations {
			if byNumber {
				c.counts[number] = c.counts[number].with(span{1, at, at})
			} else {
				c.add(c.keyOf(columns, number), span{1, at, at}, host)
			}
		}
	})
	if !byNumber {
		return
	}
	for number, s := range c.counts {
		if s.rows > 0 {
			c.add(c.keyOf(columns, uint64(number)), s, host)
		}
	}
}

// combine finds the numbers of the combinations of the values of a row: their codes as the digits, the first column's last.
// All tokens of a chunk are some MiB, so that three columns of it have fewer than 1<<64 combinations. It reports whether they
// are few enough to be counted.
func (c *counter) combine(columns []*chunk.Column, row int) bool {
	c.combinations = append(c.combinations[:0], 0)
	stride := uint64(1)
	for _, column := range columns {
		values := c.distinct(column.Values(row))
		before := len(c.combinations)
		if before*len(values) > maxCombinations {
			return false
		}
		for _, code := range values {
			for _, number := range c.combinations[:before] {
				c.combinations = append(c.combinations, number+uint64(code)*stride)
			}
		}
		c.combinations = slices.Delete(c.combinations, 0, before)
		stride *= uint64(len(column.Tokens))
	}
	return true
}

// keyOf returns the key of a combination, until the next call.
func (c *counter) keyOf(columns []*chunk.Column, number uint64) []byte {
	c.key = c.key[:0]
	for i, column := range columns {
		if i > 0 {
			c.key = append(c.key, ',')
		}
		n := uint64(len(column.Tokens))
		c.key = append(c.key, column.Tokens[number%n]...)
		number /= n
	}
	return c.key
}

// add counts rows of a host. There may be no room for a key that is new.
func (c *counter) add(key []byte, s span, host uint32) {
	place, known := c.keys.find(key)
	if !known {
		if c.full = c.full || c.groups.n >= c.max || !c.room.use(int64(countedBytes+2*len(key))); c.full {
			return
		}
		place = c.groups.n
		c.keys.add(key)
		c.groups.add(stackGroup{})
	}
	g := c.groups.at(place)
	if !known || g.host != host {
		g.host = host
		if c.room.use(sightingBytes) {
			c.seen.add(sighting{uint32(place), host})
		} else {
			c.full = true
		}
	}
	g.span = g.span.with(s)
}

func (c *counter) merge(other *counter) {
	c.missing += other.missing
	c.full, c.wide = c.full || other.full, c.wide || other.wide
	places := make([]int, 0, other.groups.n)
	for g := range other.groups.all {
		key := *other.keys.texts.at(len(places))
		place, known := c.keys.find([]byte(key))
		switch {
		case known:
			of := c.groups.at(place)
			of.span = of.span.with(g.span)
		case c.groups.n < c.max:
			place = c.groups.n
			c.keys.add([]byte(key))
			c.groups.add(g)
		default:
			c.full, place = true, -1
		}
		places = append(places, place)
	}
	for s := range other.seen.all {
		if place := places[s.group]; place >= 0 {
			c.seen.add(sighting{uint32(place), s.host})
		}
	}
}

// sorted returns the first groups in an order.
func (c *counter) sorted(order StackOrder, limit int) (first []ranked) {
	if limit == 0 {
		return nil
	}
	compare := func(x, y ranked) int {
		byCount := cmp.Or(cmp.Compare(len(x.hosts), len(y.hosts)), cmp.Compare(x.rows, y.rows))
		if order == Common {
			byCount = -byCount
		}
		return cmp.Or(byCount, strings.Compare(x.key, y.key))
	}
	hosts, starts := c.hosts()
	for i := range c.groups.n {
		of := hosts[starts[i]:starts[i+1]:starts[i+1]]
		slices.Sort(of)
		r := ranked{*c.keys.texts.at(i), c.groups.at(i).span, slices.Compact(of)}
		if len(first) == 2*limit {
			slices.SortFunc(first, compare)
			first = first[:limit]
		}
		if len(first) < limit || compare(r, first[limit-1]) < 0 {
			first = append(first, r)
		}
	}
	slices.SortFunc(first, compare)
	return first[:min(limit, len(first))]
}

// hosts returns the hosts of all groups, those of group i from starts[i] to starts[i+1]. One may be there several times.
func (c *counter) hosts() (hosts []uint32, starts []int) {
	starts = make([]int, c.groups.n+1)
	for s := range c.seen.all {
		starts[s.group]++
	}
	sum := 0
	for i, n := range starts {
		sum += n
		starts[i] = sum
	}
	hosts = make([]uint32, sum)
	for s := range c.seen.all {
		starts[s.group]--
		hosts[starts[s.group]] = s.host
	}
	return hosts, starts
}

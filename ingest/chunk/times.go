package chunk

import (
	"math"
	"slices"
)

// NoTime is the time of a row that has none.
const NoTime = math.MinInt64

// times computes the times of rows.
func (c *Codec) times(from Source, rows int, columns []*Column) []int64 {
	if c.cfg.Times == nil {
		return nil
	}
	times := c.cfg.Times(from, rows, func(path string) *Column {
		i, found := slices.BinarySearchFunc(columns, &Column{Path: path}, byPath)
		if !found {
			return nil
		}
		return columns[i]
	})
	if len(times) != rows {
		return nil
	}
	return times
}

// span returns the earliest and the latest of times.
func span(times []int64) (earliest, latest int64) {
	earliest, latest = NoTime, NoTime
	for _, t := range times {
		if t == NoTime {
			continue
		}
		if earliest == NoTime {
			earliest = t
		}
		earliest, latest = min(earliest, t), max(latest, t)
	}
	return earliest, latest
}

// appendTimes adds the content of the block of times, nothing where there are none.
func (c *Codec) appendTimes(dst []byte, times []int64) []byte {
	if times == nil {
		return dst
	}
	distinct := slices.Compact(slices.Sorted(slices.Values(times)))
	codes := make([]uint32, len(times))
	for i, t := range times {
		code, _ := slices.BinarySearch(distinct, t)
		codes[i] = uint32(code)
	}
	return c.appendCodes(c.appendSorted(appendCount(dst, len(distinct)), distinct), codes)
}

// readTimes reads what appendTimes wrote.
func readTimes(r *reader, rows int) ([]int64, error) {
	if r.err == nil && len(r.rest) == 0 {
		return nil, nil
	}
	distinct := r.sorted(r.count(rows))
	times := make([]int64, rows)
	for i, code := range r.codes(rows, len(distinct)) {
		times[i] = distinct[code]
	}
	return times, r.end()
}

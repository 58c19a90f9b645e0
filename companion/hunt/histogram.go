package hunt

import (
	"maps"
	"slices"
	"time"
)

// Bucket is a span of time and how many rows lie in it.
type Bucket struct {
	// From begins the span, which is as long as the answer's BucketWidth.
	From time.Time
	Rows int64
}

// MaxBuckets is how many spans a histogram has at most, the empty ones counted.
const MaxBuckets = 120

const day = 86400

// widths are how wide buckets can be, in seconds. Each is a multiple of the one before, so that buckets can be put together.
var widths = [...]int64{
	1, 2, 10, 20, 60, 120, 600, 1200, 3600, 7200, 6 * 3600, 12 * 3600,
	day, day << 1, day << 2, day << 3, day << 4, day << 5, day << 6, day << 7, day << 8, day << 9, day << 10, day << 11, day << 12,
	day << 13, day << 14,
}

// histogram counts times, in the narrowest buckets of which there are not too many. The zero value is empty.
type histogram struct {
	width       int // its place in widths
	counts      map[int64]int64
	first, last int64 // buckets
}

// add counts a time, in microseconds since 1970.
func (h *histogram) add(micros, rows int64) {
	at := bucketOf(micros, time.Second.Microseconds()*widths[h.width])
	if h.counts == nil {
		h.counts = make(map[int64]int64)
		h.first, h.last = at, at
	}
	h.counts[at] += rows
	h.first, h.last = min(h.first, at), max(h.last, at)
	for h.last-h.first >= MaxBuckets && h.width < len(widths)-1 {
		h.widen()
	}
}

// widen puts buckets together.
func (h *histogram) widen() {
	factor := widths[h.width+1] / widths[h.width]
	h.width++
	wider := make(map[int64]int64, len(h.counts))
	for at, rows := range h.counts {
		wider[bucketOf(at, factor)] += rows
	}
	h.counts, h.first, h.last = wider, bucketOf(h.first, factor), bucketOf(h.last, factor)
}

// bucketOf divides and rounds down, before 1970 too.
func bucketOf(at, width int64) int64 {
	bucket := at / width
	if at%width < 0 {
		bucket--
	}
	return bucket
}

// merge adds what another has counted.
func (h *histogram) merge(other *histogram) {
	seconds := widths[other.width]
	for at, rows := range other.counts {
		h.add(at*seconds*time.Second.Microseconds(), rows)
	}
	for h.width < other.width && h.counts != nil {
		h.widen()
	}
}

// buckets returns the buckets that have rows, in order, and how wide they are.
func (h *histogram) buckets() (all []Bucket, width time.Duration) {
	width = time.Duration(widths[h.width]) * time.Second
	for _, at := range slices.Sorted(maps.Keys(h.counts)) {
		all = append(all, Bucket{time.Unix(at*widths[h.width], 0).UTC(), h.counts[at]})
	}
	return all, width
}

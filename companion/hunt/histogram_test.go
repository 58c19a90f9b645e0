package hunt

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAHistogramHasEveryRowInBucketsThatAreAsNarrowAsCanBe(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for _, reach := range []int64{1, 1e6, 1e8, 1e10, 1e12, 1e14, 1e16} {
		times := make([]int64, 500)
		var whole, left, right histogram
		for i := range times {
			times[i] = random.Int64N(reach) - reach/3
			whole.add(times[i], 1)
			if i%2 == 0 {
				left.add(times[i], 1)
			} else {
				right.add(times[i], 1)
			}
		}
		buckets, width := whole.buckets()
		want := map[time.Time]int64{}
		for _, at := range times {
			from := time.UnixMicro(at).UTC()
			back := time.Duration(at) * time.Microsecond % width
			if back < 0 {
				back += width
			}
			want[from.Add(-back)]++
		}
		got := map[time.Time]int64{}
		for i, b := range buckets {
			got[b.From] = b.Rows
			require.True(t, i == 0 || buckets[i-1].From.Before(b.From))
		}
		assert.Equal(t, want, got)
		assert.LessOrEqual(t, buckets[len(buckets)-1].From.Sub(buckets[0].From)/width, time.Duration(MaxBuckets))
		left.merge(&right)
		merged, mergedWidth := left.buckets()
		assert.Equal(t, buckets, merged, "in parts as in one")
		assert.Equal(t, width, mergedWidth)
	}
}

func TestAnEmptyHistogramHasNoBuckets(t *testing.T) {
	t.Parallel()
	var h, other histogram
	h.merge(&other)
	buckets, _ := h.buckets()
	assert.Empty(t, buckets)
}

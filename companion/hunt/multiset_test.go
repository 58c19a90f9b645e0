package hunt

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestTalliesAreMultisets holds a tally to taking the same forms off two lists one by one.
func TestTalliesAreMultisets(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	for range 500 {
		var counted keyTally
		var lists [2][]form
		forms := map[location]form{}
		for side := range lists {
			for row := range random.IntN(8) {
				f, at := form{random.Uint64N(4)}, location{side, row}
				forms[at] = f
				lists[side] = append(lists[side], f)
				counted.add(side, f, at)
			}
		}
		var gone int
		left := append([]form(nil), lists[sideAfter]...)
		for _, f := range lists[sideBefore] {
			found := -1
			for i, other := range left {
				if other == f {
					found = i
				}
			}
			if found < 0 {
				gone++
				continue
			}
			left = append(left[:found], left[found+1:]...)
		}
		var changed int64
		for _, p := range counted.changed() {
			require.NotEqual(t, forms[p.from], forms[p.to])
			require.Equal(t, sideBefore, p.from.chunk)
			require.Equal(t, sideAfter, p.to.chunk)
			changed += p.rows
		}
		assert.EqualValues(t, gone, changed+counted.surplus(sideBefore))
		assert.EqualValues(t, len(left), changed+counted.surplus(sideAfter))
		assert.True(t, counted.surplus(sideBefore) == 0 || counted.surplus(sideAfter) == 0)
	}
}

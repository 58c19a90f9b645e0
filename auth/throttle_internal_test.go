package auth

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestP4TheThrottlesMemoryIsBounded(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	th := newThrottle(func() time.Time { return now })
	for i := range maxBuckets {
		a, err := th.take(fmt.Sprint("name", i), fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255))
		require.NoError(t, err)
		if i%2 == 0 {
			a.succeeded()
		}
	}
	assert.LessOrEqual(t, len(th.forgiven), maxBuckets)
	assert.Greater(t, len(th.forgiven), maxBuckets/2)
	assert.LessOrEqual(t, len(th.known), maxBuckets)
	now = now.Add(time.Hour)
	for i := range maxBuckets {
		_, err := th.take(fmt.Sprint("later", i), "")
		require.NoError(t, err)
	}
	assert.Contains(t, th.forgiven, bucket{account: "later0"}, "what is forgiven is dropped first")
}

func TestKnownAddressesAreBounded(t *testing.T) {
	t.Parallel()
	th := newThrottle(time.Now)
	for i := range maxBuckets + 10 {
		attempt{throttle: th, pair: bucket{account: fmt.Sprint(i)}}.succeeded()
	}
	assert.LessOrEqual(t, len(th.known), maxBuckets)
	assert.Contains(t, th.known, bucket{account: fmt.Sprint(maxBuckets + 9)}, "the newest is kept")
}

package hunt

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/velocicompanion/velocicompanion/tenancy"
)

func TestACacheHoldsNoMoreThanItsLimit(t *testing.T) {
	t.Parallel()
	const limit = 100 * (1000 + entryBytes)
	c := newCache(limit)
	key := func(tenant tenancy.ID, i int) cacheKey { return cacheKey{tenant, fmt.Sprint(i), "x"} }
	a, b := tenancy.New(), tenancy.New()
	for i := range 1000 {
		c.put(key(a, i), i, 1000)
		c.put(key(a, i), i, 1000)
		assert.LessOrEqual(t, c.size, int64(limit))
	}
	assert.Len(t, c.entries, 100)
	found := 0
	for i := range 1000 {
		if value, known := fromCache[int](c, key(a, i)); known {
			assert.Equal(t, i, value)
			found++
		}
		_, known := fromCache[int](c, key(b, i))
		assert.False(t, known, "what is kept is one tenant's")
	}
	assert.Equal(t, 100, found)

	last := key(a, 999)
	_, known := fromCache[string](c, last)
	assert.False(t, known, "it is something else")
	c.put(last, 1, limit/2)
	_, known = fromCache[int](c, last)
	assert.False(t, known, "what is too large takes the place of nothing")
	for i := range 1000 {
		c.forget(key(a, i))
	}
	assert.Zero(t, c.size)
}

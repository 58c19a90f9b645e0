package hunt

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestKeysKeepTheirPlaces(t *testing.T) {
	t.Parallel()
	var k keys
	long := strings.Repeat("x", keyBytes+1)
	key := func(i int) []byte {
		if i%1000 == 7 {
			return []byte(long + strconv.Itoa(i))
		}
		return strconv.AppendInt(nil, int64(i), 10)
	}
	const n = 3*listBlock + 5
	for i := range n {
		_, known := k.find(key(i))
		require.False(t, known)
		k.add(key(i))
	}
	for i := range n {
		place, known := k.find(key(i))
		require.True(t, known)
		require.Equal(t, i, place)
	}
	_, known := k.find(nil)
	assert.False(t, known)
	i := 0
	for text := range k.texts.all {
		require.Equal(t, string(key(i)), text)
		i++
	}
	assert.Equal(t, n, i)
}

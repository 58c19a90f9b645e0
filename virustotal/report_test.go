package virustotal_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/virustotal"
)

func TestParseHash(t *testing.T) {
	t.Parallel()
	for _, digits := range []int{32, 40, 64} {
		h, err := virustotal.ParseHash("\t " + strings.Repeat("AB", digits/2) + "\r\n")
		require.NoError(t, err)
		assert.Equal(t, virustotal.Hash(strings.Repeat("ab", digits/2)), h)
	}
	for _, s := range []string{"", " ", "zz", strings.Repeat("a", 63), strings.Repeat("g", 64), strings.Repeat("ä", 16), "0x" + strings.Repeat("a", 30)} {
		_, err := virustotal.ParseHash(s)
		assert.ErrorIs(t, err, virustotal.ErrInvalidHash, "%q", s)
	}
}

func FuzzParseHash(f *testing.F) {
	for _, s := range []string{"", "d41d8cd98f00b204e9800998ecf8427e", " " + strings.Repeat("F", 64), strings.Repeat("\u212a", 16)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		h, err := virustotal.ParseHash(s)
		if err != nil {
			require.ErrorIs(t, err, virustotal.ErrInvalidHash)
			return
		}
		require.Contains(t, []int{32, 40, 64}, len(h))
		require.Empty(t, strings.Trim(string(h), "0123456789abcdef"))
		again, err := virustotal.ParseHash(string(h))
		require.NoError(t, err)
		require.Equal(t, h, again)
	})
}

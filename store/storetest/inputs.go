package storetest

import (
	"crypto/sha256"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/tenancy"
)

func testInputs(s suite) {
	s.holds("HasInput reports what KeepInput remembered of the tenant, however often", func(t *testing.T, w world) {
		digest, other := sha256.Sum256([]byte("one")), sha256.Sum256([]byte("two"))
		for range 2 {
			require.NoError(t, w.Collections.KeepInput(w.ctx, w.a, digest))
		}
		for _, of := range []struct {
			tenant tenancy.ID
			digest [sha256.Size]byte
			has    bool
		}{{w.a, digest, true}, {w.a, other, false}, {w.b, digest, false}} {
			has, err := w.Collections.HasInput(w.ctx, of.tenant, of.digest)
			require.NoError(t, err)
			assert.Equal(t, of.has, has)
		}
	})
}

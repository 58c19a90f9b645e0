package storetest

import (
	"crypto/sha256"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

func testInputs(s suite) {
	s.holds("Input returns what KeepInput said last of an input of the tenant", func(t *testing.T, w world) {
		digest, other := sha256.Sum256([]byte("one")), sha256.Sum256([]byte("two"))
		for _, brought := range [][]byte{nil, []byte("first"), []byte("\x00last\xff")} {
			require.NoError(t, w.Collections.KeepInput(w.ctx, w.a, digest, brought))
			got, err := w.Collections.Input(w.ctx, w.a, digest)
			require.NoError(t, err)
			require.Equal(t, string(brought), string(got))
		}
		for _, of := range []struct {
			tenant tenancy.ID
			digest [sha256.Size]byte
		}{{w.a, other}, {w.b, digest}} {
			_, err := w.Collections.Input(w.ctx, of.tenant, of.digest)
			assert.ErrorIs(t, err, ingest.ErrNotFound)
		}
	})
}

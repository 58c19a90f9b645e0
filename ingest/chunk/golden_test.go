package chunk_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/ingest/chunk"
)

// TestChunksOfEarlierVersionsAreRead reads blocks that were written once and are never written anew: a chunk that cannot be
// read any more is a customer's loss.
func TestChunksOfEarlierVersionsAreRead(t *testing.T) {
	t.Parallel()
	codec := newCodec(t)
	for _, file := range []string{"testdata/version1.json", "testdata/version2.json", "testdata/version3.json"} {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		var golden map[string]struct {
			Rows   []string
			Blocks map[string][]byte
		}
		require.NoError(t, json.Unmarshal(text, &golden))
		require.GreaterOrEqual(t, len(golden), 3)
		for name, kept := range golden {
			name = file + " " + name
			var blocks []chunk.Block
			for column, data := range kept.Blocks {
				blocks = append(blocks, chunk.Block{Column: column, Data: data})
			}
			v, err := codec.View(ofA, len(kept.Rows), blocks)
			require.NoError(t, err)
			assert.Equal(t, kept.Rows, read(t, v), name)
			fresh := view(t, codec, kept.Rows...)
			assert.Equal(t, index(t, fresh), index(t, v), name)
			assert.Equal(t, times(t, fresh), times(t, v), name)
			assert.Equal(t, paths(t, fresh), paths(t, v), name)
			missing, err := v.MissingForRows()
			require.NoError(t, err)
			assert.Empty(t, missing, name)
			current, err := v.Current()
			require.NoError(t, err)
			assert.Equal(t, file == "testdata/version3.json" && byColumn(blocks), current, name)
		}
	}
}

package velociraptor_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/ingest"
)

// TestProgressReachesTheSizeOfTheArchive holds for whole and combined hunts, locked ones, and such with uploaded files:
// what is not read counts as done, and what is read twice, once to unlock it, does not count twice.
func TestProgressReachesTheSizeOfTheArchive(t *testing.T) {
	t.Parallel()
	for _, s := range samples(t) {
		t.Run(s.Path, func(t *testing.T) {
			t.Parallel()
			h := newHarness(t, ingest.Config{})
			progress := &ingest.Progress{}
			a := s.archive(t)
			report, err := h.Ingest(ingest.Background(t.Context(), progress), h.tenant, a)
			require.NoError(t, err)
			assert.InEpsilon(t, a.Size, progress.Bytes(), 0.3, "what is read about the flow counts beside the results")
			var read int64
			for _, kept := range report.Collections {
				for _, brought := range kept.Brought {
					read += brought.Read
				}
			}
			assert.Equal(t, read, progress.Rows(), "rows, without the list of uploaded files")
		})
	}
}

// watched notes how far an ingest is when a file is read.
type watched struct {
	io.ReaderAt
	progress *ingest.Progress
	steps    map[int64]bool
}

func (w *watched) ReadAt(p []byte, off int64) (int, error) {
	w.steps[w.progress.Bytes()] = true
	return w.ReaderAt.ReadAt(p, off)
}

func TestProgressGoesThroughALongMember(t *testing.T) {
	t.Parallel()
	var rows strings.Builder
	random := rand.New(rand.NewPCG(1, 2))
	for range 20_000 { // which do not compress well: the file is read in many steps
		fmt.Fprintf(&rows, "{\"n\":\"%x%x%x%x\"}\n", random.Uint64(), random.Uint64(), random.Uint64(), random.Uint64())
	}
	h := newHarness(t, ingest.Config{})
	a := archive(zipOf(t, flowFiles("", "C.1", "F.1", file{"A.json", rows.String()})...))
	file := &watched{a.File, &ingest.Progress{}, map[int64]bool{}}
	a.File = file
	_, err := h.Ingest(ingest.Background(t.Context(), file.progress), h.tenant, a)
	require.NoError(t, err)
	assert.Greater(t, len(file.steps), 10)
}

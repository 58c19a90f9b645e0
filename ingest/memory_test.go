package ingest_test

import (
	"bytes"
	"io"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/companion/companiontest"
	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/ingest/velociraptor"
)

// measuring reads a text over and over and watches how much memory is in use meanwhile.
type measuring struct {
	text    []byte
	repeats int
	next    bytes.Reader
	largest uint64
}

func (m *measuring) Read(p []byte) (int, error) {
	if m.next.Len() == 0 {
		if m.repeats == 0 {
			return 0, io.EOF
		}
		m.repeats--
		m.next.Reset(m.text)
		runtime.GC()
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		m.largest = max(m.largest, stats.HeapAlloc)
	}
	return m.next.Read(p)
}

// TestAnIngestHoldsLittleOfItsInput is not parallel, because it looks at the memory of the whole process.
func TestAnIngestHoldsLittleOfItsInput(t *testing.T) {
	var text bytes.Buffer
	require.NoError(t, companiontest.WriteProcesses(&text, 10_000, 200, 1))
	h := newHarness(t, ingest.Config{})
	s := h.over(t, discarding{h.stores.Collections}, ingest.Config{})
	body := &measuring{text: text.Bytes(), repeats: 12}
	_, err := s.Ingest(t.Context(), h.tenant, &velociraptor.Table{Body: body, Artifact: "A", Hostname: "pc1"})
	require.NoError(t, err)
	assert.Less(t, body.largest, uint64(64<<20), "of 100 MB that came in")
}

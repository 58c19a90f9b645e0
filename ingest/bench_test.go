package ingest_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/companion/companiontest"
	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/ingest/velociraptor"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// discarding is a store that takes chunks and keeps none.
type discarding struct{ ingest.Store }

func (discarding) AppendChunks(context.Context, tenancy.ID, string, []ingest.Chunk, time.Time) error {
	return nil
}

// BenchmarkIngest is what an ingest costs apart from the store: reading lines, checking and digesting rows, building
// and compressing chunks.
func BenchmarkIngest(b *testing.B) {
	const rows = 200_000
	var text bytes.Buffer
	require.NoError(b, companiontest.WriteProcesses(&text, rows, 200, 1))
	h := newHarness(b, ingest.Config{})
	s := h.over(b, discarding{h.stores.Collections}, ingest.Config{})
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		_, err := s.Ingest(b.Context(), h.tenant, &velociraptor.Table{
			Body: bytes.NewReader(text.Bytes()), Artifact: "Windows.System.Pslist", Hostname: "h",
		})
		require.NoError(b, err)
	}
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

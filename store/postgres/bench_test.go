package postgres_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/store"
	"github.com/velocicompanion/velocicompanion/tenancy"
"github.com/velocicompanion/velocicompanion/store/postgres"
"github.com/velocicompanion/velocicompanion/store/postgres/pgtest"
)

func benchStores(b *testing.B, open func(b *testing.B) store.Stores) {
	for _, shape := range []struct {
		name                    string
		blocks, size, rows, per int
	}{{"1x300KB", 1, 300 << 10, 4096, 4}, {"25x12KB", 25, 12 << 10, 4096, 4}, {"25x800B", 25, 800, 200, 64}, {"1x20KB", 1, 20 << 10, 200, 64}} {
		b.Run(shape.name, func(b *testing.B) {
			s := open(b)
			ctx := context.Background()
			tenant := tenancy.New()
			if err := s.Tenants.CreateTenant(ctx, tenancy.Tenant{ID: tenant}); err != nil {
				b.Fatal(err)
			}
			data := make([]byte, shape.size)
			rand.Read(data)
			now := time.Now()
			stage := uuid.NewString()
			s.Collections.OpenStage(ctx, tenant, stage, now, now.Add(time.Hour))
			var collections []ingest.Collection
			var ids []string
			total := 64 << 20 / (shape.blocks * shape.size)
			if total > 5000 { total = 5000 }
			start := time.Now()
			for n := 0; n < total; {
				var chunks []ingest.Chunk
				for range shape.per {
					r := ingest.Result{ID: uuid.Must(uuid.NewV7()).String(), Artifact: "Windows.System.Pslist", Stored: int64(shape.rows)}
					c := ingest.Chunk{ChunkHeader: ingest.ChunkHeader{ID: uuid.Must(uuid.NewV7()).String(), ResultID: r.ID, Artifact: r.Artifact, Rows: shape.rows}}
					for i := range shape.blocks {
						c.Blocks = append(c.Blocks, ingest.Block{Column: fmt.Sprintf("Column%d", i), Data: data})
					}
					chunks = append(chunks, c)
					ids = append(ids, c.ID)
					id := uuid.Must(uuid.NewV7()).String()
					collections = append(collections, ingest.Collection{ID: id, Key: "flow/" + id, HostID: id, CollectedAt: now, IngestedAt: now, Results: []ingest.Result{r}})
					n++
				}
				if err := s.Collections.AppendChunks(ctx, tenant, stage, chunks, now.Add(time.Hour)); err != nil {
					b.Fatal(err)
				}
			}
			appended := time.Since(start)
			start = time.Now()
			if _, err := s.Collections.CommitStage(ctx, tenant, stage, collections); err != nil {
				b.Fatal(err)
			}
			committed := time.Since(start)
			mb := float64(len(ids)*shape.blocks*shape.size) / 1e6
			fmt.Printf("%s: %d chunks %.0f MB: append %v = %.0f MB/s, %.0f rows/s, %.0f blocks/s; commit %v\n", shape.name, len(ids), mb, appended, mb/appended.Seconds(), float64(len(ids)*shape.rows)/appended.Seconds(), float64(len(ids)*shape.blocks)/appended.Seconds(), committed)
			if len(ids) > 5000 { ids = ids[:5000] }
			for range 3 {
				start = time.Now()
				n := 0
				for _, err := range s.Collections.Blocks(ctx, tenant, "Windows.System.Pslist", []string{"Column0"}, ids) {
					if err != nil { b.Fatal(err) }
					n++
				}
				fmt.Printf("  Blocks %d of %d: %v\n", n, len(ids), time.Since(start))
			}
			start = time.Now()
			n := 0
			for _, err := range s.Collections.Chunks(ctx, tenant, ingest.ChunkFilter{Artifacts: []string{"Windows.System.Pslist"}}) {
				if err != nil { b.Fatal(err) }
				n++
			}
			fmt.Printf("  Chunks %d: %v\n", n, time.Since(start))
			start = time.Now()
			a, _ := s.Collections.Artifacts(ctx, tenant)
			fmt.Printf("  Artifacts %d: %v\n", a[0].Rows, time.Since(start))
		})
	}
}
func BenchmarkX(b *testing.B) { benchStores(b, func(b *testing.B) store.Stores { return pgtest.Open(b, postgres.Config{}).Stores() }) }

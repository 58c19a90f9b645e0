package ingest

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/velocicompanion/velocicompanion/ingest/chunk"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// Config holds what is optional. A field that is zero has its default; none may be negative.
type Config struct {
	// ForTenant gives a tenant other limits: it is given the Config, with its defaults filled in, and returns what holds
	// for the tenant. It is called for every ingest, and only what is said of one ingest and one tenant is looked at. Nil
	// where all tenants have the same.
	ForTenant func(tenancy.ID, Config) Config
	// Committed is called after each commit that changed something, with the collections that it changed, as they are kept
	// now. The ingest is answered when it returns, and is kept whatever it does. Nil where nobody wants to know.
	Committed func(ctx context.Context, tenant tenancy.ID, changed []Collection)
	// MaxBodyBytes is the largest input, as it is brought. Default 64 GiB.
	MaxBodyBytes int64
	// MaxRowBytes is the longest row that is kept; longer ones are rejected, and skipped without being held in memory.
	// Default 16 MiB, at most 64 MiB.
	MaxRowBytes int
	// MaxDepth is how deep the objects and arrays of a row may nest. Default 512, at most 10,000.
	MaxDepth int
	// MaxDecompressedBytes is what the compressed input of one ingest may come to. Default 64 GiB.
	MaxDecompressedBytes int64
	// MaxRatio is how many bytes may come out of each compressed one, looked at once 32 MiB came out. Default 200.
	MaxRatio int
	// MaxArchiveEntries is how many files an archive may hold; each takes some 400 bytes of memory. Default 250,000.
	MaxArchiveEntries int
	// MaxSpoolBytes is the largest input that is put into a temporary file. Default 8 GiB.
	MaxSpoolBytes int64
	// SpoolDir is where temporary files go. Default os.TempDir().
	SpoolDir string
	// MaxBufferBytes is how much memory one ingest uses for rows that do not fill a chunk yet. Default 32 MiB.
	MaxBufferBytes int
	// MaxLongRows is how many rows longer than [LongRow] are in memory at once, over all ingests; one tenant has at most
	// half of them. Each takes some five times its length there, until it is stored; others wait for it. Default 4.
	MaxLongRows int
	// MaxCollections is how many collections, which is flows of hosts, one ingest may bring; each takes some 3 KB of
	// memory. Default 20,000.
	MaxCollections int
	// MaxArtifacts is how many artifacts one collection may bring. Real ones have some dozens; each costs the store a row.
	// Default 4,096.
	MaxArtifacts int
	// MaxIngests and MaxTenantIngests are how many ingests run at once, over all tenants and of one tenant; the first of
	// a tenant is not counted among all. Others wait their turn, at most for MaxWait, and then fail with [ErrBusy].
	// Defaults 16, 8 and 30 seconds.
	MaxIngests       int
	MaxTenantIngests int
	MaxWait          time.Duration
	// MaxJobs and MaxTenantJobs are how many jobs there are that have not ended, over all tenants and of one tenant; more
	// fail with [ErrBusy]. Each has its input in a temporary file. As many of a tenant are remembered when they ended.
	// Defaults 256 and 32.
	MaxJobs       int
	MaxTenantJobs int
	// StageLease is how long an ingest that stores nothing more is left alone before another one of the same tenant
	// clears it away. Default 1 hour.
	StageLease time.Duration
	// Now is the clock. Default time.Now.
	Now func() time.Time
	// Logger is silent by default.
	Logger *slog.Logger
}

// of returns what holds for a tenant.
func (cfg Config) of(tenant tenancy.ID) (Config, error) {
	if cfg.ForTenant == nil {
		return cfg, nil
	}
	own, err := cfg.ForTenant(tenant, cfg).withDefaults()
	if err != nil {
		return Config{}, fmt.Errorf("ingest: Config.ForTenant: %w", err)
	}
	return own, nil
}

// maxMaxDepth is how deep encoding/json follows.
const maxMaxDepth = 10_000

// withDefaults returns cfg with its defaults filled in; the error names a field that is out of bounds.
func (cfg Config) withDefaults() (Config, error) {
	cfg.MaxRowBytes = cmp.Or(cfg.MaxRowBytes, 16<<20)
	cfg.MaxDepth = cmp.Or(cfg.MaxDepth, 512)
	cfg.MaxBodyBytes = cmp.Or(cfg.MaxBodyBytes, 64<<30)
	cfg.MaxDecompressedBytes = cmp.Or(cfg.MaxDecompressedBytes, 64<<30)
	cfg.MaxRatio = cmp.Or(cfg.MaxRatio, 200)
	cfg.MaxArchiveEntries = cmp.Or(cfg.MaxArchiveEntries, 250_000)
	cfg.MaxSpoolBytes = cmp.Or(cfg.MaxSpoolBytes, 8<<30)
	cfg.SpoolDir = cmp.Or(cfg.SpoolDir, os.TempDir())
	cfg.MaxBufferBytes = cmp.Or(cfg.MaxBufferBytes, 32<<20)
	cfg.MaxLongRows = cmp.Or(cfg.MaxLongRows, 4)
	cfg.MaxCollections = cmp.Or(cfg.MaxCollections, 20_000)
	cfg.MaxArtifacts = cmp.Or(cfg.MaxArtifacts, 4096)
	cfg.MaxIngests = cmp.Or(cfg.MaxIngests, 16)
	cfg.MaxTenantIngests = cmp.Or(cfg.MaxTenantIngests, 8)
	cfg.MaxWait = cmp.Or(cfg.MaxWait, 30*time.Second)
	cfg.MaxJobs = cmp.Or(cfg.MaxJobs, 256)
	cfg.MaxTenantJobs = cmp.Or(cfg.MaxTenantJobs, 32)
	cfg.StageLease = cmp.Or(cfg.StageLease, time.Hour)
	cfg.Logger = cmp.Or(cfg.Logger, slog.New(slog.DiscardHandler))
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	for _, field := range [...]struct {
		name       string
		value, max int64
	}{
		{"MaxRowBytes", int64(cfg.MaxRowBytes), chunk.MaxRowBytes},
		{"MaxDepth", int64(cfg.MaxDepth), maxMaxDepth},
		{"MaxBodyBytes", cfg.MaxBodyBytes, 0},
		{"MaxDecompressedBytes", cfg.MaxDecompressedBytes, 0},
		{"MaxRatio", int64(cfg.MaxRatio), 0},
		{"MaxArchiveEntries", int64(cfg.MaxArchiveEntries), 0},
		{"MaxSpoolBytes", cfg.MaxSpoolBytes, 0},
		{"MaxBufferBytes", int64(cfg.MaxBufferBytes), 0},
		{"MaxLongRows", int64(cfg.MaxLongRows), 0},
		{"MaxCollections", int64(cfg.MaxCollections), 0},
		{"MaxArtifacts", int64(cfg.MaxArtifacts), 0},
		{"MaxIngests", int64(cfg.MaxIngests), 0},
		{"MaxTenantIngests", int64(cfg.MaxTenantIngests), 0},
		{"MaxWait", int64(cfg.MaxWait), 0},
		{"MaxJobs", int64(cfg.MaxJobs), 0},
		{"MaxTenantJobs", int64(cfg.MaxTenantJobs), 0},
		{"StageLease", int64(cfg.StageLease), 0},
	} {
		if field.value < 0 {
			return Config{}, fmt.Errorf("ingest: Config.%s is negative", field.name)
		}
		if field.max > 0 && field.value > field.max {
			return Config{}, fmt.Errorf("ingest: Config.%s is above %d", field.name, field.max)
		}
	}
	return cfg, nil
}

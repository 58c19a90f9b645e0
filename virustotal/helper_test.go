package virustotal_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/store"
	"github.com/velocicompanion/velocicompanion/store/memory"
	"github.com/velocicompanion/velocicompanion/tenancy"
	"github.com/velocicompanion/velocicompanion/virustotal"
	"github.com/velocicompanion/velocicompanion/virustotal/vtapi"
	"github.com/velocicompanion/velocicompanion/virustotal/vttest"
)

// noon is a time with half a day to go until quotas begin anew.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func sha256(digit string) virustotal.Hash { return virustotal.Hash(strings.Repeat(digit, 64)) }

// file is a report on a file all of whose hashes repeat one digit.
func file(digit string, stats virustotal.Stats) virustotal.Report {
	return virustotal.Report{
		MD5:    virustotal.Hash(strings.Repeat(digit, 32)),
		SHA1:   virustotal.Hash(strings.Repeat(digit, 40)),
		SHA256: sha256(digit),
		Stats:  stats,
	}
}

type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// rig is a service over a fake VirusTotal and a store with one tenant.
type rig struct {
	*virustotal.Service
	source *vttest.Server
	stores store.Stores
	tenant tenancy.ID
	clock  *clock
}

func newRig(t *testing.T, cfg virustotal.Config) rig {
	return newRigWithKey(t, vttest.Key, cfg)
}

func newRigWithKey(t *testing.T, key string, cfg virustotal.Config) rig {
	t.Helper()
	r := rig{source: vttest.NewServer(), stores: memory.New(), clock: &clock{now: noon}}
	t.Cleanup(r.source.Close)
	client, err := vtapi.New(key, vtapi.Config{BaseURL: r.source.URL, Now: r.clock.Now})
	require.NoError(t, err)
	cfg.Now, cfg.MaxAttempts = r.clock.Now, max(1, cfg.MaxAttempts)
	r.Service, err = virustotal.New(r.stores.Verdicts, client, cfg)
	require.NoError(t, err)
	r.tenant = addTenant(t, r.stores)
	return r
}

func addTenant(t *testing.T, stores store.Stores) tenancy.ID {
	t.Helper()
	id := tenancy.New()
	require.NoError(t, stores.Tenants.CreateTenant(t.Context(), tenancy.Tenant{ID: id, Name: "demo", CreatedAt: noon}))
	return id
}

// clientFunc is a source without a network, for tests in which time has to stand still.
type clientFunc func(ctx context.Context, hash virustotal.Hash) (virustotal.Report, error)

func (f clientFunc) File(ctx context.Context, hash virustotal.Hash) (virustotal.Report, error) {
	return f(ctx, hash)
}

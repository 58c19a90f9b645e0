package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// tenantLimits are the variables that limit what one tenant may bring in, and what they set. The file that
// INGEST_TENANT_LIMITS names has them for single tenants.
var tenantLimits = map[string]func(*ingest.Config, int){
	"INGEST_MAX_BODY_MIB":           func(c *ingest.Config, n int) { c.MaxBodyBytes = int64(n) << 20 },
	"INGEST_MAX_SPOOL_MIB":          func(c *ingest.Config, n int) { c.MaxSpoolBytes = int64(n) << 20 },
	"INGEST_MAX_DECOMPRESSED_MIB":   func(c *ingest.Config, n int) { c.MaxDecompressedBytes = int64(n) << 20 },
	"INGEST_MAX_BUFFER_MIB":         func(c *ingest.Config, n int) { c.MaxBufferBytes = n << 20 },
	"INGEST_MAX_RATIO":              func(c *ingest.Config, n int) { c.MaxRatio = n },
	"INGEST_MAX_ENTRIES":            func(c *ingest.Config, n int) { c.MaxArchiveEntries = n },
	"INGEST_MAX_COLLECTIONS":        func(c *ingest.Config, n int) { c.MaxCollections = n },
	"INGEST_MAX_ARTIFACTS":          func(c *ingest.Config, n int) { c.MaxArtifacts = n },
	"INGEST_MAX_ROW_MIB":            func(c *ingest.Config, n int) { c.MaxRowBytes = n << 20 },
	"INGEST_MAX_AT_ONCE_PER_TENANT": func(c *ingest.Config, n int) { c.MaxTenantIngests = n },
	"INGEST_MAX_JOBS_PER_TENANT":    func(c *ingest.Config, n int) { c.MaxTenantJobs = n },
}

// ownLimits are what single tenants have of tenantLimits, by variable.
type ownLimits map[tenancy.ID]map[string]int

// of returns what holds for a tenant, which is what holds for all where it has no limit of its own.
func (o ownLimits) of(tenant tenancy.ID, cfg ingest.Config) ingest.Config {
	for name, n := range o[tenant] {
		tenantLimits[name](&cfg, n)
	}
	return cfg
}

// readTenantLimits reads a file with an object that has, for ids of tenants, objects of variables and numbers.
func readTenantLimits(path string) (ownLimits, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("INGEST_TENANT_LIMITS: %w", err)
	}
	var byID map[string]map[string]int
	if err := json.Unmarshal(text, &byID); err != nil {
		return nil, fmt.Errorf("INGEST_TENANT_LIMITS: %s is not as {\"<tenant>\": {\"INGEST_MAX_BODY_MIB\": 1024}}: %w", path, err)
	}
	own := ownLimits{}
	for id, limits := range byID {
		tenant, err := tenancy.Parse(id)
		if err != nil {
			return nil, fmt.Errorf("INGEST_TENANT_LIMITS: %w", err)
		}
		for name, n := range limits {
			if tenantLimits[name] == nil {
				return nil, fmt.Errorf("INGEST_TENANT_LIMITS: tenant %s: %q limits no single tenant", id, name)
			}
			if n < 1 {
				return nil, fmt.Errorf("INGEST_TENANT_LIMITS: tenant %s: %s: %d is not a whole number above 0", id, name, n)
			}
			if err := tooLarge(name, n); err != nil {
				return nil, fmt.Errorf("INGEST_TENANT_LIMITS: tenant %s: %w", id, err)
			}
		}
		own[tenant] = limits
	}
	return own, nil
}

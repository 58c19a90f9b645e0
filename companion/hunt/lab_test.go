package hunt_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/companion/hunt"
	"github.com/velocicompanion/velocicompanion/hosts"
	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/ingest/velociraptor"
	"github.com/velocicompanion/velocicompanion/store"
	"github.com/velocicompanion/velocicompanion/store/memory"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// The hunts of the lab.
const (
	huntA = "H.DC28A7CV632VS"
	huntC = "H.DC28C4OO6D6QM"
)

// fleet is a tenant with what was ingested into it.
type fleet struct {
	*hunt.Service
	ingest *ingest.Service
	stores store.Stores
	tenant tenancy.ID
}

// newFleet is on stores in memory.
func newFleet(t testing.TB, cfg hunt.Config, files ...string) *fleet {
	return newFleetOn(t, memory.New(), cfg, files...)
}

func newFleetOn(t testing.TB, stores store.Stores, cfg hunt.Config, files ...string) *fleet {
	f := &fleet{stores: stores, tenant: tenancy.New()}
	require.NoError(t, f.stores.Tenants.CreateTenant(t.Context(), tenancy.Tenant{ID: f.tenant, Name: "lab"}))
	var err error
	f.ingest, err = ingest.New(f.stores.Collections, f.stores.Hosts, ingest.Config{})
	require.NoError(t, err)
	f.Service, err = hunt.New(f.stores.Collections, f.stores.Hosts, f.stores.Hunts, cfg)
	require.NoError(t, err)
	for _, file := range files {
		content, err := os.ReadFile(filepath.Join("..", "..", "ingest", "velociraptor", "testdata", file))
		require.NoError(t, err)
		_, err = f.ingest.Ingest(t.Context(), f.tenant, &velociraptor.Archive{File: bytes.NewReader(content), Size: int64(len(content))})
		require.NoError(t, err)
	}
	return f
}

// rows ingests rows of an artifact as a flow of a host of its own name, and returns the collection.
func (f *fleet) rows(t testing.TB, host, flow, artifact string, rows ...string) ingest.Collection {
	report, err := f.ingest.Ingest(t.Context(), f.tenant, &velociraptor.Table{
		Body: strings.NewReader(strings.Join(rows, "\n")), Form: velociraptor.JSONLines,
		Hostname: host, Artifact: artifact, FlowID: flow,
	})
	require.NoError(t, err)
	require.Len(t, report.Collections, 1)
	return report.Collections[0].Collection
}

// scope is everything of the tenant.
func (f *fleet) scope() hunt.Scope { return hunt.Scope{Tenants: []tenancy.ID{f.tenant}} }

func (f *fleet) host(t testing.TB, name string) hosts.Host {
	found, err := f.stores.Hosts.Hosts(t.Context(), f.tenant, hosts.Filter{Name: name, Limit: 10})
	require.NoError(t, err)
	require.Len(t, found, 1)
	return found[0]
}

// Package storetest is the conformance suite of the stores: every sentence of the contracts in tenancy, auth, hosts,
// ingest, virustotal and companion/hunt is a subtest that is named for it. The adapters of this module pass it, and so must any
// implementation that takes the place of one of their stores.
//
// Where a contract says sorted, or in the order of ids, texts are compared byte by byte. Where something lasts until a
// time, it has ended at that time.
package storetest

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/store"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// Run holds stores against their contracts. It calls open once for each subtest, from several goroutines at once; each
// call returns stores that share nothing with those of another, and registers with t.Cleanup what has to be closed.
// A service that replaces one of the stores returns the others from an adapter of this module, with a tenancy.Store
// that creates and deletes tenants in both: what is held of deletion is held of all stores together.
func Run(t *testing.T, open func(t *testing.T) store.Stores) {
	t.Helper()
	for _, group := range [...]struct {
		name string
		test func(suite)
	}{
		{"Tenants", testTenants},
		{"Users", testUsers},
		{"Invites", testInvites},
		{"APITokens", testAPITokens},
		{"Sessions", testSessions},
		{"Grants", testGrants},
		{"Audit", testAudit},
		{"Directory", testDirectory},
		{"Hosts", testHosts},
		{"Stages", testStages},
		{"Merge", testMerge},
		{"Collections", testCollections},
		{"Chunks", testChunks},
		{"Inputs", testInputs},
		{"Verdicts", testVerdicts},
		{"News", testNews},
		{"SavedHunts", testSavedHunts},
		{"Watchlists", testWatchlists},
		{"Sightings", testSightings},
		{"Matching", testMatching},
		{"Isolation", testIsolation},
	} {
		t.Run(group.name, func(t *testing.T) {
			t.Parallel()
			group.test(suite{t, open})
		})
	}
}

type suite struct {
	t    *testing.T
	open func(t *testing.T) store.Stores
}

// world is what a subtest works on: fresh stores with two tenants in them.
type world struct {
	store.Stores
	ctx  context.Context
	a, b tenancy.ID
}

// holds runs the subtest of one sentence.
func (s suite) holds(sentence string, test func(t *testing.T, w world)) {
	s.t.Run(sentence, func(t *testing.T) {
		t.Parallel()
		w := world{Stores: s.open(t), ctx: t.Context(), a: tenancy.New(), b: tenancy.New()}
		for _, id := range []tenancy.ID{w.a, w.b} {
			require.NoError(t, w.Tenants.CreateTenant(w.ctx, tenancy.Tenant{ID: id, Name: "a tenant", CreatedAt: at(0)}))
		}
		test(t, w)
	})
}

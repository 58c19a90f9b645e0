package memory_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/store"
	"github.com/velocicompanion/velocicompanion/store/memory"
	"github.com/velocicompanion/velocicompanion/store/storetest"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(*testing.T) store.Stores { return memory.New() })
}

func TestNewSharesNothing(t *testing.T) {
	t.Parallel()
	one, two := memory.New(), memory.New()
	tenant := tenancy.Tenant{ID: tenancy.New(), Name: "a tenant"}
	require.NoError(t, one.Tenants.CreateTenant(t.Context(), tenant))

	_, err := two.Tenants.Tenant(t.Context(), tenant.ID)
	require.ErrorIs(t, err, tenancy.ErrNotFound)
	require.NoError(t, two.Tenants.CreateTenant(t.Context(), tenant))
}

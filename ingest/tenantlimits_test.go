package ingest_test

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// TestATenantMayHaveLimitsOfItsOwn holds each limit against a small tenant and against one that has the usual ones.
func TestATenantMayHaveLimitsOfItsOwn(t *testing.T) {
	t.Parallel()
	small := tenancy.New()
	h := newJobHarness(t, ingest.Config{ForTenant: func(tenant tenancy.ID, cfg ingest.Config) ingest.Config {
		if tenant == small {
			cfg.MaxBodyBytes, cfg.MaxDecompressedBytes, cfg.MaxSpoolBytes = 100, 50, 10
			cfg.MaxRowBytes, cfg.MaxCollections, cfg.MaxTenantJobs = 20, 1, 1
		}
		return cfg
	}})
	require.NoError(t, h.stores.Tenants.CreateTenant(t.Context(), tenancy.Tenant{ID: small, Name: "small"}))
	long := delivery{host: "pc1", artifact: "A", rows: []string{`{"a":1}`, `{"a":"` + strings.Repeat("x", 20) + `"}`}}
	two := readerFunc(func(ctx context.Context, b *ingest.Batch) error {
		return cmp.Or(delivery{host: "pc1", artifact: "A", rows: numbered(1)}.ReadInto(ctx, b),
			delivery{host: "pc2", artifact: "A", rows: numbered(1)}.ReadInto(ctx, b))
	})
	for name, try := range map[string]func(tenancy.ID) error{
		"body": func(id tenancy.ID) error { return h.unpack(id, "", bytes.NewReader(make([]byte, 101))) },
		"decompressed": func(id tenancy.ID) error {
			return h.unpack(id, "gzip", bytes.NewReader(compress(t, "gzip", strings.Repeat("x", 51))))
		},
		"spooled": func(id tenancy.ID) error {
			_, err := h.Spool(t.Context(), id, bytes.NewReader(make([]byte, 11)))
			return err
		},
		"collections": func(id tenancy.ID) error { _, err := h.Ingest(t.Context(), id, two); return err },
	} {
		require.ErrorIs(t, try(small), ingest.ErrTooLarge, name)
		require.NoError(t, try(h.tenant), name)
	}
	kept, err := h.Collections(t.Context(), small, ingest.CollectionFilter{})
	require.NoError(t, err)
	require.Empty(t, kept, "nothing half kept")

	report, err := h.Ingest(t.Context(), small, long)
	require.NoError(t, err)
	assert.EqualValues(t, 1, report.Collections[0].Brought[0].Rejected, "a long row")

	r := newStuck("pc1")
	_, err = h.begin(small, r)
	require.NoError(t, err)
	_, err = h.begin(small, newStuck("pc2"))
	require.ErrorIs(t, err, ingest.ErrBusy)
	close(r.let)
}

// unpack reads a body to its end.
func (h *harness) unpack(tenant tenancy.ID, encoding string, body io.Reader) error {
	r, err := h.Decompress(tenant, body, encoding)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, r)
	return err
}

func TestLimitsOfATenantThatCannotBeAreTold(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{ForTenant: func(_ tenancy.ID, cfg ingest.Config) ingest.Config {
		cfg.MaxRatio = -1
		return cfg
	}})
	_, err := h.Ingest(t.Context(), h.tenant, delivery{host: "pc1", artifact: "A"})
	require.ErrorContains(t, err, "Config.MaxRatio is negative")
}

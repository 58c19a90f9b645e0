package memory

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/velocicompanion/velocicompanion/hosts"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

func (b *backend) Upsert(
	ctx context.Context, tenant tenancy.ID, obs hosts.Observation, now time.Time,
) (h hosts.Host, created bool, err error) {
	err = b.updateExisting(ctx, tenant, func(t *tenantData) error {
		h, created, err = t.upsert(tenant, obs, now)
		return err
	})
	return h, created, err
}

func (b *backend) UpsertAll(
	ctx context.Context, tenant tenancy.ID, observations []hosts.Observation, now time.Time,
) (all []hosts.Host, err error) {
	err = b.updateExisting(ctx, tenant, func(t *tenantData) error {
		for _, obs := range observations {
			if err := obs.Check(); err != nil {
				return err
			}
		}
		for _, obs := range observations {
			h, _, err := t.upsert(tenant, obs, now)
			if err != nil {
				return err
			}
			all = append(all, h)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

func (t *tenantData) upsert(tenant tenancy.ID, obs hosts.Observation, now time.Time) (hosts.Host, bool, error) {
	var known []hosts.Host
	for _, old := range t.hosts {
		if old.ClientID != "" && old.ClientID == obs.ClientID || old.NameKey() == obs.NameKey() || strings.EqualFold(old.Hostname, obs.Hostname) {
			known = append(known, old)
		}
	}
	h, created, err := hosts.Apply(tenant, known, obs, now)
	if err == nil {
		t.hosts[h.ID] = cloneHost(h)
	}
	return h, created, err
}

func (b *backend) Host(ctx context.Context, tenant tenancy.ID, id string) (h hosts.Host, err error) {
	err = b.view(ctx, tenant, func(t *tenantData) error {
		h, err = find(t.hosts, id, hosts.ErrNotFound)
		return err
	})
	return cloneHost(h), err
}

func (b *backend) Hosts(ctx context.Context, tenant tenancy.ID, f hosts.Filter) (page []hosts.Host, err error) {
	err = b.view(ctx, tenant, func(t *tenantData) error {
		page = slices.DeleteFunc(sorted(t.hosts), func(h hosts.Host) bool { return h.ID <= f.After || !selects(f, h) })
		page = first(page, f.Limit)
		for i, h := range page {
			page[i] = cloneHost(h)
		}
		return nil
	})
	return page, err
}

func (b *backend) Count(ctx context.Context, tenant tenancy.ID) (n int64, err error) {
	err = b.view(ctx, tenant, func(t *tenantData) error {
		n = int64(len(t.hosts))
		return nil
	})
	return n, err
}

func selects(f hosts.Filter, h hosts.Host) bool {
	name := strings.ToLower(f.Name)
	return (len(f.IDs) == 0 || slices.Contains(f.IDs, h.ID)) &&
		(strings.Contains(strings.ToLower(h.Hostname), name) || strings.Contains(strings.ToLower(h.FQDN), name)) &&
		(f.ClientID == "" || strings.EqualFold(f.ClientID, h.ClientID)) &&
		(f.OS == "" || strings.EqualFold(f.OS, h.OS)) &&
		(f.IPAddress == "" || strings.EqualFold(f.IPAddress, h.IPAddress)) &&
		(f.Label == "" || slices.ContainsFunc(h.Labels, func(label string) bool { return strings.EqualFold(f.Label, label) }))
}

func cloneHost(h hosts.Host) hosts.Host {
	h.MACAddresses, h.Labels = slices.Clone(h.MACAddresses), slices.Clone(h.Labels)
	if h.Metadata != nil {
		metadata := make(map[string]json.RawMessage, len(h.Metadata))
		for name, value := range h.Metadata {
			metadata[name] = bytes.Clone(value)
		}
		h.Metadata = metadata
	}
	return h
}

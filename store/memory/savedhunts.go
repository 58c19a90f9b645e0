package memory

import (
	"bytes"
	"context"
	"slices"

	"github.com/velocicompanion/velocicompanion/companion/hunt"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

func (b *backend) PutSavedHunt(ctx context.Context, tenant tenancy.ID, h hunt.SavedHunt) error {
	return b.updateExisting(ctx, tenant, func(t *tenantData) error {
		h = cloneSavedHunt(h)
		h.TenantID, h.CreatedAt = tenant, kept(h.CreatedAt)
		t.savedHunts[h.ID] = h
		delete(t.runs, h.ID)
		return nil
	})
}

func (b *backend) SavedHunt(ctx context.Context, tenant tenancy.ID, id string) (h hunt.SavedHunt, err error) {
	err = b.view(ctx, tenant, func(t *tenantData) error {
		h, err = find(t.savedHunts, id, hunt.ErrNotFound)
		h.LastRun = t.runs[id].At
		return err
	})
	return cloneSavedHunt(h), err
}

func (b *backend) SavedHunts(ctx context.Context, tenant tenancy.ID) (all []hunt.SavedHunt, err error) {
	err = b.view(ctx, tenant, func(t *tenantData) error {
		all = sorted(t.savedHunts)
		for i, h := range all {
			all[i] = cloneSavedHunt(h)
			all[i].LastRun = t.runs[h.ID].At
		}
		return nil
	})
	return all, err
}

func (b *backend) RenameSavedHunt(ctx context.Context, tenant tenancy.ID, id, name string) error {
	return b.update(ctx, tenant, func(t *tenantData) error {
		h, err := find(t.savedHunts, id, hunt.ErrNotFound)
		if err != nil {
			return err
		}
		h.Name = name
		t.savedHunts[id] = h
		return nil
	})
}

func (b *backend) DeleteSavedHunt(ctx context.Context, tenant tenancy.ID, id string) error {
	return b.update(ctx, tenant, func(t *tenantData) error {
		if _, err := find(t.savedHunts, id, hunt.ErrNotFound); err != nil {
			return err
		}
		delete(t.savedHunts, id)
		delete(t.runs, id)
		return nil
	})
}

func (b *backend) PutRun(ctx context.Context, tenant tenancy.ID, huntID string, r hunt.Run) error {
	return b.update(ctx, tenant, func(t *tenantData) error {
		if _, err := find(t.savedHunts, huntID, hunt.ErrNotFound); err != nil {
			return err
		}
		r = cloneRun(r)
		r.At = kept(r.At)
		t.runs[huntID] = r
		return nil
	})
}

func (b *backend) LastRun(ctx context.Context, tenant tenancy.ID, huntID string) (r hunt.Run, err error) {
	err = b.view(ctx, tenant, func(t *tenantData) error {
		r, err = find(t.runs, huntID, hunt.ErrNotFound)
		return err
	})
	return cloneRun(r), err
}

// cloneSavedHunt copies a hunt; its LastRun is of the run that is kept with it.
func cloneSavedHunt(h hunt.SavedHunt) hunt.SavedHunt {
	h.Question = bytes.Clone(h.Question)
	return h
}

func cloneRun(r hunt.Run) hunt.Run {
	r.Entries = slices.Clone(r.Entries)
	for i, e := range r.Entries {
		r.Entries[i] = bytes.Clone(e)
	}
	return r
}

package memory

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

type entry struct {
	kind auth.EntryKind
	key  string
}

type target struct {
	tenant tenancy.ID
	id     string
}

// free reports whether none of the entries is in the directory yet.
func (b *backend) free(entries ...entry) bool {
	return !slices.ContainsFunc(entries, func(e entry) bool {
		_, taken := b.directory[e]
		return taken
	})
}

// leave removes the entries of one kind for an id.
func (b *backend) leave(kind auth.EntryKind, gone target) {
	maps.DeleteFunc(b.directory, func(e entry, to target) bool { return e.kind == kind && to == gone })
}

func (b *backend) Resolve(ctx context.Context, kind auth.EntryKind, key string) (tenancy.ID, string, error) {
	if err := ctx.Err(); err != nil {
		return tenancy.ID{}, "", err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	to, ok := b.directory[entry{kind, key}]
	if !ok {
		return tenancy.ID{}, "", auth.ErrNotFound
	}
	return to.tenant, to.id, nil
}

func (b *backend) GrantsOf(ctx context.Context, userID string) ([]auth.Grant, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	var grants []auth.Grant
	for _, t := range b.tenants {
		if g, ok := t.grants[userID]; ok {
			grants = append(grants, g)
		}
	}
	slices.SortFunc(grants, func(x, y auth.Grant) int { return cmp.Compare(x.TenantID.String(), y.TenantID.String()) })
	return grants, nil
}

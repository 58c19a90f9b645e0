package memory

import (
	"context"
	"time"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

func (b *backend) CreateAPIToken(ctx context.Context, tenant tenancy.ID, token auth.APIToken, key string) error {
	return b.updateExisting(ctx, tenant, func(t *tenantData) error {
		secret := entry{auth.EntryAPIToken, key}
		if _, taken := t.apiTokens[token.ID]; taken || !b.free(secret) {
			return auth.ErrExists
		}
		token.TenantID = t.ID
		token.GrantedAt, token.CreatedAt = kept(token.GrantedAt), kept(token.CreatedAt)
		token.ExpiresAt, token.LastUsedAt = kept(token.ExpiresAt), kept(token.LastUsedAt)
		t.apiTokens[token.ID] = token
		b.directory[secret] = target{t.ID, token.ID}
		return nil
	})
}

func (b *backend) APIToken(ctx context.Context, tenant tenancy.ID, id string) (token auth.APIToken, err error) {
	err = b.view(ctx, tenant, func(t *tenantData) error {
		token, err = find(t.apiTokens, id, auth.ErrNotFound)
		return err
	})
	return token, err
}

func (b *backend) APITokens(ctx context.Context, tenant tenancy.ID) (tokens []auth.APIToken, err error) {
	err = b.view(ctx, tenant, func(t *tenantData) error {
		tokens = sorted(t.apiTokens)
		return nil
	})
	return tokens, err
}

func (b *backend) UseAPIToken(ctx context.Context, tenant tenancy.ID, id string, at time.Time) error {
	return b.update(ctx, tenant, func(t *tenantData) error {
		if token, ok := t.apiTokens[id]; ok && token.LastUsedAt.Before(at) {
			token.LastUsedAt = kept(at)
			t.apiTokens[id] = token
		}
		return nil
	})
}

func (b *backend) DeleteAPIToken(ctx context.Context, tenant tenancy.ID, id string) error {
	return b.update(ctx, tenant, func(t *tenantData) error {
		if _, ok := t.apiTokens[id]; !ok {
			return auth.ErrNotFound
		}
		delete(t.apiTokens, id)
		b.leave(auth.EntryAPIToken, target{t.ID, id})
		return nil
	})
}

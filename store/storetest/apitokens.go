package storetest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// newAPIToken returns a token that lasts and was not used.
func newAPIToken() auth.APIToken {
	return auth.APIToken{ID: newID(), Name: "push", Scope: auth.ScopeIngest, CreatedBy: newID(), CreatedAt: at(0)}
}

func testAPITokens(s suite) {
	s.holds("CreateAPIToken keeps a token, stamped with the call's tenant, and enters its key", func(t *testing.T, w world) {
		token := newAPIToken()
		token.TenantID, token.Name, token.GrantedAt, token.CreatedAt, token.ExpiresAt = w.b, hostile, odd(-1), odd(0), odd(60)
		require.NoError(t, w.Auth.CreateAPIToken(w.ctx, w.a, token, "key"))
		token.TenantID, token.GrantedAt, token.CreatedAt, token.ExpiresAt = w.a, at(-1), at(0), at(60)

		found, err := w.Auth.APIToken(w.ctx, w.a, token.ID)
		require.NoError(t, err)
		assert.Equal(t, token, found)
		tenant, id, err := w.Directory.Resolve(w.ctx, auth.EntryAPIToken, "key")
		require.NoError(t, err)
		assert.Equal(t, w.a, tenant)
		assert.Equal(t, token.ID, id)
	})
	s.holds("CreateAPIToken is ErrExists when the id or the key is taken, and changes nothing", func(t *testing.T, w world) {
		token := newAPIToken()
		require.NoError(t, w.Auth.CreateAPIToken(w.ctx, w.a, token, "key"))
		again := token
		again.Name = "another"
		require.ErrorIs(t, w.Auth.CreateAPIToken(w.ctx, w.a, again, "another key"), auth.ErrExists)
		for _, tenant := range []tenancy.ID{w.a, w.b} {
			require.ErrorIs(t, w.Auth.CreateAPIToken(w.ctx, tenant, newAPIToken(), "key"), auth.ErrExists)
		}
		tokens, err := w.Auth.APITokens(w.ctx, w.a)
		require.NoError(t, err)
		assert.Equal(t, "push", tokens[0].Name)
		assert.Len(t, tokens, 1)
		tokens, err = w.Auth.APITokens(w.ctx, w.b)
		require.NoError(t, err)
		assert.Empty(t, tokens)
		_, _, err = w.Directory.Resolve(w.ctx, auth.EntryAPIToken, "another key")
		require.ErrorIs(t, err, auth.ErrNotFound)
	})
	s.holds("APITokens are in the order of their ids, used and expired ones too", func(t *testing.T, w world) {
		var want []string
		for _, key := range []string{"1", "2", "3"} {
			token := newAPIToken()
			token.ExpiresAt = at(-60)
			require.NoError(t, w.Auth.CreateAPIToken(w.ctx, w.a, token, key))
			want = append(want, token.ID)
		}
		tokens, err := w.Auth.APITokens(w.ctx, w.a)
		require.NoError(t, err)
		var ids []string
		for _, token := range tokens {
			ids = append(ids, token.ID)
		}
		assert.Equal(t, want, ids)
	})
	s.holds("UseAPIToken keeps the latest time, and is no error for an unknown token", func(t *testing.T, w world) {
		token := newAPIToken()
		require.NoError(t, w.Auth.CreateAPIToken(w.ctx, w.a, token, "key"))
		for _, minute := range []int{5, 3} {
			require.NoError(t, w.Auth.UseAPIToken(w.ctx, w.a, token.ID, odd(minute)))
		}
		require.NoError(t, w.Auth.UseAPIToken(w.ctx, w.b, token.ID, at(9)))
		require.NoError(t, w.Auth.UseAPIToken(w.ctx, w.a, newID(), at(9)))
		found, err := w.Auth.APIToken(w.ctx, w.a, token.ID)
		require.NoError(t, err)
		assert.Equal(t, at(5), found.LastUsedAt)
	})
	s.holds("DeleteAPIToken removes the token and its key, or is ErrNotFound", func(t *testing.T, w world) {
		token, other := newAPIToken(), newAPIToken()
		require.NoError(t, w.Auth.CreateAPIToken(w.ctx, w.a, token, "key"))
		require.NoError(t, w.Auth.CreateAPIToken(w.ctx, w.a, other, "other"))
		inv := newInvite()
		inv.ID = token.ID
		require.NoError(t, w.Auth.CreateInvite(w.ctx, w.a, inv, "invite"))
		require.ErrorIs(t, w.Auth.DeleteAPIToken(w.ctx, w.b, token.ID), auth.ErrNotFound)
		require.NoError(t, w.Auth.DeleteAPIToken(w.ctx, w.a, token.ID))
		require.ErrorIs(t, w.Auth.DeleteAPIToken(w.ctx, w.a, token.ID), auth.ErrNotFound)
		_, err := w.Auth.APIToken(w.ctx, w.a, token.ID)
		require.ErrorIs(t, err, auth.ErrNotFound)
		_, _, err = w.Directory.Resolve(w.ctx, auth.EntryAPIToken, "key")
		require.ErrorIs(t, err, auth.ErrNotFound)
		_, _, err = w.Directory.Resolve(w.ctx, auth.EntryAPIToken, "other")
		require.NoError(t, err)
		_, err = w.Auth.APIToken(w.ctx, w.a, other.ID)
		require.NoError(t, err)
		_, _, err = w.Directory.Resolve(w.ctx, auth.EntryInvite, "invite")
		require.NoError(t, err, "an invite that has the same id")
	})
	s.holds("DeleteTenant removes the keys of its tokens", func(t *testing.T, w world) {
		require.NoError(t, w.Auth.CreateAPIToken(w.ctx, w.a, newAPIToken(), "key"))
		require.NoError(t, w.Tenants.DeleteTenant(w.ctx, w.a))
		_, _, err := w.Directory.Resolve(w.ctx, auth.EntryAPIToken, "key")
		require.ErrorIs(t, err, auth.ErrNotFound)
	})
}

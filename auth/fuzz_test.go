package auth_test

import (
	"encoding/base64"
	"encoding/json"
	"net/textproto"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/auth"
)

// FuzzAccessToken signs whatever header and claims it is given with the right key: only the one session there is may
// come out, whatever they say.
func FuzzAccessToken(f *testing.F) {
	e := newEnv(f)
	good := strings.Split(e.tokens("admin").Access, ".")
	part := func(i int) string {
		text, err := base64.RawURLEncoding.DecodeString(good[i])
		require.NoError(f, err)
		return string(text)
	}
	f.Add(part(0), part(1))
	f.Add(part(0), `null`)
	f.Add(part(0), `[]`)
	f.Add(part(0), `{"exp":1e400,"aud":[1]}`)
	f.Add(`{"alg":"none","typ":"at+jwt"}`, part(1))
	f.Add(`{"alg":"HS256","alg":"none","typ":"at+jwt","kid":null}`, part(1))
	f.Add(`null`, `null`)
	var header map[string]any
	require.NoError(f, json.Unmarshal([]byte(part(0)), &header))
	f.Fuzz(func(t *testing.T, head, claims string) {
		signed := base64.RawURLEncoding.EncodeToString([]byte(head)) + "." + base64.RawURLEncoding.EncodeToString([]byte(claims))
		signature, err := jwt.SigningMethodHS256.Sign(signed, secret)
		require.NoError(t, err)
		p, err := e.Authenticate(e.ctx, bearer(signed+"."+base64.RawURLEncoding.EncodeToString(signature)))
		if err != nil {
			require.ErrorIs(t, err, auth.ErrUnauthenticated)
			assert.Zero(t, p)
			return
		}
		assert.Equal(t, e.admin.UserID, p.UserID)
		assert.Equal(t, e.admin.Tenant, p.Tenant)
		var got map[string]any
		require.NoError(t, json.Unmarshal([]byte(head), &got))
		assert.Equal(t, header, got)
	})
}

func FuzzBearerToken(f *testing.F) {
	for _, seed := range []string{"", "Bearer x", "bearer  x", "Basic x", "Bearer", "Bearer\tx", "Bearer a b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		token, err := auth.BearerToken(auth.Request{Header: textproto.MIMEHeader{"Authorization": {value}}})
		if err != nil {
			require.ErrorIs(t, err, auth.ErrUnauthenticated)
			assert.Empty(t, token)
			return
		}
		assert.True(t, strings.EqualFold(value, "bearer "+token))
	})
}

func FuzzSecretKey(f *testing.F) {
	f.Add("vcr_" + strings.Repeat("A", 43))
	f.Add("vcr_" + strings.Repeat("A", 42) + "B")
	f.Add("vcr_" + strings.Repeat("A", 42) + "\n")
	f.Add("vcr_")
	f.Fuzz(func(t *testing.T, text string) {
		key, ok := auth.SecretKey(text)
		if !ok {
			assert.Empty(t, key)
			return
		}
		assert.Len(t, key, 64)
		random, err := base64.RawURLEncoding.Strict().DecodeString(strings.TrimPrefix(text, "vcr_"))
		require.NoError(t, err)
		assert.Len(t, random, 32)
	})
}

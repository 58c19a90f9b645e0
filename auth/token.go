package auth

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/velocicompanion/velocicompanion/tenancy"
)

const (
	minSecretBytes = 32
	// maxTokenBytes is far above the size of our tokens.
	maxTokenBytes = 8 << 10
	// clockLeeway is how far the clocks of two replicas may be apart.
	clockLeeway = 30 * time.Second
	// tokenType is the typ of access tokens (RFC 9068), so that no other kind of JWT passes for one.
	tokenType = "at+jwt"
)

// Tokens is what a login, a refresh or a switch gives.
type Tokens struct {
	// Access is a JWT, to be sent as "Authorization: Bearer …". AccessExpiresIn is how long it is good.
	Access          string
	AccessExpiresIn time.Duration
	// Refresh is good for one call of [Service.Refresh], until RefreshExpiresAt.
	Refresh          string
	RefreshExpiresAt time.Time
}

// accessClaims is the body of an access token. What it says of the role is for the client to read: the role that
// counts is the one in the store.
type accessClaims struct {
	jwt.RegisteredClaims
	TenantID     string `json:"tenant_id"`
	HomeTenantID string `json:"home_tenant_id"`
	Role         Role   `json:"role"`
	SessionID    string `json:"sid"`
}

// Validate is called by the parser after its own checks.
func (c *accessClaims) Validate() error {
	if c.ID == "" || c.Subject == "" || c.SessionID == "" || c.IssuedAt == nil || !c.Role.Valid() {
		return errors.New("a claim is missing")
	}
	return nil
}

// accessToken is what a verified access token says.
type accessToken struct {
	userID, sessionID string
	home, tenant      tenancy.ID
}

// accessTokens signs and verifies access tokens: HS256 and nothing else, with the keys of its own ring.
type accessTokens struct {
	signingKey string
	keys       map[string][]byte // by kid
	parser     *jwt.Parser
}

func newAccessTokens(secret []byte, cfg Config) (*accessTokens, error) {
	if err := checkSecret(secret); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSecret, err)
	}
	keys := map[string][]byte{}
	for i, previous := range cfg.PreviousSecrets {
		if err := checkSecret(previous); err != nil {
			return nil, fmt.Errorf("auth: Config.PreviousSecrets[%d]: %w", i, err)
		}
		keys[keyID(previous)] = bytes.Clone(previous)
	}
	keys[keyID(secret)] = bytes.Clone(secret)
	return &accessTokens{
		signingKey: keyID(secret), keys: keys,
		parser: jwt.NewParser(
			jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), jwt.WithStrictDecoding(),
			jwt.WithIssuer(cfg.Issuer), jwt.WithAudience(cfg.Audience),
			jwt.WithExpirationRequired(), jwt.WithNotBeforeRequired(), jwt.WithIssuedAt(),
			jwt.WithLeeway(clockLeeway), jwt.WithTimeFunc(cfg.Now),
		),
	}, nil
}

// keyID names a secret without telling anything of it.
func keyID(secret []byte) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("velocicompanion kid"))
	return hex.EncodeToString(mac.Sum(nil)[:8])
}

// sampleSecrets are parts of secrets that stand in tutorials and in example files.
var sampleSecrets = []string{
	"changeme", "change-me", "change_me", "change-this", "change_this", "change-in-production", "your-secret", "your_secret",
	"yoursecret", "my-secret", "my_secret", "mysecret", "super-secret", "super_secret", "supersecret", "example", "sample",
	"placeholder", "replace-me", "replace_me", "replace-this", "not-secure", "insecure", "do-not-use",
	"09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
}

func checkSecret(secret []byte) error {
	if len(secret) == 0 {
		return errors.New("missing: give at least 32 random bytes")
	}
	if len(secret) < minSecretBytes {
		return fmt.Errorf("shorter than %d bytes", minSecretBytes)
	}
	lower := strings.ToLower(string(secret))
	for _, part := range sampleSecrets {
		if strings.Contains(lower, part) {
			return errors.New("a sample: anyone can read it in a tutorial, give random bytes")
		}
	}
	distinct := map[byte]bool{}
	for _, b := range secret {
		distinct[b] = true
	}
	if len(distinct) < 8 {
		return errors.New("has fewer than 8 different bytes: give random ones")
	}
	return nil
}

func (t *accessTokens) sign(claims *accessClaims) (string, error) {
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, claims)
	token.Header["typ"] = tokenType
	token.Header["kid"] = t.signingKey
	signed, err := token.SignedString(t.keys[t.signingKey])
	if err != nil {
		return "", fmt.Errorf("auth: signing an access token: %w", err)
	}
	return signed, nil
}

// verify returns what a token says, or an error that wraps ErrUnauthenticated.
func (t *accessTokens) verify(token string) (accessToken, error) {
	if len(token) > maxTokenBytes {
		return accessToken{}, errBadToken
	}
	var claims accessClaims
	_, err := t.parser.ParseWithClaims(token, &claims, t.key)
	if errors.Is(err, jwt.ErrTokenExpired) {
		return accessToken{}, fmt.Errorf("%w: the access token has expired, refresh it or log in", ErrUnauthenticated)
	}
	if err != nil {
		return accessToken{}, errBadToken
	}
	home, errHome := tenancy.Parse(claims.HomeTenantID)
	tenant, errTenant := tenancy.Parse(claims.TenantID)
	if errHome != nil || errTenant != nil {
		return accessToken{}, errBadToken
	}
	return accessToken{userID: claims.Subject, sessionID: claims.SessionID, home: home, tenant: tenant}, nil
}

var errBadToken = fmt.Errorf("%w: the access token is not valid", ErrUnauthenticated)

// key picks the key that a token's header names. Our headers hold alg, typ and kid; one with anything more (jku, x5u,
// jwk, crit) is not ours.
func (t *accessTokens) key(token *jwt.Token) (any, error) {
	kid, _ := token.Header["kid"].(string)
	key, ok := t.keys[kid]
	if !ok || token.Header["typ"] != tokenType || len(token.Header) != 3 {
		return nil, errBadToken
	}
	return key, nil
}

// nextRefresh is the refresh token that an exchange of another gives: always the same, so that an exchange that is asked
// for twice has one outcome, and nothing that can be told without the signing key.
func (t *accessTokens) nextRefresh(refresh string) string {
	mac := hmac.New(sha256.New, t.keys[t.signingKey])
	mac.Write([]byte("velocicompanion refresh " + refresh))
	return refreshPrefix + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// issue signs an access token for the session and puts it beside its refresh token.
func (s *Service) issue(user User, session Session, role Role, refresh string) (Tokens, error) {
	id, err := s.newID()
	if err != nil {
		return Tokens{}, err
	}
	now := s.now()
	lifetime := min(s.cfg.AccessTokenLifetime, session.ExpiresAt.Sub(now))
	access, err := s.tokens.sign(&accessClaims{
		RegisteredClaims: jwt.RegisteredClaims{
			ID: id, Subject: user.ID, Issuer: s.cfg.Issuer, Audience: jwt.ClaimStrings{s.cfg.Audience},
			IssuedAt: jwt.NewNumericDate(now), NotBefore: jwt.NewNumericDate(now),
			ExpiresAt: jwt.NewNumericDate(now.Add(lifetime)),
		},
		TenantID: session.Tenant.String(), HomeTenantID: user.TenantID.String(), Role: role, SessionID: session.ID,
	})
	if err != nil {
		return Tokens{}, err
	}
	return Tokens{Access: access, AccessExpiresIn: lifetime, Refresh: refresh, RefreshExpiresAt: session.ExpiresAt}, nil
}

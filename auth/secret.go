package auth

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
)

// What opaque secrets begin with, so that a person, or a scanner of repositories, sees what one is.
const (
	refreshPrefix = "vcr_"
	invitePrefix  = "vci_"
	tokenPrefix   = "vct_"
)

const secretBytes = 32

// newSecret returns an opaque secret and the key under which stores keep it.
func (s *Service) newSecret(prefix string) (secret, key string, err error) {
	var random [secretBytes]byte
	if _, err := io.ReadFull(s.cfg.Random, random[:]); err != nil {
		return "", "", fmt.Errorf("auth: making a secret: %w", err)
	}
	secret = prefix + base64.RawURLEncoding.EncodeToString(random[:])
	return secret, hashSecret(secret), nil
}

// secretKey returns the key of a secret that someone presents, and false when it cannot be one of ours.
func secretKey(prefix, secret string) (string, bool) {
	encoded, ok := strings.CutPrefix(secret, prefix)
	if !ok || len(encoded) != base64.RawURLEncoding.EncodedLen(secretBytes) {
		return "", false
	}
	random, err := base64.RawURLEncoding.Strict().DecodeString(encoded)
	if err != nil || len(random) != secretBytes { // shorter where the decoder skipped line ends
		return "", false
	}
	return hashSecret(secret), true
}

// A plain hash is enough: nobody can try out 256 random bits.
func hashSecret(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

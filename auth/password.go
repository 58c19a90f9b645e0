package auth

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/bcrypt"
	"golang.org/x/sync/semaphore"
)

// Rules for passwords. bcrypt looks at no more than 72 bytes; a longer password is refused rather than cut.
const (
	MinPasswordCharacters = 8
	MaxPasswordBytes      = 72
)

// commonPasswords are the commonest passwords that the other rules would let through, one on each line, in lower case.
//
//go:embed common_passwords.txt
var commonPasswords string

func checkPassword(field, username, password string) error {
	lower := strings.ToLower(password)
	switch {
	case !utf8.ValidString(password) || strings.ContainsRune(password, 0):
		return invalid(field, "holds NUL or is not UTF-8")
	case utf8.RuneCountInString(password) < MinPasswordCharacters:
		return invalid(field, "is shorter than %d characters", MinPasswordCharacters)
	case len(password) > MaxPasswordBytes:
		return invalid(field, "is longer than %d bytes", MaxPasswordBytes)
	case lower == strings.ToLower(username):
		return invalid(field, "is the user name")
	case !strings.Contains(lower, "\n") && strings.Contains("\n"+commonPasswords, "\n"+lower+"\n"):
		return invalid(field, "is one of the commonest: anyone would guess it")
	}
	return nil
}

// hasher computes bcrypt hashes, a bounded number of them at a time.
type hasher struct {
	cost     int
	slots    *semaphore.Weighted
	generate func(password []byte, cost int) ([]byte, error)
	compare  func(hash, password []byte) error
}

func newHasher(cost, concurrency int) *hasher {
	return &hasher{
		cost: cost, slots: semaphore.NewWeighted(int64(concurrency)),
		generate: bcrypt.GenerateFromPassword, compare: bcrypt.CompareHashAndPassword,
	}
}

func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	if err := h.slots.Acquire(ctx, 1); err != nil {
		return "", err
	}
	defer h.slots.Release(1)
	hash, err := h.generate([]byte(password), h.cost)
	if err != nil {
		return "", fmt.Errorf("auth: hashing a password: %w", err)
	}
	return string(hash), nil
}

// matches reports whether the password is the one of the hash. It computes one hash whatever it is given: no hash
// and too long a password take as long as a wrong password does.
func (h *hasher) matches(ctx context.Context, hash, password string) (bool, error) {
	usable := hash != "" && len(password) <= MaxPasswordBytes
	if !usable {
		hash = h.dummy()
		password = password[:min(len(password), MaxPasswordBytes)]
	}
	if err := h.slots.Acquire(ctx, 1); err != nil {
		return false, err
	}
	defer h.slots.Release(1)
	err := h.compare([]byte(hash), []byte(password))
	if err != nil && !errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
		return false, fmt.Errorf("auth: comparing a password: %w", err)
	}
	return usable && err == nil, nil
}

// dummy is a hash of the usual cost that belongs to no password: salt and sum are zeros in bcrypt's base64.
func (h *hasher) dummy() string {
	return fmt.Sprintf("$2a$%02d$%s", h.cost, strings.Repeat(".", 53))
}

// outdated reports whether the hash costs less than new ones do.
func (h *hasher) outdated(hash string) bool {
	cost, err := bcrypt.Cost([]byte(hash))
	return err == nil && cost < h.cost
}

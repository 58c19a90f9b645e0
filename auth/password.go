package auth

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
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

// How many hashes are in line, computed or waiting, for each one that is computed at once: in all and from one address.
// At the least cost a hash takes about a quarter of a second on an idle machine: the whole line is a wait of four
// seconds, and one address makes others wait for one.
const (
	hashesInLine           = 16
	hashesInLinePerAddress = 4
	hashRetry              = time.Second // when to try again what found the line full
)

// hasher computes bcrypt hashes, a bounded number of them at a time. Some more wait in line, others are refused.
type hasher struct {
	cost     int
	atOnce   int
	slots    *semaphore.Weighted
	generate func(password []byte, cost int) ([]byte, error)
	compare  func(hash, password []byte) error

	mu     sync.Mutex
	line   int            // how many hashes are in line
	lineOf map[string]int // by address
}

func newHasher(cost, concurrency int) *hasher {
	return &hasher{
		cost: cost, atOnce: concurrency, slots: semaphore.NewWeighted(int64(concurrency)), lineOf: map[string]int{},
		generate: bcrypt.GenerateFromPassword, compare: bcrypt.CompareHashAndPassword,
	}
}

// enter waits for the turn to compute a hash, which leave ends. Where the line is full it returns a [ThrottleError].
func (h *hasher) enter(ctx context.Context) (leave func(), err error) {
	address := foldAddress(OriginFrom(ctx).Address)
	if !h.join(address) {
		return nil, &ThrottleError{RetryAfter: hashRetry}
	}
	if err := h.slots.Acquire(ctx, 1); err != nil {
		h.quit(address)
		return nil, err
	}
	return func() {
		h.slots.Release(1)
		h.quit(address)
	}, nil
}

// join takes a place in line and reports whether there was one. Without an address only the whole line counts.
func (h *hasher) join(address string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.line/hashesInLine >= h.atOnce || address != "" && h.lineOf[address]/hashesInLinePerAddress >= h.atOnce {
		return false
	}
	h.line++
	h.lineOf[address]++
	return true
}

func (h *hasher) quit(address string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.line--
	h.lineOf[address]--
	if h.lineOf[address] == 0 {
		delete(h.lineOf, address)
	}
}

func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	leave, err := h.enter(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
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
	leave, err := h.enter(ctx)
	if err != nil {
		return false, err
	}
	defer leave()
	err = h.compare([]byte(hash), []byte(password))
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

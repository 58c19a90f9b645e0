package tenancy

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"time"
)

// ErrNoTenant is returned by every tenant-scoped call that is made with the zero [ID].
var ErrNoTenant = errors.New("tenancy: no tenant")

// ID names one tenant. Only [New] and [Parse] make one; the zero value names no tenant, and every tenant-scoped
// call refuses it with [ErrNoTenant]. IDs are comparable and can be map keys.
type ID struct{ canonical string }

// New returns a fresh ID: a UUID of version 7 (RFC 9562), so that IDs sort by the time they were made.
func New() ID {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(time.Now().UnixMilli()))
	copy(b[:6], ms[2:])
	b[6] = b[6]&0x0f | 0x70
	b[8] = b[8]&0x3f | 0x80
	return ID{format(b)}
}

// Parse reads the canonical text form of a UUID, in either case. Anything else, the nil UUID included, is an error
// that does not repeat the text.
func Parse(s string) (ID, error) {
	var b [16]byte
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return ID{}, errors.New("tenancy: a tenant id is a UUID in its canonical form")
	}
	packed := s[:8] + s[9:13] + s[14:18] + s[19:23] + s[24:]
	if _, err := hex.Decode(b[:], []byte(packed)); err != nil {
		return ID{}, errors.New("tenancy: a tenant id is a UUID in its canonical form")
	}
	if b == [16]byte{} {
		return ID{}, ErrNoTenant
	}
	return ID{format(b)}, nil
}

func format(b [16]byte) string {
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// String returns the canonical text form, or "" for the zero value.
func (id ID) String() string { return id.canonical }

// IsZero reports whether id names no tenant.
func (id ID) IsZero() bool { return id.canonical == "" }

// Check returns [ErrNoTenant] for the zero value and nil otherwise. Stores and services call it first.
func (id ID) Check() error {
	if id.IsZero() {
		return ErrNoTenant
	}
	return nil
}

// MarshalText writes the canonical form. There is deliberately no UnmarshalText: a tenant that arrives from outside
// passes through [Parse], where a reader can see it.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.canonical), nil }

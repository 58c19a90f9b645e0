package virustotal

import (
	"context"
	"encoding/hex"
	"errors"
	"strings"
	"time"
)

// Errors of this package. Test with errors.Is; they may be wrapped. The comment says what an HTTP service should answer.
var (
	// ErrInvalidHash: not an MD5, SHA-1 or SHA-256 in hex. 422.
	ErrInvalidHash = errors.New("virustotal: a hash is 32, 40 or 64 hexadecimal digits (MD5, SHA-1 or SHA-256)")
	// ErrNotFound: the store keeps nothing under the hash; from a Client: the source does not know the file.
	ErrNotFound = errors.New("virustotal: not found")
	// ErrNotConfigured: there is no Client. 503.
	ErrNotConfigured = errors.New("virustotal: no reputation source is configured")
	// ErrQuota: the source's quota, or the tenant's own, is used up. 429.
	ErrQuota = errors.New("virustotal: quota exceeded")
	// ErrCredentials: the source refuses the operator's key. 503; the operator has to act.
	ErrCredentials = errors.New("virustotal: the source refuses the API key")
	// ErrUnavailable: the source cannot be reached or has a failure of its own. 503; it may pass.
	ErrUnavailable = errors.New("virustotal: the source is not available")
	// ErrForeign: what answers does not answer as the source does, as where the address is wrong or a proxy stands
	// between. 503; asking again is in vain and the operator has to act.
	ErrForeign = errors.New("virustotal: what answers is not the source")
)

// Hash is an MD5, SHA-1 or SHA-256 in lower-case hex. [ParseHash] makes one.
type Hash string

// ParseHash reads a hash in either case, with white space around it. The error wraps ErrInvalidHash.
func ParseHash(s string) (Hash, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	switch len(s) {
	case 32, 40, 64:
	default:
		return "", ErrInvalidHash
	}
	if _, err := hex.DecodeString(s); err != nil {
		return "", ErrInvalidHash
	}
	return Hash(s), nil
}

// Verdict is a reputation in one word.
type Verdict string

// The verdicts there are.
const (
	Malicious  Verdict = "malicious"
	Suspicious Verdict = "suspicious"
	Clean      Verdict = "clean"
	// Unknown means that the source does not know the file, or that no engine has looked at it.
	Unknown Verdict = "unknown"
)

// Stats counts engines by what they said in the last analysis.
type Stats struct {
	Malicious        int `json:"malicious"`
	Suspicious       int `json:"suspicious"`
	Undetected       int `json:"undetected"`
	Harmless         int `json:"harmless"`
	Timeout          int `json:"timeout"`
	ConfirmedTimeout int `json:"confirmed-timeout"`
	Failure          int `json:"failure"`
	TypeUnsupported  int `json:"type-unsupported"`
}

// Report is what a source knows of one file. All text in it comes from outside and is not to be trusted.
type Report struct {
	// MD5, SHA1 and SHA256 name the same file; a source may leave some empty.
	MD5    Hash
	SHA1   Hash
	SHA256 Hash
	Stats  Stats
	// Names are file names that the file was seen under; MeaningfulName is the most telling one.
	Names          []string
	MeaningfulName string
	// ThreatLabel is the usual name of the malware, "trojan.test/demo".
	ThreatLabel string
	// Type says what kind of file it is, in words. Size is in bytes. Tags are the source's own.
	Type string
	Size int64
	Tags []string
	// Reputation is the community's score; negative is bad.
	Reputation int
	// FirstSubmittedAt and LastAnalyzedAt are zero where not known.
	FirstSubmittedAt time.Time
	LastAnalyzedAt   time.Time
}

// Client asks a reputation source. Implementations are safe for concurrent use and give up when ctx ends.
type Client interface {
	// File returns what the source knows of a file. Errors wrap ErrNotFound, ErrQuota, ErrCredentials, ErrForeign or
	// ErrUnavailable, after which alone it is asked again, or are ctx's.
	File(ctx context.Context, hash Hash) (Report, error)
}

package vtapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/velocicompanion/velocicompanion/virustotal"
)

// What is kept of a report: popular files have thousands of names.
const (
	maxList = 100  // names, tags
	maxText = 1024 // bytes of each text
)

// maxEngines is more than there will ever be; a larger count is not a count.
const maxEngines = 10_000

var errUnreadable = fmt.Errorf("%w: its answer is not a VirusTotal file object", virustotal.ErrForeign)

// attributes are those of a file object in version 3 of the API that are of use here.
type attributes struct {
	MD5        string          `json:"md5"`
	SHA1       string          `json:"sha1"`
	SHA256     string          `json:"sha256"`
	Stats      json.RawMessage `json:"last_analysis_stats"`
	AnalyzedAt int64           `json:"last_analysis_date"`
	FirstAt    int64           `json:"first_submission_date"`
	Names      []string        `json:"names"`
	Name       string          `json:"meaningful_name"`
	Size       int64           `json:"size"`
	Type       string          `json:"type_description"`
	Tags       []string        `json:"tags"`
	Reputation int             `json:"reputation"`
	Threat     struct {
		Label string `json:"suggested_threat_label"`
	} `json:"popular_threat_classification"`
}

// parseFile reads a file object. Fields that are missing or of another type stay empty, since the API may grow; but
// there has to be a hash, and counts that can be trusted: without them a malicious file might pass for a clean one.
func parseFile(body []byte) (virustotal.Report, error) {
	var object struct {
		Data struct {
			Attributes attributes `json:"attributes"`
		} `json:"data"`
	}
	// Unmarshal goes on after a field of the wrong type, and reports it at the end.
	var wrongType *json.UnmarshalTypeError
	if err := json.Unmarshal(body, &object); err != nil && !errors.As(err, &wrongType) {
		return virustotal.Report{}, errUnreadable
	}
	a := object.Data.Attributes
	r := virustotal.Report{
		MD5:              hash(a.MD5, 32),
		SHA1:             hash(a.SHA1, 40),
		SHA256:           hash(a.SHA256, 64),
		Names:            list(a.Names),
		MeaningfulName:   text(a.Name),
		ThreatLabel:      text(a.Threat.Label),
		Type:             text(a.Type),
		Size:             max(0, a.Size),
		Tags:             list(a.Tags),
		Reputation:       a.Reputation,
		FirstSubmittedAt: date(a.FirstAt),
		LastAnalyzedAt:   date(a.AnalyzedAt),
	}
	if r.MD5 == "" && r.SHA1 == "" && r.SHA256 == "" {
		return virustotal.Report{}, errUnreadable
	}
	if len(a.Stats) > 0 && json.Unmarshal(a.Stats, &r.Stats) != nil || !plausible(r.Stats) {
		return virustotal.Report{}, errUnreadable
	}
	return r, nil
}

func plausible(s virustotal.Stats) bool {
	for _, n := range [...]int{
		s.Malicious, s.Suspicious, s.Undetected, s.Harmless, s.Timeout, s.ConfirmedTimeout, s.Failure, s.TypeUnsupported,
	} {
		if n < 0 || n > maxEngines {
			return false
		}
	}
	return true
}

// errorCode returns the code of an error object, "" where body is none.
func errorCode(body []byte) string {
	var object struct {
		Error struct {
			Code string `json:"code"`
		} `json:"error"`
	}
	if json.Unmarshal(body, &object) != nil {
		return ""
	}
	return object.Error.Code
}

// retryAfter reads the header of that name, which holds seconds or a date; 0 where it says nothing of the future.
func retryAfter(header string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(header, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if date, err := http.ParseTime(header); err == nil {
		return max(0, date.Sub(now))
	}
	return 0
}

func hash(s string, digits int) virustotal.Hash {
	h, err := virustotal.ParseHash(s)
	if err != nil || len(h) != digits {
		return ""
	}
	return h
}

// text cuts s to a length worth keeping and takes out NUL, which databases refuse.
func text(s string) string {
	s = strings.ReplaceAll(s, "\x00", "")
	return strings.ToValidUTF8(s[:min(len(s), maxText)], "")
}

func list(all []string) []string {
	var out []string
	for _, s := range all {
		if s = text(s); s != "" && len(out) < maxList {
			out = append(out, s)
		}
	}
	return out
}

// date reads seconds since 1970; the zero time where they are missing or beyond what can be written as a date.
func date(seconds int64) time.Time {
	const year9999 = 253402300799
	if seconds <= 0 || seconds > year9999 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}

package vttest

import (
	"io"
	"net/http"
	"strconv"
	"time"
)

// Fault answers a call in place of the [Server], or delays it and then calls usual, which answers as if nothing was
// wrong. Tests may bring their own.
type Fault func(w http.ResponseWriter, r *http.Request, usual http.HandlerFunc)

// Quota refuses calls with 429. A Retry-After header, in whole seconds, is sent where retryAfter is positive;
// VirusTotal itself often leaves it out.
func Quota(retryAfter time.Duration) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.HandlerFunc) {
		if retryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(retryAfter.Seconds())))
		}
		writeError(w, http.StatusTooManyRequests, "QuotaExceededError", "Quota exceeded")
	}
}

// Unavailable answers with 503.
func Unavailable(w http.ResponseWriter, _ *http.Request, _ http.HandlerFunc) {
	writeError(w, http.StatusServiceUnavailable, "TransientError", "Transient server error. Retry might work.")
}

// Malformed answers with 200 and a body that breaks off.
func Malformed(w http.ResponseWriter, _ *http.Request, _ http.HandlerFunc) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, `{"data": {"type": "file", "attributes": {"last_analysis_stats": {"malicious": 4`)
}

// Disconnect closes the connection without an answer.
func Disconnect(http.ResponseWriter, *http.Request, http.HandlerFunc) {
	panic(http.ErrAbortHandler)
}

// Held keeps calls waiting until release is closed, and then answers as usual. A call whose client goes away, or whose
// Server is closed, ends at once without an answer.
func Held(release <-chan struct{}) Fault {
	return func(w http.ResponseWriter, r *http.Request, usual http.HandlerFunc) {
		select {
		case <-release:
			usual(w, r)
		case <-r.Context().Done():
			Disconnect(w, r, usual)
		}
	}
}

package virustotal

import (
	"cmp"
	"fmt"
	"time"
)

// Config holds what is optional. The zero value works.
type Config struct {
	// MaliciousEngines is how many engines have to call a file malicious before the verdict is Malicious; default 3.
	// Fewer make it Suspicious: one or two engines of seventy are often mistaken.
	MaliciousEngines int

	// MaliciousTTL, SuspiciousTTL, CleanTTL and UnknownTTL say for how long an answer is kept before the source is
	// asked again; default a week, a week, a day and 6 hours. Errors are never kept.
	MaliciousTTL  time.Duration
	SuspiciousTTL time.Duration
	CleanTTL      time.Duration
	UnknownTTL    time.Duration

	// CallsPerMinute limits the calls to the source for all tenants together; look-ups wait for their turn, spread
	// evenly over the minute, and tenants take turns. Default 0: no limit. VirusTotal's public key allows 4.
	CallsPerMinute int
	// DailyQuota is how many calls each tenant may cause in a day (UTC); default 0: no limit. VirusTotal's public key
	// allows 500 for all tenants together.
	DailyQuota int

	// MaxAttempts is how often a look-up calls a source that does not answer; default 3, 1 to call once. Each is a call
	// that counts. Before the second it waits for Backoff, default 500 ms, and twice as long before the next.
	MaxAttempts int
	Backoff     time.Duration

	// Now is the clock; default time.Now. Waiting for CallsPerMinute goes by the real clock all the same.
	Now func() time.Time
}

func (c Config) withDefaults() (Config, error) {
	for _, n := range [...]struct {
		field string
		value int64
	}{
		{"MaliciousEngines", int64(c.MaliciousEngines)},
		{"MaliciousTTL", int64(c.MaliciousTTL)},
		{"SuspiciousTTL", int64(c.SuspiciousTTL)},
		{"CleanTTL", int64(c.CleanTTL)},
		{"UnknownTTL", int64(c.UnknownTTL)},
		{"CallsPerMinute", int64(c.CallsPerMinute)},
		{"DailyQuota", int64(c.DailyQuota)},
		{"MaxAttempts", int64(c.MaxAttempts)},
		{"Backoff", int64(c.Backoff)},
	} {
		if n.value < 0 {
			return Config{}, fmt.Errorf("virustotal: Config.%s must not be negative", n.field)
		}
	}
	const day = 24 * time.Hour
	c.MaliciousEngines = cmp.Or(c.MaliciousEngines, 3)
	c.MaliciousTTL = cmp.Or(c.MaliciousTTL, 7*day)
	c.SuspiciousTTL = cmp.Or(c.SuspiciousTTL, 7*day)
	c.CleanTTL = cmp.Or(c.CleanTTL, day)
	c.UnknownTTL = cmp.Or(c.UnknownTTL, 6*time.Hour)
	c.MaxAttempts = cmp.Or(c.MaxAttempts, 3)
	c.Backoff = cmp.Or(c.Backoff, 500*time.Millisecond)
	if c.Now == nil {
		c.Now = time.Now
	}
	return c, nil
}

// verdict reads the counts of the last analysis: Malicious from MaliciousEngines on; Suspicious when fewer call the
// file malicious, or any calls it suspicious; Clean when engines looked and none objected; otherwise Unknown.
func (c Config) verdict(s Stats) Verdict {
	switch {
	case s.Malicious >= c.MaliciousEngines:
		return Malicious
	case s.Malicious+s.Suspicious > 0:
		return Suspicious
	case s.Undetected+s.Harmless > 0:
		return Clean
	}
	return Unknown
}

func (c Config) ttl(v Verdict) time.Duration {
	switch v {
	case Malicious:
		return c.MaliciousTTL
	case Suspicious:
		return c.SuspiciousTTL
	case Clean:
		return c.CleanTTL
	}
	return c.UnknownTTL
}

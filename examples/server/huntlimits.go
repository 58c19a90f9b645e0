package main

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/velocicompanion/velocicompanion/companion/hunt"
)

// huntLimits are the variables that limit what questions take, and what they set.
var huntLimits = map[string]func(*hunt.Config, int){
	"HUNT_WORKERS":           func(c *hunt.Config, n int) { c.Workers = n },
	"HUNT_MAX_WORKER_MIB":    func(c *hunt.Config, n int) { c.MaxBytes = int64(n) << 20 },
	"HUNT_CACHE_MIB":         func(c *hunt.Config, n int) { c.CacheBytes = int64(n) << 20 },
	"HUNT_COUNT_MIB":         func(c *hunt.Config, n int) { c.CountBytes = int64(n) << 20 },
	"HUNT_MAX_GROUPS":        func(c *hunt.Config, n int) { c.MaxGroups = n },
	"HUNT_MAX_AT_ONCE":       func(c *hunt.Config, n int) { c.MaxQuestions = n },
	"HUNT_MAX_WAIT_SECONDS":  func(c *hunt.Config, n int) { c.MaxWait = time.Duration(n) * time.Second },
	"HUNT_MAX_SIGHTINGS":     func(c *hunt.Config, n int) { c.MaxSightings = n },
	"HUNT_MAX_SAVED_ENTRIES": func(c *hunt.Config, n int) { c.MaxSavedEntries = n },
}

// The largest numbers of a unit: their bytes, or nanoseconds, are a number yet.
var largest = map[string]int{"_MIB": math.MaxInt64 >> 20, "_SECONDS": math.MaxInt64 / int(time.Second)}

// tooLarge returns an error for a number of MiB or of seconds that is none of bytes or of a duration.
func tooLarge(name string, n int) error {
	for unit, limit := range largest {
		if strings.HasSuffix(name, unit) && n > limit {
			return fmt.Errorf("%s: %d is above %d", name, n, limit)
		}
	}
	return nil
}

package transport

import "time"

// WithIdleAnswer returns cfg with another time for which the reader of a streamed answer may stand still.
func (cfg Config) WithIdleAnswer(d time.Duration) Config {
	cfg.idleAnswer = d
	return cfg
}

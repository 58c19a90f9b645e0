package hunt

import (
	"sync"

	"github.com/velocicompanion/velocicompanion/tenancy"
)

// cacheKey names something that was read: by the id of a chunk and the column of a block, or by a question to the store.
type cacheKey struct {
	tenant   tenancy.ID
	id, what string
}

// cache keeps what was read lately: blocks, heads and lists of chunks. Where there is no room it makes some by dropping
// anything: a fleet that is just too large for it, walked from one end to the other again and again, then finds most of it,
// where it would find nothing if the oldest were dropped.
type cache struct {
	limit int64

	mu      sync.Mutex
	entries map[cacheKey]cached
	size    int64
}

type cached struct {
	value any
	size  int64
}

// entryBytes is about what an entry takes beside its value.
const entryBytes = 200

func newCache(limit int64) *cache { return &cache{limit: limit, entries: make(map[cacheKey]cached)} }

// fromCache returns what is kept; known is false where nothing is, or something else.
func fromCache[V any](c *cache, key cacheKey) (value V, known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	value, known = c.entries[key].value.(V)
	return value, known
}

// put keeps a value of so many bytes, which must not be changed any more. It may be dropped at any time, at once where it
// is too large: a few large ones would drive many small ones out.
func (c *cache) put(key cacheKey, value any, bytes int) {
	size := int64(bytes) + entryBytes
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(key)
	if size > c.limit/4 {
		return
	}
	for old, entry := range c.entries {
		if c.size+size <= c.limit {
			break
		}
		delete(c.entries, old)
		c.size -= entry.size
	}
	c.entries[key] = cached{value, size}
	c.size += size
}

// forget drops what is kept under a key.
func (c *cache) forget(key cacheKey) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(key)
}

func (c *cache) drop(key cacheKey) {
	c.size -= c.entries[key].size
	delete(c.entries, key)
}

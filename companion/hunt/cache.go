package hunt

import (
	"sync"

	"github.com/velocicompanion/velocicompanion/tenancy"
)

// blockKey names a block. A chunk has the same rows for ever, and its blocks change only when it is upgraded.
type blockKey struct {
	tenant        tenancy.ID
	chunk, column string
}

// cache keeps blocks that were read lately. It has two generations: when the young one has grown to half of the limit it becomes the old one, whose blocks are dropped the next time, but
// for those that were asked for meanwhile.
type cache struct {
	limit int64

	mu         sync.Mutex
	young, old map[blockKey][]byte
	size       int64 // of the young
}

// entryBytes is about what an entry takes beside its data.
const entryBytes = 200

// maxCachedBlock is the largest block that is kept: a few large ones would drive many small ones out.
const maxCachedBlock = 64 << 10

func newCache(limit int64) *cache {
	return &cache{limit: limit, young: make(map[blockKey][]byte), old: make(map[blockKey][]byte)}
}

// get returns a block; known is false where it is not known.
func (c *cache) get(key blockKey) (data []byte, known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if data, known = c.young[key]; known {
		return data, true
	}
	if data, known = c.old[key]; known {
		delete(c.old, key)
		c.add(key, data)
	}
	return data, known
}

// put keeps a block, which must not be changed any more.
func (c *cache) put(key blockKey, data []byte) {
	if len(data) > maxCachedBlock {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, known := c.young[key]; !known {
		c.add(key, data)
	}
}

// drop forgets a block.
func (c *cache) drop(key blockKey) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if data, known := c.young[key]; known {
		delete(c.young, key)
		c.size -= int64(len(data) + entryBytes)
	}
	delete(c.old, key)
}

func (c *cache) add(key blockKey, data []byte) {
	size := int64(len(data) + entryBytes)
	if c.size+size > c.limit/2 {
		c.young, c.old, c.size = make(map[blockKey][]byte), c.young, 0
	}
	if size <= c.limit/2 {
		c.young[key] = data
		c.size += size
	}
}

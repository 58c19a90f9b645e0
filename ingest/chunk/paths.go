package chunk

import (
	"bytes"
	"encoding/json"
)

// paths follows a walk over a row: path is where the walk is. It is half of a jsonrow.Visitor.
type paths struct {
	path []byte
	ends []int // of the paths around this one
	err  error
}

// Key goes down to what belongs to a key.
func (p *paths) Key(key []byte) {
	p.ends = append(p.ends, len(p.path))
	if len(p.ends) > 1 {
		p.path = append(p.path, '.')
	}
	if bytes.IndexByte(key, '\\') < 0 {
		p.path = append(p.path, key[1:len(key)-1]...)
		return
	}
	var name string
	if err := json.Unmarshal(key, &name); err != nil {
		p.err = err
	}
	p.path = append(p.path, name...)
}

// End goes up again.
func (p *paths) End() {
	last := len(p.ends) - 1
	p.path = p.path[:p.ends[last]]
	p.ends = p.ends[:last]
}

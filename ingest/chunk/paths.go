package chunk

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// paths follows a walk over a row: path is where the walk is, as far as it counts. It is half of a jsonrow.Visitor.
type paths struct {
	path []byte
	ends []int // of the paths around this one
	err  error
}

// Key goes down to what belongs to a key.
func (p *paths) Key(key []byte) {
	p.ends = append(p.ends, len(p.path))
	if len(p.path) >= maxPathBytes-utf8.UTFMax {
		return
	}
	if len(p.ends) > 1 {
		p.path = append(p.path, '.')
	}
	name := key[1 : len(key)-1]
	if bytes.IndexByte(key, '\\') >= 0 {
		name = p.unescape(key)
	}
	p.path = append(p.path, cut(name, maxPathBytes-len(p.path))...)
}

func (p *paths) unescape(key []byte) []byte {
	var name string
	if err := json.Unmarshal(key, &name); err != nil {
		p.err = err
	}
	return []byte(name)
}

// cut returns the characters of a name that are within its first n bytes.
func cut(name []byte, n int) []byte {
	if len(name) <= n {
		return name
	}
	for n > 0 && !utf8.RuneStart(name[n]) {
		n--
	}
	return name[:n]
}

// End goes up again.
func (p *paths) End() {
	last := len(p.ends) - 1
	p.path = p.path[:p.ends[last]]
	p.ends = p.ends[:last]
}

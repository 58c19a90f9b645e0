package observable

import (
	"encoding/binary"
	"iter"
	"math"
	"net/netip"
	"strconv"
	"strings"
)

// Network is a block of addresses. The zero Network has none.
type Network struct {
	text        string
	first, last netip.Addr
}

// ParseNetwork tells several addresses that are written as one text: a prefix such as 10.0.0.0/8, or the first and the last
// as 10.0.0.1-10.0.0.9; also defanged. ok is false for all else, a single address too. A prefix that is longer than an
// address and a last address before the first make a Network without addresses.
func ParseNetwork(text string) (n Network, ok bool) {
	if before, after, found := strings.Cut(text, "-"); found {
		first, isFirst := parseIP(before)
		last, isLast := parseIP(after)
		if !isFirst || !isLast || first.Is4() != last.Is4() {
			return Network{}, false
		}
		return Network{first.String() + "-" + last.String(), first, last}, true
	}
	address, length, found := strings.Cut(strings.TrimSpace(text), "/")
	bits, err := strconv.Atoi(length)
	first, isAddress := parseIP(address)
	if !found || err != nil || !isAddress || len(length) > 3 || bits == first.BitLen() {
		return Network{}, false
	}
	prefix, err := first.Prefix(bits)
	if err != nil {
		return Network{}, true
	}
	return Network{prefix.String(), prefix.Addr(), lastOf(prefix)}, true
}

func parseIP(text string) (netip.Addr, bool) {
	o, _ := Parse(text)
	addr, err := netip.ParseAddr(o.Value)
	return addr, err == nil && o.Kind == IP
}

func lastOf(prefix netip.Prefix) netip.Addr {
	bytes := prefix.Addr().AsSlice()
	for bit := prefix.Bits(); bit < len(bytes)*8; bit++ {
		bytes[bit/8] |= 0x80 >> (bit % 8)
	}
	last, _ := netip.AddrFromSlice(bytes)
	return last
}

// String returns the normal form: a prefix without bits of a host, or the first and the last address.
func (n Network) String() string { return n.text }

// Size is how many addresses there are; math.MaxUint64 for more than that.
func (n Network) Size() uint64 {
	if !n.first.IsValid() || n.last.Less(n.first) {
		return 0
	}
	first, last := n.first.As16(), n.last.As16()
	count := binary.BigEndian.Uint64(last[8:]) - binary.BigEndian.Uint64(first[8:])
	if [8]byte(first[:8]) != [8]byte(last[:8]) || count == math.MaxUint64 {
		return math.MaxUint64
	}
	return count + 1
}

// All yields the addresses in their order.
func (n Network) All() iter.Seq[Observable] {
	return func(yield func(Observable) bool) {
		size := n.Size()
		for at, i := n.first, uint64(0); i < size && yield(Observable{IP, at.String()}); i++ {
			at = at.Next()
		}
	}
}

package kql

import (
	"net/netip"
	"strings"
)

// parseNetwork reads a network, or an address as the network of it alone. It is not valid where text is neither.
func parseNetwork(text string) netip.Prefix {
	if addr, err := netip.ParseAddr(text); err == nil {
		return only(addr)
	}
	network, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}
	}
	if addr := network.Addr(); addr.Is4In6() && network.Bits() >= 96 {
		network = netip.PrefixFrom(addr.Unmap(), network.Bits()-96)
	}
	return network.Masked()
}

// only returns the network that has the one address.
func only(addr netip.Addr) netip.Prefix {
	addr = addr.Unmap().WithZone("")
	return netip.PrefixFrom(addr, addr.BitLen())
}

// inNetwork reports whether text is an address in the network, with a port, a zone or a length of prefix or without.
func inNetwork(network netip.Prefix, text []byte) bool {
	if !likeAddress(text) {
		return false
	}
	addr, err := netip.ParseAddr(string(text))
	if err != nil {
		if port, perr := netip.ParseAddrPort(string(text)); perr == nil {
			addr, err = port.Addr(), nil
		} else if host, length, cut := strings.Cut(string(text), "/"); cut && strings.Trim(length, "0123456789") == "" {
			addr, err = netip.ParseAddr(host)
		}
	}
	return err == nil && network.Contains(addr.Unmap().WithZone(""))
}

// likeAddress is quick to say that most texts are no address.
func likeAddress(text []byte) bool {
	if len(text) < 2 || len(text) > 64 {
		return false
	}
	marks := 0
	for _, c := range text {
		switch {
		case c == '%':
			return marks > 0
		case c == '.' || c == ':':
			marks++
		case !('0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f' || c == '[' || c == ']' || c == '/'):
			return false
		}
	}
	return marks > 0
}

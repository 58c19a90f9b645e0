package observable

import (
	"bytes"
	"net/netip"
)

// ipv4 reports whether text is four decimal numbers up to 255 with dots between them, as they are written in normal form.
func ipv4(text []byte) bool {
	parts, value, digits := 0, 0, 0
	for _, b := range text {
		switch {
		case b == '.' && digits > 0:
			parts, value, digits = parts+1, 0, 0
		case classes[b]&digit != 0 && (digits == 0 || value > 0):
			value, digits = value*10+int(b-'0'), digits+1
			if value > 255 {
				return false
			}
		default:
			return false
		}
	}
	return parts == 3 && digits > 0
}

// appendIP appends the normal form of an address. ok is false when text is none, or the unspecified one.
func appendIP(dst, text []byte) (out []byte, ok bool) {
	if ipv4(text) {
		return append(dst, text...), string(text) != "0.0.0.0"
	}
	// All that comes here is checked cheaply first: times and MAC addresses look like IPv6 at first sight.
	if colons := bytes.Count(text, []byte{':'}); colons < 2 || len(text) > len("0000:0000:0000:0000:0000:ffff:255.255.255.255") ||
		colons != 7 && !bytes.Contains(text, []byte("::")) {
		return dst, false
	}
	addr, err := netip.ParseAddr(string(text))
	if err != nil || addr.IsUnspecified() {
		return dst, false
	}
	addr = addr.Unmap().WithZone("")
	return addr.AppendTo(dst), !addr.IsUnspecified()
}

// appendHostAddress is appendIP for a text in which a port, a prefix, a zone or brackets may stand at the address.
func appendHostAddress(dst, text []byte) (out []byte, ok bool) {
	if rest, bracketed := bytes.CutPrefix(text, []byte{'['}); bracketed {
		address, port, closed := bytes.Cut(rest, []byte{']'})
		if !closed || len(port) > 0 && (port[0] != ':' || !all(port[1:], digit)) {
			return dst, false
		}
		text = address
	} else if address, port, found := bytes.Cut(text, []byte{':'}); found && bytes.Count(text, []byte{':'}) == 1 && all(port, digit) {
		text = address
	} else if address, bits, found := bytes.Cut(text, []byte{'/'}); found && len(bits) <= 3 && all(bits, digit) {
		text = address
	}
	text, _, _ = bytes.Cut(text, []byte{'%'})
	return appendIP(dst, text)
}

package chunk

import "slices"

// How codes are written.
const (
	codesZero     = 0 // all are 0
	codesIdentity = 1 // 0, 1, 2, …
	codesBits     = 2 // bit-packed
	codesPlanes   = 3 // all low bytes, then all second bytes, …; as a section
)

// appendCodes adds small numbers. It writes neither how many there are nor how large they may be.
func (c *Codec) appendCodes(dst []byte, codes []uint32) []byte {
	largest := uint32(0)
	if len(codes) > 0 {
		largest = slices.Max(codes)
	}
	if largest == 0 {
		return append(dst, codesZero)
	}
	if identity(codes) {
		return append(dst, codesIdentity)
	}
	width := widthOf(int(largest) + 1)
	packed := bitsBytes(len(codes), width)
	start := len(dst)
	dst = append(dst, codesPlanes)
	dst = c.appendSection(dst, planes(codes, width))
	if len(dst)-start <= packed+2 {
		return dst
	}
	dst = append(dst[:start], codesBits, byte(width))
	return appendBits(dst, codes, width)
}

func planes(codes []uint32, width int) []byte {
	out := make([]byte, 0, len(codes)*((width+7)/8))
	for shift := 0; shift < width; shift += 8 {
		for _, code := range codes {
			out = append(out, byte(code>>shift))
		}
	}
	return out
}

// codes reads n numbers below limit.
func (r *reader) codes(n, limit int) []uint32 {
	var codes []uint32
	switch encoding := r.byte(); {
	case r.err != nil:
		return nil
	case encoding == codesZero:
		codes = make([]uint32, n)
	case encoding == codesIdentity:
		codes = make([]uint32, n)
		for i := range codes {
			codes[i] = uint32(i)
		}
	case encoding == codesBits:
		codes = r.bitCodes(n)
	case encoding == codesPlanes:
		codes = r.planeCodes(n)
	default:
		r.fail("encoding of codes is not known")
	}
	if len(codes) > 0 && int(slices.Max(codes)) >= limit {
		r.fail("a code is too large")
	}
	if r.err != nil {
		return nil
	}
	return codes
}

func (r *reader) bitCodes(n int) []uint32 {
	width := int(r.byte())
	if width == 0 || width > 32 {
		r.fail("width of codes")
		return nil
	}
	data := r.bytes(bitsBytes(n, width))
	if r.err != nil {
		return nil
	}
	return readBits(data, n, width)
}

func (r *reader) planeCodes(n int) []uint32 {
	data := r.section()
	if r.err != nil || n == 0 || len(data)%n != 0 || len(data)/n > 4 {
		r.fail("size of codes")
		return nil
	}
	codes := make([]uint32, n)
	for shift := 0; len(data) > 0; shift += 8 {
		for i, low := range data[:n] {
			codes[i] |= uint32(low) << shift
		}
		data = data[n:]
	}
	return codes
}

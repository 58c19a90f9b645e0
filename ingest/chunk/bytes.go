package chunk

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math/bits"
)

// The first byte of every block but the rows', and the size of the checksum at its end. Only of the index there are other
// versions than the first.
const (
	blockVersion = 1
	indexVersion = 3
	sumBytes     = 4
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// appendSum ends a block with the checksum of what it holds.
func appendSum(block []byte) []byte {
	return binary.LittleEndian.AppendUint32(block, crc32.Checksum(block, castagnoli))
}

func appendCount(dst []byte, n int) []byte { return binary.AppendUvarint(dst, uint64(n)) }

// reader reads a block. After the first error everything it returns is empty.
type reader struct {
	codec   *Codec
	version byte
	rest    []byte
	err     error
}

// appendHead begins a block of a chunk of so many rows.
func appendHead(dst []byte, version byte, rows int) []byte {
	return appendCount(append(dst, version), rows)
}

// reader begins a block of a chunk of so many rows, of a version up to latest: it checks what appendHead and appendSum
// wrote.
func (c *Codec) reader(block []byte, rows int, latest byte) *reader {
	r := &reader{codec: c}
	if len(block) <= sumBytes {
		r.fail("it is cut short")
		return r
	}
	body := block[:len(block)-sumBytes]
	r.version = body[0]
	switch {
	case r.version < blockVersion || r.version > latest:
		r.fail(fmt.Sprintf("version %d is not known", body[0]))
	case binary.LittleEndian.Uint32(block[len(body):]) != crc32.Checksum(body, castagnoli):
		r.fail("its checksum is wrong")
	default:
		if r.rest = body[1:]; r.count(MaxRows) != rows {
			r.fail("it is of another number of rows")
		}
	}
	return r
}

func (r *reader) fail(reason string) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: %s", ErrCorrupt, reason)
	}
	r.rest = nil
}

// end returns the error, or one when something is left over.
func (r *reader) end() error {
	if len(r.rest) > 0 {
		r.fail("something is left over")
	}
	return r.err
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 {
		r.fail("it is cut short")
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

// count reads a number that is at most limit.
func (r *reader) count(limit int) int {
	v := r.uvarint()
	if v > uint64(limit) {
		r.fail("a count is too large")
		return 0
	}
	return int(v)
}

func (r *reader) byte() byte {
	b := r.bytes(1)
	if len(b) == 0 {
		return 0
	}
	return b[0]
}

func (r *reader) bytes(n int) []byte {
	if n > len(r.rest) {
		r.fail("it is cut short")
		return nil
	}
	b := r.rest[:n:n]
	r.rest = r.rest[n:]
	return b
}

// minSection is how many bytes are worth compressing.
const minSection = 48

// appendSection adds bytes with their length, compressed where that helps.
func (c *Codec) appendSection(dst, data []byte) []byte {
	if len(data) >= minSection {
		packed := c.sections.EncodeAll(data, nil)
		if len(packed) < len(data)*15/16 {
			dst = append(dst, formatZstd)
			dst = appendCount(dst, len(packed))
			return append(dst, packed...)
		}
	}
	dst = append(dst, formatPlain)
	dst = appendCount(dst, len(data))
	return append(dst, data...)
}

// section reads what appendSection wrote.
func (r *reader) section() []byte {
	format := r.byte()
	data := r.bytes(r.count(len(r.rest)))
	switch {
	case r.err != nil:
		return nil
	case format == formatPlain:
		return data
	case format != formatZstd:
		r.fail("format of a section is not known")
		return nil
	}
	data, err := r.codec.decoder.DecodeAll(data, nil)
	if err != nil {
		r.fail(err.Error())
		return nil
	}
	return data
}

// appendBits adds numbers of width bits, the lowest bit first.
func appendBits(dst []byte, codes []uint32, width int) []byte {
	var pending uint64
	have := 0
	for _, code := range codes {
		pending |= uint64(code) << have
		for have += width; have >= 8; have -= 8 {
			dst = append(dst, byte(pending))
			pending >>= 8
		}
	}
	if have > 0 {
		dst = append(dst, byte(pending))
	}
	return dst
}

// readBits reads n numbers of width bits, at most 32.
func readBits(data []byte, n, width int) []uint32 {
	codes := make([]uint32, n)
	mask := uint64(1)<<width - 1
	var pending uint64
	have := 0
	for i := range codes {
		for have < width {
			pending |= uint64(data[0]) << have
			data = data[1:]
			have += 8
		}
		codes[i] = uint32(pending & mask)
		pending >>= width
		have -= width
	}
	return codes
}

func bitsBytes(n, width int) int { return (n*width + 7) / 8 }

// widthOf is how many bits numbers below n take.
func widthOf(n int) int {
	if n <= 1 {
		return 0
	}
	return bits.Len(uint(n - 1))
}

package velociraptor

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/velocicompanion/velocicompanion/ingest"
)

// openZip opens an archive once its directory was found sound: archive/zip would take one with something before it or
// behind it, which other programs read differently, and holds as many entries in memory as a directory claims to have.
func openZip(file io.ReaderAt, size int64, maxEntries int) (*zip.Reader, error) {
	if size == 0 {
		return nil, &ingest.InputError{Reason: "is empty: send an export of Velociraptor, a zip"}
	}
	start := make([]byte, 4)
	if n, err := file.ReadAt(start, 0); n < len(start) && err != nil && err != io.EOF {
		return nil, err
	}
	if !bytes.Equal(start, localSignature) && !bytes.Equal(start, endSignature) {
		return nil, &ingest.InputError{Reason: "is no zip"}
	}
	d, err := findDirectory(file, size)
	if err != nil {
		return nil, err
	}
	if d.entries > uint64(maxEntries) {
		return nil, &ingest.InputError{Reason: fmt.Sprintf("holds more than %d files", maxEntries), Err: ingest.ErrTooLarge}
	}
	if d.size > maxDirectory {
		return nil, &ingest.InputError{Reason: fmt.Sprintf("has a directory of more than %d bytes", maxDirectory), Err: ingest.ErrTooLarge}
	}
	if err := d.check(file); err != nil {
		return nil, err
	}
	zr, err := zip.NewReader(file, size)
	if err != nil {
		return nil, damaged("", err)
	}
	zr.RegisterDecompressor(zip.Deflate, newInflater().open)
	return zr, nil
}

// The parts of a zip begin with these, and have these sizes where they are fixed. APPNOTE.TXT 4.3 has their layouts.
var (
	localSignature     = []byte("PK\x03\x04")
	directorySignature = []byte("PK\x01\x02")
	endSignature       = []byte("PK\x05\x06")
	end64Signature     = []byte("PK\x06\x06")
	locatorSignature   = []byte("PK\x06\x07")
)

// maxDirectory is the largest directory of a zip that is read: it is held in memory. That of 250,000 uploaded files with
// long names has half of it.
const maxDirectory = 64 << 20

const (
	entrySize   = 46
	endSize     = 22
	end64Size   = 56
	locatorSize = 20
	maxComment  = 1<<16 - 1
)

func damagedDirectory() error {
	return &ingest.InputError{Reason: "is a zip with a damaged directory: export and send it again"}
}

// directory is what the end of a zip says of the directory before it.
type directory struct {
	entries     uint64
	start, size uint64
	end         uint64 // where it has to end
}

func findDirectory(file io.ReaderAt, size int64) (directory, error) {
	tail := make([]byte, min(size, endSize+maxComment))
	if _, err := file.ReadAt(tail, size-int64(len(tail))); err != nil && err != io.EOF {
		return directory{}, err
	}
	i := bytes.LastIndex(tail[:max(0, len(tail)-endSize+len(endSignature))], endSignature)
	if i < 0 {
		return directory{}, &ingest.InputError{Reason: "is a zip that is cut short: send all of it"}
	}
	end := tail[i:]
	if len(end) != endSize+int(binary.LittleEndian.Uint16(end[20:])) {
		return directory{}, &ingest.InputError{Reason: "has something behind the end of its zip: send one zip at a time"}
	}
	d := directory{
		entries: uint64(binary.LittleEndian.Uint16(end[10:])),
		size:    uint64(binary.LittleEndian.Uint32(end[12:])),
		start:   uint64(binary.LittleEndian.Uint32(end[16:])),
		end:     uint64(size) - uint64(len(end)),
	}
	// These are the values for which archive/zip looks for the record of large archives, and the two have to agree.
	if d.entries == 0xffff || d.size == 0xffff || d.start == 0xffffffff {
		return d.large(file)
	}
	return d, nil
}

// large returns what the end record of a large archive says, if there is one before the usual one.
func (d directory) large(file io.ReaderAt) (directory, error) {
	locator := make([]byte, locatorSize)
	if _, err := file.ReadAt(locator, int64(d.end)-locatorSize); err != nil || !bytes.HasPrefix(locator, locatorSignature) {
		return d, nil
	}
	at := binary.LittleEndian.Uint64(locator[8:])
	end := make([]byte, end64Size)
	if _, err := file.ReadAt(end, int64(at)); err != nil || !bytes.HasPrefix(end, end64Signature) {
		return d, damagedDirectory()
	}
	return directory{
		entries: binary.LittleEndian.Uint64(end[32:]),
		size:    binary.LittleEndian.Uint64(end[40:]),
		start:   binary.LittleEndian.Uint64(end[48:]),
		end:     at,
	}, nil
}

// check walks over the directory and returns an error unless it is where it is said to be, with as many entries, the
// first of which is what the archive begins with.
func (d directory) check(file io.ReaderAt) error {
	if d.start > d.end || d.size != d.end-d.start {
		return &ingest.InputError{Reason: "has something before or inside its zip that does not belong there: send one zip at a time"}
	}
	r := bufio.NewReaderSize(io.NewSectionReader(file, int64(d.start), int64(d.size)), lineBuffer)
	atStart := d.entries == 0 && d.start == 0
	entry := make([]byte, entrySize)
	for range d.entries {
		if _, err := io.ReadFull(r, entry); err != nil || !bytes.HasPrefix(entry, directorySignature) {
			return damagedDirectory()
		}
		variable := 0
		for _, at := range []int{28, 30, 32} { // the lengths of name, extra field and comment
			variable += int(binary.LittleEndian.Uint16(entry[at:]))
		}
		if _, err := r.Discard(variable); err != nil {
			return damagedDirectory()
		}
		atStart = atStart || binary.LittleEndian.Uint32(entry[42:]) == 0
	}
	if _, err := r.ReadByte(); err != io.EOF {
		return damagedDirectory()
	}
	if !atStart {
		return &ingest.InputError{Reason: "has something before its zip: send one zip at a time"}
	}
	return nil
}

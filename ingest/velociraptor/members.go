package velociraptor

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/url"
	"path"
	"strings"

	"github.com/klauspost/compress/flate"

	"github.com/velocicompanion/velocicompanion/ingest"
)

// A member of an archive is encrypted when this flag is set, or when WinZip's AES takes the place of its method.
const (
	flagEncrypted = 0x1
	methodAES     = 99
)

// members opens the members of an archive one after the other, within the limits of a batch.
type members struct {
	batch *ingest.Batch
	left  int64         // bytes of the archive that no member was read from: several members may share the same ones
	lines *bufio.Reader // of the member that is read
}

func newMembers(b *ingest.Batch, size int64) *members {
	return &members{batch: b, left: size, lines: bufio.NewReaderSize(nil, lineBuffer)}
}

// open returns the content of a member. What is wrong with it, on opening or reading, is an [*ingest.InputError] that
// names the member.
func (m *members) open(file *zip.File) (io.ReadCloser, error) {
	return m.openMember(file, addCapped(0, file.UncompressedSize64))
}

// openArchive is open for a zip inside the zip.
func (m *members) openArchive(file *zip.File) (io.ReadCloser, error) { return m.openMember(file, 0) }

func (m *members) openMember(file *zip.File, expanded int64) (io.ReadCloser, error) {
	switch {
	case encrypted(file):
		return nil, &ingest.InputError{
			Place:  file.Name,
			Reason: "is protected by a password: export it without one",
		}
	case file.Method != zip.Store && file.Method != zip.Deflate:
		return nil, &ingest.InputError{
			Place: file.Name, Err: ingest.ErrUnsupported,
			Reason: fmt.Sprintf("is compressed by method %d: only deflate is read", file.Method),
		}
	}
	content, err := file.Open()
	if err != nil {
		return nil, damaged(file.Name, err)
	}
	size := min(m.left, int64(min(file.CompressedSize64, math.MaxInt64)))
	m.left -= size
	return &member{ReadCloser: content, name: file.Name, expanded: m.batch.Expand(content, size, expanded)}, nil
}

// maxContext is the largest file about a flow, host or hunt that is read.
const maxContext = 4 << 20

// decode reads a member that is one JSON value as decode does, and notes what it passes over.
func (m *members) decode(file *zip.File, into any) error {
	content, err := m.open(file)
	if err != nil {
		return err
	}
	defer content.Close()
	text, err := io.ReadAll(io.LimitReader(content, maxContext+1))
	if err != nil {
		return err
	}
	if len(text) > maxContext {
		return &ingest.InputError{Place: file.Name, Reason: "is too large", Err: ingest.ErrTooLarge}
	}
	err = json.Unmarshal(text, into)
	wrong := mistyped(err)
	switch {
	case wrong != nil:
		m.batch.Note(fmt.Sprintf("%s: its %s was passed over, which is of the type %s", ingest.Quote(file.Name), wrong.Field, wrong.Value))
	case err != nil:
		return &ingest.InputError{Place: file.Name, Reason: "is no JSON object"}
	case string(bytes.TrimSpace(text)) == "null":
		m.batch.Note(ingest.Quote(file.Name) + " is null, and was read as if it were not there")
	}
	return nil
}

// member is the content of a member.
type member struct {
	io.ReadCloser
	name     string
	expanded io.Reader
}

func (m *member) Read(p []byte) (int, error) {
	n, err := m.expanded.Read(p)
	if err != nil && err != io.EOF {
		err = damaged(m.name, err)
	}
	return n, err
}

// damaged makes an error of reading an archive one that says where it is damaged; what else fails stays what it is.
func damaged(name string, err error) error {
	var corrupt flate.CorruptInputError
	var internal flate.InternalError // as some codes that are not sound are called
	switch {
	case errors.Is(err, zip.ErrChecksum), errors.Is(err, zip.ErrFormat), errors.As(err, &corrupt), errors.As(err, &internal),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return &ingest.InputError{Place: name, Reason: "is damaged or cut short: export and send it again"}
	}
	return at(name, err)
}

// within says in which zip inside an archive an input error is.
func within(name string, err error) error {
	var input *ingest.InputError
	if !errors.As(err, &input) {
		return err
	}
	placed := *input
	placed.Place = name
	if input.Place != "" {
		placed.Place += " / " + input.Place
	}
	return &placed
}

// at says where in an archive an input error is, if it does not say so itself.
func at(name string, err error) error {
	var input *ingest.InputError
	if !errors.As(err, &input) || input.Place != "" {
		return err
	}
	placed := *input
	placed.Place = name
	return &placed
}

// inflater decompresses deflated members one after the other, in the same memory: an export may have many thousands.
type inflater struct {
	source *bufio.Reader
	reader io.ReadCloser
}

func newInflater() *inflater {
	source := bufio.NewReaderSize(nil, 64<<10)
	return &inflater{source: source, reader: flate.NewReader(source)}
}

// open is a zip.Decompressor. What it returned before cannot be read any more.
func (i *inflater) open(r io.Reader) io.ReadCloser {
	i.source.Reset(r)
	// It never fails: the reader begins anew.
	_ = i.reader.(flate.Resetter).Reset(i.source, nil)
	return io.NopCloser(i.reader)
}

func encrypted(file *zip.File) bool {
	return file.Flags&flagEncrypted != 0 || file.Method == methodAES
}

// plain reports whether a member is a regular file with a name that could come from Velociraptor. Names are never used
// as paths, but others have no business being read.
func plain(file *zip.File) bool {
	return file.Mode().IsRegular() && file.Name == path.Clean(file.Name) && !strings.HasPrefix(file.Name, "/") &&
		!strings.HasPrefix(file.Name, "../") && !strings.Contains(file.Name, "\x00")
}

// unescape undoes the escaping of a member's name: %2F for a slash in a name, and so on.
func unescape(name string) string {
	if unescaped, err := url.PathUnescape(name); err == nil {
		return unescaped
	}
	return name
}

// addCapped adds a size that may be a lie.
func addCapped(sum int64, n uint64) int64 {
	return sum + int64(min(n, uint64(math.MaxInt64-sum)))
}

package velociraptor

import (
	"bufio"
	"bytes"
	"io"

	"github.com/velocicompanion/velocicompanion/ingest"
)

// lineBuffer holds most lines whole, so that they are not copied.
const lineBuffer = 256 << 10

var byteOrderMark = []byte("\xEF\xBB\xBF")

// sink takes rows one after the other. [ingest.ResultWriter] is one.
type sink interface {
	Row(line int64, raw []byte) error
	Reject(line int64, reason string)
	RejectLong(line int64)
}

// readLines offers every line of body that is not empty to w as a row.
func readLines(b *ingest.Batch, w sink, body *bufio.Reader) error {
	l := lines{r: body, max: b.Config().MaxRowBytes, long: b.LongRow}
	for {
		line, long, err := l.next()
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		case long:
			w.RejectLong(l.number)
		case len(bytes.Trim(line, " \t")) > 0:
			if err := w.Row(l.number, line); err != nil {
				return err
			}
		}
	}
}

// lines reads text line by line and skips, rather than holds, those that are longer than max.
type lines struct {
	r      *bufio.Reader
	max    int
	long   func() error // called before more than ingest.LongRow of a line is held
	number int64        // of the line that next returned last, from 1
	joined []byte
}

// next returns a line without its end, valid until the next call; long says that it was skipped. After the last line
// the error is io.EOF. A byte order mark before the first is passed over.
func (l *lines) next() (line []byte, long bool, err error) {
	line, err = l.r.ReadSlice('\n')
	if err == bufio.ErrBufferFull {
		line, long, err = l.join(line)
	}
	if err == io.EOF && (len(line) > 0 || long) {
		err = nil
	}
	if err != nil {
		return nil, false, err
	}
	l.number++
	if l.number == 1 {
		line = bytes.TrimPrefix(line, byteOrderMark)
	}
	return bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r")), long, nil
}

// reused returns a buffer for the next row, without holding on to the memory of a long one.
func reused(buffer []byte) []byte {
	if cap(buffer) > 2*ingest.LongRow {
		return nil
	}
	return buffer[:0]
}

// join reads on after a part of a line that filled the buffer.
func (l *lines) join(part []byte) (line []byte, long bool, err error) {
	const ends = len("\r\n")
	l.joined = reused(l.joined)
	for err = bufio.ErrBufferFull; ; part, err = l.r.ReadSlice('\n') {
		if long = long || len(l.joined)+len(part) > l.max+ends; long {
			l.joined = l.joined[:0]
		} else {
			l.joined = append(l.joined, part...)
			if len(l.joined) > ingest.LongRow {
				if err := l.long(); err != nil {
					return nil, false, err
				}
			}
		}
		if err != bufio.ErrBufferFull {
			return l.joined, long, err
		}
	}
}

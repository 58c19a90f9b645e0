package velociraptor

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"github.com/velocicompanion/velocicompanion/ingest"
)

// separators are what stands between the cells of a CSV: Velociraptor writes commas, and spreadsheets the others when they
// save a table in some languages, or as text. Of two that the header has, the one before counts.
const separators = ",;\t"

// unicodeText is a text in UTF-8, or in UTF-16 with a byte order mark, as the former without the mark.
func unicodeText(text io.Reader) io.Reader {
	return transform.NewReader(text, unicode.BOMOverride(transform.Nop))
}

// separatorOf finds what separates the cells of a CSV, by its first line: one that has nothing but "sep=" and the
// separator is for spreadsheets and no header. That is passed over, and lines is then 1.
func separatorOf(r *bufio.Reader) (separator rune, lines int, err error) {
	line := firstLine(r)
	told, tells := strings.CutPrefix(strings.Trim(strings.TrimRight(string(line), "\r\n"), `"`), "sep=")
	if tells && len(told) == 1 {
		if !strings.Contains(separators+"|", told) {
			return 0, 0, &ingest.InputError{Line: 1, Reason: fmt.Sprintf("its cells are separated by %q: use a comma", told)}
		}
		_, err := r.Discard(len(line))
		return rune(told[0]), 1, err
	}
	found := outsideQuotes(line)
	for _, one := range separators {
		if slices.Contains(found, byte(one)) {
			return one, 0, nil
		}
	}
	return ',', 0, nil
}

// firstLine returns the first line with its end, or as much of it as the buffer of r holds, without reading it.
func firstLine(r *bufio.Reader) []byte {
	for n := 1; ; n = r.Buffered() + 1 {
		start, err := r.Peek(n)
		start, _ = r.Peek(max(len(start), r.Buffered()))
		if end := bytes.IndexByte(start, '\n'); end >= 0 {
			return start[:end+1]
		}
		if err != nil || len(start) == r.Size() {
			return start // whoever reads it will see
		}
	}
}

// outsideQuotes returns the bytes of a line that are outside of quotation marks.
func outsideQuotes(line []byte) (out []byte) {
	for i, part := range bytes.Split(line, []byte(`"`)) {
		if i%2 == 0 {
			out = append(out, part...)
		}
	}
	return out
}

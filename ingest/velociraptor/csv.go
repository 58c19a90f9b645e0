package velociraptor

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/velocicompanion/velocicompanion/ingest"
)

// dialect is how Velociraptor wrote a CSV.
type dialect int

const (
	// exported is what is inside of export zips: cells have the plain value, or compact JSON.
	exported dialect = iota
	// downloaded is what the GUI and the command line write: texts that would read as something else begin with a space,
	// bytes are in base64, and JSON spans lines.
	downloaded
)

// readCSV offers every record of a CSV to a sink as a row, an object with the columns of the header. A header that comes
// again, as for every host of a hunt, is none.
func readCSV(b *ingest.Batch, to sink, body io.Reader, d dialect) error {
	several := ofSeveralHosts(to)
	limited := &recordReader{r: unicodeText(body), max: b.Config().MaxRowBytes, long: b.LongRow}
	r, before, err := recordsOf(limited, d)
	if err != nil {
		return err
	}
	var header []string
	var row []byte
	for {
		limited.begin()
		record, err := r.Read()
		if err == io.EOF {
			return nil
		}
		var syntax *csv.ParseError
		if errors.As(err, &syntax) {
			syntax.StartLine, syntax.Line = syntax.StartLine+before, syntax.Line+before
			if header == nil {
				return &ingest.InputError{Line: int64(syntax.StartLine), Reason: "the header is " + reasonOf(syntax)}
			}
			to.Reject(int64(syntax.StartLine), reasonOf(syntax))
			continue
		}
		if err != nil {
			return err
		}
		line, _ := r.FieldPos(0)
		line += before
		switch {
		case header == nil || several && isHeader(record, header):
			header = record
			if err := checkHeader(header, line, d); err != nil {
				return err
			}
		case slices.ContainsFunc(record, invalid):
			to.Reject(int64(line), "invalid UTF-8")
		case len(record) != len(header):
			to.Reject(int64(line), fmt.Sprintf("it has %d cells where the header names %d", len(record), len(header)))
		default:
			row = appendObject(reused(row), header, record, d)
			if err := to.Row(int64(line), row); err != nil {
				return err
			}
		}
	}
}

// recordsOf returns what reads the records of a text, and how many lines before the first are passed over.
func recordsOf(text io.Reader, d dialect) (r *csv.Reader, before int, err error) {
	buffered := bufio.NewReaderSize(text, headerBuffer)
	r = csv.NewReader(buffered)
	r.FieldsPerRecord = -1
	if d == downloaded {
		r.Comma, before, err = separatorOf(buffered)
	}
	return r, before, err
}

// ofSeveralHosts reports whether rows of several hosts go to a sink. Only there a header comes again, and no endpoint can
// write one: the last columns are the server's.
func ofSeveralHosts(to sink) bool {
	r, routed := to.(*routedRows)
	return routed && r.fixed == nil
}

func reasonOf(err *csv.ParseError) string {
	if err.Line > err.StartLine {
		return fmt.Sprintf("no CSV: its quotation mark is not closed as it should be, so that the lines to %d are taken for part of it", err.Line)
	}
	return fmt.Sprintf("no CSV: %s at column %d", strings.TrimPrefix(err.Err.Error(), "csv: "), err.Column)
}

// maxColumns is how many columns a CSV may have. Velociraptor's have some dozens.
const maxColumns = 10_000

// headerBuffer holds most headers whole.
const headerBuffer = 64 << 10

func checkHeader(header []string, line int, d dialect) error {
	switch {
	case len(header) > maxColumns:
		return &ingest.InputError{
			Line: int64(line), Reason: fmt.Sprintf("the header names more than %d columns", maxColumns), Err: ingest.ErrTooLarge,
		}
	case slices.ContainsFunc(header, invalid), d == downloaded && slices.ContainsFunc(header, hasNUL):
		return &ingest.InputError{
			Line: int64(line), Reason: "the header is neither UTF-8, nor UTF-16 with a byte order mark: save the table as UTF-8",
		}
	}
	return nil
}

func hasNUL(cell string) bool { return strings.ContainsRune(cell, 0) }

func invalid(cell string) bool { return !utf8.ValidString(cell) }

// isHeader reports whether a record is the header of the next host: the same again, or another one that ends like it in
// the columns that a hunt adds.
func isHeader(record, header []string) bool {
	if slices.Equal(record, header) {
		return true
	}
	added := []string{"FlowId", "ClientId", "Fqdn"}
	n := len(record) - len(added)
	return n >= 0 && slices.Equal(record[n:], added)
}

// appendObject appends the JSON object that a record stands for.
func appendObject(out []byte, header, record []string, d dialect) []byte {
	out = append(out, '{')
	for i, cell := range record {
		if i > 0 {
			out = append(out, ',')
		}
		out = appendText(out, header[i])
		out = append(out, ':')
		out = appendCell(out, cell, d)
	}
	return append(out, '}')
}

// appendCell appends the value of a cell: a number, a boolean or nested JSON where it is written as one, and otherwise a
// text. That an empty cell was null, or a text looked like a number, is lost in the exported dialect.
func appendCell(out []byte, cell string, d dialect) []byte {
	if guarded, ok := strings.CutPrefix(cell, "\t"); ok && guarded != "" && strings.ContainsRune("=+@\t\r\n", rune(guarded[0])) {
		return appendText(out, guarded)
	}
	if d == downloaded {
		if text, ok := strings.CutPrefix(cell, " "); ok {
			return appendText(out, text)
		}
		if encoded, ok := strings.CutPrefix(cell, "base64:"); ok {
			if raw, err := base64.StdEncoding.DecodeString(encoded); err == nil && utf8.Valid(raw) {
				return appendText(out, string(raw))
			}
		}
	}
	if isValue(cell) {
		var compact bytes.Buffer
		if json.Compact(&compact, []byte(cell)) == nil {
			return append(out, compact.Bytes()...)
		}
	}
	return appendText(out, cell)
}

// isValue reports whether a cell begins like a JSON value that is no string.
func isValue(cell string) bool {
	if cell == "true" || cell == "false" {
		return true
	}
	return cell != "" && strings.IndexByte("{[-0123456789", cell[0]) >= 0
}

// appendText appends a JSON string in the form in which Velociraptor writes them.
func appendText(out []byte, text string) []byte {
	encoded, err := json.Marshal(text)
	if err != nil {
		return append(out, `""`...) // it never fails for a string
	}
	return append(out, encoded...)
}

// recordReader ends a record that is too long to be held.
type recordReader struct {
	r    io.Reader
	max  int
	long func() error
	n    int
}

// begin begins a record. What the reader of records had read ahead is not counted.
func (r *recordReader) begin() { r.n = 0 }

func (r *recordReader) Read(p []byte) (int, error) {
	if r.n > ingest.LongRow {
		if err := r.long(); err != nil {
			return 0, err
		}
	}
	if r.n > r.max {
		return 0, &ingest.InputError{
			Reason: fmt.Sprintf("a record is longer than %d bytes: a quotation mark may be missing", r.max), Err: ingest.ErrTooLarge,
		}
	}
	n, err := r.r.Read(p)
	r.n += n
	return n, err
}

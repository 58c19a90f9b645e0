package velociraptor

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/velocicompanion/velocicompanion/hosts"
	"github.com/velocicompanion/velocicompanion/ingest"
)

// DataArtifact is the artifact of a [Document] that names none.
const DataArtifact = "Companion.Data"

// Document is one JSON object in one of two shapes, its fields in any order:
//
//	{"hostname" or "client_id", "data": {…}}
//	{"hostname" or "client_id", "artifact", "rows": [{…}, …]}
//
// The first is one row; it may name its artifact, which is [DataArtifact] otherwise, and then the fields of data become
// metadata of the host as well, if the inventory takes them. Both may name a "flow_id". Rows are kept as
// they are, but for white space in those that span lines. Any other field is an error, unless the objects are rows.
type Document struct {
	Body io.Reader
	// Rows is what is known of rows, if the body is such and no document: where it is several objects with other fields, or one
	// and Rows has an artifact or a host. Its Body and Form are not looked at.
	Rows Table
}

// ReadInto implements [ingest.Reader]. The document is spooled first, because its names may come after its rows.
func (d *Document) ReadInto(ctx context.Context, b *ingest.Batch) error {
	file, err := b.Spool(ctx, d.Body)
	if err != nil {
		return err
	}
	defer file.Close()
	all := span{0, file.Size()}
	f, err := scanFields(all.of(file))
	if form, rows := d.formOf(all.of(file)); rows && errors.Is(err, errNoDocument) {
		table := d.Rows
		table.Body, table.Form = all.of(file), form
		return table.ReadInto(ctx, b)
	}
	if err != nil {
		return err
	}
	if f.names["hostname"] == "" && f.names["client_id"] == "" {
		return hostMissing()
	}
	c := b.Collection(namedOrigin(f.names["hostname"], f.names["client_id"], f.names["flow_id"]))
	data, hasData := f.values["data"]
	rows, hasRows := f.values["rows"]
	switch {
	case hasData && !hasRows:
		return readData(b, c, f.names["artifact"], data.of(file))
	case hasRows && !hasData:
		return readRows(b, c, f.names["artifact"], rows.of(file))
	}
	return &ingest.InputError{Reason: `one of "data", an object, and "rows", an array of objects, is needed`}
}

// errNoDocument is the kind of errors about an object that is no document, but may be a row.
var errNoDocument = errors.New("no document")

func noDocument(reason string) error { return &ingest.InputError{Reason: reason, Err: errNoDocument} }

// formOf returns how a body is written, if it is rows. Some programs write an object over several lines.
func (d *Document) formOf(body io.Reader) (form Form, rows bool) {
	s := newSplitter(body)
	first, _, err := s.value(ingest.LongRow)
	if err != nil {
		return 0, false
	}
	if bytes.IndexByte(first, '\n') >= 0 {
		form = JSONArrays
	}
	next, err := s.peek()
	return form, err == nil && next == '{' || err == io.EOF && (d.Rows.Artifact != "" || d.Rows.Hostname != "" || d.Rows.ClientID != "")
}

// fields is what a document says at its top level: names, and where its values are.
type fields struct {
	names  map[string]string
	values map[string]span
}

// span is a part of a document.
type span struct{ start, end int64 }

func (s span) of(document io.ReaderAt) io.Reader {
	return io.NewSectionReader(document, s.start, s.end-s.start)
}

func scanFields(document io.Reader) (fields, error) {
	f := fields{names: map[string]string{}, values: map[string]span{}}
	s := newSplitter(document)
	if c, err := s.peek(); err == nil && c != '{' {
		return f, &ingest.InputError{Reason: "the document has to be a JSON object"}
	}
	if err := s.list("{}", func() error { return f.scan(s) }); err != nil {
		return f, err
	}
	return f, s.end()
}

// scan reads one field.
func (f fields) scan(s *splitter) error {
	name, err := readName(s, "the name of a field")
	if err != nil {
		return err
	}
	if _, err := s.take(":"); err != nil {
		return err
	}
	_, named := f.names[name]
	_, valued := f.values[name]
	if named || valued {
		return &ingest.InputError{Reason: "the field " + ingest.Quote(name) + " is there twice"}
	}
	switch name {
	case "hostname", "client_id", "artifact", "flow_id":
		f.names[name], err = readName(s, ingest.Quote(name))
	case "data":
		f.values[name], err = readSpan(s, '{', `"data" has to be an object`)
	case "rows":
		f.values[name], err = readSpan(s, '[', `"rows" has to be an array of objects`)
	case "tenant_id":
		return &ingest.InputError{Reason: `the field "tenant_id" is not allowed: the tenant is the one of the credential`}
	default:
		return noDocument("the field " + ingest.Quote(name) + " is not known")
	}
	return err
}

// mangled reports whether decoding put U+FFFD in the place of something that is no character, such as one half of a pair
// of surrogates: two such names would be one.
func mangled(raw []byte, name string) bool {
	return strings.ContainsRune(name, utf8.RuneError) && !bytes.ContainsRune(raw, utf8.RuneError) &&
		!bytes.Contains(bytes.ToLower(raw), []byte(`\ufffd`))
}

// maxName is the longest text of a field, as JSON.
const maxName = 4096

func readName(s *splitter, what string) (name string, err error) {
	raw, long, err := s.value(maxName)
	if err != nil {
		return "", err
	}
	if long || !utf8.Valid(raw) || json.Unmarshal(raw, &name) != nil || mangled(raw, name) {
		return "", noDocument(fmt.Sprintf("%s has to be a text of at most %d bytes, in UTF-8", what, maxName))
	}
	return name, nil
}

// readSpan passes over a value, which has to begin with a certain bracket.
func readSpan(s *splitter, bracket byte, wanted string) (span, error) {
	c, err := s.peek()
	if err == nil && c != bracket {
		return span{}, noDocument(wanted)
	}
	start := s.at
	_, _, err = s.value(0)
	return span{start, s.at}, err
}

func readData(b *ingest.Batch, c *ingest.CollectionWriter, artifact string, data io.Reader) error {
	w, err := c.Result(cmp.Or(artifact, DataArtifact), nil)
	if err != nil {
		return err
	}
	s := newSplitter(data)
	s.long = b.LongRow
	raw, long, err := s.value(b.Config().MaxRowBytes)
	if err != nil {
		return err
	}
	if long {
		w.RejectLong(1)
		return nil
	}
	if err := w.Row(1, raw); err != nil || artifact != "" || len(raw) > hosts.MaxMetadataBytes {
		return err
	}
	// What the inventory does not take as metadata is kept as a row all the same.
	withMetadata := c.Origin.Host
	if json.Unmarshal(raw, &withMetadata.Metadata) == nil && withMetadata.Check() == nil {
		c.Origin.Host = withMetadata
	}
	return nil
}

func readRows(b *ingest.Batch, c *ingest.CollectionWriter, artifact string, rows io.Reader) error {
	if artifact == "" {
		return &ingest.InputError{Reason: `the artifact that the rows belong to is not named: give "artifact"`}
	}
	w, err := c.Result(artifact, nil)
	if err != nil {
		return err
	}
	s := newSplitter(rows)
	s.long = b.LongRow
	err = s.list("[]", func() error {
		raw, long, err := s.value(b.Config().MaxRowBytes)
		if err != nil {
			return err
		}
		if long {
			w.RejectLong(w.Read() + 1)
			return nil
		}
		return w.Row(w.Read()+1, raw)
	})
	if err == nil && w.Read() == 0 {
		err = &ingest.InputError{Reason: `"rows" has no row in it`}
	}
	return err
}

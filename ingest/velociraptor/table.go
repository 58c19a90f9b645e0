// Package velociraptor reads what Velociraptor writes: tables as JSON or CSV, JSON documents, and the zip archives that
// flows and hunts are exported as and offline collectors leave. Each form is an [ingest.Reader].
//
// All that these read comes from endpoints and is hostile: nothing is extracted to disk, names are never used as paths,
// and what a file says of its own sizes is not believed.
package velociraptor

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"

	"github.com/velocicompanion/velocicompanion/hosts"
	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/ingest/internal/jsonrow"
)

// Table is rows outside of a container, a table in one of the forms that Velociraptor and its command line write.
//
// Rows are of the host that Hostname or ClientID names. Where neither is given every row has to say where it is from, in
// the columns that Velociraptor adds to rows of several hosts: FlowId, ClientId, _OrgId and Fqdn, as the results of a hunt
// have them, or ClientId, _ts and _Source, as events do, whose _ts is the time of the collection. Where Artifact is not
// given the column _Source has to name it. Those columns come last in a row, and are taken off it, those of events also
// where ClientID names the same client, or only Hostname is given; a row of JSON Lines is kept as its line is otherwise. Where
// a row does not end in them and has a ClientId elsewhere, because somebody chose the columns, they are taken from where they
// stand. A row that does not say what it has to is rejected. Of events of a client that were brought or pushed before, only those are
// kept again that happened more often.
type Table struct {
	Body io.Reader
	Form Form
	// Artifact is whose rows they are.
	Artifact string
	Hostname string
	ClientID string
	// FlowID is optional, for rows of the named host. Rows of a flow are kept once; see [ingest.Merge].
	FlowID string
}

// Form is how a table is written.
type Form int

const (
	// JSONLines has a JSON object a line. Lines end in "\n" or "\r\n", empty ones are passed over, and so is a byte order
	// mark at the start.
	JSONLines Form = iota
	// JSONArrays has one or several arrays of JSON objects, or objects over several lines, one behind the other.
	JSONArrays
	// CSV is as the GUI and the command line write it, which is not quite how it is inside of exports. What they lose in
	// it stays lost: columns that the first row does not have, and the difference between nothing and an empty text. As
	// spreadsheets save it again it may have semicolons or tabs for commas, say which in a first line ("sep=;"), and be UTF-16
	// with a byte order mark.
	CSV
)

// ReadInto implements [ingest.Reader].
func (t *Table) ReadInto(_ context.Context, b *ingest.Batch) error {
	if t.Hostname != "" || t.ClientID != "" {
		return t.readHost(b)
	}
	if t.FlowID != "" {
		return hostMissing()
	}
	return t.readRouted(b, newRouter(b))
}

// readHost reads rows of one host that is known.
func (t *Table) readHost(b *ingest.Batch) error {
	origin := namedOrigin(t.Hostname, t.ClientID, t.FlowID)
	if t.Artifact == "" {
		r := newRouter(b)
		r.fixed = &origin
		return t.readRouted(b, r)
	}
	c := b.Collection(origin)
	w, err := c.Result(t.Artifact, nil)
	if err != nil {
		return err
	}
	if t.Form == CSV {
		w.SetLossy()
	}
	to := &hostRows{informed: informed{w, c, t.Artifact, nil}, depth: b.Config().MaxDepth}
	if err := t.readRows(b, to); err != nil {
		return err
	}
	if w.Read() == 0 {
		return noRow()
	}
	return nil
}

// hostRows is a sink for rows of a host, of which those that are no flow's may be events.
type hostRows struct {
	informed
	depth int
	row   []byte
}

// Row implements sink.
func (h *hostRows) Row(line int64, raw []byte) error {
	if h.collection.Origin.FlowID == "" && bytes.Contains(raw, []byte(`"_ts"`)) {
		members, err := jsonrow.Split(raw, h.depth)
		if from, _, rest, ok := takeEvent(members, &h.collection.Origin.Host.ClientID); ok && err == nil {
			observed(h.collection, from)
			if h.Read() == 0 {
				h.SetPart(ingest.TableWay, false)
			}
			h.Sent("", from.second(), nil)
			h.row = jsonrow.Join(reused(h.row), rest)
			raw = h.row
		}
	}
	return h.informed.Row(line, raw)
}

// readRouted reads rows that say for themselves what they belong to.
func (t *Table) readRouted(b *ingest.Batch, r *router) error {
	to := r.artifact(t.Artifact)
	to.lossy = t.Form == CSV
	if err := t.readRows(b, to); err != nil {
		return err
	}
	to.finish()
	return to.missing(noRow())
}

func (t *Table) readRows(b *ingest.Batch, to sink) error {
	switch t.Form {
	case JSONArrays:
		return readArrays(b, to, t.Body)
	case CSV:
		return readCSV(b, to, t.Body, downloaded)
	}
	return readLines(b, to, bufio.NewReaderSize(t.Body, lineBuffer))
}

// readArrays offers every element of some arrays, and every object beside them, to a sink as a row.
func readArrays(b *ingest.Batch, to sink, body io.Reader) error {
	s := newSplitter(body)
	s.long = b.LongRow
	var n int64
	row := func() error {
		raw, long, err := s.value(b.Config().MaxRowBytes)
		if err != nil {
			return err
		}
		if n++; long {
			to.RejectLong(n)
			return nil
		}
		// As a line would have it, before columns are taken off.
		var oneLine bytes.Buffer
		if bytes.IndexByte(raw, '\n') >= 0 && json.Compact(&oneLine, raw) == nil {
			raw = oneLine.Bytes()
		}
		return to.Row(n, raw)
	}
	for {
		switch next, err := s.peek(); {
		case err == io.EOF:
			return nil
		case err == nil && next == '{':
			if err := row(); err != nil {
				return err
			}
		default:
			if err := s.list("[]", row); err != nil {
				return err
			}
		}
	}
}

func noRow() error {
	return &ingest.InputError{Reason: "there is no row: send JSON objects, a line each or in an array, or a CSV with a header"}
}

func hostMissing() error {
	return &ingest.InputError{Reason: "the host that the rows are from is not named: give hostname or client_id"}
}

// namedOrigin is where rows are from of which only the names are known.
func namedOrigin(hostname, clientID, flowID string) ingest.Origin {
	return ingest.Origin{
		Host:   hosts.Observation{ClientID: clientID, Facts: hosts.Facts{Hostname: hostname}},
		Named:  hostname != "" && clientID != "",
		FlowID: flowID,
		HuntID: huntOf(flowID),
	}
}

package velociraptor

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"io"
	"strings"

	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/ingest/internal/jsonrow"
)

// Push is one request in which a Velociraptor server sends rows to what it takes for another system: rows of many
// clients, flows and artifacts, each of which says where it is from in the columns that the protocol adds. These are
// taken off. The rows of a flow come in several requests; those of one artifact in one request are a part of the result,
// which is kept once however often it is sent and in however many protocols, and gives way when the whole flow is
// exported: see [ingest.Merge].
type Push struct {
	Body     io.Reader
	Protocol Protocol
}

// Protocol is how a server pushes.
type Protocol int

const (
	// ElasticBulk is what the artifacts Elastic.Flows.Upload and Elastic.Events.Upload send: a line about a row, with its
	// _id, and a line that is the row. Rows that are sent again have their _id again, whatever else they are sent with.
	ElasticBulk Protocol = iota
	// SplunkHEC is what Splunk.Flows.Upload sends: JSON objects one behind the other, with the row as event. What is sent
	// again is sent as it was.
	SplunkHEC
	// LogScale is what LogScale.Flows.Upload sends: an array of groups of events, with the row as attributes.
	LogScale
)

// ReadInto implements [ingest.Reader].
func (p *Push) ReadInto(_ context.Context, b *ingest.Batch) error {
	to := newRouter(b).artifact("")
	var err error
	switch p.Protocol {
	case ElasticBulk:
		to.way, to.taking, to.added = "elastic", true, addedByElastic
		err = readBulk(b, to, p.Body)
	case SplunkHEC:
		to.way, to.added = "splunk", addedBySplunk
		err = readEvents(b, to, p.Body)
	case LogScale:
		to.way, to.added = "logscale", addedByLogScale
		err = readGroups(b, to, p.Body)
	}
	if err != nil {
		return err
	}
	to.finish()
	return to.missing(&ingest.InputError{Reason: "nothing was pushed"})
}

func addedByElastic(from *source, artifact *string) columns {
	return columns{
		{"Artifact", artifact}, {"Hostname", &from.fqdn}, {"timestamp", new(string)}, {"ClientId", &from.clientID},
		{"FlowId", &from.flowID}, {"Organization", new(string)},
	}
}

func addedBySplunk(from *source, artifact *string) columns {
	return columns{
		{"Artifact", artifact}, {"timestamp", new(string)}, {"ClientId", &from.clientID}, {"FlowId", &from.flowID},
		{"src_artifact", new(string)}, {"org_name", new(string)},
	}
}

func addedByLogScale(from *source, artifact *string) columns {
	return columns{
		{"Artifact", artifact}, {"timestamp", new(string)}, {"ClientId", &from.clientID}, {"FlowId", &from.flowID},
		{"ClientHostname", &from.fqdn},
	}
}

// readBulk reads pairs of lines.
func readBulk(b *ingest.Batch, to *routedRows, body io.Reader) error {
	l := lines{r: bufio.NewReaderSize(body, lineBuffer), max: b.Config().MaxRowBytes, long: b.LongRow}
	about := false // the line before was about this one
	for {
		line, long, err := l.next()
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		case long:
			to.RejectLong(l.number)
			about = false
		case about:
			to.envelope = line
			if err := to.Row(l.number, line); err != nil {
				return err
			}
			about = false
		case len(bytes.TrimSpace(line)) > 0:
			if to.id, about = bulkID(line); !about {
				to.Reject(l.number, "neither a row nor the line about one: expected index or create")
			}
		}
	}
}

// bulkID reads the line about a row.
func bulkID(line []byte) (id string, ok bool) {
	type about struct {
		ID json.RawMessage `json:"_id"`
	}
	var action struct{ Index, Create *about }
	if json.Unmarshal(line, &action) != nil || action.Index == nil && action.Create == nil {
		return "", false
	}
	of := cmp.Or(action.Index, action.Create).ID
	if string(of) == "null" {
		return "", true
	}
	return strings.Trim(string(of), `"`), true // a text, or a number
}

// envelope is what a row of a push may have around it beyond Config.MaxRowBytes.
const envelope = 64 << 10

// readEvents reads objects with a row in each. What is broken in the body will be in it again when it is sent again, until
// the server gives all of it up: what can be read is kept.
func readEvents(b *ingest.Batch, to *routedRows, body io.Reader) error {
	s := newSplitter(body)
	s.long = b.LongRow
	for n := int64(1); ; n++ {
		if _, err := s.peek(); err == io.EOF {
			return nil
		}
		raw, long, err := s.value(b.Config().MaxRowBytes + envelope)
		if s.broken {
			to.Reject(n, err.Error())
			s.pass()
			continue
		}
		if err != nil {
			return err
		}
		if long {
			to.RejectLong(n)
			continue
		}
		members, err := jsonrow.Split(raw, b.Config().MaxDepth+1)
		if err != nil {
			to.Reject(n, err.Error())
			continue
		}
		event := last(members, "event")
		if event == nil {
			to.Reject(n, "there is no event in it")
			continue
		}
		to.envelope = raw
		if err := to.Row(n, event); err != nil {
			return err
		}
	}
}

// last returns the value of the last member of a name, or nil.
func last(members []jsonrow.Member, name string) (value []byte) {
	for _, m := range members {
		if m.Is(name) {
			value = m.Value
		}
	}
	return value
}

// readGroups reads an array of groups, of which each is held as a whole. Those before something that is broken are kept, as
// readEvents does.
func readGroups(b *ingest.Batch, to *routedRows, body io.Reader) error {
	s := newSplitter(body)
	s.long = b.LongRow
	n := int64(0)
	err := s.list("[]", func() error {
		raw, long, err := s.value(b.Config().MaxRowBytes + envelope)
		if err != nil {
			return err
		}
		if long {
			n++
			to.RejectLong(n)
			return nil
		}
		var group struct {
			Tags   json.RawMessage
			Events []struct{ Attributes json.RawMessage }
		}
		if err := json.Unmarshal(raw, &group); err != nil {
			n++
			to.Reject(n, "no group of events")
			return nil
		}
		for _, event := range group.Events {
			n++
			row := withTags(event.Attributes, group.Tags)
			to.envelope = row
			if err := to.Row(n, row); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = s.end()
	}
	if s.broken {
		to.Reject(n+1, err.Error())
		return nil
	}
	return err
}

// withTags puts what the tags of a group say of where a row is from behind its own columns, where the attributes do not
// say it.
func withTags(attributes, tags []byte) []byte {
	row, err := jsonrow.Split(attributes, 1000)
	if err != nil {
		return attributes
	}
	said, err := jsonrow.Split(tags, 10)
	if err != nil {
		return attributes
	}
	for _, name := range []string{"ClientHostname", "ClientId", "Artifact"} {
		if last(row, name) != nil {
			continue
		}
		for _, tag := range said {
			if tag.Is(name) {
				row = append(row, tag)
			}
		}
	}
	return jsonrow.Join(nil, row)
}

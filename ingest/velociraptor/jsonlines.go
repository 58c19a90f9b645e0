// Package velociraptor reads what Velociraptor writes: JSON Lines, JSON documents, and the zip archives that it exports
// flows and hunts as. Each form is an [ingest.Reader].
//
// All that these read comes from endpoints and is hostile: nothing is extracted to disk, names are never used as paths,
// and what a file says of its own sizes is not believed.
package velociraptor

import (
	"bufio"
	"context"
	"io"

	"github.com/velocicompanion/velocicompanion/hosts"
	"github.com/velocicompanion/velocicompanion/ingest"
)

// JSONLines is rows of one artifact of one host, a JSON object a line. Lines end in "\n" or "\r\n", empty ones are
// passed over, and so is a byte order mark at the start. A row is kept as its line is.
type JSONLines struct {
	Body io.Reader
	// Artifact is required, and one of Hostname and ClientID.
	Artifact string
	Hostname string
	ClientID string
	// FlowID is optional. Rows of a flow are kept once; see [ingest.Merge].
	FlowID string
}

// ReadInto implements [ingest.Reader].
func (j *JSONLines) ReadInto(_ context.Context, b *ingest.Batch) error {
	if j.Artifact == "" {
		return &ingest.InputError{Reason: "the artifact that the rows belong to is not named: give artifact"}
	}
	c, err := hostCollection(b, j.Hostname, j.ClientID, j.FlowID)
	if err != nil {
		return err
	}
	w, err := c.Result(j.Artifact, nil)
	if err != nil {
		return err
	}
	if err := readLines(b, w, bufio.NewReaderSize(j.Body, lineBuffer)); err != nil {
		return err
	}
	if w.Read() == 0 {
		return &ingest.InputError{Reason: "there is no row: send a JSON object a line"}
	}
	return nil
}

// hostCollection begins a collection of a host of which only the names are known.
func hostCollection(b *ingest.Batch, hostname, clientID, flowID string) (*ingest.CollectionWriter, error) {
	if hostname == "" && clientID == "" {
		return nil, &ingest.InputError{Reason: "the host that the rows are from is not named: give hostname or client_id"}
	}
	return b.Collection(ingest.Origin{
		Host:   hosts.Observation{ClientID: clientID, Facts: hosts.Facts{Hostname: hostname}},
		FlowID: flowID,
		HuntID: huntOf(flowID),
	}), nil
}

package velociraptor

import (
	"archive/zip"
	"cmp"
	"maps"
	"slices"

	"github.com/velocicompanion/velocicompanion/ingest"
)

// readFlow reads the folder of a flow, which the hunt with the given id launched, if any.
func (a *Archive) readFlow(m *members, f *folder, huntID string) error {
	flow, info, err := m.about(f)
	if err != nil {
		return err
	}
	host := observation(flow, info)
	if host.ClientID == "" && host.NameKey() == "" {
		host.ClientID, host.Hostname = a.ClientID, a.Hostname
	}
	if host.ClientID == "" && host.NameKey() == "" {
		return &ingest.InputError{
			Reason: "nothing in the zip says which host its results are from: give hostname or client_id with it",
		}
	}
	c := m.batch.Collection(ingest.Origin{
		Host: host, FlowID: flow.SessionID, HuntID: cmp.Or(huntID, huntOf(flow.SessionID)),
		CollectedAt: flow.collectedAt(), ExpectedRows: flow.expectedRows(),
	})
	expected := flow.expected()
	hashes := f.uploadHashes()
	for _, result := range f.results {
		if err := m.readResult(c, result, expected, hashes); err != nil {
			return err
		}
		delete(expected, result.artifact)
	}
	if err := m.readUploads(c, f, (*int64)(flow.TotalUploads), hashes); err != nil {
		return err
	}
	if f.context == nil {
		return nil
	}
	return at(f.context.Name, missingResults(c, expected))
}

// about reads what a folder says of its flow and host.
func (m *members) about(f *folder) (flow flowContext, info clientInfo, err error) {
	if f.context != nil {
		if err := m.decode(f.context, &flow); err != nil {
			return flow, info, err
		}
		if flow.Wrapped != nil {
			flow = *flow.Wrapped
		}
	}
	if f.clientInfo != nil {
		err = m.decode(f.clientInfo, &info)
	}
	return flow, info, err
}

// readResult reads the rows of one artifact, and the hashes of uploaded files in them.
func (m *members) readResult(c *ingest.CollectionWriter, r resultFile, expected map[string]int64, hashes *uploadHashes) error {
	var rows *int64
	if n, known := expected[r.artifact]; known {
		rows = &n
	}
	w, err := c.Result(r.artifact, rows)
	if err != nil {
		return at(r.file.Name, err)
	}
	if r.csv {
		w.SetLossy()
	}
	if err := m.readRows(r, informed{w, c, r.artifact, hashes}); err != nil {
		return err
	}
	return w.End()
}

// readRows offers the rows of a result to a sink.
func (m *members) readRows(r resultFile, to sink) error {
	return m.readTable(r.file, r.csv, exported, to)
}

// readTable offers the rows of a member, which are a line each or a CSV of a dialect, to a sink.
func (m *members) readTable(file *zip.File, isCSV bool, d dialect, to sink) error {
	content, err := m.open(file)
	if err != nil {
		return err
	}
	defer content.Close()
	m.lines.Reset(content)
	if isCSV {
		return at(file.Name, readCSV(m.batch, to, m.lines, d))
	}
	return readLines(m.batch, to, m.lines)
}

// missingResults makes results of the artifacts that have rows at the server but no file in the archive, so that the
// report tells of them.
func missingResults(c *ingest.CollectionWriter, expected map[string]int64) error {
	for _, artifact := range slices.Sorted(maps.Keys(expected)) {
		if rows := expected[artifact]; rows > 0 {
			if _, err := c.Result(artifact, &rows); err != nil {
				return err
			}
		}
	}
	return nil
}

package velociraptor

import (
	"archive/zip"
	"cmp"
	"maps"
	"path"
	"slices"

	"github.com/velocicompanion/velocicompanion/hosts"
	"github.com/velocicompanion/velocicompanion/ingest"
)

// errNoHost says that neither the files about a flow nor its rows name a host.
var errNoHost = &ingest.InputError{
	Reason: "nothing in the zip says which host its results are from: give hostname or client_id with it",
}

// readFlow reads the folder of a flow, which the hunt launched, if any. It leaves results of which all
// has more rows to it.
func (a *Archive) readFlow(m *members, f *folder, hunt huntInfo, all *combined) error {
	flow, info, err := m.about(f)
	if err != nil {
		return err
	}
	host := observation(flow, info)
	if !identified(host) {
		host.ClientID, host.Hostname = a.ClientID, a.Hostname
	}
	_, told := f.byArtifact[basicInformation] // as old collectors did
	switch {
	case identified(host) || told:
	case len(all.rows) > 0 && f.hasResults():
		m.batch.Note(ingest.Quote(path.Dir(path.Dir(f.results[0].file.Name))) + " does not say which host it is of and was not read: " +
			"what is kept of that host are the combined results of the hunt")
		return nil
	default:
		return errNoHost
	}
	flowID := cmp.Or(flow.SessionID, all.flowOf[host.ClientID])
	c := m.batch.Collection(ingest.Origin{
		Host: host, FlowID: flowID, HuntID: cmp.Or(hunt.HuntID, huntOf(flowID)), LaunchedAt: hunt.launchedAt(),
		CollectedAt: flow.collectedAt(), ExpectedRows: flow.expectedRows(), Running: flow.running(), Exported: true,
	})
	expected, hashes := flow.expected(), f.uploadHashes()
	if err := m.readResults(c, f, expected, hashes, all); err != nil {
		return err
	}
	if !identified(c.Origin.Host) {
		return errNoHost
	}
	if err := m.readUploads(c, f, (*int64)(flow.TotalUploads), hashes); err != nil {
		return err
	}
	if f.context == nil {
		return nil
	}
	return at(f.context.Name, missingResults(c, expected))
}

func identified(host hosts.Observation) bool { return host.ClientID != "" || host.NameKey() != "" }

// readResults reads the results in a folder, and begins those that are to be read from the combined ones. Of expected it
// leaves what is in neither.
func (m *members) readResults(
	c *ingest.CollectionWriter, f *folder, expected map[string]int64, hashes *uploadHashes, all *combined,
) error {
	from, more := sourceOf(c), all.folder(c)
	for _, result := range f.results {
		w, err := m.readResult(c, result, expected, hashes)
		if err != nil {
			return err
		}
		if all.of(from, result.artifact) > w.Read() {
			w.Restart()
			more.results[result.artifact] = w
		}
		delete(expected, result.artifact)
	}
	for _, artifact := range all.artifactsOf(from) {
		if _, there := f.byArtifact[artifact]; there {
			continue
		}
		w, err := beginResult(c, artifact, expected)
		if err != nil {
			return err
		}
		more.results[artifact] = w
		delete(expected, artifact)
	}
	return nil
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

// beginResult begins the result of an artifact with as many rows as are expected, if that is known.
func beginResult(c *ingest.CollectionWriter, artifact string, expected map[string]int64) (*ingest.ResultWriter, error) {
	if rows, known := expected[artifact]; known {
		return c.Result(artifact, &rows)
	}
	return c.Result(artifact, nil)
}

// readResult reads the rows of one artifact, and the hashes of uploaded files in them.
func (m *members) readResult(
	c *ingest.CollectionWriter, r resultFile, expected map[string]int64, hashes *uploadHashes,
) (*ingest.ResultWriter, error) {
	w, err := beginResult(c, r.artifact, expected)
	if err != nil {
		return nil, at(r.file.Name, err)
	}
	if r.csv {
		w.SetLossy()
	}
	if err := m.readRows(r, informed{w, c, r.artifact, hashes}); err != nil {
		return nil, err
	}
	return w, w.End()
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

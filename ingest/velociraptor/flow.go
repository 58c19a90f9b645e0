package velociraptor

import (
	"archive/zip"
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/velocicompanion/velocicompanion/ingest"
)

// readFlow reads the folder of a flow, which the hunt with the given id launched, if any.
func (m *members) readFlow(f *folder, huntID string) error {
	var flow flowContext
	if err := m.decode(f.context, &flow); err != nil {
		return err
	}
	var info clientInfo
	if f.clientInfo != nil {
		if err := m.decode(f.clientInfo, &info); err != nil {
			return err
		}
	}
	host := observation(flow, info)
	if host.ClientID == "" {
		return &ingest.InputError{
			Place: f.context.Name, Err: ingest.ErrUnsupported,
			Reason: "names no client_id, as in what an offline collector writes, which is not read yet: " +
				"import the collection into Velociraptor and export the flow from there",
		}
	}
	c := m.batch.Collection(ingest.Origin{
		Host: host, FlowID: flow.SessionID, HuntID: cmp.Or(huntID, huntOf(flow.SessionID)),
		CollectedAt: flow.collectedAt(), ExpectedRows: flow.expectedRows(),
	})
	expected := flow.expected()
	for _, file := range f.results {
		artifact := artifactOf(file)
		if err := m.readResult(c, artifact, file, expected); err != nil {
			return err
		}
		delete(expected, artifact)
	}
	return at(f.context.Name, missingResults(c, expected))
}

// readResult reads the rows of one artifact.
func (m *members) readResult(c *ingest.CollectionWriter, artifact string, file *zip.File, expected map[string]int64) error {
	var rows *int64
	if n, known := expected[artifact]; known {
		rows = &n
	}
	w, err := c.Result(artifact, rows)
	if err != nil {
		return at(file.Name, err)
	}
	content, err := m.open(file)
	if err != nil {
		return err
	}
	defer content.Close()
	m.lines.Reset(content)
	return readLines(m.batch, w, m.lines)
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

// artifactOf is the artifact whose rows a member holds: results/Name%2FSource.json has those of "Name/Source".
func artifactOf(file *zip.File) string {
	_, name, _ := strings.Cut(file.Name, "results/")
	return unescape(strings.TrimSuffix(name, ".json"))
}

package velociraptor

import (
	"archive/zip"
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/velocicompanion/velocicompanion/ingest"
)

// container is the members of an archive, sorted by what they are for. Those that are for nothing here are left out:
// uploaded files, logs, and the requests that went to the client.
type container struct {
	// folders hold one flow each, by their names: "" for the top level.
	folders map[string]*folder
	// huntInfo is there when a hunt was exported.
	huntInfo *zip.File
	// inner is the archive inside an archive that was locked with a password or a key.
	inner *zip.File
}

// folder is the members about one flow.
type folder struct {
	context    *zip.File
	clientInfo *zip.File
	results    []*zip.File // as JSON Lines
	tables     []*zip.File // as CSV
}

// sortMembers sorts the members of an archive. Two of them for the same thing are an error.
func sortMembers(files []*zip.File) (*container, error) {
	c := &container{folders: make(map[string]*folder)}
	seen := make(map[string]bool)
	for _, file := range files {
		if !plain(file) || !c.sort(file) {
			continue
		}
		if seen[file.Name] {
			return nil, &ingest.InputError{Place: file.Name, Reason: "is there twice"}
		}
		seen[file.Name] = true
	}
	for _, f := range c.folders {
		slices.SortFunc(f.results, byName)
		slices.SortFunc(f.tables, byName)
	}
	return c, nil
}

func byName(x, y *zip.File) int { return cmp.Compare(x.Name, y.Name) }

// sort finds out what a member is for and reports whether it is for anything.
func (c *container) sort(file *zip.File) bool {
	switch file.Name {
	case "hunt_info.json":
		c.huntInfo = file
		return true
	case "data.zip":
		c.inner = file
		return true
	}
	root, rest := "", file.Name
	if first, below, deeper := strings.Cut(file.Name, "/"); deeper && first != "results" {
		root, rest = first, below
	}
	if root == "uploads" {
		return false
	}
	f := c.folders[root]
	if f == nil {
		f = &folder{}
	}
	switch {
	case rest == "collection_context.json":
		f.context = file
	case rest == "client_info.json":
		f.clientInfo = file
	case strings.HasPrefix(rest, "results/") && strings.HasSuffix(rest, ".json"):
		f.results = append(f.results, file)
	case strings.HasPrefix(rest, "results/") && strings.HasSuffix(rest, ".csv"):
		f.tables = append(f.tables, file)
	default:
		return false
	}
	c.folders[root] = f
	return true
}

// flows returns the folders to read in the order of their names, or an [*ingest.InputError] that says what the archive
// is instead.
func (c *container) flows() ([]*folder, error) {
	var flows []*folder
	inFlows, elsewhere := 0, 0
	for _, name := range slices.Sorted(maps.Keys(c.folders)) {
		f := c.folders[name]
		if f.context == nil {
			elsewhere += len(f.results) + len(f.tables)
			continue
		}
		if err := f.checkTables(); err != nil {
			return nil, err
		}
		inFlows += len(f.results)
		flows = append(flows, f)
	}
	if inFlows == 0 {
		return nil, c.refuse(elsewhere > 0)
	}
	return flows, nil
}

// refuse says why there is no flow to read, where there are results outside of flows or not.
func (c *container) refuse(results bool) error {
	switch {
	case c.inner != nil && encrypted(c.inner):
		return &ingest.InputError{
			Place:  c.inner.Name,
			Reason: "the export is locked with a password or a key, which is not opened yet: export it without one",
		}
	case c.inner != nil:
		return &ingest.InputError{Place: c.inner.Name, Reason: "is a zip inside a zip: unpack it and send that"}
	case c.huntInfo != nil && results:
		return &ingest.InputError{
			Place: c.huntInfo.Name, Err: ingest.ErrUnsupported,
			Reason: "this is the summary of a hunt, of which only the combined results are there, which is not read yet: " +
				"export the full hunt",
		}
	case results:
		return &ingest.InputError{
			Err:    ingest.ErrUnsupported,
			Reason: "results are there, but no collection_context.json that says which flow and host they are from; " + lookedFor,
		}
	}
	return &ingest.InputError{Reason: "the zip has no results; " + lookedFor}
}

// lookedFor is what an archive is expected to hold.
const lookedFor = "looked for results/*.json and collection_context.json at the top of the zip, or in a folder for each host, " +
	"as Velociraptor exports flows and full hunts"

// checkTables returns an error when a result is there as CSV only, which drops columns.
func (f *folder) checkTables() error {
	asJSON := make(map[string]bool, len(f.results))
	for _, result := range f.results {
		asJSON[strings.TrimSuffix(result.Name, ".json")] = true
	}
	for _, table := range f.tables {
		if !asJSON[strings.TrimSuffix(table.Name, ".csv")] {
			return &ingest.InputError{
				Place: table.Name, Err: ingest.ErrUnsupported,
				Reason: "this result is there as CSV only, which is not read yet: export it as JSON",
			}
		}
	}
	return nil
}

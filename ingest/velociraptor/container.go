package velociraptor

import (
	"archive/zip"
	"bytes"
	"cmp"
	"io"
	"maps"
	"path"
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
	// inner is the encrypted archive inside a locked one, and metadata what says for which keys.
	inner    *zip.File
	metadata *zip.File
	// archives are other zips inside the zip; unknown are members whose names do not tell what they are.
	archives []*zip.File
	unknown  []*zip.File
	// strange is a member that Velociraptor does not write, which may be what somebody took for results.
	strange *zip.File
	// beside tells that a hunt was exported into a folder that has others beside it; nil else.
	beside *zip.File
	// uploads list the files that flows uploaded, by the folder that they are in.
	uploads map[string]*zip.File
	// loose are results outside of a folder for them, as old collectors wrote them.
	loose folder
}

// folder is the members about one flow.
type folder struct {
	context    *zip.File
	clientInfo *zip.File
	uploads    *zip.File    // nil where no files are listed
	results    []resultFile // one for each artifact
	byArtifact map[string]int
}

// resultFile is the rows of one artifact.
type resultFile struct {
	file     *zip.File
	artifact string
	csv      bool
}

func (f *folder) hasResults() bool { return f != nil && len(f.results) > 0 }

// add adds a result. The JSON of an artifact takes the place of its CSV.
func (f *folder) add(r resultFile) error {
	if f.byArtifact == nil {
		f.byArtifact = make(map[string]int)
	}
	i, there := f.byArtifact[r.artifact]
	switch {
	case !there:
		f.byArtifact[r.artifact] = len(f.results)
		f.results = append(f.results, r)
	case f.results[i].csv == r.csv:
		return twice(r.file)
	case f.results[i].csv:
		f.results[i] = r
	}
	return nil
}

func twice(file *zip.File) error {
	return &ingest.InputError{Place: file.Name, Reason: "is there twice"}
}

// sortMembers sorts the members of an archive. Two of them for the same thing are an error.
func sortMembers(files []*zip.File) (*container, error) {
	c := &container{folders: make(map[string]*folder), uploads: make(map[string]*zip.File)}
	seen := make(map[string]bool)
	own, strange := ownNames(files)
	c.strange = strange
	for _, file := range own {
		known, err := c.sort(file)
		if err != nil {
			return nil, err
		}
		if known && seen[file.Name] {
			return nil, twice(file)
		}
		seen[file.Name] = known
	}
	for _, f := range c.folders {
		f.sort()
	}
	c.loose.sort()
	if !c.hasCombined() && !hasResults(c.flows()) && c.inner == nil {
		for _, file := range c.unknown {
			if beginsAsZip(file) {
				c.archives = append(c.archives, file)
			}
		}
	}
	slices.SortFunc(c.archives, func(x, y *zip.File) int { return cmp.Compare(x.Name, y.Name) })
	c.adoptLoose()
	for root, f := range c.folders {
		f.uploads = c.uploads[root]
	}
	return c, nil
}

func (f *folder) sort() {
	slices.SortFunc(f.results, func(x, y resultFile) int { return cmp.Compare(x.file.Name, y.file.Name) })
}

// sort finds out what a member is for and reports whether it is for anything.
func (c *container) sort(file *zip.File) (known bool, err error) {
	switch {
	case file.Name == "hunt_info.json":
		c.huntInfo = file
		return true, nil
	case file.Name == "data.zip" && encrypted(file):
		c.inner = file
		return true, nil
	case file.Name == "metadata.json":
		c.metadata = file
		return true, nil
	}
	root, rest := "", file.Name
	if first, below, deeper := strings.Cut(file.Name, "/"); deeper && first != "results" && isFlowMember(below) {
		root, rest = first, below
	}
	switch {
	case isUpload(file.Name):
		return false, nil
	case rest == "collection_context.json":
		c.folder(root).context = file
	case rest == "client_info.json":
		c.folder(root).clientInfo = file
	case strings.HasPrefix(rest, "results/"):
		r, ok := resultOf(file, strings.TrimPrefix(rest, "results/"))
		if !ok {
			return false, nil
		}
		return true, c.folder(root).add(r)
	case path.Base(rest) == "uploads.json" || path.Base(rest) == "uploads.csv":
		c.addUploads(file)
	case strings.HasSuffix(rest, ".zip"):
		c.archives = append(c.archives, file)
	case path.Base(rest) == "hunt_info.json":
		c.beside = file
	default:
		r, ok := resultOf(file, file.Name)
		if !ok {
			c.unknown = append(c.unknown, file)
		}
		if !ok || notResults[path.Base(file.Name)] {
			return false, nil
		}
		return true, c.loose.add(r)
	}
	return true, nil
}

// beginsAsZip reports whether a member is a zip by its content, whatever it is called.
func beginsAsZip(file *zip.File) bool {
	if encrypted(file) {
		return false
	}
	content, err := file.Open()
	if err != nil {
		return false // of a method that is not known
	}
	defer content.Close()
	start := make([]byte, len(localSignature))
	_, err = io.ReadFull(content, start)
	return err == nil && bytes.Equal(start, localSignature)
}

// addUploads adds a list of uploaded files. One in JSON takes the place of one in CSV.
func (c *container) addUploads(file *zip.File) {
	root := strings.TrimSuffix(strings.TrimSuffix(file.Name, path.Base(file.Name)), "/")
	if c.uploads[root] == nil || !isCSV(file) {
		c.uploads[root] = file
	}
}

func isCSV(file *zip.File) bool { return strings.HasSuffix(file.Name, ".csv") }

// isFlowMember reports whether a name below a folder is one that the folder of a flow has.
func isFlowMember(below string) bool {
	return below == "collection_context.json" || below == "client_info.json" || strings.HasPrefix(below, "results/")
}

// isUpload reports whether a member is a file that was collected from the host.
func isUpload(name string) bool {
	first, below, _ := strings.Cut(name, "/")
	return first == "uploads" || first != "results" && strings.HasPrefix(below, "uploads/")
}

// notResults are the files of a collection that are not results, which old collectors had all at one level.
var notResults = map[string]bool{
	"requests.json": true, "log.json": true, "logs.json": true, "log.csv": true,
}

// resultOf returns what a member is called below the folder for results: Name%2FSource.json has the rows of the artifact
// "Name/Source", and so has Name/Source.json.
func resultOf(file *zip.File, name string) (resultFile, bool) {
	if artifact, ok := strings.CutSuffix(name, ".json"); ok {
		return resultFile{file: file, artifact: unescape(artifact)}, true
	}
	if artifact, ok := strings.CutSuffix(name, ".csv"); ok {
		return resultFile{file: file, artifact: unescape(artifact), csv: true}, true
	}
	return resultFile{}, false
}

func (c *container) folder(root string) *folder {
	f := c.folders[root]
	if f == nil {
		f = &folder{}
		c.folders[root] = f
	}
	return f
}

// adoptLoose takes results outside of a folder for those of the one flow of the archive, where nothing else is there.
func (c *container) adoptLoose() {
	if !c.loose.hasResults() || c.huntInfo != nil || c.inner != nil || len(c.archives) > 0 {
		return
	}
	for root, f := range c.folders {
		if root != "" || f.hasResults() {
			return
		}
	}
	top := c.folder("")
	top.results, top.byArtifact, c.loose = c.loose.results, c.loose.byArtifact, folder{}
}

// tables returns what are results by their names alone: beside zips, or outside of the folders that have the results.
func (c *container) tables() (tables []*zip.File) {
	for _, r := range c.loose.results {
		tables = append(tables, r.file)
	}
	for _, file := range c.unknown {
		if strings.HasSuffix(file.Name, ".jsonl") {
			tables = append(tables, file)
		}
	}
	return tables
}

// hasCombined reports whether the results at the top level are the combined ones of a hunt.
func (c *container) hasCombined() bool {
	top := c.folders[""]
	return c.huntInfo != nil && top.hasResults() && top.context == nil
}

// flows returns the folders to read in the order of their names: one about a flow that brought nothing is none the less.
func (c *container) flows() (flows []*folder) {
	some := false
	for _, name := range slices.Sorted(maps.Keys(c.folders)) {
		f := c.folders[name]
		if name == "" && c.hasCombined() {
			continue
		}
		some = some || f.hasResults() || f.context != nil
		flows = append(flows, f)
	}
	if !some {
		return nil
	}
	return flows
}

func hasResults(flows []*folder) bool { return slices.ContainsFunc(flows, (*folder).hasResults) }

// errNoResults says what was looked for.
var errNoResults = &ingest.InputError{
	Reason: "the zip has no results; looked for results/*.json or *.csv at the top of the zip or in a folder for each host, " +
		"as Velociraptor exports flows and hunts and offline collectors write them, for a data.zip that is locked, " +
		"and for zips of such zips",
}

package velociraptor

import "strings"

// addedToCombined is what Velociraptor adds to each row of the combined results of a hunt, beside the texts.
const addedToCombined = `,"FlowId":"","ClientId":"","Fqdn":""`

// agree reports whether the folders of the flows of a hunt have all that its combined results have. These are the rows of
// the folders, each with where it is from, so that their sizes tell, which are in the directory of the zip: rows need not be
// read twice to know. It is false as well where the folders do not say enough.
func (m *members) agree(c *container, flows []*folder) bool {
	sizes := make(map[string]uint64) // of the combined results by their artifacts, as they have to be
	for _, f := range flows {
		flow, info, err := m.about(f)
		if err != nil || flow.ClientID == "" || flow.SessionID == "" {
			return false // what is wrong is told when the folder is read
		}
		added := uint64(len(addedToCombined) + len(flow.SessionID) + len(flow.ClientID) + len(info.FQDN))
		expected := flow.expected()
		for _, r := range f.results {
			rows, known := expected[r.artifact]
			if !known || rows < 0 || r.csv {
				return false
			}
			sizes[r.artifact] += r.file.UncompressedSize64 + uint64(rows)*added
		}
	}
	for _, r := range c.folders[""].results {
		name, is := strings.CutPrefix(r.artifact, combinedPrefix)
		if is && (r.csv || r.file.UncompressedSize64 != sizes[name]) {
			return false
		}
	}
	return true
}

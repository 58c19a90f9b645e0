package velociraptor

import (
	"strings"

	"github.com/velocicompanion/velocicompanion/ingest"
)

// hunt returns what the archive says of the hunt that was exported: nothing where it is not about a hunt.
func (m *members) hunt(c *container) (hunt huntInfo, err error) {
	if c.huntInfo != nil {
		err = m.decode(c.huntInfo, &hunt)
	}
	return hunt, err
}

// readCombined reads the combined results of a hunt, whose rows say which host and flow they are from.
func (m *members) readCombined(c *container) error {
	hunt, err := m.hunt(c)
	if err != nil {
		return err
	}
	all := newRouter(m.batch)
	all.hunt = &hunt
	for _, r := range c.folders[""].results {
		artifact, combined := strings.CutPrefix(r.artifact, combinedPrefix)
		if !combined {
			return &ingest.InputError{
				Place: r.file.Name, Reason: "is no combined result of a hunt, whose names begin with \"All \"",
			}
		}
		to := all.artifact(artifact)
		to.lossy = r.csv
		if err := m.readRows(r, to); err != nil {
			return err
		}
		to.finish()
	}
	if len(all.flows) == 0 {
		return &ingest.InputError{Reason: "the combined results of the hunt hold no row that says which host it is from"}
	}
	return nil
}

package velociraptor

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/ingest/internal/jsonrow"
)

// combinedPrefix is what the names of the combined results of a hunt begin with.
const combinedPrefix = "All "

// combined is the combined results of a hunt that was exported with a folder for each host as well. Either may lack what
// the other has, because a server stops an export after some minutes without saying so: of each result of each host the
// longer form is read, and where both have as many rows the one in the folder.
type combined struct {
	*router
	results []resultFile // their artifacts without the prefix
	rows    map[source]map[string]*int64
	flowOf  map[string]string // the flow of each client; "" where it has several
	missing int               // results that the folders lack, wholly or in part
}

// countCombined counts the rows of the combined results of an archive, which may have none, and none that the folders of its
// flows lack.
func (m *members) countCombined(c *container, hunt huntInfo, flows []*folder) (*combined, error) {
	all := &combined{router: newRouter(m.batch), rows: make(map[source]map[string]*int64), flowOf: make(map[string]string)}
	all.hunt = &hunt
	if !c.hasCombined() || m.agree(c, flows) {
		return all, nil
	}
	for _, r := range c.folders[""].results {
		name, is := strings.CutPrefix(r.artifact, combinedPrefix)
		if !is {
			continue
		}
		r.artifact = name
		all.results = append(all.results, r)
		if err := m.readRows(r, &rowCount{combined: all, rows: all.artifact(name), ends: make(map[string]*int64)}); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// folder says that there is a folder for the flow of w, of which only the results that are lacking are to be read here.
func (c *combined) folder(w *ingest.CollectionWriter) *routed {
	to := &routed{writer: w, results: make(map[string]*ingest.ResultWriter), fromFolder: true}
	c.flows[sourceOf(w)] = to
	return to
}

func sourceOf(w *ingest.CollectionWriter) source {
	return source{clientID: w.Origin.Host.ClientID, fqdn: w.Origin.Host.FQDN, flowID: w.Origin.FlowID}.key()
}

// of returns how many rows of an artifact there are from a source.
func (c *combined) of(from source, artifact string) int64 {
	if n := c.rows[from][artifact]; n != nil {
		return *n
	}
	return 0
}

// artifactsOf returns the artifacts that a source has rows of.
func (c *combined) artifactsOf(from source) []string { return slices.Sorted(maps.Keys(c.rows[from])) }

// readMissing reads the results that the folders of the hosts lack.
func (m *members) readMissing(all *combined) error {
	wanted := make(map[string]int)
	for from, rows := range all.rows {
		to := all.flows[from]
		for artifact := range rows {
			if to == nil || to.results[artifact] != nil {
				wanted[artifact]++
				all.missing++
			}
		}
	}
	if all.missing == 0 {
		return nil
	}
	for _, r := range all.results {
		if wanted[r.artifact] == 0 {
			continue
		}
		to := all.artifact(r.artifact)
		to.lossy = r.csv
		if err := m.readRows(r, to); err != nil {
			return err
		}
		to.finish()
	}
	m.batch.Note(fmt.Sprintf("the export is incomplete: the folders of its hosts lack rows of %d results, "+
		"which were read from the combined results", all.missing))
	return nil
}

// rowCount is a sink that counts rows by where they are from. It looks no further than at the columns that say so, which
// are at the end of a row and the same in many.
type rowCount struct {
	*combined
	rows *routedRows
	ends map[string]*int64
}

// maxEnd is the longest end of a row that is remembered.
const maxEnd = 1024

// Row implements sink.
func (c *rowCount) Row(_ int64, raw []byte) error {
	end := raw[max(0, bytes.LastIndex(raw, []byte(`"FlowId":`))):]
	if n := c.ends[string(end)]; n != nil {
		*n++
		return nil
	}
	from, remember := c.from(append([]byte("{"), end...)), len(end) <= maxEnd
	if from.clientID == "" {
		from, remember = c.from(raw), false
	}
	if from == (source{}) {
		return nil // a row that belongs nowhere
	}
	n, err := c.count(from)
	if err != nil {
		return err
	}
	*n++
	if remember && len(c.ends) < c.batch.Config().MaxCollections {
		c.ends[string(end)] = n
	}
	return nil
}

func (c *rowCount) from(row []byte) (from source) {
	if members, err := jsonrow.Split(row, c.batch.Config().MaxDepth); err == nil {
		from, _, _ = c.rows.take(members)
	}
	return from.key()
}

// count returns the count of the rows from a source.
func (c *rowCount) count(from source) (*int64, error) {
	rows := c.combined.rows[from]
	if rows == nil {
		if err := c.batch.CheckCollections(len(c.combined.rows) + 1); err != nil {
			return nil, err
		}
		rows = make(map[string]*int64)
		c.combined.rows[from] = rows
		if _, another := c.flowOf[from.clientID]; another {
			c.flowOf[from.clientID] = ""
		} else {
			c.flowOf[from.clientID] = from.flowID
		}
	}
	if rows[c.rows.name] == nil {
		rows[c.rows.name] = new(int64)
	}
	return rows[c.rows.name], nil
}

// Reject implements sink.
func (c *rowCount) Reject(int64, string) {}

// RejectLong implements sink.
func (c *rowCount) RejectLong(int64) {}

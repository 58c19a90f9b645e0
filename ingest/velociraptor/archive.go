package velociraptor

import (
	"context"
	"io"

	"github.com/velocicompanion/velocicompanion/ingest"
)

// Archive is a zip that Velociraptor exported: a flow, or a hunt with a folder for each host. In the latter the combined
// results, which repeat the rows of all hosts, are not read. What it is is told by its content alone.
type Archive struct {
	// File is read at any place; [ingest.Service.Spool] makes one of a body. Size is how many bytes it has.
	File io.ReaderAt
	Size int64
	// Name is what the archive is called in errors about the whole of it; may be empty.
	Name string
}

// ReadInto implements [ingest.Reader].
func (a *Archive) ReadInto(_ context.Context, b *ingest.Batch) error {
	return at(a.Name, a.readInto(b))
}

func (a *Archive) readInto(b *ingest.Batch) error {
	zr, err := openZip(a.File, a.Size, b.Config().MaxArchiveEntries)
	if err != nil {
		return err
	}
	c, err := sortMembers(zr.File)
	if err != nil {
		return err
	}
	flows, err := c.flows()
	if err != nil {
		return err
	}
	if err := checkSizes(b, flows, a.Size); err != nil {
		return err
	}
	m := newMembers(b, a.Size)
	huntID, err := m.huntID(c)
	if err != nil {
		return err
	}
	for _, f := range flows {
		if err := m.readFlow(f, huntID); err != nil {
			return err
		}
	}
	return nil
}

// checkSizes refuses an archive early when its own directory says that the results go past the limits.
func checkSizes(b *ingest.Batch, flows []*folder, size int64) error {
	var compressed, expanded int64
	for _, f := range flows {
		for _, result := range f.results {
			compressed = addCapped(compressed, result.CompressedSize64)
			expanded = addCapped(expanded, result.UncompressedSize64)
		}
	}
	return b.CheckExpansion(min(compressed, size), expanded)
}

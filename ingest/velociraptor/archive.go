package velociraptor

import (
	"context"
	"crypto/rsa"
	"errors"
	"io"

	"github.com/velocicompanion/velocicompanion/ingest"
)

// Archive is a zip that Velociraptor wrote: the export of a flow, or of a hunt with a folder for each host or with the
// combined results alone, what an offline collector collected, any of these locked with a password or for a key, or a
// zip of such zips. What it is is told by its content alone.
//
// A full export of a hunt has every row twice, and is read once: what a host has in its folder there, and in the combined
// results what it lacks. Where a result is there as JSON
// and as CSV the JSON is read, because CSV loses columns and types.
type Archive struct {
	// File is read at any place; [ingest.Service.Spool] makes one of a body. Size is how many bytes it has.
	File io.ReaderAt
	Size int64
	// Name is what the archive is called in errors about the whole of it; may be empty.
	Name string
	// Hostname and ClientID name the host of a collection that does not name it itself, as old collectors wrote them.
	Hostname string
	ClientID string
	// Password opens an archive that is locked with one; Keys open those that are locked for their owners.
	Password string
	Keys     []*rsa.PrivateKey
	// KeyUsed is told when one of Keys opens something, of which nothing was read yet, and which: the SHA-256 of its
	// public part as DER (SPKI), in hexadecimal. May be nil.
	KeyUsed func(key string)
}

// maxNesting is how many zips may be inside each other: an archive of locked exports has three.
const maxNesting = 4

// ReadInto implements [ingest.Reader].
func (a *Archive) ReadInto(ctx context.Context, b *ingest.Batch) error {
	return at(a.Name, a.read(ctx, b, a.File, a.Size, maxNesting))
}

// read reads a zip with at most so many others inside each other.
func (a *Archive) read(ctx context.Context, b *ingest.Batch, file io.ReaderAt, size int64, nesting int) error {
	if nesting == 0 {
		return &ingest.InputError{Reason: "has too many zips inside each other: unpack it"}
	}
	zr, err := openZip(file, size, b.Config().MaxArchiveEntries)
	if err != nil {
		return err
	}
	c, err := sortMembers(zr.File)
	if err != nil {
		return err
	}
	if c.beside != nil {
		return &ingest.InputError{Place: c.beside.Name, Reason: "is of a hunt that was unpacked beside something else: zip each by itself"}
	}
	m := newMembers(b, size)
	unpacked, err := a.readUnpacked(ctx, m, c, nesting)
	switch {
	case err != nil && len(c.archives) > 0:
		return spoiling(err)
	case err != nil:
		return err
	case len(c.archives) > 0:
		return a.readArchives(ctx, m, c, unpacked, nesting)
	case !unpacked:
		return errNoResults
	}
	for _, file := range c.tables() {
		b.Note(ingest.Quote(file.Name) + " was not read: it is not where the export has its results; send it by itself")
	}
	return nil
}

// readUnpacked reads what is not in other zips inside the zip, if there is something.
func (a *Archive) readUnpacked(ctx context.Context, m *members, c *container, nesting int) (read bool, err error) {
	switch flows := c.flows(); {
	case c.inner != nil:
		inner, err := a.unlock(ctx, m.batch, c)
		return true, a.readInner(ctx, m.batch, c.inner.Name, inner, err, nesting)
	case hasResults(flows), len(flows) > 0 && len(c.archives) == 0 && c.strange == nil:
		return true, a.readFlows(m, c, flows)
	case c.hasCombined():
		if err := m.checkSizes(c, []*folder{c.folders[""]}); err != nil {
			return true, err
		}
		return true, m.readCombined(c)
	}
	return false, nil
}

// readFlows reads the folders of flows.
func (a *Archive) readFlows(m *members, c *container, flows []*folder) error {
	read := flows
	if c.hasCombined() {
		read = append([]*folder{c.folders[""]}, flows...)
	}
	if err := m.checkSizes(c, read); err != nil {
		return err
	}
	hunt, err := m.hunt(c)
	if err != nil {
		return err
	}
	all, err := m.countCombined(c, hunt, flows)
	if err != nil {
		return err
	}
	for _, f := range flows {
		if err := a.readFlow(m, f, hunt, all); err != nil {
			return err
		}
	}
	return m.readMissing(all)
}

// readArchives reads zips inside a zip one after the other. Somebody put them there, and knows what else is beside them.
func (a *Archive) readArchives(ctx context.Context, m *members, c *container, unpacked bool, nesting int) error {
	if tables := c.tables(); len(tables) > 0 {
		return &ingest.InputError{Place: tables[0].Name, Reason: "is a table beside zips, and nothing was kept: send it by itself"}
	}
	for _, file := range c.archives {
		content, err := m.openArchive(file)
		if err != nil {
			return err
		}
		inner, err := m.batch.Spool(ctx, content)
		_ = content.Close()
		err = a.readInner(ctx, m.batch, file.Name, inner, err, nesting)
		if len(c.archives) > 1 || unpacked {
			err = spoiling(err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// spoiling makes an error in one of several archives one that says what became of the others.
func spoiling(err error) error {
	var input *ingest.InputError
	if !errors.As(err, &input) {
		return err
	}
	spoilt := *input
	spoilt.Reason += "; nothing of what is beside it was kept either: leave it out, or send each by itself"
	return &spoilt
}

// readInner reads a zip that was inside another, where it could be taken out.
func (a *Archive) readInner(
	ctx context.Context, b *ingest.Batch, name string, inner *ingest.Spooled, err error, nesting int,
) error {
	if err != nil {
		return at(name, err)
	}
	defer inner.Close()
	return within(name, a.read(ctx, b, inner, inner.Size(), nesting-1))
}

// checkSizes refuses an archive early when its own directory says that the results go past the limits, and counts what
// else there is as passed over: the other form of the results, and the content of uploaded files.
func (m *members) checkSizes(c *container, flows []*folder) error {
	var compressed, expanded, archives int64
	for _, f := range flows {
		for _, result := range f.results {
			compressed = addCapped(compressed, result.file.CompressedSize64)
			expanded = addCapped(expanded, result.file.UncompressedSize64)
		}
	}
	for _, file := range c.archives {
		archives = addCapped(archives, file.CompressedSize64)
	}
	compressed = min(compressed, m.left)
	m.batch.PassOver(max(0, m.left-compressed-archives))
	return m.batch.CheckExpansion(compressed, expanded)
}

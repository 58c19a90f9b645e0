package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/companion"
	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/ingest/velociraptor"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

const importUsage = "usage: server import [-tenant ID] [-hostname NAME] [-client-id ID] [-flow-id ID] [-artifact NAME] [-j N] " +
	"[-again] PATH…\n" +
	"PATH is a file, a folder whose zips are brought in, or - for the standard input. CONTAINER_PASSWORD opens locked zips.\n" +
	"Files of which all is there already are not read, unless with -again."

// stdin is the name of the standard input.
const stdin = "-"

// importer brings files in.
type importer struct {
	companion *companion.Companion
	tenant    tenancy.ID
	archive   velociraptor.Archive // what is known of archives
	table     velociraptor.Table   // what is known of tables
	again     bool                 // reads files that are known
	files     []*imported
	passed    []string        // files in folders that are no zips
	finished  func(*imported) // is told of each file; may be nil

	mu    sync.Mutex // of what came of the files
	ended int        // how many have come to their end
}

// importFiles is the command import. It goes on after a file that cannot be kept, and fails at its end if there was one.
func importFiles(ctx context.Context, s settings, getenv func(string) string, args []string, in io.Reader, out, logs io.Writer) error {
	i := &importer{}
	flags := flag.NewFlagSet("import", flag.ContinueOnError)
	flags.SetOutput(logs)
	flags.Usage = func() { fmt.Fprintln(logs, importUsage) }
	tenant := flags.String("tenant", "", "")
	workers := flags.Int("j", 2, "")
	flags.BoolVar(&i.again, "again", false, "")
	flags.StringVar(&i.table.Hostname, "hostname", "", "")
	flags.StringVar(&i.table.ClientID, "client-id", "", "")
	flags.StringVar(&i.table.FlowID, "flow-id", "", "")
	flags.StringVar(&i.table.Artifact, "artifact", "", "")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() == 0 || *workers < 1 {
		flags.Usage()
		return errors.New("import needs a PATH, and -j a number above 0")
	}
	var err error
	if i.files, i.passed, err = filesBelow(flags.Args()); err != nil {
		return err
	}
	i.archive.Hostname, i.archive.ClientID, i.archive.Password = i.table.Hostname, i.table.ClientID, getenv("CONTAINER_PASSWORD")
	if i.archive.Keys, err = s.keys(); err != nil {
		return err
	}
	db, err := openMigrated(ctx, s)
	if err != nil {
		return err
	}
	defer db.Close()
	c, admin, err := assemble(ctx, db, s, out, slog.New(slog.NewTextHandler(logs, nil)))
	if err != nil {
		return err
	}
	i.companion, i.tenant = c, admin.TenantID
	if *tenant != "" {
		if i.tenant, err = tenancy.Parse(*tenant); err != nil {
			return fmt.Errorf("-tenant: %w", err)
		}
	}
	i.archive.KeyUsed = func(key string) { i.record(ctx, auth.ActionKeyUsed, key, "") }
	start := time.Now()
	stop := i.showProgress(logs, start)
	i.all(ctx, in, *workers)
	stop()
	return i.report(out, time.Since(start))
}

// record adds to the trail of the tenant what the operator did on the command line.
func (i *importer) record(ctx context.Context, action auth.Action, target, detail string) {
	i.companion.Auth.Record(ctx, auth.Principal{Username: "server import", Tenant: i.tenant}, action, target, detail)
}

// filesBelow lists the files to bring in, which are those that are named and the zips in folders that are, and those that
// are passed over in such folders.
func filesBelow(paths []string) (files []*imported, passed []string, err error) {
	for _, root := range paths {
		if root == stdin {
			files = append(files, &imported{name: root})
			continue
		}
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			if !d.Type().IsRegular() || path != root && !isZip(path) {
				passed = append(passed, path)
				return nil
			}
			info, err := d.Info()
			if err != nil {
				return err
			}
			files = append(files, &imported{name: path, size: info.Size()})
			return nil
		})
		if err != nil {
			return nil, nil, err
		}
	}
	if len(files) == 0 {
		return nil, nil, fmt.Errorf("there is no zip in the folder (%s): name other files one by one, with what they are of, "+
			"and zip an export again that was unpacked", some(passed))
	}
	return files, passed, nil
}

// some says how many files there are and names the first.
func some(files []string) string {
	const named = 10
	var names []string
	for _, name := range files[:min(len(files), named)] {
		names = append(names, strconv.Quote(name))
	}
	if len(files) > named {
		names = append(names, "…")
	}
	text := fmt.Sprintf("%d files", len(files))
	if len(names) > 0 {
		text += ": " + strings.Join(names, ", ")
	}
	return text
}

func isZip(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	start := make([]byte, 4)
	_, err = io.ReadFull(f, start)
	return err == nil && bytes.Equal(start, []byte("PK\x03\x04"))
}

// all brings files in, several at once.
func (i *importer) all(ctx context.Context, in io.Reader, workers int) {
	var group errgroup.Group
	group.SetLimit(workers)
	for _, f := range i.files {
		group.Go(func() error {
			// More workers than may ingest at once wait.
			report, known, err := i.one(ingest.Background(ctx, &f.progress), f, in)
			if f.account(report, known, err); f.added {
				i.record(ctx, auth.ActionIngested, report.Collections[0].Collection.ID, fmt.Sprintf("%d rows of %q", f.rows, f.name))
			}
			i.mu.Lock()
			defer i.mu.Unlock()
			f.ended = true
			i.ended++
			if i.finished != nil {
				i.finished(f)
			}
			return nil
		})
	}
	_ = group.Wait()
}

// one brings a file in. One that is known is read for its digest alone.
func (i *importer) one(ctx context.Context, f *imported, in io.Reader) (report ingest.Report, known bool, err error) {
	if err := ctx.Err(); err != nil {
		return report, false, err
	}
	var digest [sha256.Size]byte
	if f.name != stdin {
		file, err := os.Open(f.name)
		if err != nil {
			return report, false, err
		}
		defer file.Close()
		if digest, err = i.digest(ctx, file); err != nil {
			return report, false, err
		}
		in = file
	}
	reader, release, err := i.reader(ctx, f, in)
	if err != nil {
		return report, false, err
	}
	defer release()
	if i.again || f.name == stdin {
		report, err = i.companion.Ingest.Ingest(ctx, i.tenant, reader)
		return report, false, err
	}
	return i.companion.Ingest.IngestOnce(ctx, i.tenant, digest, reader)
}

// digest is of a file and of the flags, which decide together what is kept. The file can be read from its start then.
func (i *importer) digest(ctx context.Context, file io.ReadSeeker) (digest [sha256.Size]byte, err error) {
	hash := sha256.New()
	fmt.Fprintf(hash, "%q\n", []string{i.table.Hostname, i.table.ClientID, i.table.FlowID, i.table.Artifact})
	if _, err := io.Copy(hash, &until{ctx, file}); err != nil {
		return digest, err
	}
	_, err = file.Seek(0, io.SeekStart)
	return [sha256.Size]byte(hash.Sum(nil)), err
}

// until is a reader that ends with ctx.
type until struct {
	ctx context.Context
	io.Reader
}

func (u *until) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.Reader.Read(p)
}

// reader tells archives, JSON and CSV apart by how they begin. What is to be read at any place is put into a temporary
// file, unless it is one.
func (i *importer) reader(ctx context.Context, f *imported, in io.Reader) (ingest.Reader, func(), error) {
	buffered := bufio.NewReaderSize(in, 512)
	start, err := buffered.Peek(512)
	if err != nil && err != io.EOF {
		return nil, nil, err
	}
	archive, table := i.archive, i.table
	if !bytes.HasPrefix(start, []byte("PK")) {
		body, err := i.companion.Ingest.Decompress(i.tenant, &counting{buffered, &f.progress}, "")
		if err != nil {
			return nil, nil, err
		}
		table.Body, table.Form = body, formOf(start)
		return &table, func() { _ = body.Close() }, nil
	}
	if file, is := in.(*os.File); is && f.name != stdin {
		archive.File, archive.Size = file, f.size
		return &archive, func() {}, nil
	}
	file, err := i.companion.Ingest.Spool(ctx, i.tenant, buffered)
	if err != nil {
		return nil, nil, err
	}
	archive.File, archive.Size = file, file.Size()
	return &archive, func() { _ = file.Close() }, nil
}

// formOf tells the forms of a table by how it begins.
func formOf(start []byte) velociraptor.Form {
	switch first := bytes.TrimLeft(bytes.TrimPrefix(start, []byte("\xEF\xBB\xBF")), " \t\r\n"); {
	case bytes.HasPrefix(first, []byte("[")):
		return velociraptor.JSONArrays
	case bytes.HasPrefix(first, []byte("{")):
		return velociraptor.JSONLines
	}
	return velociraptor.CSV
}

// counting counts what is read.
type counting struct {
	io.Reader
	progress *ingest.Progress
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.progress.AddBytes(n)
	return n, err
}

package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"text/tabwriter"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/companion"
	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/ingest/velociraptor"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

const importUsage = "usage: server import [-tenant ID] [-hostname NAME] [-client-id ID] [-flow-id ID] [-artifact NAME] [-j N] PATH…\n" +
	"PATH is a file, a folder whose zips are brought in, or - for the standard input. CONTAINER_PASSWORD opens locked zips."

// importer brings files in.
type importer struct {
	companion *companion.Companion
	tenant    tenancy.ID
	archive   velociraptor.Archive // what is known of archives
	table     velociraptor.Table   // what is known of tables
	read      atomic.Int64         // bytes
	progress  ingest.Progress      // of all files together
	finished  func(imported)       // is told of each file; may be nil

	mu   sync.Mutex
	done []imported
}

// imported is what came of one file.
type imported struct {
	name           string
	collections    int
	rows, rejected int64
	added, partial bool
	notes          []string
	err            error
}

// importFiles is the command import. It goes on after a file that cannot be kept, and fails at its end if there was one.
func importFiles(ctx context.Context, s settings, getenv func(string) string, args []string, in io.Reader, out, logs io.Writer) error {
	i := &importer{}
	flags := flag.NewFlagSet("import", flag.ContinueOnError)
	flags.SetOutput(logs)
	flags.Usage = func() { fmt.Fprintln(logs, importUsage) }
	tenant := flags.String("tenant", "", "")
	workers := flags.Int("j", 2, "")
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
	files, total, err := filesBelow(flags.Args())
	if err != nil {
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
	stop := i.showProgress(logs, len(files), total, start)
	ctx = ingest.Background(ctx, &i.progress) // more workers than may ingest at once wait
	i.all(ctx, files, in, *workers)
	stop()
	return i.report(out, time.Since(start))
}

// record adds to the trail of the tenant what the operator did on the command line.
func (i *importer) record(ctx context.Context, action auth.Action, target, detail string) {
	i.companion.Auth.Record(ctx, auth.Principal{Username: "server import", Tenant: i.tenant}, action, target, detail)
}

// filesBelow lists the files to bring in: those that are named, and the zips in folders that are.
func filesBelow(paths []string) (files []string, size int64, err error) {
	for _, root := range paths {
		if root == "-" {
			files = append(files, root)
			continue
		}
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			info, err := d.Info()
			if err != nil {
				return err
			}
			if path == root || isZip(path) {
				files = append(files, path)
				size += info.Size()
			}
			return nil
		})
		if err != nil {
			return nil, 0, err
		}
	}
	if len(files) == 0 {
		return nil, 0, errors.New("there is no zip in the folder: name other files one by one")
	}
	return files, size, nil
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
func (i *importer) all(ctx context.Context, files []string, stdin io.Reader, workers int) {
	var group errgroup.Group
	group.SetLimit(workers)
	for _, name := range files {
		group.Go(func() error {
			report, err := i.one(ctx, name, stdin)
			i.mu.Lock()
			defer i.mu.Unlock()
			i.done = append(i.done, account(name, report, err))
			if i.finished != nil {
				i.finished(i.done[len(i.done)-1])
			}
			return nil
		})
	}
	_ = group.Wait()
}

// one brings a file in, as what its content begins like.
func (i *importer) one(ctx context.Context, name string, stdin io.Reader) (ingest.Report, error) {
	if err := ctx.Err(); err != nil {
		return ingest.Report{}, err
	}
	var body io.Reader = stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return ingest.Report{}, err
		}
		defer f.Close()
		body = f
	}
	plain, err := i.companion.Ingest.Decompress(i.tenant, &counting{body, &i.read}, "")
	if err != nil {
		return ingest.Report{}, err
	}
	defer plain.Close()
	reader, release, err := i.reader(ctx, plain)
	if err != nil {
		return ingest.Report{}, err
	}
	defer release()
	report, err := i.companion.Ingest.Ingest(ctx, i.tenant, reader)
	if done := account(name, report, err); done.added {
		i.record(ctx, auth.ActionIngested, report.Collections[0].Collection.ID, fmt.Sprintf("%d rows of %q", done.rows, name))
	}
	return report, err
}

// reader tells archives, JSON and CSV apart.
func (i *importer) reader(ctx context.Context, body io.Reader) (ingest.Reader, func(), error) {
	start := make([]byte, 512)
	n, err := io.ReadFull(body, start)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, nil, err
	}
	start = start[:n]
	whole := io.MultiReader(bytes.NewReader(start), body)
	if bytes.HasPrefix(start, []byte("PK")) {
		file, err := i.companion.Ingest.Spool(ctx, i.tenant, whole)
		if err != nil {
			return nil, nil, err
		}
		archive := i.archive
		archive.File, archive.Size = file, file.Size()
		return &archive, func() { _ = file.Close() }, nil
	}
	table := i.table
	table.Body = whole
	switch first := bytes.TrimLeft(bytes.TrimPrefix(start, []byte("\xEF\xBB\xBF")), " \t\r\n"); {
	case bytes.HasPrefix(first, []byte("[")):
		table.Form = velociraptor.JSONArrays
	case !bytes.HasPrefix(first, []byte("{")):
		table.Form = velociraptor.CSV
	}
	return &table, func() {}, nil
}

// counting counts what is read.
type counting struct {
	io.Reader
	n *atomic.Int64
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n.Add(int64(n))
	return n, err
}

func account(name string, report ingest.Report, err error) imported {
	done := imported{name: name, collections: len(report.Collections), notes: report.Notes, err: err}
	for _, kept := range report.Collections {
		done.added = done.added || kept.Collection.Status != ingest.Duplicate
		done.partial = done.partial || kept.Collection.Status == ingest.Partial
		for _, brought := range kept.Brought {
			done.rows += brought.Stored
			done.rejected += brought.Rejected
		}
	}
	return done
}

// showProgress writes a line about where the import is, again and again, to a terminal; elsewhere a line for each file.
func (i *importer) showProgress(to io.Writer, files int, total int64, start time.Time) (stop func()) {
	terminal, ok := to.(*os.File)
	if !ok {
		return func() {}
	}
	if info, err := terminal.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		i.finished = func(f imported) {
			fmt.Fprintf(to, "%d of %d files: %q: %d rows, %s\n", len(i.done), files, f.name, f.rows, f.status())
		}
		return func() {}
	}
	ticker := time.NewTicker(200 * time.Millisecond)
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-ticker.C:
				i.mu.Lock()
				finished := len(i.done)
				i.mu.Unlock()
				read := i.read.Load()
				rows, seconds := i.progress.Rows(), time.Since(start).Seconds()
				fmt.Fprintf(to, "\r\x1b[K%d of %d files  %s  %.1f of %.1f MB  %d rows  %.0f rows/s", finished, files,
					bar(read, total), float64(read)/1e6, float64(total)/1e6, rows, float64(rows)/seconds)
			case <-done:
				fmt.Fprint(to, "\r\x1b[K")
				return
			}
		}
	}()
	return func() {
		ticker.Stop()
		close(done)
		<-ended
	}
}

// status says what came of a file.
func (f imported) status() string {
	switch {
	case f.err != nil:
		return "refused: " + f.err.Error()
	case !f.added:
		return "there already"
	case f.partial:
		return "kept, but not all rows that Velociraptor tells of"
	}
	return "kept"
}

// bar shows how much of a whole there is.
func bar(part, whole int64) string {
	const width = 20
	full := width
	if whole > 0 {
		full = int(min(part*width/whole, width))
	}
	return "[" + string(bytes.Repeat([]byte("#"), full)) + string(bytes.Repeat([]byte("."), width-full)) + "]"
}

// report writes what came of each file, and returns an error when one could not be kept.
func (i *importer) report(out io.Writer, took time.Duration) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "FILE\tCOLLECTIONS\tROWS\tREJECTED\tSTATUS")
	var rows int64
	failed := 0
	for _, f := range i.done {
		rows += f.rows
		if f.err != nil {
			failed++
		}
		fmt.Fprintf(table, "%q\t%d\t%d\t%d\t%s\n", f.name, f.collections, f.rows, f.rejected, f.status())
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, f := range i.done {
		for _, note := range f.notes {
			fmt.Fprintf(out, "%q: %s\n", f.name, note)
		}
	}
	fmt.Fprintf(out, "%d rows of %d files in %.1f s\n", rows, len(i.done), took.Seconds())
	if failed > 0 {
		return fmt.Errorf("%d of %d files were refused", failed, len(i.done))
	}
	return nil
}

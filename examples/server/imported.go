package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"github.com/velocicompanion/velocicompanion/ingest"
)

// imported is a file that is brought in, and what came of it.
type imported struct {
	name     string
	size     int64 // in bytes; 0 where nobody knows
	progress ingest.Progress
	ended    bool // what follows is known

	collections           int
	rows, rejected        int64
	known, added, partial bool
	notes                 []string
	err                   error
}

// account takes over what came of the file.
func (f *imported) account(report ingest.Report, known bool, err error) {
	f.collections, f.notes, f.known, f.err = len(report.Collections), report.Notes, known, err
	for _, kept := range report.Collections {
		f.added = f.added || kept.Collection.Status != ingest.Duplicate
		f.partial = f.partial || kept.Collection.Status == ingest.Partial
		for _, brought := range kept.Brought {
			f.rows += brought.Stored
			f.rejected += brought.Rejected
		}
	}
}

// status says what came of a file.
func (f *imported) status() string {
	switch {
	case f.err != nil:
		return "refused: " + f.err.Error()
	case f.known:
		return "there already, not read again"
	case !f.added:
		return "there already"
	case f.partial:
		return "kept, but not all rows that Velociraptor tells of"
	}
	return "kept"
}

// read is how many bytes of the file are done.
func (f *imported) read() int64 {
	if f.ended {
		return f.size
	}
	return min(f.progress.Bytes(), f.size)
}

// refresh is how often a terminal shows where the import is.
const refresh = 200 * time.Millisecond

// showProgress writes a line about where the import is, again and again, to a terminal; elsewhere a line for each file.
func (i *importer) showProgress(to io.Writer, start time.Time) (stop func()) {
	if !isTerminal(to) {
		i.finished = func(f *imported) {
			fmt.Fprintf(to, "%d of %d files: %q: %d rows, %s\n", i.ended, len(i.files), f.name, f.rows, f.status())
		}
		return func() {}
	}
	draw := func() { fmt.Fprint(to, "\r\x1b[K", i.line(time.Since(start))) }
	draw()
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(refresh)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				draw()
			case <-done:
				fmt.Fprint(to, "\r\x1b[K")
				return
			}
		}
	}()
	return func() {
		close(done)
		<-ended
	}
}

func isTerminal(w io.Writer) bool {
	file, is := w.(*os.File)
	if !is {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// line says where the import is, in less than the 80 columns of a terminal.
func (i *importer) line(took time.Duration) string {
	i.mu.Lock()
	defer i.mu.Unlock()
	var read, size, rows int64
	for _, f := range i.files {
		read += f.read()
		size += f.size
		rows += f.progress.Rows()
	}
	line := fmt.Sprintf("%d of %d files", i.ended, len(i.files))
	if size > 0 {
		line += fmt.Sprintf("  %s %3d%% of %.1f MB", bar(read, size), read*100/size, float64(size)/1e6)
	}
	line += fmt.Sprintf("  %d rows", rows)
	if seconds := took.Seconds(); seconds > 0 {
		line += fmt.Sprintf("  %.0f/s", float64(rows)/seconds)
	}
	return line
}

// bar shows how much of a whole there is.
func bar(part, whole int64) string {
	const width = 16
	full := int(part * width / whole)
	return "[" + string(bytes.Repeat([]byte("#"), full)) + string(bytes.Repeat([]byte("."), width-full)) + "]"
}

// report writes what came of each file, and returns an error when one could not be kept.
func (i *importer) report(out io.Writer, took time.Duration) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "FILE\tCOLLECTIONS\tROWS\tREJECTED\tSTATUS")
	var rows int64
	failed := 0
	for _, f := range i.files {
		rows += f.rows
		if f.err != nil {
			failed++
		}
		fmt.Fprintf(table, "%q\t%d\t%d\t%d\t%s\n", f.name, f.collections, f.rows, f.rejected, f.status())
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, f := range i.files {
		for _, note := range f.notes {
			fmt.Fprintf(out, "%q: %s\n", f.name, note)
		}
	}
	if len(i.passed) > 0 {
		fmt.Fprintf(out, "passed over in folders, being no zips: %s; name them one by one\n", some(i.passed))
	}
	fmt.Fprintf(out, "%d rows of %d files in %.1f s\n", rows, len(i.files), took.Seconds())
	if failed > 0 {
		return fmt.Errorf("%d of %d files were refused", failed, len(i.files))
	}
	return nil
}

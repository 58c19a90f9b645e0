// Package ui holds the built web UI of the reference server and serves it. The sources are beside it; `make ui` builds
// them, and what is built is committed, so that running the server takes no npm.
package ui

import (
	"bytes"
	"compress/gzip"
	"embed"
	"html"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
)

//go:embed all:dist
var built embed.FS

// file is one file of the build, as it is sent.
type file struct {
	contentType  string
	plain        []byte
	zipped       []byte
	cacheControl string
}

// Handler serves the UI where next has no route: the files of the build, and for each address that is a page of the UI
// the one document that shows it. API, docs and health stay next's. apiURL is where the API is, "" for where the page
// came from. Which policy browsers hold its pages to is its caller's.
func Handler(next http.Handler, apiURL string) (http.Handler, error) {
	files, err := load(apiURL)
	if err != nil {
		return nil, err
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/")
		f, ok := files[name]
		if !ok && isPage(name) {
			f, ok = files["index.html"], true
		}
		if !ok || (r.Method != http.MethodGet && r.Method != http.MethodHead) {
			next.ServeHTTP(w, r)
			return
		}
		f.serve(w, r)
	}), nil
}

// isPage tells whether the UI's router knows the address: the start, and what is below /t/, each tenant's own.
func isPage(name string) bool { return name == "" || strings.HasPrefix(name, "t/") }

func (f file) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", f.contentType)
	h.Set("Cache-Control", f.cacheControl)
	h.Set("Vary", "Accept-Encoding")
	body := f.plain
	if f.zipped != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = f.zipped
	}
	_, _ = w.Write(body)
}

func load(apiURL string) (map[string]file, error) {
	files := map[string]file{}
	err := fs.WalkDir(built, "dist", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := built.ReadFile(name)
		if err != nil {
			return err
		}
		name = strings.TrimPrefix(name, "dist/")
		if name == "index.html" {
			content = withAPI(content, apiURL)
		}
		files[name] = newFile(name, content)
		return nil
	})
	return files, err
}

func newFile(name string, content []byte) file {
	f := file{contentType: mime.TypeByExtension(path.Ext(name)), plain: content, cacheControl: "no-cache"}
	if strings.HasPrefix(name, "assets/") { // their names have a hash of what they hold
		f.cacheControl = "public, max-age=31536000, immutable"
	}
	var zipped bytes.Buffer
	z, _ := gzip.NewWriterLevel(&zipped, gzip.BestCompression)
	_, _ = z.Write(content)
	_ = z.Close()
	if zipped.Len() < len(content) {
		f.zipped = zipped.Bytes()
	}
	return f
}

// withAPI writes into the page where the API is.
func withAPI(page []byte, apiURL string) []byte {
	const place = `<meta name="api-url" content="`
	return bytes.Replace(page, []byte(place), []byte(place+html.EscapeString(apiURL)), 1)
}

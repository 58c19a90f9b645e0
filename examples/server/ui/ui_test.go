package ui

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheCommittedBuildIsOfTheseSources(t *testing.T) {
	t.Parallel()
	var paths []string
	for _, input := range []string{"index.html", "package-lock.json", "package.json", "public", "src", "tsconfig.json", "vite.config.ts"} {
		require.NoError(t, filepath.WalkDir(input, func(path string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() && counted(filepath.ToSlash(path)) {
				paths = append(paths, filepath.ToSlash(path))
			}
			return err
		}))
	}
	slices.Sort(paths)
	var list strings.Builder
	for _, path := range paths {
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		fmt.Fprintf(&list, "%x  %s\n", sha256.Sum256(content), path)
	}
	recorded, err := built.ReadFile("dist/sources.sha256")
	require.NoError(t, err)
	require.Equal(t, strings.TrimSpace(string(recorded)), fmt.Sprintf("%x", sha256.Sum256([]byte(list.String()))),
		"the sources changed after the build: run `make ui` and commit examples/server/ui/dist")
}

// counted leaves out what scripts/sources.ts leaves out.
func counted(path string) bool {
	return path != "src/api/schema.d.ts" && !regexp.MustCompile(`\.test\.tsx?$`).MatchString(path)
}

func TestPagesAndFilesAreServedAndTheRestIsTheAPIs(t *testing.T) {
	t.Parallel()
	api := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	handler, err := Handler(api, "")
	require.NoError(t, err)
	get := func(path string) *httptest.ResponseRecorder {
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, path, nil))
		return answer
	}
	for _, path := range []string{"/", "/t/0190b0f4-0000-7000-8000-000000000000/artifacts/Linux.Sys.Crontab%2FCronTabs"} {
		answer := get(path)
		require.Equal(t, http.StatusOK, answer.Code, path)
		require.Equal(t, "no-cache", answer.Header().Get("Cache-Control"))
		require.Contains(t, answer.Body.String(), `<div id="root">`)
		script := regexp.MustCompile(`src="(/assets/[^"]+\.js)"`).FindStringSubmatch(answer.Body.String())
		require.NotNil(t, script)
		require.Contains(t, get(script[1]).Header().Get("Cache-Control"), "immutable")
	}
	for _, path := range []string{"/api/hosts", "/api/none", "/docs", "/openapi.json", "/health", "/assets/none.js"} {
		require.Equal(t, http.StatusTeapot, get(path).Code, path)
	}
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequest(http.MethodPost, "/", nil))
	require.Equal(t, http.StatusTeapot, answer.Code, "only GET is the UI's")
}

func TestWhatIsLoadedFirstIsSmall(t *testing.T) {
	t.Parallel()
	files, err := load("")
	require.NoError(t, err)
	total := 0
	for _, name := range regexp.MustCompile(`/(assets/[^"]+\.(?:js|css))"`).FindAllStringSubmatch(string(files["index.html"].plain), -1) {
		f := files[name[1]]
		total += min(len(f.plain), max(len(f.zipped), 1))
	}
	t.Logf("%d bytes, compressed", total)
	require.Positive(t, total)
	require.Less(t, total, 350_000, "load what a first page does not need with its route")
}

func TestTheUIIsToldOfAnAPIElsewhere(t *testing.T) {
	t.Parallel()
	handler, err := Handler(http.NotFoundHandler(), `https://api.example/v1"><script>`)
	require.NoError(t, err)
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/", nil))
	require.Contains(t, answer.Body.String(), `content="https://api.example/v1&#34;&gt;&lt;script&gt;"`)
}

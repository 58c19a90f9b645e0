package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/companion/companiontest"
	"github.com/velocicompanion/velocicompanion/store/postgres/pgtest"
)

// binaries builds the server once, as a user would, and what generates rows: without the race detector, whose memory is not
// the server's, and which would take most of the time. They are in the folder that it returns.
var binaries = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "vc-server-*")
	if err != nil {
		return "", err
	}
	out, err := exec.Command("go", "build", "-o", dir, ".", "../../.ci/rows").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return dir, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if dir, err := binaries(); err == nil {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

// generated is what the command rows writes, which ends with the test.
func generated(t *testing.T, args ...string) io.Reader {
	t.Helper()
	dir, err := binaries()
	require.NoError(t, err)
	rows := exec.Command(filepath.Join(dir, "rows"), args...)
	out, err := rows.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, rows.Start())
	t.Cleanup(func() {
		_ = rows.Process.Kill()
		_ = rows.Wait()
	})
	return out
}

// process is a running server.
type process struct {
	cmd    *exec.Cmd
	url    string
	token  string
	output *transcript
}

// transcript is what a process has written so far.
type transcript struct {
	mu    sync.Mutex
	text  bytes.Buffer
	lines chan string
}

func (o *transcript) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text.Write(p)
	for {
		line, err := o.text.ReadString('\n')
		if err != nil {
			o.text.WriteString(line)
			return len(p), nil
		}
		o.lines <- strings.TrimSpace(line)
	}
}

var address = regexp.MustCompile(`http://\S+:\d+`)

// start runs the server and waits until it says where it answers.
func start(t *testing.T, databaseURL string, args ...string) *process {
	t.Helper()
	dir, err := binaries()
	require.NoError(t, err)
	p := &process{cmd: exec.Command(filepath.Join(dir, "server"), args...), output: &transcript{lines: make(chan string, 1000)}}
	p.cmd.Dir = t.TempDir()
	p.cmd.Env = append(os.Environ(), "LISTEN_ADDR=127.0.0.1:0", "DATABASE_URL="+databaseURL,
		"SECRET_KEY=process-test-0123456789abcdef-0123456789", "ADMIN_PASSWORD="+companiontest.Password)
	p.cmd.Stdout, p.cmd.Stderr = p.output, p.output
	require.NoError(t, p.cmd.Start())
	exited := make(chan struct{})
	go func() {
		_ = p.cmd.Wait()
		close(exited)
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-exited
	})
	for p.url == "" {
		select {
		case line := <-p.output.lines:
			p.url = address.FindString(line)
		case <-exited:
			t.Fatal("the server ended: ", p.output.text.String())
		}
	}
	p.logIn(t)
	return p
}

func (p *process) logIn(t *testing.T) {
	t.Helper()
	answer, err := http.PostForm(p.url+"/api/auth/login", url.Values{"username": {"admin"}, "password": {companiontest.Password}})
	require.NoError(t, err)
	defer answer.Body.Close()
	var tokens struct {
		AccessToken string `json:"access_token"`
	}
	require.NoError(t, json.NewDecoder(answer.Body).Decode(&tokens))
	require.NotEmpty(t, tokens.AccessToken)
	p.token = tokens.AccessToken
}

func (p *process) request(ctx context.Context, method, path string, body io.Reader) (*http.Response, error) {
	return p.send(ctx, method, path, "application/x-ndjson", body)
}

func (p *process) send(ctx context.Context, method, path, contentType string, body io.Reader) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, p.url+path, body)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+p.token)
	r.Header.Set("Content-Type", contentType)
	return http.DefaultClient.Do(r)
}

func (p *process) get(t *testing.T, path string, into any) {
	t.Helper()
	answer, err := p.request(t.Context(), http.MethodGet, path, nil)
	require.NoError(t, err)
	defer answer.Body.Close()
	require.Equal(t, http.StatusOK, answer.StatusCode)
	require.NoError(t, json.NewDecoder(answer.Body).Decode(into))
}

const ingestPath = "/api/ingestion/ingest?artifact=Windows.System.Pslist&hostname=pc1&flow_id=F.1"

// ingest sends n generated rows.
func (p *process) ingest(t *testing.T, n int) {
	t.Helper()
	answer, err := p.request(t.Context(), http.MethodPost, ingestPath, generated(t, strconv.Itoa(n)))
	require.NoError(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusCreated, answer.StatusCode, string(body))
}

// rows is how many rows of each artifact there are.
func (p *process) rows(t *testing.T) map[string]int {
	t.Helper()
	var artifacts []struct {
		Artifact string
		Rows     int
	}
	p.get(t, "/api/artifacts", &artifacts)
	rows := map[string]int{}
	for _, a := range artifacts {
		rows[a.Artifact] = a.Rows
	}
	return rows
}

// databases are the stores that the server runs on.
func databases(t *testing.T, test func(t *testing.T, url string)) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, "sqlite://"+filepath.Join(t.TempDir(), "vc.db"))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, pgtest.EmptyURL(t))
	})
}

func TestTheDemoShowsWhatItsManifestCounts(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("demo/manifest.json")
	require.NoError(t, err)
	var want map[string]int
	require.NoError(t, json.Unmarshal(text, &want))
	p := start(t, "sqlite://"+filepath.Join(t.TempDir(), "vc.db"), "-demo")
	require.Equal(t, want, p.rows(t))
}

// TestAKilledIngestLeavesNothing kills the server while chunks of an ingest are in the store already.
func TestAKilledIngestLeavesNothing(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, url string) {
		p := start(t, url)
		const rows = 60_000
		for _, sent := range []int{1, rows / 2, rows} {
			read, write := io.Pipe()
			refused := make(chan error, 1)
			go func() {
				answer, err := p.request(context.WithoutCancel(t.Context()), http.MethodPost, ingestPath, read)
				if err == nil {
					answer.Body.Close()
				}
				refused <- err
			}()
			// The body does not end, so all that was sent is in the server or its store, and nothing is acknowledged.
			require.NoError(t, companiontest.WriteProcesses(write, sent, 4000, 1))
			require.NoError(t, p.cmd.Process.Kill())
			write.CloseWithError(io.ErrUnexpectedEOF)
			require.Error(t, <-refused)
			p = start(t, url)
			require.Empty(t, p.rows(t))
			for _, list := range []string{"/api/collections", "/api/hosts"} {
				var found []any
				p.get(t, list, &found)
				require.Empty(t, found)
			}
		}
		p.ingest(t, rows)
		require.Equal(t, map[string]int{"Windows.System.Pslist": rows}, p.rows(t))
	})
}

func TestAnIngestInFlightFinishesBeforeTheServerStops(t *testing.T) {
	t.Parallel()
	url := "sqlite://" + filepath.Join(t.TempDir(), "vc.db")
	p := start(t, url)
	read, write := io.Pipe()
	answered := make(chan int, 1)
	go func() {
		answer, err := p.request(context.WithoutCancel(t.Context()), http.MethodPost, ingestPath, read)
		if err != nil {
			answered <- 0
			return
		}
		answer.Body.Close()
		answered <- answer.StatusCode
	}()
	require.NoError(t, companiontest.WriteProcesses(write, 5000, 4000, 1))
	require.NoError(t, p.cmd.Process.Signal(syscall.SIGTERM))
	for line := range p.output.lines {
		if strings.Contains(line, "stopping") {
			break
		}
	}
	require.NoError(t, companiontest.WriteProcesses(write, 5000, 4000, 2))
	require.NoError(t, write.Close())
	require.Equal(t, http.StatusCreated, <-answered)
	p = start(t, url)
	require.Equal(t, map[string]int{"Windows.System.Pslist": 10_000}, p.rows(t))
}

// TestAMillionRowsStreamThroughLittleMemory is the promise that memory is bounded by configuration, not by input.
func TestAMillionRowsStreamThroughLittleMemory(t *testing.T) {
	databases(t, func(t *testing.T, url string) {
		p := start(t, url)
		p.ingest(t, 1_000_000)
		require.Equal(t, map[string]int{"Windows.System.Pslist": 1_000_000}, p.rows(t))
		require.Less(t, peakMiB(t, p.cmd.Process.Pid), 256)
	})
}

// TestAHuntOfManyHostsTakesLittleMemory brings in an export of 500 hosts and a million rows, each of them twice in it.
func TestAHuntOfManyHostsTakesLittleMemory(t *testing.T) {
	p := start(t, "sqlite://"+filepath.Join(t.TempDir(), "vc.db"))
	answer, err := p.send(t.Context(), http.MethodPost, "/api/ingestion/ingest", "application/zip", generated(t, "2000", "500"))
	require.NoError(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusCreated, answer.StatusCode, string(body[:min(len(body), 1000)]))
	require.Equal(t, map[string]int{"Windows.System.Pslist": 1_000_000}, p.rows(t))
	require.Less(t, peakMiB(t, p.cmd.Process.Pid), 256)
}

var peak = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// peakMiB is the largest resident memory that a process ever had.
func peakMiB(t *testing.T, pid int) int {
	t.Helper()
	status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	require.NoError(t, err)
	found := peak.FindSubmatch(status)
	require.NotNil(t, found)
	kib, err := strconv.Atoi(string(found[1]))
	require.NoError(t, err)
	t.Logf("peak resident memory: %d MiB", kib/1024)
	return kib / 1024
}

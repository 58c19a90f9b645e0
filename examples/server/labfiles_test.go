package main

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/companion"
	"github.com/velocicompanion/velocicompanion/companion/companiontest"
	"github.com/velocicompanion/velocicompanion/hosts"
	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/ingest/velociraptor"
	"github.com/velocicompanion/velocicompanion/store"
	"github.com/velocicompanion/velocicompanion/tenancy"
	"github.com/velocicompanion/velocicompanion/transport"
)

// labFiles is where the files are that a real Velociraptor wrote.
var labFiles = filepath.Join("..", "..", "ingest", "velociraptor", "testdata")

// labFile is one of them. Its rows were counted by somebody else, by "client id or host|flow|artifact".
type labFile struct {
	Path, Form, Org, Password, Key string
	// Type and Query are of the request that brings a table in; Push is where a server was caught pushing to.
	Type   string
	Query  map[string]string
	Push   string
	Counts map[string]int64
}

func readLab(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(labFiles, name))
	require.NoError(t, err)
	return content
}

// labOf lists the files that are wanted.
func labOf(t *testing.T, wanted func(labFile) bool) (files []labFile) {
	t.Helper()
	var all []labFile
	require.NoError(t, json.Unmarshal(readLab(t, "manifest.json"), &all))
	for _, f := range all {
		for rows, n := range f.Counts {
			if n == 0 {
				delete(f.Counts, rows)
			}
		}
		if wanted(f) {
			files = append(files, f)
		}
	}
	require.NotEmpty(t, files)
	return files
}

func (f labFile) container() bool { return f.Push == "" && f.Type == "" }

// hasFlows reports whether all rows of a file are of flows, so that they are the same rows in whatever file they come.
func (f labFile) hasFlows() bool {
	for rows := range f.Counts {
		if strings.Contains(rows, "||") {
			return false
		}
	}
	return true
}

// labKey is the private key of the collectors, as PEM.
func labKey(t *testing.T) []byte {
	t.Helper()
	return []byte("-----BEGIN PRIVATE KEY-----\n" + string(readLab(t, "x509-dev.key.der.b64")) + "\n-----END PRIVATE KEY-----\n")
}

// lab is a companion that is served, and that knows the key of the collectors.
type lab struct {
	*companiontest.Fixture
	address string
	keys    []*rsa.PrivateKey
	names   int // of tenants
}

func newLab(t *testing.T, stores store.Stores) *lab {
	t.Helper()
	key, err := velociraptor.ParseKey(labKey(t))
	require.NoError(t, err)
	l := &lab{Fixture: companiontest.Over(t, stores, companion.Config{}), keys: []*rsa.PrivateKey{key}}
	server := httptest.NewServer(transport.New(l.Companion, transport.Config{ContainerKeys: l.keys}))
	t.Cleanup(server.Close)
	l.address = server.Listener.Addr().String()
	return l
}

// labTenant is a tenant of a lab, and what may bring data into it.
type labTenant struct {
	*lab
	id     tenancy.ID
	secret string
}

func (l *lab) tenant(t *testing.T) labTenant {
	t.Helper()
	l.names++
	made, err := l.Auth.CreateTenant(t.Context(), l.Admin.Principal, fmt.Sprintf("lab-%d", l.names), "")
	require.NoError(t, err)
	inside := l.Enter(t, l.Admin, made.ID)
	_, secret, err := l.Auth.CreateAPIToken(t.Context(), inside.Principal, "lab", auth.ScopeIngest, l.Now().AddDate(0, 0, 1))
	require.NoError(t, err)
	return labTenant{l, made.ID, secret}
}

// overHTTP brings a file in as its request would, and returns the status of the answer.
func (l labTenant) overHTTP(t *testing.T, f labFile) int {
	t.Helper()
	if f.Push != "" {
		return l.replay(t, f)
	}
	query := url.Values{}
	for name, value := range f.Query {
		query.Set(name, value)
	}
	target := "http://" + l.address + "/api/ingestion/ingest?" + query.Encode()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, target, bytes.NewReader(readLab(t, f.Path)))
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+l.secret)
	r.Header.Set("Content-Type", "application/zip")
	if f.Type != "" {
		r.Header.Set("Content-Type", f.Type)
	}
	if f.Password != "" {
		r.Header.Set("X-Container-Password", f.Password)
	}
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	return answer.StatusCode
}

// replay sends what a server sent, byte for byte but for the path and the token.
func (l labTenant) replay(t *testing.T, f labFile) int {
	t.Helper()
	head, body, found := bytes.Cut(readLab(t, f.Path), []byte("\r\n\r\n"))
	require.True(t, found)
	var request bytes.Buffer
	fmt.Fprintf(&request, "POST /api/ingestion/push/%s HTTP/1.1\r\n", f.Push)
	lines := strings.Split(string(head), "\r\n")
	for _, line := range lines[1:] {
		if value, is := strings.CutPrefix(line, "Authorization: "); is {
			scheme, _, _ := strings.Cut(value, " ")
			line = "Authorization: " + scheme + " " + l.secret
		}
		request.WriteString(line + "\r\n")
	}
	request.WriteString("\r\n")
	if strings.Contains(string(head), "Transfer-Encoding: chunked") { // the capture has the body without its chunks
		chunks := httputil.NewChunkedWriter(&request)
		_, err := chunks.Write(body)
		require.NoError(t, err)
		require.NoError(t, chunks.Close())
		body = []byte("\r\n")
	}
	request.Write(body)
	var dialer net.Dialer
	conn, err := dialer.DialContext(t.Context(), "tcp", l.address)
	require.NoError(t, err)
	defer conn.Close()
	_, err = conn.Write(request.Bytes())
	require.NoError(t, err)
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.True(t, json.Valid(text), "a client of Elastic takes nothing else for an acknowledgement: %q", text)
	return answer.StatusCode
}

// byImport brings a file in as the command import does.
func (l labTenant) byImport(t *testing.T, f labFile) *imported {
	t.Helper()
	path := filepath.Join(labFiles, f.Path)
	info, err := os.Stat(path)
	require.NoError(t, err)
	i := &importer{companion: l.Companion, tenant: l.id, files: []*imported{{name: path, size: info.Size()}}}
	i.archive.Password, i.archive.Keys = f.Password, l.keys
	i.table.Artifact, i.table.Hostname = f.Query["artifact"], f.Query["hostname"]
	i.table.ClientID, i.table.FlowID = f.Query["client_id"], f.Query["flow_id"]
	i.all(t.Context(), nil, 1)
	return i.files[0]
}

// rows is how many rows there are, counted as a labFile's are.
func (l labTenant) rows(t *testing.T) map[string]int64 {
	t.Helper()
	return labRows(t, l.Companion, l.id)
}

func labRows(t *testing.T, c *companion.Companion, tenant tenancy.ID) map[string]int64 {
	t.Helper()
	rows := map[string]int64{}
	for of, r := range labResults(t, c, tenant) {
		if r.Stored > 0 {
			rows[of] += r.Stored
		}
	}
	return rows
}

// labResults yields the results in a tenant by "client id or host|flow|artifact".
func labResults(t *testing.T, c *companion.Companion, tenant tenancy.ID) iter.Seq2[string, labResult] {
	t.Helper()
	kept, err := c.Ingest.Collections(t.Context(), tenant, ingest.CollectionFilter{Limit: 1000})
	require.NoError(t, err)
	found, err := c.Hosts.Hosts(t.Context(), tenant, hosts.Filter{Limit: 1000})
	require.NoError(t, err)
	byID := map[string]hosts.Host{}
	for _, h := range found {
		byID[h.ID] = h
	}
	return func(yield func(string, labResult) bool) {
		for _, of := range kept {
			host := byID[of.HostID]
			for _, r := range of.Artifacts() {
				if !yield(cmp.Or(host.ClientID, host.Hostname)+"|"+of.FlowID+"|"+r.Artifact, labResult{of.ID, r}) {
					return
				}
			}
		}
	}
}

// labResult is a result and the id of its collection.
type labResult struct {
	collection string
	ingest.Result
}

// text is the rows that there are, in no order, as labResults names them.
func (l labTenant) text(t *testing.T) map[string][]string {
	t.Helper()
	text := map[string][]string{}
	for of, r := range labResults(t, l.Companion, l.id) {
		if strings.Contains(of, "||") {
			continue
		}
		for row, err := range l.Ingest.Rows(t.Context(), l.id, r.collection, r.Artifact, 0) {
			require.NoError(t, err)
			plain := strings.ReplaceAll(string(row), `\ufffd`, "\ufffd") // exports escape it, the API does not
			text[of] = append(text[of], plain)
		}
		slices.Sort(text[of])
	}
	return text
}

package velociraptor_test

import (
	"archive/zip"
	"bytes"
	"cmp"
	"context"
	"crypto/rsa"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/hosts"
	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/ingest/velociraptor"
	"github.com/velocicompanion/velocicompanion/store"
	"github.com/velocicompanion/velocicompanion/store/memory"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// harness is a service over a memory store, with a tenant.
type harness struct {
	*ingest.Service
	stores store.Stores
	tenant tenancy.ID
}

func newHarness(t testing.TB, cfg ingest.Config) *harness {
	h := &harness{stores: memory.New(), tenant: tenancy.New()}
	require.NoError(t, h.stores.Tenants.CreateTenant(context.Background(), tenancy.Tenant{ID: h.tenant, Name: "test"}))
	s, err := ingest.New(h.stores.Collections, h.stores.Hosts, cfg)
	require.NoError(t, err)
	h.Service = s
	return h
}

// kept ingests and returns the one collection that is kept.
func (h *harness) kept(t testing.TB, r ingest.Reader) ingest.Collection {
	report, err := h.Ingest(context.Background(), h.tenant, r)
	require.NoError(t, err)
	require.Len(t, report.Collections, 1)
	return report.Collections[0].Collection
}

// refused ingests what has to be refused with an InputError, checks that nothing is kept, and returns the error.
func (h *harness) refused(t testing.TB, r ingest.Reader) *ingest.InputError {
	_, err := h.Ingest(context.Background(), h.tenant, r)
	var input *ingest.InputError
	require.ErrorAs(t, err, &input)
	require.Less(t, len(err.Error()), 1500)
	all, err := h.Collections(context.Background(), h.tenant, ingest.CollectionFilter{})
	require.NoError(t, err)
	require.Empty(t, all)
	n, err := h.stores.Hosts.Count(context.Background(), h.tenant)
	require.NoError(t, err)
	require.Zero(t, n)
	return input
}

func (h *harness) rows(t testing.TB, c ingest.Collection, artifact string) (out []string) {
	for row, err := range h.Rows(context.Background(), h.tenant, c.ID, artifact, 0) {
		require.NoError(t, err)
		out = append(out, string(row))
	}
	return out
}

func (h *harness) host(t testing.TB, c ingest.Collection) hosts.Host {
	host, err := h.stores.Hosts.Host(context.Background(), h.tenant, c.HostID)
	require.NoError(t, err)
	return host
}

func archive(content []byte) *velociraptor.Archive {
	return &velociraptor.Archive{File: bytes.NewReader(content), Size: int64(len(content))}
}

// sample is a real export, with its rows counted by somebody else: by "client id or host|flow|artifact".
type sample struct {
	Path     string
	Form     string
	Password string
	Key      string
	Counts   map[string]int64
}

// samples are the containers of the lab.
func samples(t testing.TB) (all []sample) {
	require.NoError(t, json.Unmarshal(readSample(t, "manifest.json"), &all))
	all = slices.DeleteFunc(all, func(s sample) bool { return !strings.Contains(s.Form, " zip,") })
	require.NotEmpty(t, all)
	return all
}

func readSample(t testing.TB, name string) []byte {
	content, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return content
}

// archive is the sample with what opens it.
func (s sample) archive(t testing.TB) *velociraptor.Archive {
	a := archive(readSample(t, s.Path))
	a.Password = s.Password
	if s.Key != "" {
		body := "-----BEGIN PRIVATE KEY-----\n" + string(readSample(t, s.Key)) + "\n-----END PRIVATE KEY-----\n"
		key, err := velociraptor.ParseKey([]byte(body))
		require.NoError(t, err)
		a.Keys = []*rsa.PrivateKey{key}
	}
	return a
}

// totals is how many rows of each artifact of each flow there are, as a sample counts them.
func (h *harness) totals(t testing.TB) map[string]int64 {
	all, err := h.Collections(context.Background(), h.tenant, ingest.CollectionFilter{Limit: 1000})
	require.NoError(t, err)
	totals := make(map[string]int64)
	for _, c := range all {
		for _, r := range c.Artifacts() {
			totals[cmp.Or(c.ClientID, c.Hostname)+"|"+c.FlowID+"|"+r.Artifact] += r.Stored
		}
	}
	maps.DeleteFunc(totals, func(_ string, rows int64) bool { return rows == 0 })
	return totals
}

// some are the counts of a sample that are not 0.
func (s sample) some() map[string]int64 {
	counts := maps.Clone(s.Counts)
	maps.DeleteFunc(counts, func(_ string, rows int64) bool { return rows == 0 })
	return counts
}

// file is a member of a zip that a test makes.
type file struct{ name, content string }

func zipOf(t testing.TB, files ...file) []byte {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range files {
		member, err := w.Create(f.name)
		require.NoError(t, err)
		_, err = member.Write([]byte(f.content))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return out.Bytes()
}

// flowFiles is a small flow export below a root, "" or "name/".
func flowFiles(root, clientID, flowID string, results ...file) []file {
	files := []file{
		{root + "client_info.json", `{"client_id":"` + clientID + `","hostname":"host-` + clientID + `","system":"linux"}`},
		{root + "collection_context.json", `{"client_id":"` + clientID + `","session_id":"` + flowID + `","create_time":1795458418439904}`},
	}
	for _, r := range results {
		files = append(files, file{root + "results/" + r.name, r.content})
	}
	return files
}

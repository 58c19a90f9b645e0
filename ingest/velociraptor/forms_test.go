package velociraptor_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/ingest/velociraptor"
)

// TestEveryFormGivesTheRowsThatWereCounted holds for each sample, once and again.
func TestEveryFormGivesTheRowsThatWereCounted(t *testing.T) {
	t.Parallel()
	for _, s := range samples(t) {
		t.Run(s.Path, func(t *testing.T) {
			t.Parallel()
			h := newHarness(t, ingest.Config{})
			for range 2 {
				report, err := h.Ingest(t.Context(), h.tenant, s.archive(t))
				require.NoError(t, err)
				assert.Empty(t, report.Notes)
				assert.Equal(t, s.some(), h.totals(t))
			}
		})
	}
}

// TestAllFormsOfAHuntAreThatHuntOnce brings a hunt as it was exported whole, combined and locked.
func TestAllFormsOfAHuntAreThatHuntOnce(t *testing.T) {
	t.Parallel()
	full, err := os.ReadFile("../../examples/server/demo/hunt.zip")
	require.NoError(t, err)
	all := samples(t)
	summary := all[slices.IndexFunc(all, func(s sample) bool { return strings.Contains(s.Path, "summary") })]
	for name, order := range map[string][]*velociraptor.Archive{
		"whole first":    {archive(full), summary.archive(t)},
		"combined first": {summary.archive(t), archive(full)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHarness(t, ingest.Config{})
			first, err := h.Ingest(t.Context(), h.tenant, order[0])
			require.NoError(t, err)
			second, err := h.Ingest(t.Context(), h.tenant, order[1])
			require.NoError(t, err)
			assert.Equal(t, summary.some(), h.totals(t))
			for _, kept := range append(first.Collections, second.Collections...) {
				assert.NotEmpty(t, kept.Collection.HuntID)
			}
			for _, kept := range second.Collections {
				for _, brought := range kept.Brought {
					assert.Contains(t, []ingest.Outcome{ingest.Same, ingest.Added}, brought.Outcome, brought.Artifact)
				}
			}
			hosts, err := h.stores.Hosts.Count(t.Context(), h.tenant)
			require.NoError(t, err)
			assert.EqualValues(t, 4, hosts)
		})
	}
}

// TestTwoFormsInOneZipAreThatHuntOnce holds for a hunt as it was exported whole and combined.
func TestTwoFormsInOneZipAreThatHuntOnce(t *testing.T) {
	t.Parallel()
	full, err := os.ReadFile("../../examples/server/demo/hunt.zip")
	require.NoError(t, err)
	all := samples(t)
	summary := all[slices.IndexFunc(all, func(s sample) bool { return strings.Contains(s.Path, "summary") })]
	combined := string(readSample(t, summary.Path))
	for _, files := range [][]file{
		{{"a.zip", string(full)}, {"b.zip", combined}}, {{"a.zip", combined}, {"b.zip", string(full)}}, {{"a.zip", combined}, {"b.zip", combined}},
	} {
		h := newHarness(t, ingest.Config{})
		report, err := h.Ingest(t.Context(), h.tenant, archive(zipOf(t, files...)))
		require.NoError(t, err)
		assert.Empty(t, report.Notes)
		assert.Equal(t, summary.some(), h.totals(t))
	}
}

func TestAnotherKeyThanTheOwnersOpensNothing(t *testing.T) {
	t.Parallel()
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	tried := 0
	for _, s := range samples(t) {
		if s.Key == "" {
			continue
		}
		tried++
		a := s.archive(t)
		owner := a.Keys
		a.Keys = []*rsa.PrivateKey{other}
		h := newHarness(t, ingest.Config{})
		assert.ErrorContains(t, h.refused(t, a), "a key that is not configured here")
		a.Keys = append(a.Keys, owner...)
		h.kept(t, a)
	}
	require.Equal(t, 1, tried)
}

func TestALockedArchiveOpensOnlyWhole(t *testing.T) {
	t.Parallel()
	for _, s := range samples(t) {
		if s.Password == "" && s.Key == "" {
			continue
		}
		a := s.archive(t)
		content := readSample(t, s.Path)
		with := func(change func(*velociraptor.Archive)) *velociraptor.Archive {
			changed := *a
			change(&changed)
			return &changed
		}
		flipped := func(at int) *velociraptor.Archive {
			return with(func(a *velociraptor.Archive) {
				changed := bytes.Clone(content)
				changed[at] ^= 1
				a.File = bytes.NewReader(changed)
			})
		}
		// The HMAC is the last that was written before the directory.
		mac := bytes.LastIndex(content[:bytes.LastIndex(content, []byte("PK\x01\x02"))], []byte("PK\x07\x08"))
		if mac < 0 {
			mac = bytes.LastIndex(content, []byte("PK\x01\x02"))
		}
		for name, test := range map[string]struct {
			archive *velociraptor.Archive
			want    string
		}{
			"neither password nor key": {with(func(a *velociraptor.Archive) { a.Password, a.Keys = "", nil }), "password"},
			"wrong password":           {with(func(a *velociraptor.Archive) { a.Password, a.Keys = "wrong", nil }), "password is wrong"},
			"a flipped bit":            {flipped(len(content) / 2), "was changed after it was encrypted"},
			"a flipped bit at the end": {flipped(mac - 1), "was changed after it was encrypted"},
			"half of it":               {with(func(a *velociraptor.Archive) { a.Size /= 2 }), "cut short"},
		} {
			t.Run(s.Path+"/"+name, func(t *testing.T) {
				t.Parallel()
				assert.ErrorContains(t, newHarness(t, ingest.Config{}).refused(t, test.archive), test.want)
			})
		}
	}
}

func TestAnOfflineCollectionIsOfItsHost(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	c := h.kept(t, archive(readSample(t, "Collection-jump01.corp.example-2026-11-23T18_39_06Z.zip")))
	assert.Equal(t, []string{"", "jump01.corp.example", "F.DC28GILO0SDV8"}, []string{c.ClientID, c.Hostname, c.FlowID})
	assert.Equal(t, "2026-11-23T18:39:06.584212Z", c.CollectedAt.Format("2006-01-02T15:04:05.999999999Z07:00"))
	assert.Equal(t, ingest.Complete, c.Status)
	host := h.host(t, c)
	assert.Equal(t, []string{"jump01.corp.example", "linux", "debian12.15", "amd64"},
		[]string{host.FQDN, host.OS, host.Release, host.Architecture})
}

// TestAnOfflineCollectionStaysWithItsHost holds that it is there once, also when the client was installed again meanwhile.
func TestAnOfflineCollectionStaysWithItsHost(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	offline := []file{
		{"client_info.json", `{"Hostname":"off1","Fqdn":"off1.corp","OS":"linux"}`}, {"results/A.json", `{"n":1}`},
	}
	flow := func(clientID string) []file {
		return []file{
			{"client_info.json", `{"client_id":"` + clientID + `","hostname":"off1","fqdn":"off1.corp"}`},
			{"collection_context.json", `{"client_id":"` + clientID + `","session_id":"F.1"}`}, {"results/B.json", `{"n":2}`},
		}
	}
	for _, files := range [][]file{offline, flow("C.1"), offline, flow("C.2"), offline} {
		h.kept(t, archive(zipOf(t, files...)))
	}
	assert.Equal(t, map[string]int64{"off1||A": 1, "C.1|F.1|B": 1, "C.2|F.1|B": 1}, h.totals(t))
	count, err := h.stores.Hosts.Count(t.Context(), h.tenant)
	require.NoError(t, err)
	assert.EqualValues(t, 2, count)
}

func TestOldLayouts(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	old := archive(zipOf(t,
		file{"Generic.Client.Info/BasicInformation.json", `{"n":1}` + "\n"}, file{"Windows.System.Pslist.json", `{"n":2}` + "\n"},
		file{"logs.json", "no JSON"}, file{"Windows.System.Pslist.json~", "no JSON"}, file{"uploads/auto/x.json", "no JSON"},
	))
	assert.ErrorContains(t, h.refused(t, old), "give hostname or client_id")
	old.Hostname = "pc1"
	c := h.kept(t, old)
	assert.Equal(t, "pc1", c.Hostname)
	assert.Equal(t, []string{`{"n":1}`}, h.rows(t, c, "Generic.Client.Info/BasicInformation"))
	assert.Equal(t, []string{`{"n":2}`}, h.rows(t, c, "Windows.System.Pslist"))

	c = h.kept(t, archive(zipOf(t,
		file{"Generic.Client.Info/BasicInformation.json", `{"Hostname":"old","Fqdn":"old.corp","OS":"windows"}` + "\n"},
		file{"Windows.System.Pslist.json", `{"n":3}` + "\n"},
	)))
	assert.Equal(t, []string{"old.corp", "windows"}, []string{h.host(t, c).FQDN, h.host(t, c).OS}, "the host names itself in a row")
	assert.Equal(t, []string{`{"n":3}`}, h.rows(t, c, "Windows.System.Pslist"))

	c = h.kept(t, archive(zipOf(t,
		file{"collection_context.json", `{"collection_context":{"client_id":"C.1","session_id":"F.1"}}`},
		file{"results/A/B.json", `{"n":1}` + "\n"},
	)))
	assert.Equal(t, []string{"C.1", "F.1"}, []string{c.ClientID, c.FlowID})
	assert.Equal(t, []string{`{"n":1}`}, h.rows(t, c, "A/B"))
}

func TestAZipOfZips(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	one := zipOf(t, flowFiles("", "C.1", "F.1", file{"A.json", `{"n":1}` + "\n"})...)
	two := zipOf(t, flowFiles("", "C.2", "F.2", file{"A.json", `{"n":2}` + "\n"})...)
	report, err := h.Ingest(t.Context(), h.tenant,
		archive(zipOf(t, file{"day/one", string(one)}, file{"day/readme", "PK"}, file{"day/more.zip", string(zipOf(t, file{"two.zip", string(two)}))})))
	require.NoError(t, err)
	require.Len(t, report.Collections, 2)
	assert.Equal(t, map[string]int64{"host-C.1|A": 1, "host-C.2|A": 1}, map[string]int64{
		report.Collections[0].Collection.Hostname + "|A": 1, report.Collections[1].Collection.Hostname + "|A": 1,
	})
}

func TestTheColumnsOfAHuntAreTakenOff(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	rows := strings.Join([]string{
		`}`,
		`{"n":1,"Fqdn":"own","FlowId":"F.1.H","ClientId":"C.1","Fqdn":"pc1"}`,
		`{"FlowId":"own","n":2,"FlowId":"F.1.H","ClientId":"C.1","_OrgId":"root","Fqdn":"pc1"}`,
		`{"FlowId":"F.1.H","ClientId":"C.2","Fqdn":"pc2"}`,
		`}`,
		`{"n":3}`,
	}, "\n")
	report, err := h.Ingest(t.Context(), h.tenant, archive(zipOf(t,
		file{"hunt_info.json", `{"hunt_id":"H.1"}`}, file{"results/All A.json", rows}, file{"results/All B.json", "}\n"})))
	require.NoError(t, err)
	require.Len(t, report.Collections, 2)
	one, two := report.Collections[0].Collection, report.Collections[1].Collection
	assert.Equal(t, []string{"C.1", "pc1", "F.1.H", "H.1"}, []string{one.ClientID, one.Hostname, one.FlowID, one.HuntID})
	assert.Equal(t, []string{`{"n":1,"Fqdn":"own"}`, `{"FlowId":"own","n":2}`}, h.rows(t, one, "A"))
	assert.Zero(t, one.Results[0].Rejected)
	assert.Equal(t, []string{`{}`}, h.rows(t, two, "A"))
	assert.Zero(t, two.Results[0].Rejected)
	require.Len(t, report.Notes, 2, "what does not say where it is from is nobody's")
	assert.Contains(t, report.Notes[0], `3 rows of "A" could not be kept`)
	assert.Contains(t, report.Notes[1], `1 rows of "B" could not be kept`)
}

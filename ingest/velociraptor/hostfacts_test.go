package velociraptor_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/hosts"
	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/ingest/velociraptor"
)

const basicRow = `{"Name":"velociraptor","Labels":null,"Hostname":"web01","OS":"linux","Architecture":"amd64","Platform":"debian",` +
	`"PlatformVersion":"12.15","Fqdn":"web01.corp.example","MACAddresses":["52:54:00:7a:3c:11"]`

// TestRowsTellOfTheirHosts brings the same facts by each way on which nothing else tells of the host.
func TestRowsTellOfTheirHosts(t *testing.T) {
	t.Parallel()
	const artifact = "Generic.Client.Info/BasicInformation"
	want := hosts.Facts{
		Hostname: "web01", FQDN: "web01.corp.example", OS: "linux", Release: "debian12.15", Architecture: "amd64",
		MACAddresses: []string{"52:54:00:7a:3c:11"},
	}
	for name, reader := range map[string]ingest.Reader{
		"a table": &velociraptor.Table{Body: strings.NewReader(basicRow + "}"), Artifact: artifact, ClientID: "C.1"},
		"rows that name their artifact": &velociraptor.Table{
			Body: strings.NewReader(basicRow + `,"_Source":"` + artifact + `"}`), ClientID: "C.1",
		},
		"an event": &velociraptor.Table{Body: strings.NewReader(basicRow + `,"ClientId":"C.1","_Source":"` + artifact + `"}`)},
		"a push": &velociraptor.Push{Protocol: velociraptor.SplunkHEC, Body: strings.NewReader(
			`{"event":` + basicRow + `,"Artifact":"` + artifact + `","ClientId":"C.1","FlowId":"F.1"}}`)},
		"an archive": archive(zipOf(t, file{"collection_context.json", `{"client_id":"C.1"}`},
			file{"results/" + strings.ReplaceAll(artifact, "/", "%2F") + ".json", basicRow + "}\n"})),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHarness(t, ingest.Config{})
			host := h.host(t, h.kept(t, reader))
			assert.Equal(t, "C.1", host.ClientID)
			got := host.Facts
			got.FirstSeen, got.LastSeen, got.Labels, got.Metadata = time.Time{}, time.Time{}, nil, nil
			assert.Equal(t, want, got)
		})
	}
}

func TestTheServersListOfClientsFillsTheInventory(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	report, err := h.Ingest(t.Context(), h.tenant, &velociraptor.Table{Body: readTable(t, "clients.jsonl")})
	require.NoError(t, err)
	require.Len(t, report.Collections, 4)
	host := h.host(t, report.Collections[0].Collection)
	assert.Equal(t, []string{"C.40dad878b5c70bc5", "jump01.corp.example", "linux", "debian12.15", "amd64", "10.77.0.31"},
		[]string{host.ClientID, host.Hostname, host.OS, host.Release, host.Architecture, host.IPAddress})
	assert.Equal(t, time.Unix(1795458240, 0).UTC(), host.FirstSeen)
	assert.Equal(t, time.UnixMicro(1795459164761749).UTC(), host.LastSeen)
	assert.Equal(t, "clients()", report.Collections[0].Collection.Results[0].Artifact)
}

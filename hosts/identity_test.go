package hosts_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/hosts"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

var (
	tenant = tenancy.New()
	noon   = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
)

func known(id, clientID, hostname string) hosts.Host {
	return hosts.Host{ID: id, TenantID: tenant, ClientID: clientID, Facts: hosts.Facts{Hostname: hostname}, CreatedAt: noon}
}

func seen(clientID, hostname string) hosts.Observation {
	return hosts.Observation{ClientID: clientID, Facts: hosts.Facts{Hostname: hostname}}
}

func apply(t *testing.T, h hosts.Host, o hosts.Observation) hosts.Host {
	t.Helper()
	merged, created, err := hosts.Apply(tenant, []hosts.Host{h}, o, noon.Add(time.Hour))
	require.NoError(t, err)
	require.False(t, created)
	return merged
}

func TestApplyTellsWhichHostIsMeant(t *testing.T) {
	t.Parallel()
	anna := known("1", "C.1", "anna")
	otherAnna := known("2", "C.2", "anna")
	nameless := known("3", "C.3", "")
	annaByName := known("4", "", "anna")
	annaByFQDN := hosts.Host{ID: "5", Facts: hosts.Facts{FQDN: "anna.example", Hostname: "anna"}}
	annaElsewhere := hosts.Host{ID: "7", Facts: hosts.Facts{FQDN: "anna.elsewhere", Hostname: "anna"}}
	annaOnce := hosts.Host{ID: "8", ClientID: "C.3", Facts: annaByFQDN.Facts}
	annaAgain := hosts.Host{ID: "9", ClientID: "C.4", Facts: annaByFQDN.Facts}
	desktop := hosts.Host{ID: "10", ClientID: "C.5", Facts: hosts.Facts{FQDN: "desktop", Hostname: "desktop"}}
	otherDesktop := hosts.Host{ID: "11", ClientID: "C.6", Facts: desktop.Facts}
	annaFar := hosts.Observation{Facts: hosts.Facts{FQDN: "anna.far", Hostname: "anna"}}
	annaNew := hosts.Observation{ClientID: "C.9", Facts: annaByFQDN.Facts}
	fqdnOnly := hosts.Observation{Facts: hosts.Facts{FQDN: "ANNA.example"}}

	for name, test := range map[string]struct {
		known []hosts.Host
		seen  hosts.Observation
		want  string // the host's id, "" for a new one
	}{
		"nothing known":                              {nil, seen("C.1", "anna"), ""},
		"client id":                                  {[]hosts.Host{anna, otherAnna}, seen("C.2", "anna"), "2"},
		"client id, renamed":                         {[]hosts.Host{anna}, seen("C.1", "berta"), "1"},
		"client id before a namesake without":        {[]hosts.Host{annaByName, anna}, seen("C.1", "anna"), "1"},
		"client ids differ in case":                  {[]hosts.Host{anna}, seen("c.1", "anna"), ""},
		"new client id, namesake has another":        {[]hosts.Host{anna}, seen("C.9", "anna"), ""},
		"new client id, namesake has none":           {[]hosts.Host{anna, annaByName}, seen("C.9", "ANNA"), "4"},
		"new client id, no name":                     {[]hosts.Host{nameless, known("8", "", "")}, seen("C.9", ""), ""},
		"name":                                       {[]hosts.Host{anna}, seen("", "Anna"), "1"},
		"name of two, one without a client id":       {[]hosts.Host{anna, annaByName}, seen("", "anna"), "4"},
		"name of two with client ids":                {[]hosts.Host{anna, otherAnna}, seen("", "anna"), ""},
		"name of three, one without a client id":     {[]hosts.Host{anna, annaByName, otherAnna}, seen("", "anna"), "4"},
		"name of two without client ids":             {[]hosts.Host{known("7", "", "anna"), known("6", "", "anna")}, seen("", "anna"), "6"},
		"FQDN":                                       {[]hosts.Host{annaByFQDN}, fqdnOnly, "5"},
		"FQDN given as host name":                    {[]hosts.Host{annaByFQDN}, seen("", "anna.example"), "5"},
		"host name of one that is known by its FQDN": {[]hosts.Host{annaByFQDN}, seen("", "Anna"), "5"},
		"host name of two that have other FQDNs":     {[]hosts.Host{annaByFQDN, annaElsewhere}, seen("", "anna"), ""},
		"host name of itself before that of another": {[]hosts.Host{annaByFQDN, annaByName}, seen("", "anna"), "4"},
		"FQDN of two installations of one client":    {[]hosts.Host{annaOnce, annaAgain}, fqdnOnly, "8"},
		"the same, given as host name":               {[]hosts.Host{annaOnce, annaAgain}, seen("", "anna.example"), "8"},
		"FQDN without a domain of two":               {[]hosts.Host{desktop, otherDesktop}, seen("", "desktop"), ""},
		"FQDN of none, host name of one":             {[]hosts.Host{annaByFQDN}, annaFar, ""},
		"new client id, host name of one without":    {[]hosts.Host{annaByName}, annaNew, "4"},
		"new client id, host name of one elsewhere":  {[]hosts.Host{annaElsewhere}, annaNew, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reversed := slices.Clone(test.known)
			slices.Reverse(reversed)
			for _, known := range [][]hosts.Host{test.known, reversed} {
				h, created, err := hosts.Apply(tenant, known, test.seen, noon)
				require.NoError(t, err)
				assert.Equal(t, test.want == "", created)
				if !created {
					assert.Equal(t, test.want, h.ID)
				}
			}
		})
	}
}

func TestApplyMakesANewHost(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 13, 0, 0, 123456789, time.FixedZone("CET", 3600))
	o := hosts.Observation{ClientID: "C.1", Facts: hosts.Facts{
		FQDN: "anna.example", IPAddress: "10.0.0.1", OS: "linux", Release: "debian 13", Architecture: "amd64",
		MACAddresses: []string{"b", "a", "b"}, Labels: []string{"z", "a"},
		Metadata:  map[string]json.RawMessage{"site": json.RawMessage(`"Bern"`)},
		FirstSeen: now.Add(-time.Hour), LastSeen: now,
	}}
	h, created, err := hosts.Apply(tenant, nil, o, now)
	require.NoError(t, err)
	assert.True(t, created)
	id, err := uuid.Parse(h.ID)
	require.NoError(t, err)
	assert.EqualValues(t, 7, id.Version())

	noonMicro := noon.Add(123456 * time.Microsecond)
	assert.Equal(t, hosts.Host{ID: h.ID, TenantID: tenant, ClientID: "C.1", CreatedAt: noonMicro, Facts: hosts.Facts{
		Hostname: "anna.example", FQDN: "anna.example", IPAddress: "10.0.0.1", OS: "linux", Release: "debian 13", Architecture: "amd64",
		MACAddresses: []string{"a", "b"}, Labels: []string{"a", "z"},
		Metadata:  map[string]json.RawMessage{"site": json.RawMessage(`"Bern"`)},
		FirstSeen: noonMicro.Add(-time.Hour), LastSeen: noonMicro,
	}}, h)
}

func TestApplyGivesAHostItsClientIDForGood(t *testing.T) {
	t.Parallel()
	h := apply(t, known("1", "", "anna"), seen("C.1", "anna"))
	assert.Equal(t, "C.1", h.ClientID)
	h = apply(t, h, seen("", "anna"))
	assert.Equal(t, "C.1", h.ClientID)
	assert.Equal(t, noon, h.CreatedAt)
	assert.Equal(t, tenant, h.TenantID)
}

// TestApplyLeavesTheNamesOfAHostToThoseWhoKnowMore holds that a name by which somebody calls a host does not rename it.
func TestApplyLeavesTheNamesOfAHostToThoseWhoKnowMore(t *testing.T) {
	t.Parallel()
	old := known("1", "C.1", "anna")
	old.FQDN = "anna.example"
	for _, name := range []string{"ANNA.example", "Anna"} {
		h := apply(t, old, seen("", name))
		assert.Equal(t, []string{"anna", "anna.example"}, []string{h.Hostname, h.FQDN})
	}
	for _, o := range []hosts.Observation{
		{ClientID: "C.1", Facts: hosts.Facts{FQDN: "anna.example"}}, {Facts: hosts.Facts{FQDN: "anna.example", Hostname: "ANNA"}},
	} {
		assert.Equal(t, "anna", apply(t, old, o).Hostname)
	}
}

func TestApplyKeepsWhatIsNotToldAnew(t *testing.T) {
	t.Parallel()
	old := known("1", "C.1", "anna")
	old.FQDN, old.IPAddress, old.OS, old.Release, old.Architecture = "anna.example", "10.0.0.1", "linux", "debian 12", "amd64"
	old.FirstSeen, old.LastSeen = noon.Add(-time.Hour), noon
	assert.Equal(t, old.Facts, withoutEmptyMetadata(apply(t, old, hosts.Observation{ClientID: "C.1"}).Facts))

	renamed := hosts.Observation{ClientID: "C.1", Facts: hosts.Facts{
		Hostname: "berta", FQDN: "berta.example", IPAddress: "10.0.0.2", OS: "windows", Release: "11", Architecture: "arm64",
		FirstSeen: noon, LastSeen: noon.Add(time.Minute),
	}}
	want := renamed.Facts
	want.FirstSeen = old.FirstSeen
	assert.Equal(t, want, withoutEmptyMetadata(apply(t, old, renamed).Facts))
}

func withoutEmptyMetadata(f hosts.Facts) hosts.Facts {
	if len(f.Metadata) == 0 {
		f.Metadata = nil
	}
	return f
}

func TestApplyFillsGapsOnlyFromWhatIsOlder(t *testing.T) {
	t.Parallel()
	h := known("1", "C.1", "anna")
	h.OS, h.LastSeen, h.FirstSeen = "linux", noon, noon.Add(-time.Hour)
	h.Metadata = map[string]json.RawMessage{"site": json.RawMessage(`"Bern"`)}
	h = apply(t, h, hosts.Observation{ClientID: "C.1", Facts: hosts.Facts{
		Hostname: "once", OS: "windows", Release: "11", Labels: []string{"old"},
		Metadata:  map[string]json.RawMessage{"site": json.RawMessage(`"Basel"`), "owner": json.RawMessage(`"IT"`)},
		FirstSeen: noon.Add(-48 * time.Hour), LastSeen: noon.Add(-24 * time.Hour),
	}})
	assert.Equal(t, hosts.Facts{
		Hostname: "anna", OS: "linux", Release: "11", Labels: []string{"old"},
		Metadata:  map[string]json.RawMessage{"site": json.RawMessage(`"Bern"`), "owner": json.RawMessage(`"IT"`)},
		FirstSeen: noon.Add(-48 * time.Hour), LastSeen: noon,
	}, h.Facts)
}

func TestApplyTakesAnObservationWithoutATimeForTheNewest(t *testing.T) {
	t.Parallel()
	h := known("1", "C.1", "anna")
	h.OS, h.LastSeen = "linux", noon
	h = apply(t, h, hosts.Observation{ClientID: "C.1", Facts: hosts.Facts{OS: "windows"}})
	assert.Equal(t, "windows", h.OS)
	assert.Equal(t, noon, h.LastSeen)
}

func TestApplyAddsLabelsAndMergesMetadataWithoutTouchingWhatItWasGiven(t *testing.T) {
	t.Parallel()
	h := known("1", "C.1", "anna")
	h.Labels = append(make([]string, 0, 8), "b", "d")
	h.MACAddresses = []string{"00:02"}
	h.Metadata = map[string]json.RawMessage{"site": json.RawMessage(`"Bern"`), "owner": json.RawMessage(`{"a":1}`)}
	o := hosts.Observation{ClientID: "C.1", Facts: hosts.Facts{
		Labels: []string{"c", "b", "a"}, MACAddresses: []string{"00:01", "00:02"},
		Metadata: map[string]json.RawMessage{"owner": json.RawMessage(`{"b":2}`), "rack": json.RawMessage(`null`)},
	}}
	merged := apply(t, h, o)
	assert.Equal(t, []string{"a", "b", "c", "d"}, merged.Labels)
	assert.Equal(t, []string{"00:01", "00:02"}, merged.MACAddresses)
	assert.Equal(t, map[string]json.RawMessage{
		"site": json.RawMessage(`"Bern"`), "owner": json.RawMessage(`{"b":2}`), "rack": json.RawMessage(`null`),
	}, merged.Metadata)

	assert.Equal(t, []string{"b", "d"}, h.Labels)
	assert.Equal(t, []string{"c", "b", "a"}, o.Labels)
	assert.Equal(t, `{"a":1}`, string(h.Metadata["owner"]))
	assert.Len(t, h.Metadata, 2)
}

func TestApplyRefusesWhatCannotBeKept(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", hosts.MaxNameBytes+1)
	many := make([]string, hosts.MaxListEntries+1)
	metadata := func(name, value string) hosts.Facts {
		return hosts.Facts{Metadata: map[string]json.RawMessage{name: json.RawMessage(value)}}
	}
	for name, facts := range map[string]hosts.Facts{
		"long host name":         {Hostname: long},
		"long FQDN":              {FQDN: long},
		"long address":           {IPAddress: long},
		"long OS":                {OS: long},
		"long release":           {Release: long},
		"long architecture":      {Architecture: long},
		"NUL in a name":          {Hostname: "a\x00b"},
		"name not UTF-8":         {Hostname: "\xff"},
		"many labels":            {Labels: many},
		"many MAC addresses":     {MACAddresses: many},
		"long label":             {Labels: []string{long}},
		"label not UTF-8":        {Labels: []string{"\xff"}},
		"NUL in a MAC address":   {MACAddresses: []string{"\x00"}},
		"metadata not JSON":      metadata("a", "{"),
		"metadata missing":       metadata("a", ""),
		"metadata not UTF-8":     metadata("a", "\"\xff\""),
		"metadata too large":     metadata("a", `"`+strings.Repeat("x", hosts.MaxMetadataBytes)+`"`),
		"metadata name long":     metadata(long, "1"),
		"metadata name NUL":      metadata("\x00", "1"),
		"metadata name no UTF-8": metadata("\xff", "1"),
		"last seen too far":      {LastSeen: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)},
		"first seen too early":   {FirstSeen: time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refused(t, nil, hosts.Observation{ClientID: "C.1", Facts: facts})
		})
	}
	refused(t, nil, hosts.Observation{})
	refused(t, nil, hosts.Observation{Facts: hosts.Facts{IPAddress: "10.0.0.1"}})
	refused(t, nil, hosts.Observation{ClientID: long})
}

func refused(t *testing.T, known []hosts.Host, o hosts.Observation) {
	t.Helper()
	h, created, err := hosts.Apply(tenant, known, o, noon)
	require.ErrorIs(t, err, hosts.ErrInvalid)
	assert.Zero(t, h)
	assert.False(t, created)
}

func TestApplyHoldsTheLimitsOverManyObservations(t *testing.T) {
	t.Parallel()
	full := known("1", "C.1", "anna")
	for i := range hosts.MaxListEntries {
		full.Labels = append(full.Labels, fmt.Sprintf("label %04d", i))
	}
	big := json.RawMessage(`"` + strings.Repeat("x", hosts.MaxMetadataBytes-100) + `"`)
	full.Metadata = map[string]json.RawMessage{"big": big}

	again := hosts.Observation{ClientID: "C.1", Facts: hosts.Facts{Labels: full.Labels, Metadata: full.Metadata}}
	assert.Equal(t, full.Facts, apply(t, full, again).Facts)

	newer := hosts.Facts{Labels: []string{"one more"}, Metadata: map[string]json.RawMessage{
		"more": json.RawMessage(`"` + strings.Repeat("x", 100) + `"`),
	}}
	h := apply(t, full, hosts.Observation{ClientID: "C.1", Facts: newer})
	assert.Equal(t, newer.Labels, h.Labels, "the newer ones take the place of too many")
	assert.Equal(t, newer.Metadata, h.Metadata)
}

func TestNameKey(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "anna.example", hosts.Facts{FQDN: "Anna.Example", Hostname: "ANNA"}.NameKey())
	assert.Equal(t, "anna", hosts.Facts{Hostname: "ANNA"}.NameKey())
	assert.Empty(t, hosts.Facts{}.NameKey())
}

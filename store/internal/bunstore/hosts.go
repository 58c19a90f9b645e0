package bunstore

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/velocicompanion/velocicompanion/hosts"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

type hostStore struct{ database }

// hostRow has the facts as they are told in a document. Its text columns are what hosts are found by: all but ClientID
// are in lower case.
type hostRow struct {
	bun.BaseModel `bun:"table:vc_hosts,alias:h"`
	owned
	ID        string `bun:"id,pk"`
	ClientID  string
	NameKey   string
	Hostname  string
	FQDN      string `bun:"fqdn"`
	IPAddress string `bun:"ip_address"`
	OS        string `bun:"os"`
	CreatedAt time.Time
	Facts     []byte
}

// labelRow makes one label of a host findable. Labels are in lower case.
type labelRow struct {
	bun.BaseModel `bun:"table:vc_host_labels,alias:l"`
	owned
	Label  string `bun:"label,pk"`
	HostID string `bun:"host_id,pk"`
}

// facts is the document of a host.
type facts struct {
	Hostname     string                     `json:"hostname"`
	FQDN         string                     `json:"fqdn"`
	IPAddress    string                     `json:"ip_address"`
	OS           string                     `json:"os"`
	Release      string                     `json:"release"`
	Architecture string                     `json:"architecture"`
	MACAddresses []string                   `json:"mac_addresses"`
	Labels       []string                   `json:"labels"`
	Metadata     map[string]json.RawMessage `json:"metadata"`
	FirstSeen    time.Time                  `json:"first_seen"`
	LastSeen     time.Time                  `json:"last_seen"`
}

func newHostRow(h hosts.Host) (hostRow, error) {
	document, err := encode(facts(h.Facts))
	return hostRow{
		ID: h.ID, ClientID: h.ClientID, NameKey: h.NameKey(), Hostname: strings.ToLower(h.Hostname),
		FQDN: strings.ToLower(h.FQDN), IPAddress: strings.ToLower(h.IPAddress), OS: strings.ToLower(h.OS),
		CreatedAt: kept(h.CreatedAt), Facts: document,
	}, err
}

func (r hostRow) entity() (hosts.Host, error) {
	tenant, err := r.tenant()
	if err != nil {
		return hosts.Host{}, err
	}
	document, err := decode[facts](r.Facts)
	return hosts.Host{
		ID: r.ID, TenantID: tenant, ClientID: r.ClientID, Facts: hosts.Facts(document), CreatedAt: kept(r.CreatedAt),
	}, err
}

func (s hostStore) Upsert(
	ctx context.Context, tenant tenancy.ID, obs hosts.Observation, now time.Time,
) (h hosts.Host, created bool, err error) {
	all, created, err := s.upsert(ctx, tenant, []hosts.Observation{obs}, now)
	if err != nil {
		return hosts.Host{}, false, err
	}
	return all[0], created, nil
}

func (s hostStore) UpsertAll(
	ctx context.Context, tenant tenancy.ID, observations []hosts.Observation, now time.Time,
) ([]hosts.Host, error) {
	all, _, err := s.upsert(ctx, tenant, observations, now)
	return all, err
}

// upsert returns the host behind each observation, and whether the last one is new. It holds the tenant's lock on the
// inventory, so that concurrent calls about one machine make one host.
func (s hostStore) upsert(
	ctx context.Context, tenant tenancy.ID, observations []hosts.Observation, now time.Time,
) (all []hosts.Host, created bool, err error) {
	if err := tenant.Check(); err != nil {
		return nil, false, err
	}
	for _, obs := range observations {
		if err := obs.Check(); err != nil {
			return nil, false, err
		}
	}
	err = s.exclusive(ctx, tenant, inventoryLock, func(tx scopedTx) error {
		for rest := observations; len(rest) > 0; {
			some := rest[:together(rest)]
			rest = rest[len(some):]
			known, err := knownHosts(ctx, tx, some)
			if err != nil {
				return err
			}
			changed := make(map[string]hosts.Host)
			for _, obs := range some {
				var h hosts.Host
				if h, created, err = hosts.Apply(tenant, known, obs, now); err != nil {
					return err
				}
				known = append(slices.DeleteFunc(known, func(old hosts.Host) bool { return old.ID == h.ID }), h)
				changed[h.ID] = h
				all = append(all, h)
			}
			if err := putHosts(ctx, tx, changed); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, false, err
	}
	return all, created, nil
}

// maxTogether bounds the observations whose hosts are read and written at once: one may be large.
const maxTogether = 50

// together is how many of the observations are looked up at once. What is known by name only may be any of many hosts
// and is by itself.
func together(observations []hosts.Observation) int {
	n := slices.IndexFunc(observations, func(obs hosts.Observation) bool { return obs.ClientID == "" })
	if n < 0 {
		n = len(observations)
	}
	return min(max(n, 1), maxTogether)
}

// knownHosts returns the hosts that have the client ids or the names of observations, as far as hosts.Apply needs them:
// of those that only share a name the ones without a client id, and for an observation without one the first few, which
// is as good as all.
func knownHosts(ctx context.Context, tx scopedTx, some []hosts.Observation) ([]hosts.Host, error) {
	if obs := some[0]; obs.ClientID == "" {
		known, err := list[hostRow](ctx, tx, "client_id != '', id", 2, is("name_key", obs.NameKey()))
		if err != nil || len(known) > 0 || obs.FQDN != "" {
			return known, err
		}
		return list[hostRow](ctx, tx, "id", 2, is("hostname", strings.ToLower(obs.Hostname)))
	}
	clients, names := make([]string, len(some)), make([]string, 0, 2*len(some))
	for i, obs := range some {
		clients[i] = obs.ClientID
		names = append(names, obs.NameKey(), strings.ToLower(obs.Hostname))
	}
	known, err := list[hostRow](ctx, tx, "id", unlimited, in("client_id", clients))
	if err != nil {
		return nil, err
	}
	named, err := list[hostRow](ctx, tx, "id", unlimited, in("name_key", names), where("client_id = ''"))
	return append(known, named...), err
}

// putHosts keeps hosts by their ids, with their labels.
func putHosts(ctx context.Context, tx scopedTx, changed map[string]hosts.Host) error {
	var rows []hostRow
	var labels []labelRow
	for id, h := range changed {
		r, err := newHostRow(h)
		if err != nil {
			return err
		}
		rows = append(rows, r)
		for _, label := range h.Labels {
			labels = append(labels, labelRow{Label: strings.ToLower(label), HostID: id})
		}
	}
	for part := range statements(rows, func(r hostRow) int { return len(r.Facts) }) {
		_, err := replacing(insert(tx, part...).On("CONFLICT (tenant_id, id) DO UPDATE"),
			"client_id", "name_key", "hostname", "fqdn", "ip_address", "os", "facts").Exec(ctx)
		if err != nil {
			return err
		}
	}
	for part := range slices.Chunk(labels, maxRows) {
		if _, err := insert(tx, part...).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (s hostStore) Host(ctx context.Context, tenant tenancy.ID, id string) (h hosts.Host, err error) {
	err = s.read(ctx, tenant, func(tx scopedTx) error {
		h, err = one[hostRow](ctx, tx, hosts.ErrNotFound, hasID("id", id))
		return err
	})
	return h, err
}

func (s hostStore) Hosts(ctx context.Context, tenant tenancy.ID, f hosts.Filter) (found []hosts.Host, err error) {
	err = s.read(ctx, tenant, func(tx scopedTx) error {
		found, err = list[hostRow](ctx, tx, "id", f.Limit,
			hasIDAmong("id", f.IDs),
			beyond("id", ">", f.After),
			nameContains(f.Name),
			hasClientID(f.ClientID),
			matches("os", strings.ToLower(f.OS)),
			matches("ip_address", strings.ToLower(f.IPAddress)),
			hasLabel(tx, f.Label))
		return err
	})
	return found, err
}

func hasClientID(id string) condition {
	switch {
	case id == "":
		return condition{}
	case !storable(id):
		return never
	}
	return where("lower(client_id) = ?", strings.ToLower(id))
}

func nameContains(part string) condition {
	switch {
	case part == "":
		return condition{}
	case !storable(part):
		return never
	}
	pattern := "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(strings.ToLower(part)) + "%"
	return where("hostname LIKE ? ESCAPE '!' OR fqdn LIKE ? ESCAPE '!'", pattern, pattern)
}

func hasLabel(tx scopedTx, label string) condition {
	switch {
	case label == "":
		return condition{}
	case !storable(label):
		return never
	}
	return where("id IN (?)", tx.find((*labelRow)(nil), is("label", strings.ToLower(label))).Column("host_id"))
}

func (s hostStore) Count(ctx context.Context, tenant tenancy.ID) (n int64, err error) {
	err = s.read(ctx, tenant, func(tx scopedTx) error {
		count, err := tx.find((*hostRow)(nil)).Count(ctx)
		n = int64(count)
		return err
	})
	return n, err
}

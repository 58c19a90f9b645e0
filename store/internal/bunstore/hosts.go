package bunstore

import (
	"context"
	"encoding/json"
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

// Upsert holds the tenant's lock on the inventory, so that concurrent calls about one machine make one host.
func (s hostStore) Upsert(
	ctx context.Context, tenant tenancy.ID, obs hosts.Observation, now time.Time,
) (h hosts.Host, created bool, err error) {
	if err := tenant.Check(); err != nil {
		return hosts.Host{}, false, err
	}
	if err := obs.Check(); err != nil {
		return hosts.Host{}, false, err
	}
	err = s.exclusive(ctx, tenant, inventoryLock, func(tx scopedTx) error {
		known, err := knownHosts(ctx, tx, obs)
		if err != nil {
			return err
		}
		if h, created, err = hosts.Apply(tenant, known, obs, now); err != nil {
			return err
		}
		return putHost(ctx, tx, h, created)
	})
	if err != nil {
		return hosts.Host{}, false, err
	}
	return h, created, nil
}

// knownHosts returns the hosts that have the client id or the name of an observation, as far as hosts.Apply needs them:
// of those that only share a name the one without a client id, and for an observation without one another two, which
// is as good as all.
func knownHosts(ctx context.Context, tx scopedTx, obs hosts.Observation) (known []hosts.Host, err error) {
	if obs.ClientID != "" {
		if known, err = list[hostRow](ctx, tx, "id", unlimited, is("client_id", obs.ClientID)); err != nil {
			return nil, err
		}
	}
	anonymous := condition{}
	if obs.ClientID != "" {
		anonymous = where("client_id = ''")
	}
	named, err := list[hostRow](ctx, tx, "client_id, id", 3, is("name_key", obs.NameKey()), anonymous)
	return append(known, named...), err
}

func putHost(ctx context.Context, tx scopedTx, h hosts.Host, created bool) error {
	r, err := newHostRow(h)
	if err != nil {
		return err
	}
	if created {
		_, err = insert(tx, r).Exec(ctx)
	} else {
		_, err = tx.update(&r, hasID("id", h.ID)).ExcludeColumn("tenant_id", "id", "created_at").Exec(ctx)
	}
	if err != nil || len(h.Labels) == 0 {
		return err
	}
	labels := make([]labelRow, len(h.Labels))
	for i, label := range h.Labels {
		labels[i] = labelRow{Label: strings.ToLower(label), HostID: h.ID}
	}
	_, err = insert(tx, labels...).On("CONFLICT DO NOTHING").Exec(ctx)
	return err
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

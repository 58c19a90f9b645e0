package velociraptor

import (
	"cmp"

	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/ingest/internal/jsonrow"
)

// These results tell of their host.
const (
	// basicInformation is what a client says of itself when it is interrogated, in the words of an offline collector's
	// client_info.json.
	basicInformation = "Generic.Client.Info/BasicInformation"
	// clientsTable is the rows of the plugin clients(), which are what a server knows of its clients.
	clientsTable = "clients()"
)

// maxFacts is the longest row that is looked at for facts.
const maxFacts = 1 << 20

// learn takes what a row tells of its host over to a collection, as far as the host's facts are not known otherwise.
func learn(c *ingest.CollectionWriter, artifact string, row []byte) {
	var info clientInfo
	switch {
	case len(row) > maxFacts:
		return
	case artifact == basicInformation:
		if decode(row, &info) != nil {
			return
		}
	case artifact == clientsTable:
		var known knownClient
		if decode(row, &known) != nil {
			return
		}
		info = known.info()
	default:
		return
	}
	host, said := &c.Origin.Host, observation(flowContext{}, info).Facts
	host.Hostname, host.FQDN = cmp.Or(host.Hostname, said.Hostname), cmp.Or(host.FQDN, said.FQDN)
	host.OS, host.Release = cmp.Or(host.OS, said.OS), cmp.Or(host.Release, said.Release)
	host.Architecture, host.IPAddress = cmp.Or(host.Architecture, said.Architecture), cmp.Or(host.IPAddress, said.IPAddress)
	host.FirstSeen, host.LastSeen = cmp.Or(host.FirstSeen, said.FirstSeen), cmp.Or(host.LastSeen, said.LastSeen)
	if len(host.MACAddresses) == 0 {
		host.MACAddresses = said.MACAddresses
	}
	if len(host.Labels) == 0 {
		host.Labels = said.Labels
	}
}

// knownClient is a row of clients().
type knownClient struct {
	ClientID string `json:"client_id"`
	OS       struct {
		System       string   `json:"system"`
		Hostname     string   `json:"hostname"`
		FQDN         string   `json:"fqdn"`
		Release      string   `json:"release"`
		Machine      string   `json:"machine"`
		MACAddresses []string `json:"mac_addresses"`
	} `json:"os_info"`
	FirstSeenAt integer  `json:"first_seen_at"`
	LastSeenAt  integer  `json:"last_seen_at"`
	LastIP      string   `json:"last_ip"`
	Labels      []string `json:"labels"`
}

func (k knownClient) info() clientInfo {
	return clientInfo{
		ClientID: k.ClientID, Hostname: k.OS.Hostname, FQDN: k.OS.FQDN, System: k.OS.System, Release: k.OS.Release,
		Architecture: k.OS.Machine, IPAddress: k.LastIP, MACAddresses: k.OS.MACAddresses, Labels: k.Labels,
		FirstSeenAt: k.FirstSeenAt, Ping: k.LastSeenAt,
	}
}

// clientOf returns the client that a row of clients() is about, or "" for any other row.
func clientOf(members []jsonrow.Member) string {
	var id string
	known := false
	for _, m := range members {
		switch {
		case m.Is("client_id"):
			id, _ = m.Text()
		case m.Is("os_info"):
			known = true
		}
	}
	if !known {
		return ""
	}
	return id
}

// informed is a sink for the rows of a result that tell of their host.
type informed struct {
	*ingest.ResultWriter
	collection *ingest.CollectionWriter
	artifact   string
	hashes     *uploadHashes // of the flow's uploads; nil where they are not listed
}

func (i informed) Row(line int64, raw []byte) error {
	learn(i.collection, i.artifact, raw)
	i.hashes.learn(raw)
	return i.ResultWriter.Row(line, raw)
}

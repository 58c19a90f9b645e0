package velociraptor

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/velocicompanion/velocicompanion/hosts"
)

// flowContext is what collection_context.json tells of a flow.
type flowContext struct {
	ClientID   string  `json:"client_id"`
	SessionID  string  `json:"session_id"`
	CreateTime integer `json:"create_time"`
	StartTime  integer `json:"start_time"`
	ActiveTime integer `json:"active_time"`
	State      integer `json:"state"`
	// TotalRows is nil where it is not said; Velociraptor leaves zeros out.
	TotalRows *integer `json:"total_collected_rows"`
	// TotalUploads is how many files it uploaded, likewise.
	TotalUploads *integer `json:"total_uploaded_files"`
	QueryStats   []struct {
		Artifacts []string `json:"names_with_response"`
		Rows      integer  `json:"result_rows"`
	} `json:"query_stats"`
	// Wrapped is where old versions have all of the above.
	Wrapped *flowContext `json:"collection_context"`
}

// clientInfo is what client_info.json tells of a host. OS, Platform and what follows them are how an offline collector
// says it, which has no client id.
type clientInfo struct {
	ClientID     string   `json:"client_id"`
	Hostname     string   `json:"hostname"`
	FQDN         string   `json:"fqdn"`
	System       string   `json:"system"`
	Release      string   `json:"release"`
	Architecture string   `json:"architecture"`
	IPAddress    string   `json:"ip_address"`
	MACAddresses []string `json:"mac_addresses"`
	Labels       []string `json:"labels"`
	FirstSeenAt  integer  `json:"first_seen_at"`
	Ping         integer  `json:"ping"`

	OS              string `json:"OS"`
	Platform        string `json:"Platform"`
	PlatformVersion string `json:"PlatformVersion"`
	// MACs is how a row of Generic.Client.Info says it.
	MACs []string `json:"MACAddresses"`
}

// huntInfo is what hunt_info.json tells of a hunt.
type huntInfo struct {
	HuntID     string  `json:"hunt_id"`
	CreateTime integer `json:"create_time"`
	StartTime  integer `json:"start_time"`
}

// launchedAt is when the first flows of the hunt may have run.
func (h huntInfo) launchedAt() time.Time { return cmp.Or(h.StartTime, h.CreateTime).time() }

// decode reads JSON of Velociraptor's into what is wanted of it. Names are compared without regard to case, and what is
// of another type than usual is passed over, but for the whole.
func decode(text []byte, into any) error {
	err := json.Unmarshal(text, into)
	if mistyped(err) != nil {
		return nil
	}
	return err
}

// mistyped returns what the first member of an object is that has another type than usual, if that is what err says.
func mistyped(err error) *json.UnmarshalTypeError {
	if wrong := new(json.UnmarshalTypeError); errors.As(err, &wrong) && wrong.Field != "" {
		return wrong
	}
	return nil
}

// integer is a whole number that may have been written as a text, as Velociraptor does in some files and not in others.
type integer int64

// UnmarshalJSON implements [json.Unmarshaler]. Anything that is no whole number is 0.
func (i *integer) UnmarshalJSON(text []byte) error {
	n, _ := strconv.ParseInt(strings.Trim(string(text), `"`), 10, 64)
	*i = integer(n)
	return nil
}

// time returns the instant that i counts up to from 1970, or the zero time for 0. The unit differs from field to field
// and from version to version; the magnitude tells it.
func (i integer) time() time.Time {
	n := int64(i)
	switch {
	case n <= 0:
		return time.Time{}
	case n < 1e11:
		return time.Unix(n, 0).UTC()
	case n < 1e14:
		return time.UnixMilli(n).UTC()
	case n < 1e17:
		return time.UnixMicro(n).UTC()
	}
	return time.Unix(0, n).UTC()
}

func (c flowContext) collectedAt() time.Time {
	return cmp.Or(c.CreateTime, c.StartTime, c.ActiveTime).time()
}

// running reports whether the flow had neither finished nor failed. Files that do not say so are of flows that had.
func (c flowContext) running() bool {
	return !slices.Contains([]integer{0, 2, 3}, c.State)
}

func (c flowContext) expectedRows() *int64 {
	return (*int64)(c.TotalRows)
}

// expected returns how many rows each artifact has, as far as that is said: one query may have answered for several
// artifacts, and then only their sum is known.
func (c flowContext) expected() map[string]int64 {
	rows := make(map[string]int64)
	shared := make(map[string]bool)
	for _, query := range c.QueryStats {
		for _, artifact := range query.Artifacts {
			shared[artifact] = shared[artifact] || len(query.Artifacts) > 1
			rows[artifact] += int64(query.Rows)
		}
	}
	for artifact := range shared {
		if shared[artifact] {
			delete(rows, artifact)
		}
	}
	return rows
}

// observation is what the two files tell of the host. The machine says most of it itself, so what could not be kept is
// cut to what can: one hostile name must not keep a whole hunt out.
func observation(flow flowContext, info clientInfo) hosts.Observation {
	return hosts.Observation{
		ClientID: cmp.Or(flow.ClientID, info.ClientID),
		Facts: hosts.Facts{
			Hostname: fitting(info.Hostname), FQDN: fitting(info.FQDN), IPAddress: fitting(withoutPort(info.IPAddress)),
			OS: fitting(cmp.Or(info.System, info.OS)), Release: fitting(cmp.Or(info.Release, info.Platform+info.PlatformVersion)), Architecture: fitting(info.Architecture),
			MACAddresses: allFitting(slices.Concat(info.MACAddresses, info.MACs)), Labels: allFitting(info.Labels),
			FirstSeen: info.FirstSeenAt.time(), LastSeen: info.Ping.time(),
		},
	}
}

// fitting is the longest beginning of text that an inventory keeps.
func fitting(text string) string {
	text, _, _ = strings.Cut(text, "\x00")
	return strings.ToValidUTF8(text[:min(len(text), hosts.MaxNameBytes)], "")
}

func allFitting(texts []string) []string {
	kept := make([]string, 0, min(len(texts), hosts.MaxListEntries))
	for _, text := range texts[:cap(kept)] {
		kept = append(kept, fitting(text))
	}
	return kept
}

func withoutPort(address string) string {
	if at, err := netip.ParseAddrPort(address); err == nil {
		return at.Addr().String()
	}
	return address
}

// huntOf returns the id of the hunt that launched a flow, or "": such a flow is called after it, F.<id>.H.
func huntOf(flowID string) string {
	id, launched := strings.CutSuffix(flowID, ".H")
	id, named := strings.CutPrefix(id, "F.")
	if !launched || !named || id == "" {
		return ""
	}
	return "H." + id
}

package hosts

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/velocicompanion/velocicompanion/tenancy"
)

// Limits on what is kept of one host. Above them an observation is refused with ErrInvalid.
const (
	MaxNameBytes     = 512
	MaxListEntries   = 1000
	MaxMetadataBytes = 1 << 20
)

// Check returns an error that wraps ErrInvalid and says why when the observation names no machine or is too large
// to keep.
func (o Observation) Check() error {
	if o.ClientID == "" && o.Hostname == "" && o.FQDN == "" {
		return fmt.Errorf("%w: a host needs a client id or a host name", ErrInvalid)
	}
	for _, name := range [...]struct{ what, text string }{
		{"client id", o.ClientID}, {"host name", o.Hostname}, {"FQDN", o.FQDN}, {"address", o.IPAddress},
		{"OS", o.OS}, {"release", o.Release}, {"architecture", o.Architecture},
	} {
		if !storable(name.text) {
			return fmt.Errorf("%w: the %s is longer than %d bytes, holds NUL or is not UTF-8", ErrInvalid, name.what, MaxNameBytes)
		}
	}
	for _, seen := range [...]time.Time{o.FirstSeen, o.LastSeen} {
		if year := seen.UTC().Year(); year < 1 || year > 9999 {
			return fmt.Errorf("%w: first or last seen lies outside of the years 1 to 9999", ErrInvalid)
		}
	}
	return o.checkSizes()
}

func (f Facts) checkSizes() error {
	if len(f.Labels) > MaxListEntries || len(f.MACAddresses) > MaxListEntries {
		return fmt.Errorf("%w: more than %d labels or MAC addresses", ErrInvalid, MaxListEntries)
	}
	for _, text := range slices.Concat(f.Labels, f.MACAddresses) {
		if !storable(text) {
			return fmt.Errorf("%w: a label or MAC address is longer than %d bytes, holds NUL or is not UTF-8", ErrInvalid, MaxNameBytes)
		}
	}
	for name, value := range f.Metadata {
		if !storable(name) {
			return fmt.Errorf("%w: a metadata name is longer than %d bytes, holds NUL or is not UTF-8", ErrInvalid, MaxNameBytes)
		}
		if !json.Valid(value) || !utf8.Valid(value) {
			return fmt.Errorf("%w: metadata %q is not JSON in UTF-8", ErrInvalid, name)
		}
	}
	if metadataBytes(f.Metadata) > MaxMetadataBytes {
		return fmt.Errorf("%w: the metadata is larger than %d bytes", ErrInvalid, MaxMetadataBytes)
	}
	return nil
}

func storable(text string) bool {
	return len(text) <= MaxNameBytes && utf8.ValidString(text) && !strings.ContainsRune(text, 0)
}

// NameKey is the form in which host names are compared: the FQDN, or else the host name, in lower case.
func (f Facts) NameKey() string {
	return strings.ToLower(cmp.Or(f.FQDN, f.Hostname))
}

// Apply is what every [Store] does with an observation. known are the hosts of the tenant that have o's client id, o's name
// key, or its host name as theirs, in any order. It returns the host that o is about with what o tells merged into it, and
// whether that host is new. The error wraps ErrInvalid.
//
// A client id decides alone, but for a host that was so far known by name only: that one takes on the client id.
// Without a client id the name decides, if just one host bears it, or else one that has no client id; of several such,
// the oldest. Hosts with one FQDN and several client ids are a machine whose client was installed again: the oldest is
// it, unless the name has no domain, which many machines may have. Where no host has the name key, and o knows no FQDN, the one host does that is called so without its domain; where
// several are, none of them, and the name is a host of its own.
//
// What o does not know stays as it was; labels and MAC addresses are added to those there, metadata is replaced by
// name. Where that would go past the limits above, what o tells takes the place of what was there, so that a host whose
// addresses keep changing can always be kept. An observation older than the host's LastSeen only fills gaps, and one that
// knows nothing but a name, or no client id where the host has one, does not rename it.
func Apply(tenant tenancy.ID, known []Host, o Observation, now time.Time) (h Host, created bool, err error) {
	if err := o.Check(); err != nil {
		return Host{}, false, err
	}
	if i := match(known, o); i >= 0 {
		h = merge(known[i], o)
	} else {
		created = true
		h = merge(Host{
			ID: uuid.Must(uuid.NewV7()).String(), TenantID: tenant, CreatedAt: now.UTC().Truncate(time.Microsecond),
		}, o)
	}
	return h, created, nil
}

func match(known []Host, o Observation) int {
	if o.ClientID != "" {
		if i := slices.IndexFunc(known, func(h Host) bool { return h.ClientID == o.ClientID }); i >= 0 {
			return i
		}
	}
	byKey := choose(known, func(h Host) bool { return h.NameKey() != "" && h.NameKey() == o.NameKey() })
	short := strings.ToLower(o.Hostname)
	switch {
	case byKey.anonymous >= 0:
		return byKey.anonymous
	case o.ClientID != "":
		return choose(known, func(h Host) bool { return h.FQDN == "" && short != "" && h.NameKey() == short }).anonymous
	case byKey.count == 1, byKey.count > 1 && strings.Contains(known[byKey.oldest].FQDN, "."):
		return byKey.oldest
	case byKey.count > 1 || o.FQDN != "":
		return -1
	}
	byName := choose(known, func(h Host) bool { return strings.ToLower(h.Hostname) == short })
	if byName.count == 1 {
		return byName.oldest
	}
	return -1
}

// chosen is where hosts of a name are: the oldest, and the oldest that has no client id; -1 where there is none.
type chosen struct{ count, oldest, anonymous int }

func choose(known []Host, named func(Host) bool) chosen {
	c := chosen{oldest: -1, anonymous: -1}
	for i, h := range known {
		if !named(h) {
			continue
		}
		c.count++
		if c.oldest < 0 || h.ID < known[c.oldest].ID {
			c.oldest = i
		}
		if h.ClientID == "" && (c.anonymous < 0 || h.ID < known[c.anonymous].ID) {
			c.anonymous = i
		}
	}
	return c
}

func merge(h Host, o Observation) Host {
	newer := o.LastSeen.IsZero() || !o.LastSeen.Before(h.LastSeen)
	pick := func(old, new string) string {
		if newer {
			return cmp.Or(new, old)
		}
		return cmp.Or(old, new)
	}
	h.ClientID = cmp.Or(h.ClientID, o.ClientID)
	if knows := o.ClientID != "" || h.ClientID == "" && o.FQDN != ""; knows || h.Hostname == "" {
		h.Hostname = cmp.Or(pick(h.Hostname, o.Hostname), o.FQDN)
	}
	h.FQDN = pick(h.FQDN, o.FQDN)
	h.IPAddress = pick(h.IPAddress, o.IPAddress)
	h.OS = pick(h.OS, o.OS)
	h.Release = pick(h.Release, o.Release)
	h.Architecture = pick(h.Architecture, o.Architecture)
	h.MACAddresses = union(h.MACAddresses, o.MACAddresses)
	h.Labels = union(h.Labels, o.Labels)
	h.Metadata = mergeMetadata(h.Metadata, o.Metadata, newer)
	if !o.FirstSeen.IsZero() && (h.FirstSeen.IsZero() || o.FirstSeen.Before(h.FirstSeen)) {
		h.FirstSeen = o.FirstSeen.UTC().Truncate(time.Microsecond)
	}
	if o.LastSeen.After(h.LastSeen) {
		h.LastSeen = o.LastSeen.UTC().Truncate(time.Microsecond)
	}
	return h
}

func union(old, added []string) []string {
	both := slices.Compact(slices.Sorted(slices.Values(slices.Concat(old, added))))
	if len(both) > MaxListEntries {
		return slices.Compact(slices.Sorted(slices.Values(added)))
	}
	return both
}

func mergeMetadata(old, added map[string]json.RawMessage, newer bool) map[string]json.RawMessage {
	both := make(map[string]json.RawMessage, len(old)+len(added))
	maps.Copy(both, old)
	for name, value := range added {
		if _, there := both[name]; newer || !there {
			both[name] = value
		}
	}
	if metadataBytes(both) > MaxMetadataBytes {
		return maps.Clone(added)
	}
	return both
}

func metadataBytes(m map[string]json.RawMessage) int {
	size := 0
	for name, value := range m {
		size += len(name) + len(value)
	}
	return size
}

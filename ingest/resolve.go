package ingest

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/velocicompanion/velocicompanion/hosts"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// resolve finds the hosts of a batch in the inventory and returns its collections, ready to be committed. Those of one key, as
// two forms of a flow are, are as if they came one after the other.
func (s *Service) resolve(ctx context.Context, tenant tenancy.ID, b *Batch) ([]Collection, error) {
	now := s.cfg.Now().UTC().Truncate(time.Microsecond)
	collections := make([]Collection, len(b.collections))
	observed := make([]hosts.Observation, len(b.collections))
	for i, w := range b.collections {
		collections[i] = w.collection(now)
		observed[i] = w.Origin.Host
		if observed[i].LastSeen.IsZero() {
			observed[i].LastSeen = collections[i].CollectedAt
		}
	}
	found, err := s.inventory.UpsertAll(ctx, tenant, observed, now)
	if errors.Is(err, hosts.ErrInvalid) {
		return nil, hostError(err)
	}
	if err != nil {
		return nil, fmt.Errorf("ingest: find the hosts: %w", err)
	}
	for i, host := range found {
		c := &collections[i]
		c.HostID, c.Hostname, c.ClientID = host.ID, host.Hostname, host.ClientID
		c.Key = b.collections[i].key(*c)
	}
	return collections, nil
}

// keepNames is keepName for the collections whose names were given. It looks before the commit, which has the inventory to itself.
func (s *Service) keepNames(ctx context.Context, tenant tenancy.ID, b *Batch) error {
	for _, w := range b.collections {
		if !w.Origin.Named {
			continue
		}
		if err := s.keepName(ctx, tenant, b, &w.Origin.Host); err != nil {
			return fmt.Errorf("ingest: find the hosts: %w", err)
		}
	}
	return nil
}

// keepName leaves the name of a known client as it is where the one that was given is another host's.
func (s *Service) keepName(ctx context.Context, tenant tenancy.ID, b *Batch, o *hosts.Observation) error {
	found, err := s.inventory.Hosts(ctx, tenant, hosts.Filter{ClientID: o.ClientID, Limit: 1})
	if err != nil || len(found) == 0 || found[0].Hostname == "" || called(found[0], o.Hostname) {
		return err
	}
	others, err := s.called(ctx, tenant, o.Hostname)
	if err != nil || len(others) == 0 {
		return err
	}
	b.Note(fmt.Sprintf("%s is the name of another host, not of the client %s: these rows are kept as those of the client, which is called "+
		"%s as before", Quote(o.Hostname), Quote(o.ClientID), Quote(found[0].Hostname)))
	o.Hostname = ""
	return nil
}

// maxNamesakes is how many hosts are looked through for those that have a name, of which many may have a part.
const maxNamesakes = 1000

// called returns the hosts that have a name, with its domain or without.
func (s *Service) called(ctx context.Context, tenant tenancy.ID, name string) ([]hosts.Host, error) {
	found, err := s.inventory.Hosts(ctx, tenant, hosts.Filter{Name: name, Limit: maxNamesakes})
	return slices.DeleteFunc(found, func(h hosts.Host) bool { return !called(h, name) }), err
}

func called(h hosts.Host, name string) bool {
	return strings.EqualFold(h.Hostname, name) || strings.EqualFold(h.FQDN, name)
}

// namesakes is a note of the other hosts that have the name by which the rows of c were brought, so that somebody may say
// which is meant; "" where there are none.
func (s *Service) namesakes(ctx context.Context, tenant tenancy.ID, named hosts.Observation, c Collection) string {
	if named.ClientID != "" || named.FQDN != "" || c.ClientID != "" {
		return ""
	}
	found, err := s.called(ctx, tenant, named.Hostname)
	if err != nil {
		s.cfg.Logger.WarnContext(ctx, "ingest: cannot look for hosts of the same name", "tenant", tenant, "error", err)
	}
	others := slices.DeleteFunc(found, func(h hosts.Host) bool { return h.ID == c.HostID })
	if len(others) == 0 {
		return ""
	}
	return fmt.Sprintf("%s is the name of %d other hosts too: these rows are kept as those of a host of which no more than the name "+
		"is known; give client_id or the FQDN to say which one is meant", Quote(named.Hostname), len(others))
}

// collection is what w was told, but for the host.
func (w *CollectionWriter) collection(now time.Time) Collection {
	c := Collection{
		ID: newID(), FlowID: w.Origin.FlowID, HuntID: w.Origin.HuntID, ExpectedRows: w.Origin.ExpectedRows,
		IngestedAt: now,
	}
	c.CollectedAt, c.Dating = w.Origin.date(now)
	for _, r := range w.results {
		r.result.Digest = hex.EncodeToString(r.digest.Sum(nil))
		if r.way != "" {
			r.result.Part, r.result.Marks = r.way+"/"+hex.EncodeToString(r.name.Sum(nil)), r.marks.encode()
		}
		c.Results = append(c.Results, r.result)
	}
	for i, r := range c.Results {
		c.Results[i].Extent = c.extent(r, w.Origin)
	}
	slices.SortFunc(c.Results, func(x, y Result) int { return cmp.Compare(x.Artifact, y.Artifact) })
	return c
}

// date is the best time of collection that there is when it is now.
func (o Origin) date(now time.Time) (time.Time, Dating) {
	at, by := now, ByIngest
	switch {
	case !o.CollectedAt.IsZero():
		at, by = o.CollectedAt, ByFlow
	case !o.LaunchedAt.IsZero():
		at, by = o.LaunchedAt, ByHunt
	}
	return at.UTC().Truncate(time.Microsecond), by
}

// key is what makes two collections of a host the same one: the flow, or else all of their rows, and the second in which
// they came to be where that is known: something may happen twice. Rows of no flow that a server has ids for are told by the
// first of them: what is sent again begins as it did before, and may have grown. Tables of events are told by when each
// happened, which is the same in every form of the table.
func (w *CollectionWriter) key(c Collection) string {
	if c.FlowID != "" {
		return "flow/" + c.HostID + "/" + c.FlowID
	}
	if len(w.results) > 0 && len(w.results[0].marks) > 0 && w.results[0].marks[0].id != 0 {
		return fmt.Sprintf("%s/%s/%016x", w.results[0].way, c.HostID, w.results[0].marks[0].id)
	}
	var all strings.Builder
	for _, r := range slices.SortedFunc(slices.Values(w.results), byArtifact) {
		fmt.Fprintf(&all, "%q %s\n", r.result.Artifact, r.what())
	}
	if !w.Origin.CollectedAt.IsZero() {
		fmt.Fprintln(&all, w.Origin.CollectedAt.Unix())
	}
	digest := sha256.Sum256([]byte(all.String()))
	return "rows/" + c.HostID + "/" + hex.EncodeToString(digest[:])
}

func byArtifact(x, y *ResultWriter) int { return cmp.Compare(x.result.Artifact, y.result.Artifact) }

// what tells the rows of no flow from others.
func (w *ResultWriter) what() string {
	if w.way == TableWay {
		return tablePart(hex.EncodeToString(w.times.Sum(nil)))
	}
	return cmp.Or(w.result.Part, w.result.Digest)
}

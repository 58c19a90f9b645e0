package hunt

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/velocicompanion/velocicompanion/companion/hunt/kql"
	"github.com/velocicompanion/velocicompanion/hosts"
	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/ingest/chunk"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// ref is a chunk that a question is about.
type ref struct {
	ingest.ChunkRef
	tenant tenancy.ID
	// start is the place of its first row among the rows of the artifact in the collection, which may have come in parts.
	start int64
}

// hostKey names a host over all tenants.
type hostKey struct {
	tenant tenancy.ID
	id     string
}

func (r ref) host() hostKey { return hostKey{r.tenant, r.HostID} }

// selection is a scope that was looked up: its chunks, in the order of tenant, artifact, result and row, and what their
// rows have to be.
type selection struct {
	refs  []ref
	query kql.Expr
	// timed tells that only rows with a time from from, and before to, in microseconds, are in.
	timed    bool
	from, to int64
}

// lookUp finds the chunks of a scope, whatever its times: see selection.pruned.
func (s *Service) lookUp(ctx context.Context, scope Scope) (*selection, error) {
	query, err := scope.parse()
	if err != nil {
		return nil, err
	}
	sel := &selection{query: query.Expr, from: chunk.NoTime + 1, to: 1<<63 - 1}
	if !scope.From.IsZero() {
		sel.timed, sel.from = true, scope.From.UnixMicro()
	}
	if !scope.To.IsZero() {
		sel.timed, sel.to = true, scope.To.UnixMicro()
	}
	tenants := slices.Clone(scope.Tenants)
	slices.SortFunc(tenants, func(x, y tenancy.ID) int { return strings.Compare(x.String(), y.String()) })
	for _, tenant := range slices.Compact(tenants) {
		if err := s.addRefs(ctx, tenant, scope, sel); err != nil {
			return nil, err
		}
	}
	return sel, nil
}

func (s *Service) addRefs(ctx context.Context, tenant tenancy.ID, scope Scope, sel *selection) error {
	f := ingest.ChunkFilter{Artifacts: scope.Artifacts, CollectionIDs: scope.Collections, HuntIDs: scope.Hunts}
	if len(scope.Hosts) > 0 || len(scope.Labels) > 0 {
		ids, err := s.hostIDs(ctx, tenant, scope)
		if err != nil || len(ids) == 0 {
			return err
		}
		f.HostIDs = ids
	}
	refs, err := s.list(ctx, tenant, f)
	sel.refs = append(sel.refs, refs...)
	return err
}

// listed is what the store listed for a filter, at a revision.
type listed struct {
	revision string
	refs     []ref
}

// refBytes is about what a ref takes in memory.
const refBytes = 500

// list returns the chunks that the store has for a filter: those that are kept, as long as the tenant has no others. They are
// not to be changed.
func (s *Service) list(ctx context.Context, tenant tenancy.ID, f ingest.ChunkFilter) ([]ref, error) {
	revision, err := s.collections.Revision(ctx, tenant)
	if err != nil {
		return nil, err
	}
	filter, err := json.Marshal(f)
	if err != nil {
		return nil, fmt.Errorf("hunt: %w", err)
	}
	key := cacheKey{tenant: tenant, id: string(filter), what: "chunks"}
	if kept, known := fromCache[listed](s.cache, key); known && kept.revision == revision {
		return kept.refs, nil
	}
	var refs []ref
	starts := make(map[[2]string]int64)
	for r, err := range s.collections.Chunks(ctx, tenant, f) {
		if err != nil {
			return nil, err
		}
		of := [2]string{r.CollectionID, r.Artifact}
		refs = append(refs, ref{ChunkRef: r, tenant: tenant, start: starts[of]})
		starts[of] += int64(r.Rows)
	}
	s.cache.put(key, listed{revision, refs}, len(key.id)+refBytes*len(refs))
	return refs, nil
}

// pruned returns the chunks that can have rows of the scope's times. Of those without times in the header some are from
// before there were any: only their rows tell.
func (sel *selection) pruned() []ref {
	if !sel.timed {
		return sel.refs
	}
	return slices.DeleteFunc(slices.Clone(sel.refs), func(r ref) bool {
		return !r.MinTime.IsZero() && (r.MinTime.UnixMicro() >= sel.to || r.MaxTime.UnixMicro() < sel.from)
	})
}

// hostPage is how many hosts are asked for at once.
const hostPage = 1000

// hostIDs returns the ids of the tenant's hosts that the scope names and whose labels it wants.
func (s *Service) hostIDs(ctx context.Context, tenant tenancy.ID, scope Scope) ([]string, error) {
	named, err := s.namedHosts(ctx, tenant, scope.Hosts)
	if err != nil || len(scope.Labels) == 0 {
		return named, err
	}
	var labelled []string
	for _, label := range scope.Labels {
		found, err := s.allHosts(ctx, tenant, hosts.Filter{Label: label})
		if err != nil {
			return nil, err
		}
		for _, h := range found {
			labelled = append(labelled, h.ID)
		}
	}
	if len(scope.Hosts) == 0 {
		return labelled, nil
	}
	return slices.DeleteFunc(named, func(id string) bool { return !slices.Contains(labelled, id) }), nil
}

func (s *Service) namedHosts(ctx context.Context, tenant tenancy.ID, names []string) (ids []string, err error) {
	for _, name := range names {
		if _, err := uuid.Parse(name); err == nil {
			ids = append(ids, name) // of another tenant it selects nothing
			continue
		}
		f := hosts.Filter{Name: name}
		if strings.HasPrefix(name, "C.") {
			f = hosts.Filter{ClientID: name}
		}
		if name == "" {
			continue
		}
		found, err := s.allHosts(ctx, tenant, f)
		if err != nil {
			return nil, err
		}
		for _, h := range found {
			if f.Name == "" || strings.EqualFold(h.Hostname, name) || strings.EqualFold(h.FQDN, name) {
				ids = append(ids, h.ID)
			}
		}
	}
	return ids, nil
}

func (s *Service) allHosts(ctx context.Context, tenant tenancy.ID, f hosts.Filter) (all []hosts.Host, err error) {
	f.Limit = hostPage
	for {
		page, err := s.inventory.Hosts(ctx, tenant, f)
		if err != nil {
			return nil, fmt.Errorf("hunt: hosts: %w", err)
		}
		all = append(all, page...)
		if len(page) < hostPage {
			return all, nil
		}
		f.After = page[len(page)-1].ID
	}
}

// hostRefs returns the names of hosts as the inventory has them now. One that it does not have keeps its id.
func (s *Service) hostRefs(ctx context.Context, keys map[hostKey]bool) (map[hostKey]HostRef, error) {
	byTenant := make(map[tenancy.ID][]string)
	refs := make(map[hostKey]HostRef, len(keys))
	for key := range keys {
		byTenant[key.tenant] = append(byTenant[key.tenant], key.id)
		refs[key] = HostRef{Tenant: key.tenant, ID: key.id}
	}
	for tenant, ids := range byTenant {
		for part := range slices.Chunk(ids, hostPage) {
			found, err := s.inventory.Hosts(ctx, tenant, hosts.Filter{IDs: part, Limit: len(part)})
			if err != nil {
				return nil, fmt.Errorf("hunt: hosts: %w", err)
			}
			for _, h := range found {
				refs[hostKey{tenant, h.ID}] = HostRef{Tenant: tenant, ID: h.ID, Hostname: h.Hostname, ClientID: h.ClientID}
			}
		}
	}
	return refs, nil
}

// tally counts what a question looked at.
type tally struct {
	begun time.Time
	Scanned
	hosts map[hostKey]bool
	// counted, where it is set, has the ids of chunks that were, so that each is counted once.
	counted map[string]bool

	memory  allowance
	asker   tenancy.ID
	patient atomic.Bool // waits for workers as long as it takes
}

func (s *Service) newTally(scope Scope) *tally {
	return &tally{begun: time.Now(), hosts: make(map[hostKey]bool), memory: allowance{of: s.memory}, asker: scope.asker()}
}

func (t *tally) add(refs []ref) {
	for _, r := range refs {
		if t.counted != nil {
			if t.counted[r.ID] {
				continue
			}
			t.counted[r.ID] = true
		}
		t.Chunks++
		t.Rows += int64(r.Rows)
		t.hosts[r.host()] = true
	}
}

// account is that of an answer that is complete.
func (t *tally) account() Account {
	t.Hosts, t.Elapsed = int64(len(t.hosts)), time.Since(t.begun)
	return Account{Scanned: t.Scanned, Complete: true}
}

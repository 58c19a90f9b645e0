// Package memory keeps everything of a companion in the memory of the process: for unit tests, and for small uses
// that need nothing to survive a restart. It passes the same suite as the databases.
package memory

import (
	"context"
	"crypto/sha256"
	"sync"
	"time"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/companion/hunt"
	"github.com/velocicompanion/velocicompanion/hosts"
	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/store"
	"github.com/velocicompanion/velocicompanion/tenancy"
	"github.com/velocicompanion/velocicompanion/virustotal"
)

// New returns empty stores that share one backend. Data is copied on the way in and on the way out, so callers may
// reuse their memory. A write into a tenant that was not created, or is deleted, is tenancy.ErrNotFound.
func New() store.Stores {
	b := &backend{tenants: make(map[tenancy.ID]*tenantData), directory: make(map[entry]target)}
	return store.Stores{Tenants: b, Auth: b, Directory: b, Hosts: b, Collections: b, Verdicts: b, Hunts: b, Watching: b}
}

// backend implements every store. One lock guards it all, so that each call is one step.
type backend struct {
	mu        sync.RWMutex
	tenants   map[tenancy.ID]*tenantData
	directory map[entry]target
}

// tenantData is everything of one tenant; nothing in it refers to another's.
type tenantData struct {
	tenancy.Tenant

	users     map[string]auth.User
	invites   map[string]auth.Invite
	sessions  map[string]session
	grants    map[string]auth.Grant // by user
	apiTokens map[string]auth.APIToken
	audit     map[string]auth.AuditEvent

	hosts map[string]hosts.Host

	collections map[string]ingest.Collection
	keys        map[string]string // ids of collections by Collection.Key
	stages      map[string]stage
	results     map[string]result        // of the collections, by id
	chunks      map[string]*ingest.Chunk // of the results, by id
	revision    string                   // of the chunks
	inputs      map[[sha256.Size]byte][]byte
	news        map[string]ingest.News // by result

	records map[virustotal.Hash]virustotal.File // whose Hash is the one that the file is listed under
	spent   map[string]int                      // by day

	savedHunts map[string]hunt.SavedHunt
	runs       map[string]hunt.Run // the last ones, by saved hunt

	watchlists map[string]watchlist
	sightings  map[string]hunt.Sighting
	matching   *hold // nil where there never was a watchlist
}

func newTenant(t tenancy.Tenant) *tenantData {
	return &tenantData{
		Tenant:      t,
		users:       make(map[string]auth.User),
		invites:     make(map[string]auth.Invite),
		sessions:    make(map[string]session),
		grants:      make(map[string]auth.Grant),
		apiTokens:   make(map[string]auth.APIToken),
		audit:       make(map[string]auth.AuditEvent),
		hosts:       make(map[string]hosts.Host),
		collections: make(map[string]ingest.Collection),
		keys:        make(map[string]string),
		stages:      make(map[string]stage),
		results:     make(map[string]result),
		chunks:      make(map[string]*ingest.Chunk),
		inputs:      make(map[[sha256.Size]byte][]byte),
		records:     make(map[virustotal.Hash]virustotal.File),
		spent:       make(map[string]int),
		savedHunts:  make(map[string]hunt.SavedHunt),
		runs:        make(map[string]hunt.Run),
		news:        make(map[string]ingest.News),
		watchlists:  make(map[string]watchlist),
		sightings:   make(map[string]hunt.Sighting),
	}
}

// view calls read with the tenant, which it must not change.
func (b *backend) view(ctx context.Context, id tenancy.ID, read func(*tenantData) error) error {
	if err := check(ctx, id); err != nil {
		return err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	return read(b.tenant(id))
}

// update calls write with the tenant. There is no rollback: write looks for every error before it changes anything.
// Where ctx comes from within an update of the same tenant, write becomes a part of it.
func (b *backend) update(ctx context.Context, id tenancy.ID, write func(*tenantData) error) error {
	if err := check(ctx, id); err != nil {
		return err
	}
	if t, ok := ctx.Value(joinable{b, id}).(*tenantData); ok {
		return write(t)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return write(b.tenant(id))
}

// joinable is the key under which a context holds the tenant that an update of the backend is about.
type joinable struct {
	backend *backend
	tenant  tenancy.ID
}

// joining returns a context with which updates become part of the one that was called with t.
func (b *backend) joining(ctx context.Context, t *tenantData) context.Context {
	return context.WithValue(ctx, joinable{b, t.ID}, t)
}

// updateExisting is update for calls that add something: they need a tenant to add it to.
func (b *backend) updateExisting(ctx context.Context, id tenancy.ID, write func(*tenantData) error) error {
	return b.update(ctx, id, func(t *tenantData) error {
		if t.ID.IsZero() {
			return tenancy.ErrNotFound
		}
		return write(t)
	})
}

// tenant returns what there is of a tenant: nothing when it does not exist.
func (b *backend) tenant(id tenancy.ID) *tenantData {
	if t, ok := b.tenants[id]; ok {
		return t
	}
	return &tenantData{}
}

func check(ctx context.Context, id tenancy.ID) error {
	if err := id.Check(); err != nil {
		return err
	}
	return ctx.Err()
}

// kept returns t as stores keep times: in UTC, to the microsecond.
func kept(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// expired reports whether something that lasts until end has ended at the time now.
func expired(end, now time.Time) bool { return !now.Before(end) }

// Package companion wires the whole of VelociCompanion: stores and a [Config] go in, a [Companion] comes out.
//
// A service that embeds it calls [New] and then either mounts transport.New(c) under its own router or calls the
// services directly. Tests of such a service find a ready-wired Companion on fakes in companiontest.
package companion

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/companion/hunt"
	"github.com/velocicompanion/velocicompanion/hosts"
	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/store"
	"github.com/velocicompanion/velocicompanion/tenancy"
	"github.com/velocicompanion/velocicompanion/virustotal"
)

// Config holds what is optional. The zero value works, but for Secret, which is needed unless Authenticator is set.
type Config struct {
	// Secret signs access tokens: at least 32 bytes, random, the same in every replica.
	Secret []byte
	// Authenticator takes the place of the companion's own access tokens: a host service's sessions, OpenID Connect, a
	// trusted proxy. With it, the routes for login and registration are not served.
	Authenticator auth.Authenticator
	// Auth, Ingest, VirusTotal and Hunt configure the services. Their Now and Logger default to the ones below.
	Auth       auth.Config
	Ingest     ingest.Config
	VirusTotal virustotal.Config
	Hunt       hunt.Config
	// VirusTotalClient is the reputation source; nil means that look-ups answer that none is configured.
	VirusTotalClient virustotal.Client
	// Now is the clock; default time.Now.
	Now func() time.Time
	// Logger is silent by default.
	Logger *slog.Logger
}

// Companion is a wired VelociCompanion. Its fields are set by [New] and not to be changed. It works without Start, which
// lets ingests and the matching of watchlists go on in the background; the stores stay the caller's, and are to be closed
// after Stop.
type Companion struct {
	// Auth manages users, tenants, grants and sessions.
	Auth *auth.Service
	// Authenticator verifies the credential of a request: Auth itself, or the one from the Config.
	Authenticator auth.Authenticator
	// Hosts is the inventory.
	Hosts hosts.Store
	// Ingest takes collections in and reads them back.
	Ingest *ingest.Service
	// VirusTotal looks hashes up.
	VirusTotal *virustotal.Service
	// Hunt answers questions over everything that was ingested.
	Hunt *hunt.Service

	// Logger and Now are what the Config gave, or their defaults.
	Logger *slog.Logger
	Now    func() time.Time

	ownLogin bool
	ping     func(context.Context) error
	watching hunt.Directory
}

// New wires a Companion over stores. The error names the field of stores or cfg that is missing or wrong.
func New(stores store.Stores, cfg Config) (*Companion, error) {
	if err := complete(stores); err != nil {
		return nil, err
	}
	cfg.Logger = cmp.Or(cfg.Logger, slog.New(slog.DiscardHandler))
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	c := &Companion{
		Authenticator: cfg.Authenticator,
		Hosts:         stores.Hosts,
		Logger:        cfg.Logger,
		Now:           cfg.Now,
		ownLogin:      cfg.Authenticator == nil,
		ping:          stores.Ping,
		watching:      stores.Watching,
	}
	if err := c.wire(stores, cfg); err != nil {
		return nil, err
	}
	return c, nil
}

func (c *Companion) wire(stores store.Stores, cfg Config) (err error) {
	cfg.Auth.Logger, cfg.Auth.Now = cmp.Or(cfg.Auth.Logger, cfg.Logger), clock(cfg.Auth.Now, cfg.Now)
	cfg.Ingest.Logger, cfg.Ingest.Now = cmp.Or(cfg.Ingest.Logger, cfg.Logger), clock(cfg.Ingest.Now, cfg.Now)
	cfg.VirusTotal.Now = clock(cfg.VirusTotal.Now, cfg.Now)
	cfg.Hunt.Logger, cfg.Hunt.Now = cmp.Or(cfg.Hunt.Logger, cfg.Logger), clock(cfg.Hunt.Now, cfg.Now)
	if !c.ownLogin && len(cfg.Secret) == 0 {
		// Nobody is ever asked to accept a token that this signs: the Authenticator is another.
		cfg.Secret = make([]byte, 32)
		_, _ = rand.Read(cfg.Secret)
	}
	if c.Auth, err = auth.New(stores.Auth, stores.Directory, stores.Tenants, cfg.Secret, cfg.Auth); err != nil {
		if errors.Is(err, auth.ErrSecret) {
			return fmt.Errorf("companion: Config.Secret: %w", err)
		}
		return fmt.Errorf("companion: Config.Auth: %w", err)
	}
	if c.ownLogin {
		c.Authenticator = c.Auth
	}
	cfg.Ingest.Committed = c.noticing(cfg.Ingest.Committed)
	if c.Ingest, err = ingest.New(stores.Collections, stores.Hosts, cfg.Ingest); err != nil {
		return fmt.Errorf("companion: Config.Ingest: %w", err)
	}
	if c.VirusTotal, err = virustotal.New(stores.Verdicts, cfg.VirusTotalClient, cfg.VirusTotal); err != nil {
		return fmt.Errorf("companion: Config.VirusTotal: %w", err)
	}
	if c.Hunt, err = hunt.New(stores.Collections, stores.Hosts, stores.Hunts, cfg.Hunt); err != nil {
		return fmt.Errorf("companion: Config.Hunt: %w", err)
	}
	return nil
}

// noticing returns a function for ingest.Config.Committed that has watchlists matched, and calls next where it is not nil.
func (c *Companion) noticing(
	next func(context.Context, tenancy.ID, []ingest.Collection),
) func(context.Context, tenancy.ID, []ingest.Collection) {
	return func(ctx context.Context, tenant tenancy.ID, changed []ingest.Collection) {
		c.Hunt.Watch.Notice(ctx, tenant)
		if next != nil {
			next(ctx, tenant, changed)
		}
	}
}

// Start lets ingests go on in the background, for those who ask for that; without it they are answered when they are done.
// It also lets watchlists be matched there, beginning with what was left when a process ended; without it, an ingest is
// answered when it was matched.
func (c *Companion) Start() {
	c.Ingest.Jobs.Start()
	c.Hunt.Watch.Start(c.watching)
}

// Stop waits for what is in the background to finish. When ctx ends first, that is broken off: an ingest leaves nothing,
// which the error says, and what is not matched is matched after the next Start. It may be called again, and without Start.
func (c *Companion) Stop(ctx context.Context) error {
	err := c.Ingest.Jobs.Stop(ctx)
	c.Hunt.Watch.Stop(ctx)
	return err
}

// OwnLogin reports whether users log in at the companion itself rather than at the service that embeds it.
func (c *Companion) OwnLogin() bool { return c.ownLogin }

// Ping reports whether the stores answer.
func (c *Companion) Ping(ctx context.Context) error {
	if c.ping == nil {
		return nil
	}
	return c.ping(ctx)
}

func clock(own, common func() time.Time) func() time.Time {
	if own != nil {
		return own
	}
	return common
}

func complete(s store.Stores) error {
	for _, field := range [...]struct {
		name string
		ok   bool
	}{
		{"Tenants", s.Tenants != nil}, {"Auth", s.Auth != nil}, {"Directory", s.Directory != nil},
		{"Hosts", s.Hosts != nil}, {"Collections", s.Collections != nil}, {"Verdicts", s.Verdicts != nil},
		{"Hunts", s.Hunts != nil}, {"Watching", s.Watching != nil},
	} {
		if !field.ok {
			return errors.New("companion: Stores." + field.name + " is nil")
		}
	}
	return nil
}

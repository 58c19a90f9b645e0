package virustotal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/velocicompanion/velocicompanion/tenancy"
)

// Service looks hashes up: in what a tenant has been told already, and else at the source. It is safe for concurrent
// use and holds nothing that has to be closed.
type Service struct {
	store   Store
	client  Client
	cfg     Config
	gate    *gate
	flights flights
}

// New returns a Service that keeps answers in store and asks client. Without a client (nil) it answers from the store
// alone. The error names the field of cfg that is wrong.
func New(store Store, client Client, cfg Config) (*Service, error) {
	if store == nil {
		return nil, errors.New("virustotal: New needs a Store")
	}
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	return &Service{
		store:   store,
		client:  client,
		cfg:     cfg,
		gate:    newGate(store, cfg),
		flights: flights{running: make(map[flightKey]*flight)},
	}, nil
}

// Lookup answers what is known of the file with the given hash. That the source does not know it is an answer, with
// the verdict Unknown. It waits while CallsPerMinute asks for it, until ctx ends.
//
// However many look-ups of one hash a tenant makes at once, the source is asked once. An answer is kept under all
// hashes of the file, so that afterwards its MD5, SHA-1 and SHA-256 are all known; it is kept for this tenant only.
//
// Errors: tenancy.ErrNoTenant, ErrInvalidHash, ErrNotConfigured, ErrCredentials, ErrForeign, ErrUnavailable, a *QuotaError,
// and those of ctx and the store.
func (s *Service) Lookup(ctx context.Context, tenant tenancy.ID, hash Hash) (Answer, error) {
	if err := tenant.Check(); err != nil {
		return Answer{}, err
	}
	hash, err := ParseHash(string(hash))
	if err != nil {
		return Answer{}, err
	}
	if emptyFile[hash] {
		return Answer{Record: Record{Verdict: Unknown}, Hash: hash}, nil
	}
	return s.flights.do(ctx, flightKey{tenant, hash}, func(ctx context.Context) (Answer, error) {
		return s.find(ctx, tenant, hash)
	})
}

// Known answers what is kept of the file with the given hash, expired or not, and asks no source. ErrNotFound when
// nothing is. Other errors: tenancy.ErrNoTenant, ErrInvalidHash, and those of the store.
func (s *Service) Known(ctx context.Context, tenant tenancy.ID, hash Hash) (Answer, error) {
	hash, err := ParseHash(string(hash))
	if err != nil {
		return Answer{}, err
	}
	record, err := s.store.Record(ctx, tenant, hash)
	if err != nil {
		return Answer{}, fmt.Errorf("virustotal: reading what is kept: %w", err)
	}
	return Answer{Record: record, Hash: hash, FromCache: true}, nil
}

// Files returns what is kept of the files that were looked up, newest first, expired or not: each once, under its longest
// hash. Errors: tenancy.ErrNoTenant and those of the store.
func (s *Service) Files(ctx context.Context, tenant tenancy.ID, f FileFilter) ([]Answer, error) {
	files, err := s.store.Files(ctx, tenant, f)
	if err != nil {
		return nil, fmt.Errorf("virustotal: listing what is kept: %w", err)
	}
	answers := make([]Answer, len(files))
	for i, file := range files {
		answers[i] = Answer{Record: file.Record, Hash: file.Hash, FromCache: true}
	}
	return answers, nil
}

// Counts returns how many of the files that were looked up have each verdict. Errors: tenancy.ErrNoTenant and those of
// the store.
func (s *Service) Counts(ctx context.Context, tenant tenancy.ID) (map[Verdict]int, error) {
	counts, err := s.store.CountFiles(ctx, tenant)
	if err != nil {
		return nil, fmt.Errorf("virustotal: counting what is kept: %w", err)
	}
	return counts, nil
}

func (s *Service) find(ctx context.Context, tenant tenancy.ID, hash Hash) (Answer, error) {
	record, err := s.store.Record(ctx, tenant, hash)
	switch {
	case err == nil && s.cfg.Now().Before(record.ExpiresAt):
		return Answer{Record: record, Hash: hash, FromCache: true}, nil
	case err != nil && !errors.Is(err, ErrNotFound):
		return Answer{}, fmt.Errorf("virustotal: reading what is kept: %w", err)
	case s.client == nil:
		return Answer{}, ErrNotConfigured
	}
	report, err := s.ask(ctx, tenant, hash)
	if err != nil {
		return Answer{}, err
	}
	now := s.cfg.Now().UTC().Truncate(time.Microsecond)
	record = Record{Verdict: s.cfg.verdict(report.Stats), Report: report, FetchedAt: now}
	record.ExpiresAt = now.Add(s.cfg.ttl(record.Verdict))
	if err := s.store.PutRecord(ctx, tenant, hashesOf(report, hash), record); err != nil {
		return Answer{}, fmt.Errorf("virustotal: keeping an answer: %w", err)
	}
	return Answer{Record: record, Hash: hash}, nil
}

// ask asks again when the source is not available. Whoever counts calls counts each: there is nothing that calls behind
// the gate.
func (s *Service) ask(ctx context.Context, tenant tenancy.ID, hash Hash) (Report, error) {
	backoff := s.cfg.Backoff
	for attempt := 1; ; attempt++ {
		report, err := s.askOnce(ctx, tenant, hash)
		if attempt == s.cfg.MaxAttempts || !errors.Is(err, ErrUnavailable) {
			return report, err
		}
		select {
		case <-time.After(backoff):
			backoff *= 2
		case <-ctx.Done():
			return Report{}, ctx.Err()
		}
	}
}

// askOnce returns the source's report, the zero Report when it does not know the file.
func (s *Service) askOnce(ctx context.Context, tenant tenancy.ID, hash Hash) (Report, error) {
	if err := s.gate.pass(ctx, tenant); err != nil {
		return Report{}, err
	}
	report, err := s.client.File(ctx, hash)
	switch err := s.gate.heed(err); {
	case errors.Is(err, ErrNotFound):
		return Report{}, nil
	case err != nil:
		return Report{}, err
	}
	for _, named := range hashesOf(report, hash) {
		if len(named) == len(hash) && named != hash {
			return Report{}, fmt.Errorf("%w: it answered about another file", ErrForeign)
		}
	}
	return report, nil
}

// hashesOf returns all hashes of the report's file, the longest first: the one that was asked and those that the source
// gave.
func hashesOf(r Report, asked Hash) []Hash {
	all := []Hash{asked}
	for _, h := range [...]Hash{r.MD5, r.SHA1, r.SHA256} {
		if h != "" && h != asked {
			all = append(all, h)
		}
	}
	slices.SortStableFunc(all, func(a, b Hash) int { return len(b) - len(a) })
	return all
}

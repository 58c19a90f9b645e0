// Package hunt answers a hunter's questions over everything that tenants ever collected: search, stack, pivot, sweep,
// timeline and diff.
//
// A question is about what its [Scope] selects, and its answer carries an [Account] of how much was looked at. All
// questions share one scan over the column chunks of the ingest package: chunks are left out by their headers, then by
// their indexes, and of the others only the columns are read that the question is about.
package hunt

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"time"

	"github.com/google/uuid"

	"github.com/velocicompanion/velocicompanion/hosts"
	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/ingest/chunk"
)

// Errors that the service and its store return. Test with errors.Is.
var (
	// ErrNotFound says that the tenant has no such thing.
	ErrNotFound = errors.New("hunt: not found")
	// ErrExists says that another watchlist has the name. HTTP 409.
	ErrExists = errors.New("hunt: exists already")
	// ErrQuestion says that a question cannot be asked like that; the error's text says why and is for users.
	ErrQuestion = errors.New("hunt: invalid question")
	// ErrBusy says that as many questions are at work as may be at once, and one waited its turn in vain. HTTP 429.
	ErrBusy = errors.New("hunt: too many questions at once: ask again later")
)

// Config holds what is optional. A field that is zero has its default; none may be negative.
type Config struct {
	// Workers is how many chunks are worked on at once, over all questions. The first of a tenant waits for nobody, and
	// what comes free goes to the tenant that has the fewest. A question about several tenants counts as one of the
	// first that it names. Default runtime.GOMAXPROCS(0).
	Workers int
	// MaxBytes is how many bytes of blocks, decoded, one worker holds at a time. Default 16 MiB.
	MaxBytes int64
	// CacheBytes is how much memory is kept for what questions read again and again: lists, indexes and blocks of chunks.
	// Default 128 MiB.
	CacheBytes int64
	// MaxGroups is how many distinct values one question tells apart, or a diff different rows of a host. Past it the
	// answer is not complete. Default 1,000,000.
	MaxGroups int
	// CountBytes is how much memory questions take, all together, for the values and places that they tell apart. A
	// question that would take more is not complete. Default 384 MiB.
	CountBytes int64
	// MaxQuestions is how many stacks, sweeps, diffs, descriptions of artifacts and matches of watchlists go on at once,
	// since each holds all that it counts until it has its answer. Others wait, as they do for workers. Default 4.
	MaxQuestions int
	// MaxWait is how long a question waits its turn before it fails with [ErrBusy], and then again for its first worker.
	// What is matched with watchlists waits as long as it takes. Default 30 seconds.
	MaxWait time.Duration
	// MaxSightings is how many sightings a watchlist has. Past it, the watchlist says that there are more. Default 100,000.
	MaxSightings int
	// MaxSavedEntries is how many entries of an answer a saved hunt keeps to compare the next run with. Default 10,000.
	MaxSavedEntries int
	// Now is the clock. Default time.Now.
	Now func() time.Time
	// Logger is silent by default.
	Logger *slog.Logger
}

func (cfg Config) withDefaults() (Config, error) {
	cfg.Workers = cmp.Or(cfg.Workers, runtime.GOMAXPROCS(0))
	cfg.MaxBytes = cmp.Or(cfg.MaxBytes, 16<<20)
	cfg.CacheBytes = cmp.Or(cfg.CacheBytes, 128<<20)
	cfg.MaxGroups = cmp.Or(cfg.MaxGroups, 1_000_000)
	cfg.CountBytes = cmp.Or(cfg.CountBytes, 384<<20)
	cfg.MaxQuestions = cmp.Or(cfg.MaxQuestions, 4)
	cfg.MaxWait = cmp.Or(cfg.MaxWait, 30*time.Second)
	cfg.MaxSightings = cmp.Or(cfg.MaxSightings, 100_000)
	cfg.MaxSavedEntries = cmp.Or(cfg.MaxSavedEntries, 10_000)
	cfg.Logger = cmp.Or(cfg.Logger, slog.New(slog.DiscardHandler))
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	for _, field := range [...]struct {
		name  string
		value int64
	}{
		{"Workers", int64(cfg.Workers)}, {"MaxBytes", cfg.MaxBytes}, {"CacheBytes", cfg.CacheBytes},
		{"MaxGroups", int64(cfg.MaxGroups)}, {"CountBytes", cfg.CountBytes}, {"MaxQuestions", int64(cfg.MaxQuestions)},
		{"MaxWait", int64(cfg.MaxWait)},
		{"MaxSightings", int64(cfg.MaxSightings)}, {"MaxSavedEntries", int64(cfg.MaxSavedEntries)},
	} {
		if field.value < 0 {
			return Config{}, fmt.Errorf("hunt: Config.%s is negative", field.name)
		}
	}
	return cfg, nil
}

// Service answers questions. It is safe for concurrent use, holds no goroutines between calls but those of Watch, and need
// not be closed.
type Service struct {
	// Watch matches watchlists with what is ingested, in the background once it is started.
	Watch *Watch

	collections ingest.Store
	inventory   hosts.Store
	store       Store
	cfg         Config
	codec       *chunk.Codec
	cache       *cache
	memory      *memory
	working     *slots // of workers
	answering   *slots // of questions that hold much
	holder      string // the name under which it holds the matching of a tenant
	lists       *parsedLists
}

// New returns a Service over what collections holds, from hosts in inventory, that keeps what hunters save in store.
// The error names the argument or the field of cfg that is wrong.
func New(collections ingest.Store, inventory hosts.Store, store Store, cfg Config) (*Service, error) {
	switch {
	case collections == nil:
		return nil, errors.New("hunt: the store of collections is nil")
	case inventory == nil:
		return nil, errors.New("hunt: the inventory is nil")
	case store == nil:
		return nil, errors.New("hunt: the store is nil")
	}
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	codec, err := ingest.NewCodec()
	if err != nil {
		return nil, fmt.Errorf("hunt: %w", err)
	}
	s := &Service{
		collections: collections, inventory: inventory, store: store, cfg: cfg,
		codec: codec, cache: newCache(cfg.CacheBytes), memory: newMemory(cfg.CountBytes), working: newSlots(cfg.Workers),
		answering: newSlots(cfg.MaxQuestions), holder: newID(), lists: newParsedLists(),
	}
	s.Watch = newWatch(s)
	return s, nil
}

// newID returns a UUID of version 7. Those made one after the other sort in that order.
func newID() string { return uuid.Must(uuid.NewV7()).String() }

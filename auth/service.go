package auth

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"time"

	"github.com/google/uuid"
	"golang.org/x/crypto/bcrypt"

	"github.com/velocicompanion/velocicompanion/tenancy"
)

// MaxPage is the most users or audit events that one call returns: 1,000, and one more that tells whether there are others.
const MaxPage = 1001

// Bounds of the [Config].
const (
	MinBcryptCost     = 12
	MaxInviteLifetime = 30 * 24 * time.Hour
)

// Config holds what is optional of a [Service]. The zero Config is a good one.
type Config struct {
	// Registration says who may register. Default: PolicyInvite.
	Registration Policy
	// RegistrationTenant is the tenant of those who register without an invite. Required with PolicyOpen.
	RegistrationTenant tenancy.ID

	// PreviousSecrets are earlier secrets whose access tokens are still accepted. To rotate, put the secret that was
	// here and take it out again after AccessTokenLifetime. Each has to be as good as the secret itself.
	PreviousSecrets [][]byte
	// AccessTokenLifetime is how long an access token is good. Default: 30 minutes.
	AccessTokenLifetime time.Duration
	// SessionLifetime is how long after its start a session ends; refreshing does not prolong it. Default: 14 days.
	SessionLifetime time.Duration
	// InviteLifetime is how long an invite is good where its maker does not say. Default: 7 days. At most
	// MaxInviteLifetime.
	InviteLifetime time.Duration
	// Issuer and Audience are the iss and aud of access tokens. Default of both: "velocicompanion". Services that
	// share a secret need different ones.
	Issuer   string
	Audience string

	// Credentials decides at login in place of the passwords in the Store. Those it names have to be users of the
	// Store. Default: nil, the passwords in the Store.
	Credentials CredentialChecker
	// BcryptCost is the cost of new password hashes. One of a lower cost is replaced at the user's next login. Default and
	// least: MinBcryptCost.
	BcryptCost int
	// InsecureFastPasswords allows a BcryptCost below MinBcryptCost and makes bcrypt's lowest the default. For tests.
	InsecureFastPasswords bool
	// MaxConcurrentHashes is how many passwords are hashed at once. Sixteen times as many are hashed or wait, four times
	// as many from one address; a call beyond that gives a [ThrottleError]. Default: GOMAXPROCS.
	MaxConcurrentHashes int

	// Now is the clock. Default: time.Now.
	Now func() time.Time
	// Logger is told of audit events and password hashes that could not be written. Default: silent.
	Logger *slog.Logger
	// Random is where tokens and ids come from; it has to be safe for concurrent use. Default: crypto/rand.
	Random io.Reader
}

// Service is logins, tokens, users, tenants, grants and the audit trail over a [Store]. It is an [Authenticator].
//
// Methods that take a [Principal] take the caller's, as [Service.Authenticate] made it, and check what it may do: they
// return an error that wraps ErrForbidden where its role does not allow it, and record the refusal. They record
// what they do. Safe for concurrent use.
type Service struct {
	store     Store
	directory Directory
	tenants   tenancy.Store
	cfg       Config
	tokens    *accessTokens
	passwords *hasher
	throttle  *throttle
}

var _ Authenticator = (*Service)(nil)

// New returns a Service over three stores, none of which it closes. The secret signs access tokens: at least 32 bytes
// that nobody can guess, the same for all replicas. An error names the argument or the field of cfg that is wrong.
func New(store Store, directory Directory, tenants tenancy.Store, secret []byte, cfg Config) (*Service, error) {
	if store == nil || directory == nil || tenants == nil {
		return nil, errors.New("auth: store, directory and tenants are required")
	}
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	tokens, err := newAccessTokens(secret, cfg)
	if err != nil {
		return nil, err
	}
	return &Service{
		store: store, directory: directory, tenants: tenants, cfg: cfg,
		tokens:    tokens,
		passwords: newHasher(cfg.BcryptCost, cfg.MaxConcurrentHashes),
		throttle:  newThrottle(cfg.Now),
	}, nil
}

func (c Config) withDefaults() Config {
	c.Registration = cmp.Or(c.Registration, PolicyInvite)
	c.AccessTokenLifetime = cmp.Or(c.AccessTokenLifetime, 30*time.Minute)
	c.SessionLifetime = cmp.Or(c.SessionLifetime, 14*24*time.Hour)
	c.InviteLifetime = cmp.Or(c.InviteLifetime, 7*24*time.Hour)
	c.Issuer = cmp.Or(c.Issuer, "velocicompanion")
	c.Audience = cmp.Or(c.Audience, "velocicompanion")
	if c.InsecureFastPasswords {
		c.BcryptCost = cmp.Or(c.BcryptCost, bcrypt.MinCost)
	}
	c.BcryptCost = cmp.Or(c.BcryptCost, MinBcryptCost)
	c.MaxConcurrentHashes = cmp.Or(c.MaxConcurrentHashes, runtime.GOMAXPROCS(0))
	c.Logger = cmp.Or(c.Logger, slog.New(slog.DiscardHandler))
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
	return c
}

func (c Config) validate() error {
	leastCost := MinBcryptCost
	if c.InsecureFastPasswords {
		leastCost = bcrypt.MinCost
	}
	switch {
	case !c.Registration.valid():
		return errors.New("auth: Config.Registration: invite, open and closed are the policies")
	case c.Registration == PolicyOpen && c.RegistrationTenant.IsZero():
		return errors.New("auth: Config.RegistrationTenant: open registration needs a tenant to register in")
	case c.AccessTokenLifetime < 0:
		return errors.New("auth: Config.AccessTokenLifetime: negative")
	case c.SessionLifetime < 0:
		return errors.New("auth: Config.SessionLifetime: negative")
	case c.InviteLifetime < 0 || c.InviteLifetime > MaxInviteLifetime:
		return fmt.Errorf("auth: Config.InviteLifetime: not between 0 and %v", MaxInviteLifetime)
	case c.BcryptCost < leastCost || c.BcryptCost > bcrypt.MaxCost:
		return fmt.Errorf("auth: Config.BcryptCost: not between %d and %d", leastCost, bcrypt.MaxCost)
	case c.MaxConcurrentHashes < 0:
		return errors.New("auth: Config.MaxConcurrentHashes: negative")
	}
	return nil
}

// now is the time in the form in which stores keep it.
func (s *Service) now() time.Time { return s.cfg.Now().UTC().Truncate(time.Microsecond) }

func (s *Service) newID() (string, error) {
	id, err := uuid.NewV7FromReader(s.cfg.Random)
	if err != nil {
		return "", fmt.Errorf("auth: making an id: %w", err)
	}
	return id.String(), nil
}

// checkID keeps text that cannot be an id away from the store.
func checkID(id string) error {
	if len(id) != 36 || uuid.Validate(id) != nil {
		return ErrNotFound
	}
	return nil
}

func checkPage(cursor string, limit int) error {
	if cursor != "" && checkID(cursor) != nil {
		return invalid("cursor", "is not one that this list gave")
	}
	if limit < 1 || limit > MaxPage {
		return invalid("limit", "is not between 1 and %d", MaxPage)
	}
	return nil
}

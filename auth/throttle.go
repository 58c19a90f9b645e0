package auth

import (
	"net/netip"
	"strings"
	"sync"
	"time"
)

// maxBuckets bounds the memory of a [throttle]: as many buckets and as many known addresses at most.
const maxBuckets = 1 << 16

// rule says how many failures in a row a bucket takes and how often it forgives one.
type rule struct {
	burst int
	every time.Duration
}

var (
	pairRule    = rule{20, time.Minute}
	accountRule = rule{50, time.Minute}
	addressRule = rule{100, 10 * time.Second}

	registrationRule = rule{20, time.Minute}
)

// throttle slows down those who guess passwords and names. Failed logins are counted in three kinds of buckets: for an
// account from one address, for an account from all addresses, and for an address over all accounts. From an address
// from which an account logged in before, only the first kind counts for it: whoever guesses from elsewhere does not
// lock its owner out. Accounts are names, whether there is such a user or not. Where the address is not known, only the
// account counts.
//
// Registrations have a bucket of their own for each address, because failed ones tell which names are taken. Where the
// address is not known, they are not counted: whoever wants to keep everybody out would only have to fail often enough.
//
// It counts in the memory of one process: each replica gives its own chances, and a restart forgets.
type throttle struct {
	now func() time.Time

	mu sync.Mutex
	// forgiven says when the last failure of a bucket will be forgiven; each failure moves it on by the rule's every.
	// (golang.org/x/time/rate cannot take a token back once it was spent, which is what a successful login asks for.)
	forgiven map[bucket]time.Time
	// known holds the pairs of account and address that logged in.
	known map[bucket]struct{}
}

// bucket is one thing that failures are counted for; an empty part stands for all.
type bucket struct {
	account, address string
	registration     bool
}

func newThrottle(now func() time.Time) *throttle {
	return &throttle{now: now, forgiven: map[bucket]time.Time{}, known: map[bucket]struct{}{}}
}

// attempt is a login or a registration that counts as failed until it says otherwise, so that guesses made at once are
// counted too.
type attempt struct {
	throttle *throttle
	pair     bucket
	charged  map[bucket]rule
}

// take counts a login as failed, or returns a [ThrottleError] and counts nothing.
func (t *throttle) take(account, address string) (attempt, error) {
	pair := bucket{account: foldAccount(account), address: foldAddress(address)}
	t.mu.Lock()
	defer t.mu.Unlock()
	charged := map[bucket]rule{pair: pairRule}
	if _, known := t.known[pair]; !known {
		charged[bucket{account: pair.account}] = accountRule
		if pair.address != "" {
			charged[bucket{address: pair.address}] = addressRule
		}
	}
	return attempt{t, pair, charged}, t.chargeAll(charged)
}

// takeRegistration counts a registration as failed, or returns a [ThrottleError] and counts nothing.
func (t *throttle) takeRegistration(address string) (attempt, error) {
	charged := map[bucket]rule{}
	if address = foldAddress(address); address != "" {
		charged[bucket{address: address, registration: true}] = registrationRule
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return attempt{throttle: t, charged: charged}, t.chargeAll(charged)
}

// chargeAll counts a failure in all buckets, or returns a [ThrottleError] and counts nothing. It needs the lock.
func (t *throttle) chargeAll(charged map[bucket]rule) error {
	now, wait := t.now(), time.Duration(0)
	for b, r := range charged {
		if debt := t.forgiven[b].Sub(now); debt > time.Duration(r.burst-1)*r.every {
			wait = max(wait, debt-time.Duration(r.burst-1)*r.every)
		}
	}
	if wait > 0 {
		return &ThrottleError{RetryAfter: (wait + time.Second - 1).Truncate(time.Second)}
	}
	for b, r := range charged {
		t.charge(b, r.every, now)
	}
	return nil
}

func (t *throttle) charge(b bucket, every time.Duration, now time.Time) {
	forgiven, there := t.forgiven[b]
	if !there {
		t.makeRoom(now)
	}
	if forgiven.Before(now) {
		forgiven = now
	}
	t.forgiven[b] = forgiven.Add(every)
}

// makeRoom drops the buckets that hold no failure any more when there are too many, and others if that is not enough.
func (t *throttle) makeRoom(now time.Time) {
	if len(t.forgiven) < maxBuckets {
		return
	}
	for b, forgiven := range t.forgiven {
		if !forgiven.After(now) {
			delete(t.forgiven, b)
		}
	}
	evict(t.forgiven)
}

// forgive takes the failure back: the attempt did not fail, or not for what it guessed.
func (a attempt) forgive() {
	a.throttle.mu.Lock()
	defer a.throttle.mu.Unlock()
	for b, r := range a.charged {
		if forgiven, there := a.throttle.forgiven[b]; there {
			a.throttle.forgiven[b] = forgiven.Add(-r.every)
		}
	}
}

// succeeded takes the failure back and remembers that the account logs in from the address.
func (a attempt) succeeded() {
	a.forgive()
	a.throttle.mu.Lock()
	defer a.throttle.mu.Unlock()
	evict(a.throttle.known)
	a.throttle.known[a.pair] = struct{}{}
}

// evict removes a quarter of a full map, whichever it meets: so many at once that it is seldom needed.
func evict[V any](m map[bucket]V) {
	if len(m) < maxBuckets {
		return
	}
	for b := range m {
		if len(m) <= maxBuckets*3/4 {
			return
		}
		delete(m, b)
	}
}

// foldAccount gives the same text for all spellings of a name. No user has a longer one.
func foldAccount(name string) string {
	return strings.ToLower(name[:min(len(name), MaxUsernameCharacters+1)])
}

// foldAddress makes one address of an IPv6 network of 64 bits, because a single subscriber has at least that many.
func foldAddress(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return ""
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is4() {
		return ip.String()
	}
	return netip.PrefixFrom(ip, 64).Masked().String()
}

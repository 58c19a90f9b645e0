package virustotal_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/store/memory"
	"github.com/velocicompanion/velocicompanion/tenancy"
	"github.com/velocicompanion/velocicompanion/virustotal"
	"github.com/velocicompanion/velocicompanion/virustotal/vttest"
)

// pausedUntil asserts that a look-up is refused, and returns until when.
func pausedUntil(t *testing.T, r rig, tenant tenancy.ID, hash virustotal.Hash) time.Time {
	t.Helper()
	_, err := r.Lookup(t.Context(), tenant, hash)
	require.ErrorIs(t, err, virustotal.ErrQuota)
	var quota *virustotal.QuotaError
	require.ErrorAs(t, err, &quota)
	require.ErrorContains(t, err, quota.RetryAt.Format(time.RFC3339))
	return quota.RetryAt
}

func TestTheSourceIsLeftAloneAfterItRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t, virustotal.Config{})
	r.source.Add(file("b", virustotal.Stats{Undetected: 70}))
	other := addTenant(t, r.stores)
	_, err := r.Lookup(t.Context(), r.tenant, sha256("b"))
	require.NoError(t, err)

	r.source.Always(vttest.Quota(90 * time.Second))
	assert.Equal(t, noon.Add(90*time.Second), pausedUntil(t, r, r.tenant, sha256("a")))
	r.source.Always(nil)
	r.clock.Advance(89 * time.Second)
	assert.Equal(t, noon.Add(90*time.Second), pausedUntil(t, r, r.tenant, sha256("a")))
	assert.Equal(t, noon.Add(90*time.Second), pausedUntil(t, r, other, sha256("a")), "the key is everybody's")
	assert.Equal(t, 2, r.source.Calls())

	kept, err := r.Lookup(t.Context(), r.tenant, sha256("b"))
	require.NoError(t, err)
	assert.True(t, kept.FromCache, "what is known stays known")

	r.clock.Advance(time.Second)
	_, err = r.Lookup(t.Context(), r.tenant, sha256("a"))
	require.NoError(t, err)
	assert.Equal(t, 3, r.source.Calls())
}

func TestPausesGrowWhileTheSourceRefusesWithoutSayingUntilWhen(t *testing.T) {
	t.Parallel()
	r := newRig(t, virustotal.Config{})
	refused := func() time.Duration {
		return pausedUntil(t, r, r.tenant, sha256("a")).Sub(r.clock.Now())
	}
	r.source.Always(vttest.Quota(0))
	for _, minutes := range []time.Duration{1, 2, 4, 8} {
		assert.Equal(t, minutes*time.Minute, refused())
		r.clock.Advance(minutes * time.Minute)
	}
	assert.Equal(t, 4, r.source.Calls())

	r.source.Always(nil)
	_, err := r.Lookup(t.Context(), r.tenant, sha256("a"))
	require.NoError(t, err)
	r.clock.Advance(6 * time.Hour)
	r.source.Always(vttest.Quota(0))
	assert.Equal(t, time.Minute, refused(), "a success begins anew")

	midnight := noon.Add(12 * time.Hour)
	for r.clock.Now().Before(midnight) {
		until := pausedUntil(t, r, r.tenant, sha256("a"))
		require.False(t, until.After(midnight))
		r.clock.Advance(until.Sub(r.clock.Now()))
	}
}

func TestARefusalBindsForADayAtMost(t *testing.T) {
	t.Parallel()
	r := newRig(t, virustotal.Config{})
	r.source.Next(vttest.Quota(1000 * time.Hour))
	assert.Equal(t, noon.Add(24*time.Hour), pausedUntil(t, r, r.tenant, sha256("a")))
}

func TestEachTenantHasItsOwnDailyQuota(t *testing.T) {
	t.Parallel()
	r := newRig(t, virustotal.Config{DailyQuota: 2})
	other := addTenant(t, r.stores)
	ask := func(tenant tenancy.ID, digit string) error {
		_, err := r.Lookup(t.Context(), tenant, sha256(digit))
		return err
	}
	require.NoError(t, ask(r.tenant, "1"))
	require.NoError(t, ask(r.tenant, "2"))
	midnight := noon.Add(12 * time.Hour)
	assert.Equal(t, midnight, pausedUntil(t, r, r.tenant, sha256("3")))
	assert.Equal(t, midnight, pausedUntil(t, r, r.tenant, sha256("4")))
	require.NoError(t, ask(r.tenant, "1"), "what is known costs nothing")
	require.NoError(t, ask(other, "3"))
	assert.Equal(t, 3, r.source.Calls())

	r.clock.Advance(12 * time.Hour)
	require.NoError(t, ask(r.tenant, "3"))
	assert.Equal(t, 4, r.source.Calls())
}

func TestQuotaErrorWithoutATime(t *testing.T) {
	t.Parallel()
	assert.EqualError(t, &virustotal.QuotaError{}, virustotal.ErrQuota.Error())
}

// timed is a source that notes when it was called, seen from the start of the test, and for which hash.
type timed struct {
	mu    sync.Mutex
	start time.Time
	calls []call
}

type call struct {
	after time.Duration
	digit string
}

func (c *timed) File(_ context.Context, hash virustotal.Hash) (virustotal.Report, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls = append(c.calls, call{time.Since(c.start), string(hash[:1])})
	return virustotal.Report{SHA256: hash, Stats: virustotal.Stats{Undetected: 70}}, nil
}

func TestCallsAreSpreadOverTheMinuteAndTenantsTakeTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stores, source := memory.New(), &timed{start: time.Now()}
		busy, modest := addTenant(t, stores), addTenant(t, stores)
		service, err := virustotal.New(stores.Verdicts, source, virustotal.Config{CallsPerMinute: 4})
		require.NoError(t, err)
		ask := func(tenant tenancy.ID, digit string) {
			go func() {
				_, err := service.Lookup(t.Context(), tenant, sha256(digit))
				assert.NoError(t, err)
			}()
			synctest.Wait()
		}
		for digit := range strings.SplitSeq("12345", "") {
			ask(busy, digit)
		}
		ask(modest, "a")
		time.Sleep(5 * time.Minute)
		synctest.Wait()

		require.Len(t, source.calls, 6)
		for i, c := range source.calls {
			assert.Equal(t, time.Duration(i)*15*time.Second, c.after)
		}
		assert.Equal(t, "a", source.calls[2].digit, "one call of the busy tenant was made and one was next in line")
	})
}

func TestALookupThatGivesUpItsTurnSpendsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stores, source := memory.New(), &timed{start: time.Now()}
		tenant := addTenant(t, stores)
		service, err := virustotal.New(stores.Verdicts, source, virustotal.Config{CallsPerMinute: 1, DailyQuota: 2})
		require.NoError(t, err)
		_, err = service.Lookup(t.Context(), tenant, sha256("1"))
		require.NoError(t, err)

		brief, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		for digit := range strings.SplitSeq("234", "") {
			_, err := service.Lookup(brief, tenant, sha256(digit))
			require.ErrorIs(t, err, context.DeadlineExceeded)
		}
		_, err = service.Lookup(t.Context(), tenant, sha256("5"))
		require.NoError(t, err)
		assert.Equal(t, []call{{0, "1"}, {time.Minute, "5"}}, source.calls)
	})
}

func TestARefusalIsAnsweredToThoseInLineWithoutAsking(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stores, calls := memory.New(), 0
		tenant := addTenant(t, stores)
		refuse := make(chan struct{})
		service, err := virustotal.New(stores.Verdicts, clientFunc(
			func(context.Context, virustotal.Hash) (virustotal.Report, error) {
				calls++
				<-refuse
				return virustotal.Report{}, &virustotal.QuotaError{RetryAt: time.Now().Add(time.Hour)}
			}), virustotal.Config{CallsPerMinute: 4})
		require.NoError(t, err)
		start, answers := time.Now(), make(chan error, 5)
		for digit := range strings.SplitSeq("12345", "") {
			go func() {
				_, err := service.Lookup(t.Context(), tenant, sha256(digit))
				answers <- err
			}()
			synctest.Wait()
		}
		close(refuse)
		for range 5 {
			require.ErrorIs(t, <-answers, virustotal.ErrQuota)
		}
		assert.Equal(t, 1, calls)
		assert.Equal(t, 15*time.Second, time.Since(start), "only the next in line waited for a turn")
	})
}

func TestATenantWithoutQuotaTakesNoTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stores, source := memory.New(), &timed{start: time.Now()}
		spent, other := addTenant(t, stores), addTenant(t, stores)
		service, err := virustotal.New(stores.Verdicts, source, virustotal.Config{CallsPerMinute: 1, DailyQuota: 1})
		require.NoError(t, err)
		_, err = service.Lookup(t.Context(), spent, sha256("1"))
		require.NoError(t, err)
		for digit := range strings.SplitSeq("2345", "") {
			_, err = service.Lookup(t.Context(), spent, sha256(digit))
			require.ErrorIs(t, err, virustotal.ErrQuota)
		}
		_, err = service.Lookup(t.Context(), other, sha256("a"))
		require.NoError(t, err)
		assert.Equal(t, []call{{0, "1"}, {2 * time.Minute, "a"}}, source.calls, "one turn was lost to find out")
	})
}

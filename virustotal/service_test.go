package virustotal_test

import (
	"context"
	"errors"
	"net/http"
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

func TestLookupKeepsWhatTheSourceSaid(t *testing.T) {
	t.Parallel()
	r := newRig(t, virustotal.Config{})
	said := file("a", virustotal.Stats{Malicious: 41, Undetected: 29})
	said.Names, said.ThreatLabel, said.FirstSubmittedAt = []string{"x.exe"}, "trojan.test/demo", noon.AddDate(-1, 0, 0)
	r.source.Add(said)

	fresh, err := r.Lookup(t.Context(), r.tenant, said.SHA256)
	require.NoError(t, err)
	assert.Equal(t, virustotal.Answer{Hash: said.SHA256, Record: virustotal.Record{
		Verdict: virustotal.Malicious, Report: said, FetchedAt: noon, ExpiresAt: noon.Add(7 * 24 * time.Hour),
	}}, fresh)

	cached, err := r.Lookup(t.Context(), r.tenant, said.SHA256)
	require.NoError(t, err)
	assert.True(t, cached.FromCache)
	assert.Equal(t, fresh.Record, cached.Record)
	assert.Equal(t, 1, r.source.Calls())
}

func TestLookupAnswersEveryHashOfAFileFromOneCall(t *testing.T) {
	t.Parallel()
	r := newRig(t, virustotal.Config{})
	f := file("a", virustotal.Stats{Malicious: 41, Undetected: 29})
	r.source.Add(f)
	_, err := r.Lookup(t.Context(), r.tenant, f.SHA1)
	require.NoError(t, err)

	for _, asked := range []virustotal.Hash{f.MD5, f.SHA1, f.SHA256, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"} {
		a, err := r.Lookup(t.Context(), r.tenant, asked)
		require.NoError(t, err)
		assert.True(t, a.FromCache)
		assert.Equal(t, virustotal.Malicious, a.Verdict)
	}
	assert.Equal(t, 1, r.source.Calls())
}

func TestAFileIsListedOnceUnderItsLongestHashWhateverWasAskedFor(t *testing.T) {
	t.Parallel()
	r := newRig(t, virustotal.Config{})
	known := file("a", virustotal.Stats{Malicious: 41, Undetected: 29})
	r.source.Add(known)
	for _, hash := range []virustotal.Hash{known.MD5, known.SHA1, known.SHA256, sha256("b")} {
		_, err := r.Lookup(t.Context(), r.tenant, hash)
		require.NoError(t, err)
		r.clock.Advance(time.Minute)
	}
	files, err := r.Files(t.Context(), r.tenant, virustotal.FileFilter{Limit: 9})
	require.NoError(t, err)
	require.Len(t, files, 2)
	assert.Equal(t, []virustotal.Hash{sha256("b"), known.SHA256}, []virustotal.Hash{files[0].Hash, files[1].Hash})
	assert.True(t, files[1].FromCache)
	counts, err := r.Counts(t.Context(), r.tenant)
	require.NoError(t, err)
	assert.Equal(t, map[virustotal.Verdict]int{virustotal.Malicious: 1, virustotal.Unknown: 1}, counts)

	for _, tenant := range []tenancy.ID{{}, addTenant(t, r.stores)} {
		files, err = r.Files(t.Context(), tenant, virustotal.FileFilter{Limit: 9})
		assert.Empty(t, files)
		if tenant.Check() != nil {
			require.ErrorIs(t, err, tenancy.ErrNoTenant)
			_, err = r.Counts(t.Context(), tenant)
			require.ErrorIs(t, err, tenancy.ErrNoTenant)
		}
	}
}

func TestLookupAsksAgainWhenAnAnswerHasExpired(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	own := virustotal.Config{MaliciousTTL: time.Hour, SuspiciousTTL: 2 * time.Hour, CleanTTL: 3 * time.Hour, UnknownTTL: 4 * time.Hour}
	for name, test := range map[string]struct {
		stats virustotal.Stats
		cfg   virustotal.Config
		kept  time.Duration
	}{
		"malicious":      {virustotal.Stats{Malicious: 3}, virustotal.Config{}, 7 * day},
		"suspicious":     {virustotal.Stats{Malicious: 2}, virustotal.Config{}, 7 * day},
		"clean":          {virustotal.Stats{Undetected: 70}, virustotal.Config{}, day},
		"unknown":        {virustotal.Stats{}, virustotal.Config{}, 6 * time.Hour},
		"own malicious":  {virustotal.Stats{Malicious: 3}, own, time.Hour},
		"own suspicious": {virustotal.Stats{Malicious: 2}, own, 2 * time.Hour},
		"own clean":      {virustotal.Stats{Undetected: 70}, own, 3 * time.Hour},
		"own unknown":    {virustotal.Stats{}, own, 4 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, test.cfg)
			r.source.Add(file("a", test.stats))
			fromCache := func() bool {
				a, err := r.Lookup(t.Context(), r.tenant, sha256("a"))
				require.NoError(t, err)
				return a.FromCache
			}
			assert.False(t, fromCache())
			r.clock.Advance(test.kept - time.Microsecond)
			assert.True(t, fromCache())
			r.clock.Advance(time.Microsecond)
			assert.False(t, fromCache())
			assert.True(t, fromCache())
		})
	}
}

func TestLookupNeverKeepsErrors(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault vttest.Fault
		want  error
	}{
		"5xx": {vttest.Unavailable, virustotal.ErrUnavailable}, "malformed": {vttest.Malformed, virustotal.ErrForeign},
		"another file": {aboutAnotherFile, virustotal.ErrForeign},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, virustotal.Config{})
			r.source.Add(file("a", virustotal.Stats{Undetected: 70}))
			r.source.Add(file("b", virustotal.Stats{Undetected: 70}))
			r.source.Next(test.fault)
			_, err := r.Lookup(t.Context(), r.tenant, sha256("a"))
			require.ErrorIs(t, err, test.want)
			for _, digit := range []string{"a", "b"} {
				a, err := r.Lookup(t.Context(), r.tenant, sha256(digit))
				require.NoError(t, err)
				assert.False(t, a.FromCache)
				assert.Equal(t, virustotal.Clean, a.Verdict)
			}
		})
	}
}

// aboutAnotherFile answers with the file object of sha256("b"), whatever was asked.
func aboutAnotherFile(w http.ResponseWriter, r *http.Request, usual http.HandlerFunc) {
	r.SetPathValue("hash", string(sha256("b")))
	usual(w, r)
}

func TestLookupSurvivesAPassingFailure(t *testing.T) {
	t.Parallel()
	r := newRig(t, virustotal.Config{MaxAttempts: 3, Backoff: time.Microsecond})
	r.source.Add(file("a", virustotal.Stats{Undetected: 70}))
	r.source.Next(vttest.Unavailable, vttest.Disconnect)
	a, err := r.Lookup(t.Context(), r.tenant, sha256("a"))
	require.NoError(t, err)
	assert.Equal(t, virustotal.Clean, a.Verdict)
	assert.Equal(t, 3, r.source.Calls())
}

// TestAnAnswerThatIsNotTheSourcesIsNotAskedForAgain holds that a wrong address does not use the quota up.
func TestAnAnswerThatIsNotTheSourcesIsNotAskedForAgain(t *testing.T) {
	t.Parallel()
	answer := func(status int, body string) vttest.Fault {
		return func(w http.ResponseWriter, _ *http.Request, _ http.HandlerFunc) {
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}
	}
	for name, fault := range map[string]vttest.Fault{
		"redirect": answer(http.StatusFound, ""), "somebody's 404": answer(http.StatusNotFound, `{"x":1}`),
		"page": answer(http.StatusOK, "<html>"), "another file": aboutAnotherFile,
		"stats": answer(http.StatusOK, `{"data":{"attributes":{"sha256":"`+string(sha256("a"))+`","last_analysis_stats":{"malicious":-1}}}}`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, virustotal.Config{MaxAttempts: 3, Backoff: time.Microsecond})
			r.source.Add(file("b", virustotal.Stats{Undetected: 70}))
			r.source.Always(fault)
			_, err := r.Lookup(t.Context(), r.tenant, sha256("a"))
			require.ErrorIs(t, err, virustotal.ErrForeign)
			assert.Equal(t, 1, r.source.Calls())
		})
	}
}

// TestAttemptsAreCounted holds that a source that is down does not use up more than the quota.
func TestAttemptsAreCounted(t *testing.T) {
	t.Parallel()
	r := newRig(t, virustotal.Config{DailyQuota: 4, MaxAttempts: 3, Backoff: time.Microsecond})
	r.source.Always(vttest.Unavailable)
	for _, want := range []error{virustotal.ErrUnavailable, virustotal.ErrQuota} {
		_, err := r.Lookup(t.Context(), r.tenant, sha256("a"))
		require.ErrorIs(t, err, want)
	}
	assert.Equal(t, 4, r.source.Calls())
}

// TestCallsThatFailAreCounted: the source may count them against its quota too.
func TestCallsThatFailAreCounted(t *testing.T) {
	t.Parallel()
	r := newRig(t, virustotal.Config{DailyQuota: 2})
	r.source.Always(vttest.Unavailable)
	for _, want := range []error{virustotal.ErrUnavailable, virustotal.ErrUnavailable, virustotal.ErrQuota} {
		_, err := r.Lookup(t.Context(), r.tenant, sha256("a"))
		require.ErrorIs(t, err, want)
	}
	assert.Equal(t, 2, r.source.Calls())
}

func TestLookupSaysThatTheKeyIsWrong(t *testing.T) {
	t.Parallel()
	r := newRigWithKey(t, "another-key", virustotal.Config{})
	_, err := r.Lookup(t.Context(), r.tenant, sha256("a"))
	require.ErrorIs(t, err, virustotal.ErrCredentials)
	assert.NotContains(t, err.Error(), "another-key")
}

func TestLookupWithoutAClientAnswersWhatIsKnown(t *testing.T) {
	t.Parallel()
	r := newRig(t, virustotal.Config{})
	r.source.Add(file("a", virustotal.Stats{Undetected: 70}))
	_, err := r.Lookup(t.Context(), r.tenant, sha256("a"))
	require.NoError(t, err)

	bare, err := virustotal.New(r.stores.Verdicts, nil, virustotal.Config{Now: r.clock.Now})
	require.NoError(t, err)
	a, err := bare.Lookup(t.Context(), r.tenant, sha256("a"))
	require.NoError(t, err)
	assert.True(t, a.FromCache)
	_, err = bare.Lookup(t.Context(), r.tenant, sha256("b"))
	require.ErrorIs(t, err, virustotal.ErrNotConfigured)
}

func TestLookupRefusesWithoutAsking(t *testing.T) {
	t.Parallel()
	r := newRig(t, virustotal.Config{})
	for _, hash := range []virustotal.Hash{"", "zz", sha256("a")[1:], sha256("g"), "../../users/me"} {
		_, err := r.Lookup(t.Context(), r.tenant, hash)
		assert.ErrorIs(t, err, virustotal.ErrInvalidHash, "%q", hash)
	}
	for _, hash := range []virustotal.Hash{sha256("a"), "d41d8cd98f00b204e9800998ecf8427e"} {
		_, err := r.Lookup(t.Context(), tenancy.ID{}, hash)
		assert.ErrorIs(t, err, tenancy.ErrNoTenant)
	}
	assert.Zero(t, r.source.Calls())
}

func TestLookupAsksNobodyAboutAnEmptyFile(t *testing.T) {
	t.Parallel()
	r := newRig(t, virustotal.Config{})
	for _, hash := range []virustotal.Hash{
		"d41d8cd98f00b204e9800998ecf8427e",
		"DA39A3EE5E6B4B0D3255BFEF95601890AFD80709",
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	} {
		a, err := r.Lookup(t.Context(), r.tenant, hash)
		require.NoError(t, err)
		assert.Equal(t, virustotal.Unknown, a.Verdict)
		assert.Nil(t, a.Malicious())
		assert.Contains(t, a.Message(), "empty file")
	}
	assert.Zero(t, r.source.Calls())
}

func TestLookupTellsNoTenantOfAnother(t *testing.T) {
	t.Parallel()
	r := newRig(t, virustotal.Config{})
	r.source.Add(file("a", virustotal.Stats{Undetected: 70}))
	other := addTenant(t, r.stores)
	for _, tenant := range []tenancy.ID{r.tenant, other} {
		a, err := r.Lookup(t.Context(), tenant, sha256("a"))
		require.NoError(t, err)
		assert.False(t, a.FromCache)
	}
	assert.Equal(t, 2, r.source.Calls())
}

func TestLookupMakesOneCallForManyAskers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stores := memory.New()
		tenant, other := addTenant(t, stores), addTenant(t, stores)
		calls, release := 0, make(chan struct{})
		var mu sync.Mutex
		service, err := virustotal.New(stores.Verdicts, clientFunc(
			func(_ context.Context, hash virustotal.Hash) (virustotal.Report, error) {
				mu.Lock()
				calls++
				mu.Unlock()
				<-release
				return virustotal.Report{SHA256: hash, Stats: virustotal.Stats{Malicious: 41}}, nil
			}), virustotal.Config{})
		require.NoError(t, err)

		ask := func(tenant tenancy.ID) {
			a, err := service.Lookup(t.Context(), tenant, sha256("a"))
			assert.NoError(t, err)
			assert.Equal(t, virustotal.Malicious, a.Verdict)
			assert.False(t, a.FromCache)
		}
		for range 100 {
			go ask(tenant)
		}
		synctest.Wait()
		assert.Equal(t, 1, calls)
		go ask(other)
		synctest.Wait()
		assert.Equal(t, 2, calls, "a tenant that waited for another's call could tell that it was made")
		close(release)
		synctest.Wait()

		a, err := service.Lookup(t.Context(), tenant, sha256("a"))
		require.NoError(t, err)
		assert.True(t, a.FromCache)
		assert.Equal(t, 2, calls)
	})
}

func TestLookupMakesOneCallOverHTTPForManyAskers(t *testing.T) {
	t.Parallel()
	r := newRig(t, virustotal.Config{})
	r.source.Add(file("a", virustotal.Stats{Malicious: 41, Undetected: 29}))
	var askers sync.WaitGroup
	for range 100 {
		askers.Go(func() {
			a, err := r.Lookup(t.Context(), r.tenant, sha256("a"))
			assert.NoError(t, err)
			assert.Equal(t, virustotal.Malicious, a.Verdict)
		})
	}
	askers.Wait()
	assert.Equal(t, 1, r.source.Calls())
}

func TestLookupIsCutByItsContext(t *testing.T) {
	t.Parallel()
	r := newRig(t, virustotal.Config{})
	r.source.Add(file("a", virustotal.Stats{Undetected: 70}))
	ctx, cancel := context.WithCancel(t.Context())
	r.source.Next(func(w http.ResponseWriter, r *http.Request, usual http.HandlerFunc) {
		cancel()
		vttest.Held(nil)(w, r, usual)
	})
	_, err := r.Lookup(ctx, r.tenant, sha256("a"))
	require.ErrorIs(t, err, context.Canceled)

	a, err := r.Lookup(t.Context(), r.tenant, sha256("a"))
	require.NoError(t, err)
	assert.False(t, a.FromCache)
}

func TestASharedCallLivesAsLongAsSomebodyWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stores := memory.New()
		tenant := addTenant(t, stores)
		calls, ended, release := 0, 0, make(chan struct{})
		service, err := virustotal.New(stores.Verdicts, clientFunc(
			func(ctx context.Context, hash virustotal.Hash) (virustotal.Report, error) {
				calls++
				select {
				case <-release:
					return virustotal.Report{SHA256: hash, Stats: virustotal.Stats{Undetected: 70}}, nil
				case <-ctx.Done():
					ended++
					return virustotal.Report{}, ctx.Err()
				}
			}), virustotal.Config{})
		require.NoError(t, err)

		ask := func(ctx context.Context) <-chan error {
			answered := make(chan error, 1)
			go func() {
				_, err := service.Lookup(ctx, tenant, sha256("a"))
				answered <- err
			}()
			synctest.Wait()
			return answered
		}
		impatient, giveUp := context.WithCancel(t.Context())
		first, second := ask(impatient), ask(impatient)
		giveUp()
		require.ErrorIs(t, <-first, context.Canceled)
		require.ErrorIs(t, <-second, context.Canceled)
		assert.Equal(t, 1, calls)
		assert.Equal(t, 1, ended, "nobody waits any more, so the call has to end")

		impatient, giveUp = context.WithCancel(t.Context())
		first, second = ask(impatient), ask(t.Context())
		giveUp()
		require.ErrorIs(t, <-first, context.Canceled)
		close(release)
		require.NoError(t, <-second, "the first asker's patience is not the second's")
		assert.Equal(t, 2, calls)
		assert.Equal(t, 1, ended)
	})
}

// brokenStore fails where it is told to.
type brokenStore struct {
	virustotal.Store
	read, write, count error
}

func (s brokenStore) Record(ctx context.Context, tenant tenancy.ID, hash virustotal.Hash) (virustotal.Record, error) {
	if s.read != nil {
		return virustotal.Record{}, s.read
	}
	return s.Store.Record(ctx, tenant, hash)
}

func (s brokenStore) PutRecord(context.Context, tenancy.ID, []virustotal.Hash, virustotal.Record) error {
	return s.write
}

func (s brokenStore) Spend(context.Context, tenancy.ID, string, int) (bool, error) {
	return true, s.count
}

func TestLookupReportsAFailingStore(t *testing.T) {
	t.Parallel()
	broken := errors.New("disk full")
	stores := memory.New()
	tenant := addTenant(t, stores)
	for name, store := range map[string]brokenStore{
		"read":  {Store: stores.Verdicts, read: broken},
		"write": {Store: stores.Verdicts, write: broken},
		"count": {Store: stores.Verdicts, count: broken},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := clientFunc(func(_ context.Context, hash virustotal.Hash) (virustotal.Report, error) {
				return virustotal.Report{SHA256: hash}, nil
			})
			service, err := virustotal.New(store, client, virustotal.Config{DailyQuota: 1})
			require.NoError(t, err)
			_, err = service.Lookup(t.Context(), tenant, sha256("a"))
			require.ErrorIs(t, err, broken)
		})
	}
}

func TestNewNamesTheFieldThatIsWrong(t *testing.T) {
	t.Parallel()
	for field, cfg := range map[string]virustotal.Config{
		"MaliciousEngines": {MaliciousEngines: -1},
		"MaliciousTTL":     {MaliciousTTL: -1},
		"SuspiciousTTL":    {SuspiciousTTL: -1},
		"CleanTTL":         {CleanTTL: -1},
		"UnknownTTL":       {UnknownTTL: -1},
		"CallsPerMinute":   {CallsPerMinute: -1},
		"DailyQuota":       {DailyQuota: -1},
	} {
		_, err := virustotal.New(memory.New().Verdicts, nil, cfg)
		assert.ErrorContains(t, err, "Config."+field)
	}
	_, err := virustotal.New(nil, nil, virustotal.Config{})
	assert.ErrorContains(t, err, "Store")
}

func TestAClientThatPanicsIsAnErrorToAllWhoWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stores := memory.New()
		tenant := addTenant(t, stores)
		release, calls := make(chan struct{}), 0
		client := clientFunc(func(context.Context, virustotal.Hash) (virustotal.Report, error) {
			if calls++; calls > 1 {
				return file("a", virustotal.Stats{Harmless: 1}), nil
			}
			<-release
			panic("a client's mistake")
		})
		service, err := virustotal.New(stores.Verdicts, client, virustotal.Config{})
		require.NoError(t, err)
		var waiting sync.WaitGroup
		for range 3 {
			waiting.Go(func() {
				_, err := service.Lookup(t.Context(), tenant, sha256("a"))
				assert.ErrorContains(t, err, "a client's mistake")
			})
		}
		synctest.Wait()
		close(release)
		waiting.Wait()
		answer, err := service.Lookup(t.Context(), tenant, sha256("a"))
		require.NoError(t, err)
		assert.Equal(t, virustotal.Clean, answer.Verdict)
	})
}
